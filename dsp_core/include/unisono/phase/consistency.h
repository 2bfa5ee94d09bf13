// How nearly a spectrogram is the transform of some signal.
#pragma once

#include "unisono/stft.h"

namespace unisono {

// 20 log10(||S|| / ||STFT(iSTFT(S)) - S||) in dB, for a signal of n samples: larger is better. A true spectrogram reaches
// the noise of float arithmetic, about 130 dB; at most 300. 0 for silence. This allocates.
float consistency(const Complex* spectrogram, const StftParams& params, int n_frames, int n);

}  // namespace unisono
