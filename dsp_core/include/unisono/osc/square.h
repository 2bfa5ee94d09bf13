// Square: 1 for the first half of the turn, -1 for the second.
#pragma once

#include "unisono/osc/pulse.h"

namespace unisono {

struct Square : PhaseOscillator<Square> {
  void configure(float sr, bool band_limited_ = true) {
    PhaseOscillator::configure(sr);
    band_limited = band_limited_;
  }

  template <class U>
  float_of<U> shape(U position, U increment) const {
    return pulse_shape(position, increment, kEdgeTurn / 2 + signed_of<U>{}, band_limited);
  }

  bool band_limited = true;
};

}  // namespace unisono
