// Window functions for analysis and synthesis.
#pragma once

namespace unisono {

enum class WindowKind { hann, hamming, blackman, rectangular, sqrt_hann };

// out[win_length]; periodic = for spectral analysis (period win_length), else symmetric (period win_length - 1).
// Evaluated in double and rounded once. sqrt_hann is the square root of hann.
void window(float* out, WindowKind kind, bool periodic, int win_length);

}  // namespace unisono
