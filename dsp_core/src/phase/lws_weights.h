// The weights of Local Weighted Sums: how a window pair couples neighbouring bins of a consistent spectrogram.
#pragma once

#include <vector>

#include "unisono/stft.h"

namespace unisono::detail {

inline constexpr double kLwsNegligible = 1e-8;  // of a bin's weight for itself: below the rounding of float

// For r = 0 .. q-1 frames back and k = 0 .. reach bins down:
//   g[r * (reach + 1) + k] = sum over t of a[t] s[t + r hop] exp(-2 pi i k t / n_fft) / hop,
// so that a bin's weight for itself, g[0], is 1.
// Bins above take the complex conjugate, and so do later frames.
struct LwsWeights {
  int q, reach;
  int own_reach;  // the largest k with a weight g[k] that counts
  std::vector<double> re, im;
};

struct LwsWeightSets {
  LwsWeights full;          // both sides of the frame
  LwsWeights past;          // frames before it only, without the frame itself (win_ai of the lws package)
  LwsWeights past_and_own;  // frames before it, and the frame itself (win_af)
};

// `window` is the analysis window [n_fft] of the grid; the synthesis window is its least-squares partner.
LwsWeightSets lws_weights(const StftParams& params, const float* window, int reach);

}  // namespace unisono::detail
