// From magnitudes to sound: the phase methods with the settings that models and resynthesis use.
#pragma once

#include <cstdint>

#include "unisono/stft.h"

namespace unisono {

// All begin with heap integration; lws adds sweeps of Local Weighted Sums, griffin_lim iterations of its fast form. live is
// rtpghi: what can be played while it is made.
enum class PhaseKind { lws, griffin_lim, pghi, live };

// How many frames a sound of n_samples is to be made of. With live they include those that its last frames are settled
// with, so that a longer sound begins with the very samples of a shorter one.
int reconstruct_frames(const StftParams& params, PhaseKind kind, int n_samples);

// out[n_samples] from magnitude[n_frames][bins] >= 0. seed matters where the method draws random phases.
// This allocates. False (and nothing written) if the parameters are not ok.
bool reconstruct(float* out, const float* magnitude, const StftParams& params, PhaseKind kind, int n_frames,
                 int n_samples, std::uint32_t seed);

// The spectrogram out[n_frames][bins] that reconstruct transforms back.
bool reconstruct_phase(Complex* out, const float* magnitude, const StftParams& params, PhaseKind kind, int n_frames,
                       std::uint32_t seed);

}  // namespace unisono
