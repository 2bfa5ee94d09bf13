// See clip.h.
#include "unisono/wavenet/clip.h"

#include <algorithm>

#include "unisono/parallel.h"
#include "unisono/window.h"

namespace unisono {

namespace {
constexpr float kLeastUnit = 0x1p-20f;  // of the peak: -120 dB
constexpr double kNoise = 1e-5;         // at -50 dB it keeps a predictor from ringing for ever
// Each tap is damped by so much more than the one before: a predictor then forgets within some 2 ms what it was told wrong.
// What it predicts worse by that, the network learns.
constexpr double kDamping = 0.97;
}  // namespace

void linear_predictor(float* a, const float* x, int order, int n) {
  std::vector<double> r(order + 1), now(order, 0.0), before(order, 0.0);
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
    before = now;
    now[i] = reflection;
    for (int k = 0; k < i; ++k) now[k] = before[k] - reflection * before[i - 1 - k];
    error *= 1.0 - reflection * reflection;
  }
  double damped = 1.0;
  for (int k = 0; k < order; ++k) a[k] = static_cast<float>(now[k] * (damped *= kDamping));
}

void WaveScale::configure(int frames, int hop_) {
  hop = hop_;
  peak = 1.0f;
  const auto n = static_cast<std::size_t>(std::max(1, frames));
  level.assign(n, 0.0f);
  loudest.assign(n, 1.0f);
  predictor.assign(n * kWaveOrder, 0.0f);
}

// A frame's predictor is found under a window of three hops around its samples, its level over the two hops around where
// it stands, its largest residual over three hops.
void WaveScale::measure(const float* x, int n) {
  const int frames = static_cast<int>(level.size()), width = hop > 0 ? 3 * hop : n;
  const auto slice = [&](int f, int before, int after) {
    if (hop == 0) return Slice{0, n};
    const int begin = std::clamp((f - before) * hop, 0, n - 1);
    return Slice{begin, std::clamp((f + after) * hop, begin + 1, n)};
  };
  std::vector<float> shape(static_cast<std::size_t>(width), 1.0f), windowed(shape.size());
  if (hop > 0) window(shape.data(), WindowKind::hann, false, width);
  for (int f = 0; f < frames; ++f) {
    for (int i = 0; i < width; ++i) {
      const int t = hop > 0 ? (f - 1) * hop + i : i;
      windowed[i] = t >= 0 && t < n ? x[t] * shape[i] : 0.0f;
    }
    linear_predictor(predictor.data() + static_cast<std::ptrdiff_t>(f) * kWaveOrder, windowed.data(), kWaveOrder,
                     width);
    const Slice around = slice(f, 1, 1);
    const float* const y = x + around.begin;
    const int count = around.end - around.begin;
    const double squares =
        fixed_sum(count, [&](int i) { return static_cast<double>(y[i]) * static_cast<double>(y[i]); });
    level[f] = static_cast<float>(sqrt(squares / count));
  }
  std::vector<float> residual(static_cast<std::size_t>(n));
  predict(residual.data(), x, 0, n);
  for (int t = 0; t < n; ++t) residual[t] = x[t] - residual[t];
  for (int f = 0; f < frames; ++f) {
    const Slice near = slice(f, 1, 2);
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
