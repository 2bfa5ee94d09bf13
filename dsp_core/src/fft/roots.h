// The n-th roots of unity from a table of an eighth of a turn: what configuring a transform costs is mostly these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "unisono/math_kernels.h"
#include "unisono/numerics.h"

namespace unisono::detail {

class Roots {
 public:
  explicit Roots(int n) : n_(n), shift_(n % 4 == 0 ? 2 : n % 2 == 0 ? 1 : 0) {
    for (int rest = 0; rest <= n / 2; rest += 1 << shift_) {
      double re, im;
      root_of_unity(re, im, rest, std::int64_t{4} * n);
      eighth_.push_back({static_cast<float>(re), static_cast<float>(im)});
    }
  }

  // exp(-2 pi i k / n), 0 <= k < n: the nearest quarter turn, and the rest (in units of 1 / 4 n turns) from the table.
  Complex at(int k) const {
    const int eight = 8 * k;
    const int quarter = (eight >= n_) + (eight >= 3 * n_) + (eight >= 5 * n_) + (eight >= 7 * n_);
    const int rest = 4 * k - quarter * n_;
    const Complex w = eighth_[static_cast<std::size_t>((rest < 0 ? -rest : rest) >> shift_)];
    const float re = w.re, im = rest < 0 ? -w.im : w.im;
    const bool odd = (quarter & 1) != 0;
    const float x = odd ? im : re, y = odd ? re : im;
    return {(quarter & 2) != 0 ? -x : x, ((quarter + 1) & 2) != 0 ? -y : y};
  }

 private:
  int n_, shift_;  // all rests are multiples of 2^shift
  std::vector<Complex> eighth_;
};

}  // namespace unisono::detail
