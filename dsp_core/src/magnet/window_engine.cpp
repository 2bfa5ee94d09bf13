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
//
// A frame is known by its features. What follows needs no more of it, so that the frames themselves can be made together.
class WindowEngine::Generator final : public MagnetGenerator {
 public:
  Generator(WindowEngine& engine, Workers& workers, std::uint32_t seed, int window_stride)
      : engine_(engine), workers_(workers), windows_(engine.network_, workers, window_stride),
        primer_(engine.network_, workers, 0), random_(seed, stream_for(StreamPurpose::generation, 0)),
        bins_(engine.config_.bins()), features_(engine.network_.features()), gates_(engine.network_.lstms[0].gates()),
        length_(engine.config_.sequence_length), projections_(static_cast<std::size_t>(length_ * gates_)),
        newest_(static_cast<std::size_t>(features_)), rows_(static_cast<std::size_t>(kTogether * features_)) {
    const int primer = draw_primer(0);
    if (window_stride > 0) {
      push_primer(windows_, newest_.data(), primer);
    } else {
      newest_ = primed(primer).features;
      windows_.resume(primed(primer).state.data());
    }
  }

  void next(float* magnitudes, int n_frames, float temperature, float density) override {
    for (int i = 0; i < n_frames; i += kTogether, magnitudes += kTogether * bins_) {
      const int n = std::min(kTogether, n_frames - i);
      for (int r = 0; r < n; ++r, ++t_) {
        if (t_ > 0) advance(engine_.config_.reseed_chance * temperature * density);
        std::copy(newest_.begin(), newest_.end(), rows_.begin() + r * features_);
      }
      engine_.network_.predict(workers_, magnitudes, rows_.data(), n);
      std::transform(magnitudes, magnitudes + n * bins_, magnitudes, [](float m) { return m > 0.0f ? m : 0.0f; });
    }
  }

 private:
  static constexpr int kTogether = 32;  // frames

  void advance(float chance) {
    engine_.feedback_.project(workers_, projections_.data(), newest_.data());
    windows_.push(newest_.data(), projections_.data());
    const std::uint64_t draw = 2 * t_ + 1;
    if (random_.uniform(draw) < chance) newest_ = primed(draw_primer(draw + 1)).features;
  }

  int draw_primer(std::uint64_t i) const { return static_cast<int>(random_.bits(i) % engine_.config_.primer_windows); }

  // The features after a primer window, all of which goes into the windows.
  void push_primer(WindowGenerator& windows, float* features, int primer) {
    windows.project(projections_.data(), engine_.primers_.data() + primer * length_ * bins_, static_cast<int>(length_));
    for (std::ptrdiff_t t = 0; t < length_; ++t) windows.push(features, projections_.data() + t * gates_);
  }

  const Primed& primed(int primer) {
    Primed& found = engine_.primed_[static_cast<std::size_t>(primer)];
    if (!found.known) {
      primer_.reset();
      push_primer(primer_, found.features.data(), primer);
      primer_.keep(found.state.data());
      found.known = true;
    }
    return found;
  }

  WindowEngine& engine_;
  Workers& workers_;
  WindowGenerator windows_, primer_;
  Random random_;
  std::ptrdiff_t bins_, features_, gates_, length_;
  std::vector<float> projections_;  // [sequence_length][gates]: of a primer, or of the newest frame
  std::vector<float> newest_;       // [features]
  std::vector<float> rows_;         // [kTogether][features]
  std::uint64_t t_ = 0;             // frames made
};

void WindowEngine::prepare(Workers& workers) {
  network_.prepare_inference(workers);
  feedback_.prepare(workers, network_);
  primed_.resize(static_cast<std::size_t>(config_.primer_windows));
  for (Primed& primed : primed_) {
    primed.features.resize(static_cast<std::size_t>(network_.features()));
    primed.state.resize(2 * network_.lstms.size() * static_cast<std::size_t>(config_.hidden));
    primed.known = false;
  }
}

std::unique_ptr<MagnetGenerator> WindowEngine::generator(Workers& workers, std::uint32_t seed, int window_stride) {
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
