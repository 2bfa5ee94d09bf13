// See clip.h.
#include "unisono/wavenet/clip.h"

#include <algorithm>

namespace unisono {

void linear_predictor(float* a, const float* x, int order, int n) {
  std::vector<double> r(order + 1), now(order, 0.0), before(order, 0.0);
  for (int lag = 0; lag <= order; ++lag)
    r[lag] = lag < n ? fixed_sum(
                           n - lag, [&](int i) { return static_cast<double>(x[i]) * static_cast<double>(x[i + lag]); })
                     : 0.0;
  std::fill_n(a, order, 0.0f);
  double error = r[0] * (1.0 + 1e-9);  // noise at -90 dB keeps the equations well-conditioned
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
  for (int k = 0; k < order; ++k) a[k] = static_cast<float>(now[k]);
}

void predict_linearly(float* p, const float* x, const float* a, int n) {
  for (int t = 0; t < n; ++t)
    p[t] = static_cast<float>(
        fixed_sum(kWaveOrder, [&](int k) { return static_cast<double>(a[k]) * static_cast<double>(x[t - 1 - k]); }));
}

void measure_level(WaveScale& scale, const float* x, const float* residual, int frames, int hop, int n) {
  for (int f = 0; f < std::max(1, frames); ++f) {
    const int begin = frames > 0 ? std::clamp((f - 1) * hop, 0, n - 1) : 0;
    const int end = frames > 0 ? std::clamp((f + 1) * hop, begin + 1, n) : n;
    const double squares = fixed_sum(
        end - begin, [&](int i) { return static_cast<double>(x[begin + i]) * static_cast<double>(x[begin + i]); });
    scale.level[f] = static_cast<float>(sqrt(squares / (end - begin)));
    scale.loudest[f] = 0.0f;
    for (int i = begin; i < end; ++i) scale.loudest[f] = max(scale.loudest[f], abs(residual[i]));
  }
}

void wave_inputs(float* inputs, float* target, const float* x, const WaveScale& scale, float* scratch, int n) {
  float *const sample = scratch, *const residual = scratch + n, *const prediction = scratch + 2 * n;
  float before;
  predict_linearly(&before, x - 1, scale.predictor, 1);
  predict_linearly(prediction, x, scale.predictor, n);
  for (int t = 0; t < n; ++t) residual[t] = x[t - 1] - (t > 0 ? prediction[t - 1] : before);
  const float over = 1.0f / scale.residual_peak;
  for_lanes<float>(n, [&]<class V>(int t) {
    const V p = load<V>(prediction + t);
    store<V>(target + t, compress(V((load<V>(x + t) - p) * splat<V>(over))));
    store<V>(sample + t, compress(load<V>(x + t - 1)));
    store<V>(residual + t, compress(V(load<V>(residual + t) * splat<V>(over))));
    store<V>(prediction + t, compress(p));
  });
  for (int t = 0; t < n; ++t)
    for (int k = 0; k < kWaveInputs; ++k) inputs[t * kWaveInputs + k] = scratch[k * n + t];
}

}  // namespace unisono
