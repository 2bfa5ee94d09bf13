// One frame out of a signal, with what lies beyond its ends.
#pragma once

#include <cstdint>

#include "unisono/stft.h"

namespace unisono::detail {

// Samples of a signal of n samples, from sample `first` on.
struct Excerpt {
  const float* samples;
  std::int64_t first, n;
};

// frame[n_fft] = samples start ... of the signal, with what lies beyond its ends as pad_mode says.
void gather(float* frame, const Excerpt& x, std::int64_t start, const StftParams& params);

}  // namespace unisono::detail
