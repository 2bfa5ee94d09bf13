// A queue of bins, the loudest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "unisono/numerics.h"

namespace unisono::detail {

// A total order of (magnitude, index): the smaller index first among equals.
inline std::uint64_t loudness_key(float magnitude, std::uint32_t index) {
  return std::uint64_t{bit_cast<std::uint32_t>(magnitude)} << 32 | (0xffffffffu - index);
}
inline std::uint32_t loudness_index(std::uint64_t key) { return 0xffffffffu - static_cast<std::uint32_t>(key); }

// A heap in which each key has four below it. What is taken leaves a hole at the top, which the next key that is pushed
// falls into: a bin that is taken mostly pushes another.
class LoudestFirst {
 public:
  void reserve(std::size_t n) { keys_.reserve(n + 1); }
  void clear() {
    keys_.clear();
    hole_ = false;
  }
  bool empty() const { return keys_.size() == (hole_ ? 1 : 0); }

  void push(std::uint64_t key) {
    if (hole_) {
      hole_ = false;
      sink(key);
      return;
    }
    std::size_t at = keys_.size();
    keys_.push_back(key);
    for (; at > 0 && keys_[(at - 1) / 4] < key; at = (at - 1) / 4) keys_[at] = keys_[(at - 1) / 4];
    keys_[at] = key;
  }

  // Not if empty.
  std::uint64_t take() {
    if (hole_) {
      const std::uint64_t last = keys_.back();
      keys_.pop_back();
      sink(last);
    }
    hole_ = true;
    return keys_.front();
  }

 private:
  // From the top down to its place.
  void sink(std::uint64_t key) {
    const std::size_t n = keys_.size();
    std::uint64_t* const k = keys_.data();
    std::size_t at = 0;
    for (std::size_t first = 1; first < n; first = 4 * at + 1) {
      std::size_t best = first;
      if (first + 4 <= n) {
        const std::size_t a = first + (k[first + 1] > k[first]), b = first + 2 + (k[first + 3] > k[first + 2]);
        best = k[b] > k[a] ? b : a;
      } else {
        for (std::size_t i = first + 1; i < n; ++i) best = k[i] > k[best] ? i : best;
      }
      if (k[best] < key) break;
      k[at] = k[best];
      at = best;
    }
    k[at] = key;
  }

  std::vector<std::uint64_t> keys_;
  bool hole_ = false;
};

}  // namespace unisono::detail
