// See orthogonal.h.
#include "unisono/nn/orthogonal.h"

#include <cstddef>

#include "unisono/nn/elementwise.h"

namespace unisono {

namespace {

// Of a column's squared length: below this, what is left is rounding error.
constexpr double kNothing = 1e-24;

double dot(const double* a, const double* b, int n) {
  return fixed_sum(n, [&](int i) { return a[i] * b[i]; });
}

}  // namespace

void orthonormalise_columns(float* values, int rows, int cols) {
  std::vector<double> columns(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols));
  for (std::ptrdiff_t c = 0; c < cols; ++c) {
    double* const column = columns.data() + c * rows;
    for (std::ptrdiff_t r = 0; r < rows; ++r) column[r] = static_cast<double>(values[r * cols + c]);
    const double before = dot(column, column, rows);
    for (std::ptrdiff_t earlier = 0; earlier < c; ++earlier) {
      const double* const other = columns.data() + earlier * rows;
      const double along = dot(column, other, rows);
      for (int r = 0; r < rows; ++r) column[r] -= along * other[r];
    }
    const double squared = dot(column, column, rows);
    const double scale = squared > kNothing * before ? 1.0 / sqrt(squared) : 0.0;
    for (std::ptrdiff_t r = 0; r < rows; ++r) {
      column[r] *= scale;
      values[r * cols + c] = static_cast<float>(column[r]);
    }
  }
}

}  // namespace unisono
