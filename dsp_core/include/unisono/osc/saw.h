// Sawtooth: rises from -1 to 1 over the turn and drops at phase 0.
#pragma once

#include "unisono/osc/edges.h"

namespace unisono {

struct Saw : PhaseOscillator<Saw> {
  void configure(float sr, bool band_limited_ = true) {
    PhaseOscillator::configure(sr);
    band_limited = band_limited_;
  }

  template <class U>
  float_of<U> shape(U position, U increment) const {
    using F = float_of<U>;
    const F naive = convert_lanes<F>(bits_to<signed_of<U>>(U(position ^ 0x80000000u))) * 0x1p-31f;
    if (!band_limited) return naive;
    return naive - 2.0f * step_correction(edge_grid(position), samples_per_step(increment));
  }

  bool band_limited = true;
};

}  // namespace unisono
