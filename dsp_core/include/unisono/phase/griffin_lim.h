// Griffin-Lim: phase from magnitude by going back and forth between spectrogram and signal.
//
// Griffin, Lim: "Signal estimation from modified short-time Fourier transform", IEEE TASSP 32(2), 1984;
// Perraudin, Balazs, Søndergaard: "A fast Griffin-Lim algorithm", WASPAA 2013 (momentum > 0; 0.99 is their choice).
#pragma once

#include <cstdint>

#include "unisono/stft.h"

namespace unisono {

// out[n_frames][bins] with the magnitudes magnitude[n_frames][bins] >= 0, from random phases drawn from seed.
// These allocate. False (and nothing written) if the parameters are not ok.
bool griffin_lim(Complex* out, const float* magnitude, const StftParams& params, int n_iter, float momentum,
                 std::uint32_t seed, int n_frames);

// The same from the phases of spectrogram[n_frames][bins], whose magnitudes are not looked at; out may be spectrogram.
bool griffin_lim_refine(Complex* out, const Complex* spectrogram, const float* magnitude, const StftParams& params,
                        int n_iter, float momentum, int n_frames);

}  // namespace unisono
