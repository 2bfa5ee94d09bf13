// Setting magnitudes while keeping phases.
#include "phase/direction.h"

#include <algorithm>
#include <bit>

#include "fft/planes.h"
#include "phase/unit_root.h"
#include "unisono/simd.h"

namespace unisono::detail {
namespace {

template <class V>
UNISONO_INLINE void set_magnitude(V& re, V& im, const V& magnitude) {
  const V power = re * re + im * im;
  const auto nonzero = power > V{};
  const V scale = magnitude / sqrt<V>(select(nonzero, power, splat<V>(1.0f)));
  re = select(nonzero, re * scale, magnitude);
  im = select(nonzero, im * scale, V{});
}

}  // namespace

float unit_scale(const float* values, std::int64_t n) {
  float largest = 0.0f;
  for (std::int64_t i = 0; i < n; ++i) largest = max(largest, abs(values[i]));
  if (!(largest > 0.0f)) return 1.0f;
  const int exponent = static_cast<int>(bit_cast<std::uint32_t>(largest) >> 23) - 126;
  return bit_cast<float>(static_cast<std::uint32_t>(127 - std::clamp(exponent, -126, 126)) << 23);
}

void with_magnitude(Complex* out, const Complex* direction, const float* magnitude, std::int64_t n) {
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    f32 re, im;
    load_complex(re, im, &direction[i].re);
    set_magnitude(re, im, load<f32>(magnitude + i));
    store_complex(&out[i].re, re, im);
  }
  for (; i < n; ++i) {
    float re = direction[i].re, im = direction[i].im;
    set_magnitude(re, im, magnitude[i]);
    out[i] = {re, im};
  }
}

Complex phasor(std::uint32_t turns) {
  const std::uint32_t quadrant = (turns + 0x20000000u) >> 30;  // the nearest multiple of a quarter turn
  const double r = kPiOver2 * 0x1p-30 * static_cast<std::int32_t>(turns - (quadrant << 30));
  return {static_cast<float>(sin_quadrant(r, std::uint64_t{quadrant} + 1)),
          static_cast<float>(sin_quadrant(r, std::uint64_t{quadrant}))};
}

}  // namespace unisono::detail
