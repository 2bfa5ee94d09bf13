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
  net_.configure(free ? 0 : (length - 1) / wave_hop(sr) + 2);
  net_.initialise(seed);
  for (auto* each : {&scale_.level, &scale_.loudest})
    each->assign(static_cast<std::size_t>(std::max(1, net_.frames())), 0.0f);
  scale_.peak = scale_.residual_peak = 1.0f;
  list_tensors();
}

void WaveNetModel::set_clip(const float* samples) {
  float peak = 0.0f;
  for (int i = 0; i < length_; ++i) peak = max(peak, abs(samples[i]));
  scale_.peak = peak > 0.0f ? peak : 1.0f;
  clip_.assign(static_cast<std::size_t>(kWaveSilence) + length_, 0.0f);
  float* const x = clip_.data() + kWaveSilence;
  for (int i = 0; i < length_; ++i) x[i] = samples[i] / scale_.peak;
  linear_predictor(scale_.predictor, x, kWaveOrder, length_);
  std::vector<float> residual(static_cast<std::size_t>(length_));
  predict_linearly(residual.data(), x, scale_.predictor, length_);
  float largest = 0.0f;
  for (int i = 0; i < length_; ++i) largest = max(largest, residual[i] = abs(x[i] - residual[i]));
  scale_.residual_peak = largest > 0.0f ? largest : 1.0f;
  const double unit = static_cast<double>(scale_.residual_peak);
  offset_ = fixed_sum(length_,
                      [&](int i) {
                        return detail::log_kernel(expansion_slope(static_cast<double>(residual[i]) / unit) * unit *
                                                  kFullScale);
                      }) /
            length_;
  measure_level(scale_, x, residual.data(), net_.frames(), hop(), length_);
  desks_.resize(kCrops);
  for (Desk& desk : desks_) {
    constexpr std::size_t kTotal = kWaveReach + kCropSamples;
    desk.crop.reserve(kCropSamples);
    desk.pass.reserve(net_, kCropSamples, free_ ? 2 : static_cast<int>(kTotal) / hop() + 3);
    desk.target.resize(kTotal);
    desk.scratch.resize(kWaveInputs * kTotal);
  }
  set_primed();
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
  const auto places = static_cast<std::int32_t>(scale_.level.size());
  TensorList list;
  list.add_values(parameters);
  list.add("clip.predictor", {kWaveOrder}, scale_.predictor);
  list.add("clip.peak", {1}, &scale_.peak);
  list.add("clip.residual_peak", {1}, &scale_.residual_peak);
  list.add("clip.loudest", {places}, scale_.loudest.data());
  list.add("clip.level", {places}, scale_.level.data());
  list.add_moments(parameters);
  store(std::move(list));
}

}  // namespace unisono
