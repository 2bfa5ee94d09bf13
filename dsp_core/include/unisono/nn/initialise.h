// How weights begin: the initialisers of PyTorch and Keras, from counter-based random numbers.
#pragma once

#include <cstdint>

#include "unisono/random.h"

namespace unisono {

// values[n] uniform in [-limit, limit).
void initialise_uniform(float* values, float limit, const Random& random, int n);

// Keras' glorot_uniform: limit sqrt(6 / (fan_in + fan_out)). Glorot and Bengio 2010, eq. 16.
float glorot_limit(int fan_in, int fan_out);

// values[rows][cols], rows >= cols: columns of length 1, orthogonal to each other (Saxe et al. 2014), from normal random
// numbers; the signs are those of a triangular factor with positive diagonal, as Keras makes it.
void initialise_orthogonal(float* values, const Random& random, int rows, int cols);

}  // namespace unisono
