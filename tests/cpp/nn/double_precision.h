// Lets the layers run in double, for finite differences: activations from libm, and random arrays.
#pragma once

#include <cmath>
#include <vector>

#include "unisono/nn/elementwise.h"
#include "unisono/random.h"

namespace unisono {

template <>
struct Activation<double> {
  static double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
  static double tanh(double x) { return std::tanh(x); }
  static double exp(double x) { return std::exp(x); }
  static double log(double x) { return std::log(x); }
};

inline void fill_random(std::vector<double>& values, std::uint32_t stream, double scale = 1.0, double mean = 0.0) {
  const Random random(7, stream);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = mean + scale * random.normal(i);
}

}  // namespace unisono
