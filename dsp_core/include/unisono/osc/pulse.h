// Pulse: 1 for the first `width` of the turn, -1 for the rest. Its mean is 2 width - 1.
#pragma once

#include "unisono/osc/edges.h"

namespace unisono {

// Pulse that is high for `width` grid steps, 0 to 2^30. At the ends its two edges meet and cancel.
template <class U>
float_of<U> pulse_shape(U position, U increment, signed_of<U> width, bool band_limited) {
  using F = float_of<U>;
  const signed_of<U> since_rise = edge_grid(position);
  const F naive = select(since_rise < width, splat<F>(1.0f), splat<F>(-1.0f));
  if (!band_limited) return naive;
  const signed_of<U> since_fall = (since_rise - width) & (kEdgeTurn - 1);
  const F samples = samples_per_step(increment);
  return naive + 2.0f * (step_correction(since_rise, samples) - step_correction(since_fall, samples));
}

struct Pulse : PhaseOscillator<Pulse> {
  void configure(float sr, bool band_limited_ = true) {
    PhaseOscillator::configure(sr);
    band_limited = band_limited_;
  }

  template <class U>
  float_of<U> shape(U position, U increment, float_of<U> width) const {
    using F = float_of<U>;
    const F inside = min(max(width, F{}), splat<F>(1.0f));  // NaN goes to 0
    return pulse_shape(position, increment, convert_lanes<signed_of<U>>(F(inside * 0x1p30f)), band_limited);
  }

  bool band_limited = true;
};

}  // namespace unisono
