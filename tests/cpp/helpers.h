// What several tests need: bit patterns, test signals, distances.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "unisono/numerics.h"
#include "unisono/random.h"

namespace test {

inline std::uint32_t bits(float x) { return std::bit_cast<std::uint32_t>(x); }
inline float from_bits(std::uint32_t b) { return std::bit_cast<float>(b); }

// Equal bit for bit, so -0 differs from 0 and a NaN equals itself.
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (bits(a[i]) != bits(b[i])) return false;
  }
  return true;
}

inline std::vector<float> noise(int n, std::uint32_t seed) {
  std::vector<float> x(static_cast<std::size_t>(n));
  unisono::random_normal(x.data(), seed, 0, n);
  return x;
}

inline std::vector<unisono::Complex> complex_noise(int n, std::uint32_t seed) {
  const std::vector<float> x = noise(2 * n, seed);
  std::vector<unisono::Complex> z;
  for (std::size_t i = 0; i < x.size(); i += 2) z.push_back({x[i], x[i + 1]});
  return z;
}

// Root of the summed squared distance over that of b.
inline double relative_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double distance = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    distance += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    size += double{b[i]} * b[i];
  }
  return std::sqrt(distance / size);
}

}  // namespace test
