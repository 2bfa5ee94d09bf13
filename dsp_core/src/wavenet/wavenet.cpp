// WaveNetModel but for its training; see wavenet.h.
#include "unisono/wavenet/wavenet.h"

#include <algorithm>
#include <utility>

#include "unisono/audio.h"
#include "unisono/wavenet/desk.h"

namespace unisono {

namespace {
constexpr double kFullScale = 32768.0;  // steps of a 16-bit sample
}

WaveNetModel::WaveNetModel() = default;
WaveNetModel::~WaveNetModel() = default;

void WaveNetModel::configure(int length, int sr, std::uint32_t seed, int steps, bool free, int threads) {
  length_ = length;
  sr_ = sr;
  seed_ = seed;
  steps_ = steps;
  free_ = free;
  workers_ = std::make_unique<Workers>(threads);
  const auto frames = [&](int hop) { return (length - 1) / hop + 2; };
  net_.configure(free ? 0 : frames(wave_position_hop(sr)));
  net_.initialise(seed);
  scale_.configure(free ? 1 : frames(wave_hop(sr)), free ? 2 * wave_hop(sr) : wave_hop(sr), free);
  list_tensors();
}

// So much lies before the clip that the first crop has its whole history.
int WaveNetModel::silence() const { return std::max(kWaveReach + kWaveOrder + 1, scale_.memory()); }

void WaveNetModel::set_clip(const float* samples) {
  float peak = 0.0f;
  for (int i = 0; i < length_; ++i) peak = max(peak, abs(samples[i]));
  scale_.peak = peak > 0.0f ? peak : 1.0f;
  clip_.assign(static_cast<std::size_t>(silence()) + length_, 0.0f);
  float* const x = clip_.data() + silence();
  for (int i = 0; i < length_; ++i) x[i] = samples[i] / scale_.peak;
  scale_.measure(x, length_);
  offset_ = fixed_sum(length_, [&](int t) { return detail::log_kernel(scale_.unit(t) * kFullScale); }) / length_;
  values_changed();
}

// What training works on is large; who plays, or reads a file, never needs it.
void WaveNetModel::open_desks() {
  if (!desks_.empty()) return;
  desks_.resize(kCrops);
  for (Desk& desk : desks_) {
    constexpr std::size_t kTotal = kWaveReach + kCropSamples;
    desk.crop.reserve(kCropSamples);
    desk.pass.reserve(net_, kCropSamples, static_cast<int>(kTotal) / wave_position_hop(sr_) + 3);
    desk.target.resize(kTotal);
    desk.scratch.resize((kWaveInputs + 1) * kTotal);
  }
}

void WaveNetModel::start(std::uint32_t seed) {
  generator_ = std::make_unique<WaveGenerator>(net_, scale_, length_, sr_, seed);
}

void WaveNetModel::process(float* samples, int n, float temperature) {
  generator_->process(samples, temperature, n);
  soft_limit(samples, samples, n);
}

void WaveNetModel::generate(float* samples, int n_samples, std::uint32_t seed, float temperature) {
  WaveGenerator generator(net_, scale_, length_, sr_, seed);
  generator.process(samples, temperature, n_samples);
  soft_limit(samples, samples, n_samples);
}

void WaveNetModel::list_tensors() {
  const auto parameters = net_.parameters();
  const auto frames = static_cast<std::int32_t>(scale_.loudest.size());
  TensorList list;
  list.add_values(parameters);
  list.add("clip.peak", {1}, &scale_.peak);
  if (!free_) {
    list.add("clip.predictor", {frames, kWaveOrder}, scale_.predictor.data());
    list.add("clip.loudest", {frames}, scale_.loudest.data());
  }
  list.add("clip.level", {static_cast<std::int32_t>(scale_.level.size())}, scale_.level.data());
  list.add_moments(parameters);
  store(std::move(list));
}

}  // namespace unisono
