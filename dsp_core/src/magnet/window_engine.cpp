// See window_engine.h.
#include "unisono/magnet/window_engine.h"

#include <algorithm>
#include <numeric>

#include "unisono/magnet/streams.h"
#include "unisono/magnet/window_generator.h"

namespace unisono {

WindowEngine::WindowEngine(const MagnetConfig& config, std::uint32_t seed, int most_kept)
    : config_(config), seed_(seed), most_kept_(most_kept) {
  network_.configure(config);
  network_.initialise(seed);
  parameters_ = network_.parameters();
  primers_.assign(static_cast<std::size_t>(config.primer_windows) * config.sequence_length * config.bins(), 0.0f);
}

void WindowEngine::set_clip(Workers&, const float* samples, int n) {
  frames_.set_clip(config_, samples, n, most_kept_);
  order_.resize(n_windows());
  order_epoch_ = -1;
  network_.reserve_training(frames_.n_frames());
  keep_primers(samples, n);
}

// Windows at even distances over the whole clip.
void WindowEngine::keep_primers(const float* samples, int n) {
  const int window = config_.sequence_length * config_.bins(), last = n_windows() - 1;
  for (int p = 0; p < config_.primer_windows; ++p) {
    const int start = static_cast<int>(static_cast<std::int64_t>(last) * p / std::max(1, config_.primer_windows - 1));
    frames_.read(primers_.data() + static_cast<std::ptrdiff_t>(p) * window, samples,
                 {start, start + config_.sequence_length}, n);
  }
}

void WindowEngine::shuffle_for(int epoch) {
  if (epoch == order_epoch_) return;
  std::iota(order_.begin(), order_.end(), 0);
  shuffle(order_.data(), n_windows(), seed_, stream_for(StreamPurpose::shuffle, epoch));
  order_epoch_ = epoch;
}

float WindowEngine::train_step(Workers& workers, std::int32_t step) {
  shuffle_for(step / steps_per_epoch());
  const int first = step % steps_per_epoch() * config_.batch_size;
  const WindowBatch<float> batch =
      frames_.batch(order_.data() + first, std::min(config_.batch_size, n_windows() - first));
  const float loss = network_.loss_and_gradient(workers, batch, seed_, step);
  adam_step<float>(workers, parameters_, config_.adam, step + 1);
  return loss;
}

// From a primer window, the prediction is appended and the window slides on. With probability reseed_chance *
// temperature * density a frame, the next frame is instead the prediction from a primer window drawn at random:
// generate.py's random_chance, with the primers for the whole training set. Negative predictions are fed back as they are
// (as there) and are 0 in the output.
class WindowEngine::Generator final : public MagnetGenerator {
 public:
  Generator(const WindowEngine& engine, Workers& workers, std::uint32_t seed, int window_stride)
      : engine_(engine), windows_(engine.network_, workers, window_stride),
        random_(seed, stream_for(StreamPurpose::generation, 0)), bins_(engine.config_.bins()),
        from_primers_(static_cast<std::size_t>(engine.config_.primer_windows * bins_)),
        frame_(static_cast<std::size_t>(bins_)) {
    const int primers = engine.config_.primer_windows, length = engine.config_.sequence_length;
    const std::ptrdiff_t gates = engine.network_.lstms[0].gates();
    projections_.resize(static_cast<std::size_t>(primers * length * gates));
    windows_.project(projections_.data(), engine.primers_.data(), primers * length);
    windows_.predict_windows(from_primers_.data(), projections_.data(), primers);
    const float* const primer = projections_.data() + draw_primer(0) * length * gates;
    for (int t = 0; t < length; ++t) windows_.push(frame_.data(), primer + t * gates);
  }

  void next(float* magnitudes, float temperature, float density) override {
    if (t_ > 0) {
      windows_.project(projections_.data(), frame_.data(), 1);
      windows_.push(frame_.data(), projections_.data());
      const std::uint64_t draw = 2 * t_ + 1;
      if (random_.uniform(draw) < engine_.config_.reseed_chance * temperature * density)
        std::copy_n(from_primers_.data() + draw_primer(draw + 1) * bins_, bins_, frame_.begin());
    }
    std::transform(frame_.begin(), frame_.end(), magnitudes, [](float m) { return m > 0.0f ? m : 0.0f; });
    ++t_;
  }

 private:
  std::ptrdiff_t draw_primer(std::uint64_t i) const {
    return static_cast<std::ptrdiff_t>(random_.bits(i) % engine_.config_.primer_windows);
  }

  const WindowEngine& engine_;
  WindowGenerator windows_;
  Random random_;
  std::ptrdiff_t bins_;
  std::vector<float> from_primers_;  // [primer_windows][bins]: the predictions from them
  std::vector<float>
      projections_;           // [primer_windows][sequence_length][gates]: of the primers, then of the newest frame
  std::vector<float> frame_;  // [bins]: the newest
  std::uint64_t t_ = 0;       // frames made
};

std::unique_ptr<MagnetGenerator> WindowEngine::generator(Workers& workers, std::uint32_t seed, int window_stride) {
  network_.prepare_inference(workers);
  return std::make_unique<Generator>(*this, workers, seed, window_stride);
}

void WindowEngine::list(TensorList& list) {
  list.add_values(parameters_);
  list.add("batch_norm.running_mean", {config_.bins()}, network_.norm.running_mean.data());
  list.add("batch_norm.running_variance", {config_.bins()}, network_.norm.running_variance.data());
  list.add("primers", {config_.primer_windows, config_.sequence_length, config_.bins()}, primers_.data());
  list.add_moments(parameters_);
}

}  // namespace unisono
