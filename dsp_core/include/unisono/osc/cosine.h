// Cosine: the sine a quarter turn ahead.
#pragma once

#include "unisono/osc/sine.h"

namespace unisono {

struct Cosine : PhaseOscillator<Cosine> {
  template <class U>
  UNISONO_INLINE float_of<U> shape(U position, U /*increment*/) const {
    return sine_of_quarter<float_of<U>>(fold_to_rising_half<U>(position + 0x40000000u));
  }
};

}  // namespace unisono
