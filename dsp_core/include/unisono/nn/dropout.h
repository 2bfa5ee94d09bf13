// Inverted dropout with a counter-based mask: element i is dropped or kept by (seed, stream, i) alone.
// Source: Srivastava et al. 2014.
#pragma once

#include <algorithm>

#include "unisono/nn/elementwise.h"
#include "unisono/random.h"

namespace unisono {

// mask[n] = 0 with probability rate, else 1 / (1 - rate), for elements first ... first + n - 1 of the sequence.
template <class T>
void dropout_mask(T* mask, float rate, const Random& random, std::uint64_t first, int n) {
  const auto threshold = static_cast<std::uint32_t>(static_cast<double>(rate) * 0x1p32);
  const T keep = T(1) / (T(1) - T(rate));
  constexpr int kBlock = 256;
  std::uint32_t words[kBlock];
  for (int i = 0; i < n; i += kBlock) {
    const int count = std::min(kBlock, n - i);
    random_words(words, random.key[0], random.key[1], count, first + static_cast<std::uint64_t>(i));
    for (int j = 0; j < count; ++j) mask[i + j] = words[j] < threshold ? T(0) : keep;
  }
}

// y[n] = x[n] * mask[n]: forward, and backward with gradients.
template <class T>
void apply_mask(T* y, const T* x, const T* mask, int n) {
  for_lanes<T>(n, [&]<class V>(int i) { store<V>(y + i, V(load<V>(x + i) * load<V>(mask + i))); });
}

}  // namespace unisono
