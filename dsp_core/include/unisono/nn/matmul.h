// Matrix product C = A·B or C += A·B: each element sums over k = 0, 1, 2 ... in that order, whatever the vector width,
// the blocking or the number of threads.
//
// The operation vectorises over columns of C and blocks over its rows, and never splits a sum, so it needs B in panels of
// a few vectors' width: pack B once, multiply many times. A transposed operand is a view with its strides swapped.
#pragma once

#include <algorithm>
#include <cstddef>

#include "unisono/nn/tile.h"
#include "unisono/parallel.h"
#include "unisono/simd.h"

namespace unisono {

// A contiguous row-major matrix.
template <class T>
MatrixView<T> matrix(const T* data, int rows, int cols) {
  return {data, rows, cols, cols, 1};
}

// The right-hand operand, as panels of kPanel columns: panel p holds B[k][p * kPanel ...] for k = 0, 1, ... one after
// the other; what a last panel has beyond the columns is never looked at.
template <class T>
class PackedMatrix {
 public:
  static constexpr int kPanel = 2 * kLanes;

  void reserve(int rows, int cols) { data_.reserve(static_cast<std::size_t>(rows) * panels_for(cols) * kPanel); }

  // For the caller to fill. This and pack allocate only beyond what was reserved.
  void shape(int rows, int cols) {
    rows_ = rows;
    cols_ = cols;
    data_.resize(static_cast<std::size_t>(rows_) * panels() * kPanel);
  }
  void pack(Workers& workers, const MatrixView<T>& b) {
    shape(b.rows, b.cols);
    const int tasks = std::min(panels(), 4 * workers.threads());
    workers.run(tasks, [&](int task) {
      const Slice s = slice_of(panels(), task, tasks);
      for (int p = s.begin; p < s.end; ++p) pack_panel(p, b);
    });
  }

  int rows() const { return rows_; }
  int cols() const { return cols_; }
  int panels() const { return panels_for(cols_); }
  const T* panel(int p) const { return data_.data() + static_cast<std::size_t>(p) * rows_ * kPanel; }
  // Element (k, j); those of a panel's row follow it.
  T* at(int k, int j) {
    return data_.data() + (static_cast<std::size_t>(j / kPanel) * rows_ + k) * kPanel + j % kPanel;
  }

 private:
  static int panels_for(int cols) { return (cols + kPanel - 1) / kPanel; }

  void pack_panel(int p, const MatrixView<T>& b) {
    using V = vec<T, kLanes>;
    T* out = at(0, p * kPanel);
    const int width = std::min(kPanel, cols_ - p * kPanel);
    const T* in = b.data + p * kPanel * b.col_stride;
    for (int k = 0; k < rows_; ++k, in += b.row_stride, out += kPanel) {
      if (width == kPanel && b.col_stride == 1) {
        store(out, load<V>(in));
        store(out + kLanes, load<V>(in + kLanes));
        continue;
      }
      for (int j = 0; j < width; ++j) out[j] = in[j * b.col_stride];
    }
  }

  aligned_vector<T> data_;
  int rows_ = 0, cols_ = 0;
};

namespace detail {

inline constexpr int kBlockK = 640;     // at most so many k at once: A's tile stays in L1, B's block in L2
inline constexpr int kBlockCols = 256;  // at most so many columns at once, for the same reason

// Copies the first columns of a few rows.
template <class T>
void copy_rows(T* to, std::ptrdiff_t to_stride, const T* from, std::ptrdiff_t from_stride, int rows, int cols) {
  for (int r = 0; r < rows; ++r) std::copy_n(from + r * from_stride, cols, to + r * to_stride);
}

// A transposed A lies column after column: a tile would read a line of the cache at every k for the few numbers of its rows,
// for each panel again. Those of several row blocks, which share lines, are gathered beforehand.
#ifdef __wasm__
inline constexpr int kBlocksAtOnce = 1;
#else
inline constexpr int kBlocksAtOnce = 4;
#endif
template <class T>
using RowBlock = T[kTileRows * kBlockK];  // k after k, the rows side by side

// Blocks of A's rows, which lie side by side: they have four to eight rows each, and the last four may overlap the first.
static_assert(kTileRows <= 8);
template <class T>
void gather_transposed(RowBlock<T>* out, MatrixView<T>* block, int blocks) {
  using Four = vec<T, 4>;
  constexpr int kAtOnce = 8;  // columns of A, whose lines are still at hand for the next block
  const int n_k = block->cols;
  for (int first = 0; first < n_k; first += kAtOnce) {
    const int end = std::min(first + kAtOnce, n_k);
    for (int i = 0; i < blocks; ++i) {
      const int rows = block[i].rows;
      const T* from = block[i].data + first * block[i].col_stride;
      T* to = out[i] + first * rows;
      for (int k = first; k < end; ++k, from += block[i].col_stride, to += rows) {
        store(to, load<Four>(from));
        store(to + rows - 4, load<Four>(from + rows - 4));
      }
    }
  }
  for (int i = 0; i < blocks; ++i) block[i] = {out[i], block[i].rows, n_k, 1, block[i].rows};
}

// A's rows, which are those of a tile, by one panel, for the k from k0 on that A has. The last panel may be only partly inside C:
// its tile is computed in a copy of full width.
template <class T>
void multiply_panel(T* c, std::ptrdiff_t ldc, const MatrixView<T>& a, const PackedMatrix<T>& b, int panel, int k0,
                    bool accumulate) {
  constexpr int kPanel = PackedMatrix<T>::kPanel;
  const T* const from = b.panel(panel) + static_cast<std::ptrdiff_t>(k0) * kPanel;
  const int cols = std::min(kPanel, b.cols() - panel * kPanel);
  T* const inside = c + panel * kPanel;
  if (cols == kPanel) return multiply_tile<2>(inside, ldc, a, from, kPanel, accumulate);
  T copy[kTileRows * kPanel] = {};
  copy_rows(copy, kPanel, inside, ldc, a.rows, cols);
  multiply_tile<2>(copy, kPanel, a, from, kPanel, accumulate);
  copy_rows(inside, ldc, copy, kPanel, a.rows, cols);
}

}  // namespace detail

// C[rows][cols] = A·B, or += if accumulate, on this thread; C's rows are ldc apart, and A must have at least one column
// or row. Only the given panels of C are computed.
template <class T>
void matmul_panels(T* c, std::ptrdiff_t ldc, const MatrixView<T>& a, const PackedMatrix<T>& b, Slice panels,
                   bool accumulate) {
  constexpr int kPanel = PackedMatrix<T>::kPanel, kBlocks = detail::kBlocksAtOnce;
  const int k_blocks = std::max(1, (a.cols + detail::kBlockK - 1) / detail::kBlockK);
  const int row_blocks = (a.rows + detail::kTileRows - 1) / detail::kTileRows;
  const int groups = ((panels.end - panels.begin) * kPanel + detail::kBlockCols - 1) / detail::kBlockCols;
  const bool gathers = a.row_stride == 1 && a.rows >= 4 * row_blocks;
  for (int kb = 0; kb < k_blocks; ++kb) {
    const Slice k = slice_of(a.cols, kb, k_blocks);
    for (int g = 0; g < groups; ++g) {
      const Slice part = slice_of(panels.end - panels.begin, g, groups);
      const Slice group{panels.begin + part.begin, panels.begin + part.end};
      for (int first = 0; first < row_blocks; first += kBlocks) {
        const int blocks = std::min(kBlocks, row_blocks - first);
        Slice rows[kBlocks];
        MatrixView<T> block[kBlocks];
        for (int i = 0; i < blocks; ++i) {
          rows[i] = slice_of(a.rows, first + i, row_blocks);
          block[i] = a.block(rows[i], k);
        }
        detail::RowBlock<T> gathered[kBlocks];
        if (gathers) detail::gather_transposed(gathered, block, blocks);
        for (int i = 0; i < blocks; ++i)
          for (int p = group.begin; p < group.end; ++p)
            detail::multiply_panel(c + rows[i].begin * ldc, ldc, block[i], b, p, k.begin, accumulate || kb > 0);
      }
    }
  }
}

// The same for all of C on this thread.
template <class T>
void matmul(T* c, std::ptrdiff_t ldc, const MatrixView<T>& a, const PackedMatrix<T>& b, bool accumulate) {
  matmul_panels(c, ldc, a, b, Slice{0, b.panels()}, accumulate);
}

// The same with the elements of C shared out among the workers: by columns, so that each thread reads its own part of B, and by
// rows where those are too few.
template <class T>
void matmul(Workers& workers, T* c, std::ptrdiff_t ldc, const MatrixView<T>& a, const PackedMatrix<T>& b,
            bool accumulate) {
  const int threads = workers.threads();
  int groups = (b.cols() + detail::kBlockCols - 1) / detail::kBlockCols;
  if (groups > threads) groups = std::min(b.panels(), (groups + threads - 1) / threads * threads);
  const int parts = std::clamp((2 * threads + groups - 1) / groups, 1, std::max(1, a.rows / detail::kTileRows));
  workers.run(groups * parts, [&](int task) {
    const Slice rows = slice_of(a.rows, task % parts, parts, detail::kTileRows);
    matmul_panels(c + rows.begin * ldc, ldc, a.block(rows, {0, a.cols}), b, slice_of(b.panels(), task / parts, groups),
                  accumulate);
  });
}

}  // namespace unisono
