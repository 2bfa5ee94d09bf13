// What WaveNet keeps of a clip: a linear predictor, the levels of clip and residual, and how samples become inputs.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/nn/elementwise.h"
#include "unisono/wavenet/network.h"

namespace unisono {

inline constexpr int kWaveOrder = 32;  // of the linear predictor

// a[order] minimises the squared error of x[t] from a[0] x[t - 1] + a[1] x[t - 2] ... over x[n] with zeros around it:
// the autocorrelation method, by Levinson's recursion in double. All zeros for silence.
void linear_predictor(float* a, const float* x, int order, int n);

// p[n] from x[-kWaveOrder ... n - 2].
void predict_linearly(float* p, const float* x, const float* a, int n);

// The mu-law of ITU-T G.711, continuous, mu = 255: [-1, 1] to [-1, 1]; beyond, the ends.
template <class V>
UNISONO_INLINE V compress(const V& x) {
  const V y = log(V(1.0f + 255.0f * min(abs(x), splat<V>(1.0f)))) * 0x1.715476p-3f;  // 1 / ln 256
  return detail::copy_sign(y, x);
}
template <class V>
UNISONO_INLINE V expand(const V& y) {
  const V a = exp(V(min(abs(y), splat<V>(1.0f)) * 0x1.62e43p+2f)) - 1.0f;  // ln 256
  return detail::copy_sign(V(a * (1.0f / 255.0f)), y);
}

// How fast expand rises at y, where |expand(y)| is `expanded`.
template <class V>
UNISONO_INLINE V expansion_slope(const V& expanded) {
  return (expanded + elem_t<V>(1.0 / 255)) * elem_t<V>(8 * detail::kLn2);
}

// A network that has learnt knows these of the clip; they are part of its file.
struct WaveScale {
  float predictor[kWaveOrder];
  float peak, residual_peak;   // of the clip; of the residual of the clip divided by its peak
  std::vector<float> level;    // RMS of the clip divided by its peak around each frame of position, or of all of it
  std::vector<float> loudest;  // the largest residual there
};

// Fills level and loudest: of frames `hop` apart over two hops around each, or, without frames, one of all x[n].
void measure_level(WaveScale& scale, const float* x, const float* residual, int frames, int hop, int n);

// inputs[n][3] and target[n] of the samples x[n] of a clip divided by its peak; kWaveOrder + 1 samples before x[0] must
// exist. scratch[3 n].
void wave_inputs(float* inputs, float* target, const float* x, const WaveScale& scale, float* scratch, int n);

// Samples from one frame of the position's embedding to the next: 20 ms.
inline int wave_hop(int sr) { return sr < 50 ? 1 : sr / 50; }

// Position of the sample t of the clip in the network's frames of `hop` samples; before the clip it is the beginning's.
inline WavePosition<float> wave_position(int t, int hop) {
  if (hop == 0 || t < 0) return {0, 0.0f};
  return {t / hop, static_cast<float>(t % hop) / static_cast<float>(hop)};
}

}  // namespace unisono
