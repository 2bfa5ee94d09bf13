// Setting magnitudes while keeping phases, and the scale at which that neither overflows nor underflows.
#pragma once

#include "unisono/numerics.h"

namespace unisono::detail {

// A power of two that brings the largest |values[n]| to [0.5, 1); 1 if all are zero.
float unit_scale(const float* values, std::int64_t n);

// out[n] = magnitude[n] * direction[n] / |direction[n]|; phase zero where the direction is zero. out may be direction.
void with_magnitude(Complex* out, const Complex* direction, const float* magnitude, std::int64_t n);

// out[n] = exp(2 pi i turns[n] / 2^32)
void phasors(Complex* out, const std::uint32_t* turns, std::int64_t n);

}  // namespace unisono::detail
