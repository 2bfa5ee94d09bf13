// What WaveNet keeps of a clip: linear predictors, the levels of clip and residual, and how samples become inputs.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/nn/elementwise.h"
#include "unisono/wavenet/network.h"

namespace unisono {

inline constexpr int kWaveOrder = 32;                   // of the linear predictor
inline constexpr int kWaveHops = 5, kWaveHopsBack = 6;  // that a predictor is found in; a free model's

// a[order] nearly minimises the squared error of x[t] from a[0] x[t - 1] + a[1] x[t - 2] ... over x[n] with zeros around it:
// the autocorrelation method, by Levinson's recursion in double, damped. All zeros for silence. order: at most kWaveOrder.
void linear_predictor(float* a, const float* x, int order, int n);

// The mu-law of ITU-T G.711, continuous, mu = 255: [-1, 1] to [-1, 1]; beyond, the ends.
template <class V>
UNISONO_INLINE V compress(const V& x) {
  const V y = log(V(1.0f + 255.0f * min(abs(x), splat<V>(1.0f)))) * 0x1.715476p-3f;  // 1 / ln 256
  return detail::copy_sign(y, x);
}

// Samples from one frame of the clip's predictors and levels to the next: 5 ms; of the position's embedding: 1.25 ms.
inline int wave_hop(int sr) { return sr < 200 ? 1 : sr / 200; }
inline int wave_position_hop(int sr) { return sr < 800 ? 1 : sr / 800; }

// Where the sample t of the clip is in frames of `hop` samples; before the clip it is the beginning's.
inline WavePosition<float> wave_position(int t, int hop) {
  if (t < 0) return {0, 0.0f};
  return {t / hop, static_cast<float>(t % hop) / static_cast<float>(hop)};
}

// What a model knows of its clip from the beginning; part of its file. Of the clip divided by its peak, for each frame of
// 5 ms. A free model's frames, of 10 ms, look back only: its own sound can stand for the clip when it generates.
struct WaveScale {
  float peak;
  int hop;  // samples from frame to frame
  bool free;
  std::vector<float> level;  // RMS around the frame; free: the median and the ninth tenth of all frames' but silence
  std::vector<float> predictor;  // [frames][kWaveOrder], for the samples from the frame to the next
  std::vector<float> loudest;    // the largest residual near these: full scale for the network

  void configure(int frames, int hop, bool free);
  // x[n], with kWaveOrder samples before it; free: with memory().
  void measure(const float* x, int n);
  // Of a free model: the frame of the samples that follow x[-1], from x[-memory() ... -1].
  void look_back(int frame, const float* x);
  int memory() const { return free ? kWaveHopsBack * hop + kWaveOrder : kWaveOrder; }
  // p[n] of the samples x[n] from x[-kWaveOrder ... n - 2]; `first` is where in the clip x[0] is.
  void predict(float* p, const float* x, int first, int n) const;
  int frame(int t) const { return wave_position(t, hop).frame; }
  float unit(int t) const { return loudest[frame(t)]; }

 private:
  void find_predictor(int frame, const float* x, int first, int n);

  std::vector<float> window_, windowed_;  // under which a predictor is found
};

// inputs[n][3] and target[n] of the samples x[n] of a clip divided by its peak, of which x[0] is sample `first`;
// kWaveOrder + 1 samples before x[0] must exist. scratch[4 n].
void wave_inputs(float* inputs, float* target, const float* x, const WaveScale& scale, int first, float* scratch,
                 int n);

}  // namespace unisono
