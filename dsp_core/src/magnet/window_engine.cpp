// See window_engine.h.
#include "unisono/magnet/window_engine.h"

#include <algorithm>
#include <numeric>

#include "unisono/magnet/streams.h"
#include "unisono/magnet/window_generator.h"

namespace unisono {

WindowEngine::WindowEngine(const MagnetConfig& config, std::uint32_t seed) : config_(config), seed_(seed) {
  network_.configure(config);
  network_.initialise(seed);
  parameters_ = network_.parameters();
  primers_.assign(static_cast<std::size_t>(config.primer_windows) * config.sequence_length * config.bins(), 0.0f);
}

void WindowEngine::set_clip(Workers&, const float* magnitudes, int n_frames) {
  n_frames_ = n_frames;
  frames_.assign(magnitudes, magnitudes + static_cast<std::ptrdiff_t>(n_frames) * config_.bins());
  order_.resize(n_windows());
  order_epoch_ = -1;
  network_.reserve_training(n_frames);
  keep_primers();
}

// Windows at even distances over the whole clip.
void WindowEngine::keep_primers() {
  const int window = config_.sequence_length * config_.bins(), last = n_windows() - 1;
  for (int p = 0; p < config_.primer_windows; ++p) {
    const std::ptrdiff_t start = static_cast<std::ptrdiff_t>(last) * p / std::max(1, config_.primer_windows - 1);
    std::copy_n(frames_.data() + start * config_.bins(), window,
                primers_.data() + static_cast<std::ptrdiff_t>(p) * window);
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
  const WindowBatch<float> batch{frames_.data(), n_frames_, order_.data() + first,
                                 std::min(config_.batch_size, n_windows() - first)};
  const float loss = network_.loss_and_gradient(workers, batch, seed_, step);
  adam_step<float>(workers, parameters_, config_.adam, step + 1);
  return loss;
}

// From a primer window, the prediction is appended and the window slides on. With probability reseed_chance *
// temperature a frame, the next frame is instead the prediction from a primer window drawn at random: generate.py's
// random_chance, with the primers for the whole training set. Negative predictions are fed back as they are (as there)
// and are 0 in the output.
void WindowEngine::generate(Workers& workers, float* magnitudes, int n_frames, std::uint32_t seed, float temperature) {
  const std::ptrdiff_t bins = config_.bins(), window = config_.sequence_length * bins;
  const int primers = config_.primer_windows;
  network_.prepare_inference(workers);
  WindowGenerator generator(network_, workers);
  std::vector<float> from_primers(static_cast<std::size_t>(primers * bins)), frame(static_cast<std::size_t>(bins));
  generator.predict_windows(from_primers.data(), primers_.data(), primers);

  const Random random(seed, stream_for(StreamPurpose::generation, 0));
  const auto draw_primer = [&](std::uint64_t i) { return static_cast<std::ptrdiff_t>(random.bits(i) % primers); };
  const float* const primer = primers_.data() + draw_primer(0) * window;
  for (int t = 0; t < config_.sequence_length; ++t) generator.push(frame.data(), primer + t * bins);
  for (int t = 0; t < n_frames; ++t) {
    const auto draw = 2 * static_cast<std::uint64_t>(t) + 1;
    if (t > 0 && random.uniform(draw) < config_.reseed_chance * temperature)
      std::copy_n(from_primers.data() + draw_primer(draw + 1) * bins, bins, frame.data());
    std::transform(frame.begin(), frame.end(), magnitudes + t * bins, [](float m) { return m > 0.0f ? m : 0.0f; });
    generator.push(frame.data(), frame.data());
  }
}

int WindowEngine::parameter_count() const {
  int count = 0;
  for (const Parameter<float>* p : parameters_) count += p->size();
  return count;
}

std::vector<TensorRef> WindowEngine::tensors() {
  std::vector<TensorRef> all;
  const auto add = [&](const std::string& name, const std::vector<std::int32_t>& shape, std::vector<float>& values) {
    all.push_back({name, shape, values.data(), static_cast<int>(values.size())});
  };
  for (Parameter<float>* p : parameters_) add(p->name, p->shape, p->value);
  add("batch_norm.running_mean", {config_.bins()}, network_.norm.running_mean);
  add("batch_norm.running_variance", {config_.bins()}, network_.norm.running_variance);
  add("primers", {config_.primer_windows, config_.sequence_length, config_.bins()}, primers_);
  for (Parameter<float>* p : parameters_) add("adam.m." + p->name, p->shape, p->first_moment);
  for (Parameter<float>* p : parameters_) add("adam.v." + p->name, p->shape, p->second_moment);
  return all;
}

}  // namespace unisono
