// Last steps before the ear or a file: limiting and conversion to 16-bit samples.
#pragma once

#include <cstdint>

namespace unisono {

// Identity for |x| <= 0.8; above, 0.8 + 0.2 tanh((|x| - 0.8) / 0.2): smooth in value and slope, never above 1.
// Memoryless, odd; NaN -> 0. out and x may be the same memory.
void soft_limit(float* out, const float* x, int n);

// x * 32768 rounded half to even and saturated to [-32768, 32767]; NaN -> 0.
void to_pcm16(std::int16_t* out, const float* x, int n);

}  // namespace unisono
