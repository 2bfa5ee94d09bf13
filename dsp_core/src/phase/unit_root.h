// Points on the unit circle in double, exact in the multiples of a quarter turn.
#pragma once

#include <cstdint>

#include "unisono/math_kernels.h"

namespace unisono::detail {

struct UnitRoot {
  double cos, sin;
};

// exp(2 pi i j / n), 0 <= j < n <= 2^20.
inline UnitRoot unit_root(int j, int n) {
  const int quadrant = (4 * j + n / 2) / n;
  const double r = kPiOver2 * (4 * j - quadrant * n) / n;
  const auto q = static_cast<std::uint64_t>(quadrant);
  return {sin_quadrant(r, q + 1), sin_quadrant(r, q)};
}

}  // namespace unisono::detail
