// What the one-shot transforms keep between calls: making a plan costs many times what using it does.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "checks.h"
#include "unisono/fft.h"
#include "unisono/stft.h"

namespace unisono::capi {

inline int32_t params_of(const RealFft& plan) { return plan.size(); }
inline int32_t params_of(const ComplexFft& plan) { return plan.size(); }
inline const StftParams& params_of(const Stft& plan) { return plan.params(); }

// This thread's plan of the kind for these parameters: the last one if it was for the same. Replaced only when the new one
// is whole.
template <class Plan, class Params>
Plan& plan_of(const Params& params) {
  thread_local std::unique_ptr<Plan> kept;
  if (!kept || params_of(*kept) != params) {
    auto made = std::make_unique<Plan>();
    made->configure(params);
    kept = std::move(made);
  }
  return *kept;
}

// Whether all samples of a signal are finite, told by its spectrum, which begins with their sum. One that is not may also be
// of huge samples.
inline bool tells_finite(const Complex* spectrum) { return spectrum->re - spectrum->re == 0.0f; }

inline int32_t rfft_by_plan(Complex* spectrum, const float* x, int32_t n) {
  plan_of<RealFft>(n).forward(spectrum, x);
  return tells_finite(spectrum) ? kOk : finite("x", x, n);
}

inline int32_t stft_by_plan(Complex* spectrogram, const float* x, const StftParams& params, int32_t n) {
  Stft& plan = plan_of<Stft>(params);
  const int32_t n_frames = stft_frames(params, n);
  plan.analysis(spectrogram, x, n_frames, n);
  bool all = true;
  for (int32_t t = 0; t < n_frames; ++t) all &= tells_finite(spectrogram + int64_t{t} * plan.bins());
  // No frame has what follows.
  const int64_t seen = std::min<int64_t>(n, int64_t{stft_length(params, n_frames)} + stft_padding(params));
  all &= finite("x", x + seen, n - seen) == kOk;
  return all ? kOk : finite("x", x, n);
}
inline void istft_by_plan(float* x, const Complex* spectrogram, const StftParams& params, int32_t n_frames, int32_t n) {
  plan_of<Stft>(params).synthesis(x, spectrogram, n_frames, n);
}

}  // namespace unisono::capi
