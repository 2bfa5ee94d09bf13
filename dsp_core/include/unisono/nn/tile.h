// The kernel of every product of matrices: a few rows by a few vectors of columns, whose sums stay in registers.
#pragma once

#include <cstddef>

#include "unisono/parallel.h"
#include "unisono/simd.h"

namespace unisono {

// A read-only matrix in somebody else's memory: element (i, j) is data[i * row_stride + j * col_stride].
template <class T>
struct MatrixView {
  const T* data;
  int rows, cols;
  std::ptrdiff_t row_stride, col_stride;

  MatrixView transposed() const { return {data, cols, rows, col_stride, row_stride}; }
  MatrixView block(Slice r, Slice c) const {
    return {data + r.begin * row_stride + c.begin * col_stride, r.end - r.begin, c.end - c.begin, row_stride,
            col_stride};
  }
};

namespace detail {

// 6 rows of 2 vectors are 12 accumulators: with the 2 vectors of B, a broadcast and a product they fill 16 registers, and
// there are enough independent sums to hide the latency of an addition. AVX-512 has 32 registers, and 8 rows halve the 16 of
// a thread's share of a batch. V8 keeps a register to itself, and more rows than 5 make it store and load accumulators at
// every k (up to Node 20 more than 4, as it loads what a k needs all at once).
#if defined(__wasm__)
inline constexpr int kTileRows = 5;
#elif defined(__AVX512F__)
inline constexpr int kTileRows = 8;
#else
inline constexpr int kTileRows = 6;
#endif

// c[kRows][kVectors vectors] = a·b, or += : rows of c are ldc apart, those of b ldb.
template <int kRows, int kVectors, class T>
UNISONO_INLINE void multiply_rows(T* c, std::ptrdiff_t ldc, const MatrixView<T>& a, const T* b, std::ptrdiff_t ldb,
                                  bool accumulate) {
  using V = vec<T, kLanes>;
  V sum[kRows][kVectors];
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) sum[r][v] = accumulate ? load<V>(c + r * ldc + v * kLanes) : V{};
  const T* row = a.data;
  for (int k = 0; k < a.cols; ++k, row += a.col_stride, b += ldb) {
    V right[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) right[v] = load<V>(b + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) sum[r][v] = sum[r][v] + times(row[r * a.row_stride], right[v]);
  }
#pragma GCC unroll 8
  for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) store<V>(c + r * ldc + v * kLanes, sum[r][v]);
}

// The same for as many rows as a has, at most kTileRows.
template <int kVectors, int kRows = kTileRows, class T>
void multiply_tile(T* c, std::ptrdiff_t ldc, const MatrixView<T>& a, const T* b, std::ptrdiff_t ldb, bool accumulate) {
  if constexpr (kRows > 1)
    if (a.rows < kRows) return multiply_tile<kVectors, kRows - 1>(c, ldc, a, b, ldb, accumulate);
  multiply_rows<kRows, kVectors>(c, ldc, a, b, ldb, accumulate);
}

}  // namespace detail

}  // namespace unisono
