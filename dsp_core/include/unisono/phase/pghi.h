// Phase gradient heap integration: phase from the gradients of the log magnitude, without iterating.
//
// Průša, Balazs, Søndergaard: "A noniterative method for reconstruction of phase from STFT magnitude",
// IEEE/ACM TASLP 25(5), 2017.
#pragma once

#include <cstdint>

#include "unisono/stft.h"

namespace unisono {

// out[n_frames][bins] with the magnitudes magnitude[n_frames][bins] >= 0. Bins not above tolerance times the largest
// magnitude get random phases drawn from seed. This allocates. False (and nothing written) if the parameters are not ok.
bool pghi(Complex* out, const float* magnitude, const StftParams& params, float tolerance, std::uint32_t seed,
          int n_frames);

}  // namespace unisono
