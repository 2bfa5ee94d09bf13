// Products of matrices so small that they stay in the first cache as they are: nothing is packed.
//
// As in nn/matmul.h each element sums over k = 0, 1, 2 ... in that order and lanes go over columns only.
#pragma once

#include <cstddef>

#include "unisono/simd.h"

namespace unisono {

namespace detail {

// 4 rows of 2 vectors: sums enough to hide the latency of an addition, and every size of the network is a multiple.
template <class T, int kRows, int kVectors>
UNISONO_INLINE void small_tile(T* y, std::ptrdiff_t ldy, const T* a, std::ptrdiff_t row_stride, std::ptrdiff_t k_stride,
                               const T* b, std::ptrdiff_t ldb, int n_k, bool accumulate) {
  using V = vec<T, kLanes>;
  V sum[kRows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sum[r][v] = accumulate ? load<V>(y + r * ldy + v * kLanes) : V{};
  for (int k = 0; k < n_k; ++k, a += k_stride, b += ldb) {
    V right[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) right[v] = load<V>(b + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sum[r][v] = sum[r][v] + a[r * row_stride] * right[v];
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) store<V>(y + r * ldy + v * kLanes, sum[r][v]);
}

template <class T, int kVectors>
void small_columns(T* y, int ldy, const T* a, std::ptrdiff_t row_stride, std::ptrdiff_t k_stride, const T* b, int rows,
                   int n_k, int cols, bool accumulate) {
  for (int c = 0; c < cols; c += kVectors * kLanes) {
    int r = 0;
    for (; r + 4 <= rows; r += 4)
      small_tile<T, 4, kVectors>(y + static_cast<std::ptrdiff_t>(r) * ldy + c, ldy, a + r * row_stride, row_stride,
                                 k_stride, b + c, cols, n_k, accumulate);
    for (; r < rows; ++r)
      small_tile<T, 1, kVectors>(y + static_cast<std::ptrdiff_t>(r) * ldy + c, ldy, a + r * row_stride, row_stride,
                                 k_stride, b + c, cols, n_k, accumulate);
  }
}

}  // namespace detail

// y[rows][cols] = a·b, or += : element (r, k) of a is a[r * row_stride + k * k_stride], b is [n_k][cols] without gaps;
// cols is a multiple of 16.
template <class T>
void small_product(T* y, const T* a, std::ptrdiff_t row_stride, std::ptrdiff_t k_stride, const T* b, int rows, int n_k,
                   int cols, bool accumulate) {
  if constexpr (2 * kLanes > 16) {
    detail::small_columns<T, 1>(y, cols, a, row_stride, k_stride, b, rows, n_k, cols, accumulate);
  } else {
    detail::small_columns<T, 2>(y, cols, a, row_stride, k_stride, b, rows, n_k, cols, accumulate);
  }
}

}  // namespace unisono
