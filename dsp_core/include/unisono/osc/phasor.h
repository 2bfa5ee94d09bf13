// Phasor: the phase itself as a ramp in [0, 1), to drive other things.
#pragma once

#include "unisono/osc.h"

namespace unisono {

struct Phasor : PhaseOscillator<Phasor> {
  template <class U>
  float_of<U> shape(U position, U /*increment*/) const {
    // 24 bits are what a float holds exactly: rounding more of them could reach 1.
    return convert_lanes<float_of<U>>(bits_to<signed_of<U>>(U(position >> 8))) * 0x1p-24f;
  }
};

}  // namespace unisono
