// Triangle: 0 at phase 0, 1 at a quarter, -1 at three quarters, like the sine.
#pragma once

#include "unisono/osc/edges.h"

namespace unisono {

struct Triangle : PhaseOscillator<Triangle> {
  void configure(float sr, bool band_limited_ = true) {
    PhaseOscillator::configure(sr);
    band_limited = band_limited_;
  }

  template <class U>
  float_of<U> shape(U position, U increment) const {
    using F = float_of<U>;
    const F naive = convert_lanes<F>(fold_to_rising_half(position)) * 0x1p-30f;
    if (!band_limited) return naive;
    const F samples = samples_per_step(increment);
    const auto since_top = edge_grid<U>(position - 0x40000000u);
    const auto since_bottom = edge_grid<U>(position - 0xc0000000u);
    // The slope changes by 8 a turn at each corner: down at the top, up at the bottom.
    const F bend = corner_correction(since_bottom, samples) - corner_correction(since_top, samples);
    return naive + bend * (8.0f * 0x1p-30f / samples);
  }

  bool band_limited = true;
};

}  // namespace unisono
