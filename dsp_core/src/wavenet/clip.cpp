// See clip.h.
#include "unisono/wavenet/clip.h"

#include <algorithm>

#include "unisono/numerics.h"
#include "unisono/parallel.h"
#include "unisono/window.h"

namespace unisono {

namespace {
constexpr float kLeastUnit = 0x1p-20f;  // of the peak: -120 dB
constexpr double kNoise = 1e-5;         // at -50 dB it keeps a predictor from ringing for ever
// Each tap is damped by so much more than the one before: a predictor then forgets within half a millisecond what it was told
// wrong. What it predicts worse by that, the network learns.
constexpr double kDamping = 0.9;
// Of a free model:
constexpr float kLeastOfLoud = 0.01f;  // a unit is at least this of the loud level, so that sound can begin
constexpr float kAudible = 1e-3f;      // of the loudest frame's level

// Of levels, those that are silence left out: the median, and what nine tenths do not exceed.
void set_to_median_and_loud(std::vector<float>& two, const std::vector<float>& levels) {
  std::vector<std::uint64_t> bits;  // which are in the order of the numbers, for none is negative
  for (const float level : levels) bits.push_back(bit_cast<std::uint32_t>(level));
  // A total order: equal keys are the same level.
  std::sort(bits.begin(), bits.end());
  const auto level = [&](std::size_t i) { return bit_cast<float>(static_cast<std::uint32_t>(bits[i])); };
  std::size_t first = 0;
  while (level(first) < kAudible * level(bits.size() - 1)) ++first;
  const std::size_t count = bits.size() - first;
  two[0] = level(first + count / 2);
  two[1] = level(first + count * 9 / 10);
}

// Rises as a Hann window over seven eighths and falls over the last: what is near counts most.
void look_back_window(float* w, int n) {
  const int rise = n - n / 8;
  for (int i = 0; i < n; ++i) {
    const double turn = i < rise ? static_cast<double>(i) / rise : 1.0 + static_cast<double>(i - rise) / (n - rise);
    w[i] = 0.5f - 0.5f * cos(static_cast<float>(turn * detail::kPi));
  }
}

}  // namespace

void linear_predictor(float* a, const float* x, int order, int n) {
  double r[kWaveOrder + 1], now[kWaveOrder] = {}, before[kWaveOrder];
  for (int lag = 0; lag <= order; ++lag)
    r[lag] = lag < n ? fixed_sum(
                           n - lag, [&](int i) { return static_cast<double>(x[i]) * static_cast<double>(x[i + lag]); })
                     : 0.0;
  std::fill_n(a, order, 0.0f);
  double error = r[0] * (1.0 + kNoise);
  if (!(error > 0)) return;
  for (int i = 0; i < order; ++i) {
    double sum = r[i + 1];
    for (int k = 0; k < i; ++k) sum -= now[k] * r[i - k];
    const double reflection = sum / error;
    std::copy_n(now, i, before);
    now[i] = reflection;
    for (int k = 0; k < i; ++k) now[k] = before[k] - reflection * before[i - 1 - k];
    error *= 1.0 - reflection * reflection;
  }
  double damped = 1.0;
  for (int k = 0; k < order; ++k) a[k] = static_cast<float>(now[k] * (damped *= kDamping));
}

void WaveScale::configure(int frames, int hop_, bool free_) {
  hop = hop_;
  free = free_;
  peak = 1.0f;
  const auto n = static_cast<std::size_t>(frames);
  level.assign(free ? 2 : n, 0.0f);
  loudest.assign(n, 1.0f);
  predictor.assign(n * kWaveOrder, 0.0f);
  const int width = (free ? kWaveHopsBack : kWaveHops) * hop;
  window_.resize(static_cast<std::size_t>(width));
  windowed_.resize(window_.size());
  if (free) look_back_window(window_.data(), width);
  else window(window_.data(), WindowKind::hann, false, width);
}

// Of the samples under the window that begins at x[first]; beside x[n] there is silence.
void WaveScale::find_predictor(int frame, const float* x, int first, int n) {
  const int width = static_cast<int>(window_.size());
  for (int i = 0; i < width; ++i) {
    const int t = first + i;
    windowed_[i] = t >= 0 && t < n ? x[t] * window_[i] : 0.0f;
  }
  linear_predictor(predictor.data() + static_cast<std::ptrdiff_t>(frame) * kWaveOrder, windowed_.data(), kWaveOrder,
                   width);
}

void WaveScale::look_back(int frame, const float* x) {
  const int width = static_cast<int>(window_.size()), first = frame * hop;
  find_predictor(frame, x - width, 0, width);
  float& largest = loudest[frame];
  largest = kLeastOfLoud * level[1];
  for (int t = -width; t < 0; ++t) {
    float p;
    predict(&p, x + t, first, 1);
    largest = max(largest, abs(x[t] - p));
  }
}

// The level of a frame is that of the four hops around where it stands, its predictor that of kWaveHops around its samples,
// and so is its largest residual; those of a free model look back over kWaveHopsBack.
void WaveScale::measure(const float* x, int n) {
  const int frames = (n - 1) / hop + 2;
  loudest.resize(static_cast<std::size_t>(frames));  // which a free model has for training only
  predictor.resize(loudest.size() * kWaveOrder);
  const auto slice = [&](int f, int before, int after) {
    const int begin = std::clamp((f - before) * hop, 0, n - 1);
    return Slice{begin, std::clamp((f + after) * hop, begin + 1, n)};
  };
  std::vector<float> around(loudest.size()), residual(static_cast<std::size_t>(n));
  for (int f = 0; f < frames; ++f) {
    const Slice near = slice(f, 2, 2);
    const float* const y = x + near.begin;
    const int count = near.end - near.begin;
    const double squares =
        fixed_sum(count, [&](int i) { return static_cast<double>(y[i]) * static_cast<double>(y[i]); });
    around[f] = static_cast<float>(sqrt(squares / count));
  }
  if (free) {
    set_to_median_and_loud(level, around);
    for (int f = 0; f < frames; ++f) look_back(f, x + std::min(f * hop, n));
    return;
  }
  std::copy(around.begin(), around.end(), level.begin());
  for (int f = 0; f < frames; ++f) find_predictor(f, x, (f - kWaveHops / 2) * hop, n);
  predict(residual.data(), x, 0, n);
  for (int t = 0; t < n; ++t) residual[t] = x[t] - residual[t];
  for (int f = 0; f < frames; ++f) {
    const Slice near = slice(f, 2, 3);
    loudest[f] = kLeastUnit;
    for (int t = near.begin; t < near.end; ++t) loudest[f] = max(loudest[f], abs(residual[t]));
  }
}

void WaveScale::predict(float* p, const float* x, int first, int n) const {
  for (int t = 0; t < n; ++t) {
    const float* const a = predictor.data() + static_cast<std::ptrdiff_t>(frame(first + t)) * kWaveOrder;
    p[t] = static_cast<float>(
        fixed_sum(kWaveOrder, [&](int k) { return static_cast<double>(a[k]) * static_cast<double>(x[t - 1 - k]); }));
  }
}

void wave_inputs(float* inputs, float* target, const float* x, const WaveScale& scale, int first, float* scratch,
                 int n) {
  float *const sample = scratch, *const residual = scratch + n, *const prediction = scratch + 2 * n;
  float* const unit = scratch + 3 * n;
  float before;
  scale.predict(&before, x - 1, first - 1, 1);
  scale.predict(prediction, x, first, n);
  for (int t = 0; t < n; ++t) {
    unit[t] = scale.unit(first + t);
    residual[t] = (x[t - 1] - (t > 0 ? prediction[t - 1] : before)) / (t > 0 ? unit[t - 1] : scale.unit(first - 1));
  }
  for_lanes<float>(n, [&]<class V>(int t) {
    const V p = load<V>(prediction + t);
    store<V>(target + t, V((load<V>(x + t) - p) / load<V>(unit + t)));
    store<V>(sample + t, compress(load<V>(x + t - 1)));
    store<V>(prediction + t, compress(p));
  });
  for (int t = 0; t < n; ++t)
    for (int k = 0; k < kWaveInputs; ++k) inputs[t * kWaveInputs + k] = scratch[k * n + t];
}

}  // namespace unisono
