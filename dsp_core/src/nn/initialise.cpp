// Initial weights; see initialise.h.
#include "unisono/nn/initialise.h"

#include "unisono/nn/orthogonal.h"
#include "unisono/simd.h"

namespace unisono {

void initialise_uniform(float* values, float limit, const Random& random, int n) {
  random_uniform(values, random.key[0], random.key[1], n);
  for (int i = 0; i < n; ++i) values[i] = (2.0f * values[i] - 1.0f) * limit;
}

float glorot_limit(int fan_in, int fan_out) {
  return static_cast<float>(sqrt(6.0 / (static_cast<double>(fan_in) + static_cast<double>(fan_out))));
}

void initialise_orthogonal(float* values, const Random& random, int rows, int cols) {
  random_normal(values, random.key[0], random.key[1], rows * cols);
  orthonormalise_columns(values, rows, cols);
}

}  // namespace unisono
