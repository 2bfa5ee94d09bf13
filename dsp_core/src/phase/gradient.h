// Phase gradients out of the log magnitude, in turns * 2^32: phases wrap exactly and never lose accuracy.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/stft.h"

namespace unisono::detail {

// Turns to turns * 2^32.
inline std::uint32_t wrap(double turns) {
  return static_cast<std::uint32_t>(static_cast<std::int64_t>(turns * 0x1p32));
}

// numerator / denominator turns, 0 <= numerator.
inline std::uint32_t wrap_ratio(std::int64_t numerator, std::int64_t denominator) {
  return static_cast<std::uint32_t>((numerator % denominator << 32) / denominator);
}

// The two derivatives of the phase for a window that is nearly a Gaussian (Průša, Balazs, Søndergaard 2017, eq. 6).
struct PhaseGradient {
  double per_frame, per_bin;  // turns a frame, turns a bin, for a difference of log magnitudes of 1 over two steps
  std::vector<std::uint32_t> advance;  // [bins]: how far each bin's own frequency turns in a hop
  std::vector<std::uint32_t>
      centre;  // [bins]: from the frame's start, where the transform counts from, to the window's centre

  void configure(const StftParams& params);
};

}  // namespace unisono::detail
