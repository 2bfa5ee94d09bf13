// Last steps before the ear or a file: limiting, and conversion to whole numbers, dithered where wanted.
#pragma once

#include <cstdint>

namespace unisono {

// Identity for |x| <= 0.8; above, 0.8 + 0.2 tanh((|x| - 0.8) / 0.2): smooth in value and slope, never above 1.
// Memoryless, odd; NaN -> 0. out and x may be the same memory.
void soft_limit(float* out, const float* x, int n);

// x * 32768 rounded half to even and saturated to [-32768, 32767]; NaN -> 0.
void to_pcm16(std::int16_t* out, const float* x, int n);

// x * 2^(bits - 1), bits from 8 to 24, with noise of up to one step added before it is rounded half to even and saturated;
// NaN -> 0. The noise is triangular, the difference of two uniform numbers: mean and variance of the error are then the same
// whatever x is (Lipshitz, Wannamaker, Vanderkooy 1992). Sample i's depends on seed and i alone.
void to_pcm(std::int32_t* out, const float* x, int bits, bool dither, std::uint32_t seed, int n);

}  // namespace unisono
