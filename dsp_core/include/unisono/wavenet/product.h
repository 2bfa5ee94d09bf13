// Products of matrices so small that they stay in the first cache as they are: nothing is packed.
//
// As in nn/matmul.h each element sums over k = 0, 1, 2 ... in that order and lanes go over columns only.
#pragma once

#include <algorithm>
#include <cstddef>

#include "unisono/nn/tile.h"

namespace unisono {

// y[rows][cols] = a·b, or += : element (r, k) of a is a[r * row_stride + k * k_stride], b is [n_k][cols] without gaps;
// cols is a multiple of 16.
template <class T>
void small_product(T* y, const T* a, std::ptrdiff_t row_stride, std::ptrdiff_t k_stride, const T* b, int rows, int n_k,
                   int cols, bool accumulate) {
  constexpr int kVectors = kLanes > 8 ? 1 : 2;
  const MatrixView<T> left{a, rows, n_k, row_stride, k_stride};
  for (int c = 0; c < cols; c += kVectors * kLanes)
    for (int r = 0; r < rows; r += detail::kTileRows)
      detail::multiply_tile<kVectors>(y + static_cast<std::ptrdiff_t>(r) * cols + c, cols,
                                      left.block({r, std::min(r + detail::kTileRows, rows)}, {0, n_k}), b + c, cols,
                                      accumulate);
}

}  // namespace unisono
