// Initial weights; see initialise.h.
#include "unisono/nn/initialise.h"

#include <vector>

#include "unisono/nn/elementwise.h"

namespace unisono {

void initialise_uniform(float* values, float limit, const Random& random, int n) {
  for (int i = 0; i < n; ++i)
    values[i] = (2.0f * random.uniform(static_cast<std::uint64_t>(i)) - 1.0f) * limit;
}

float glorot_limit(int fan_in, int fan_out) {
  return static_cast<float>(sqrt(6.0 / (static_cast<double>(fan_in) + static_cast<double>(fan_out))));
}

namespace {

double dot(const double* a, const double* b, int n) {
  return fixed_sum(n, [&](int i) { return a[i] * b[i]; });
}

}  // namespace

void initialise_orthogonal(float* values, const Random& random, int rows, int cols) {
  const auto n = static_cast<std::size_t>(rows);
  std::vector<double> columns(n * static_cast<std::size_t>(cols));
  for (std::size_t i = 0; i < columns.size(); ++i) columns[i] = random.normal(i);
  for (int c = 0; c < cols; ++c) {
    double* const column = columns.data() + n * static_cast<std::size_t>(c);
    for (int earlier = 0; earlier < c; ++earlier) {
      const double* const other = columns.data() + n * static_cast<std::size_t>(earlier);
      const double along = dot(column, other, rows);
      for (int r = 0; r < rows; ++r) column[r] -= along * other[r];
    }
    const double length = sqrt(dot(column, column, rows));
    for (int r = 0; r < rows; ++r) {
      column[r] /= length;
      values[static_cast<std::ptrdiff_t>(r) * cols + c] = static_cast<float>(column[r]);
    }
  }
}

}  // namespace unisono
