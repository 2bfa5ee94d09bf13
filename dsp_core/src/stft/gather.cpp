// See gather.h.
#include "stft/gather.h"

namespace unisono::detail {
namespace {

// Index into a signal of n samples that is continued by its mirror images, the end samples not repeated.
std::int64_t reflected(std::int64_t i, std::int64_t n) {
  if (n == 1) return 0;
  const std::int64_t period = 2 * (n - 1);
  i %= period;
  if (i < 0) i += period;
  return i < n ? i : period - i;
}

}  // namespace

void gather(float* frame, const Excerpt& x, std::int64_t start, const StftParams& params) {
  const bool reflect = params.pad_mode == PadMode::reflect;
  for (int i = 0; i < params.n_fft; ++i) {
    const std::int64_t at = start + i;
    const bool inside = at >= 0 && at < x.n;
    frame[i] = inside ? x.samples[at - x.first] : reflect ? x.samples[reflected(at, x.n) - x.first] : 0.0f;
  }
}

}  // namespace unisono::detail
