// Initial weights; see initialise.h.
#include "unisono/nn/initialise.h"

#include "unisono/nn/orthogonal.h"
#include "unisono/simd.h"

namespace unisono {

void initialise_uniform(float* values, float limit, const Random& random, int n) {
  for (int i = 0; i < n; ++i) values[i] = (2.0f * random.uniform(static_cast<std::uint64_t>(i)) - 1.0f) * limit;
}

float glorot_limit(int fan_in, int fan_out) {
  return static_cast<float>(sqrt(6.0 / (static_cast<double>(fan_in) + static_cast<double>(fan_out))));
}

void initialise_orthogonal(float* values, const Random& random, int rows, int cols) {
  for (int i = 0; i < rows * cols; ++i) values[i] = random.normal(static_cast<std::uint64_t>(i));
  orthonormalise_columns(values, rows, cols);
}

}  // namespace unisono
