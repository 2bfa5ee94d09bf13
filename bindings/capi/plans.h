// What the one-shot transforms keep between calls: making a plan costs many times what using it does.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

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

inline void stft_by_plan(Complex* spectrogram, const float* x, const StftParams& params, int32_t n) {
  plan_of<Stft>(params).analysis(spectrogram, x, stft_frames(params, n), n);
}
inline void istft_by_plan(float* x, const Complex* spectrogram, const StftParams& params, int32_t n_frames, int32_t n) {
  plan_of<Stft>(params).synthesis(x, spectrogram, n_frames, n);
}

}  // namespace unisono::capi
