// Sine: sin(2 pi phase), straight from the integer phase.
#pragma once

#include "unisono/osc.h"

namespace unisono {

// sin(pi/2 x) for x = quarter / 2^30 in [-1, 1], as x + x p(x^2). The coefficients are the minimax fit of
// sin(pi/2 x) - x by Lawson's iteration with each coefficient rounded to float before the next was refitted
// (remaining error 4.2e-9). Error over all 2^32 phases: at most 1.11e-7, which is 0.93 of the spacing of floats at 1;
// exactly 0, 1, 0, -1 at the quarters, never beyond.
template <class F, class I>
UNISONO_INLINE F sine_of_quarter(I quarter) {
  static constexpr float kScale = 0x1p-30f;
  static constexpr float kC[] = {0x1.243f6ap-1f, -0x1.4abbbcp-1f, 0x1.4667fep-4f, -0x1.323d0ep-8f, 0x1.3cc71p-13f};
  const F x = convert_lanes<F>(quarter) * from_memory<F>(kScale);
  const F z = x * x;
  F p = from_memory<F>(kC[4]);
#pragma GCC unroll 4
  for (int i = 3; i >= 0; --i) p = p * z + from_memory<F>(kC[i]);
  return x + x * p;
}

struct Sine : PhaseOscillator<Sine> {
  template <class U>
  UNISONO_INLINE float_of<U> shape(U position, U /*increment*/) const {
    return sine_of_quarter<float_of<U>>(fold_to_rising_half(position));
  }
};

}  // namespace unisono
