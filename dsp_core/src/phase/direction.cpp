// Setting magnitudes while keeping phases.
#include "phase/direction.h"

#include <algorithm>

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

void phasors(Complex* out, const std::uint32_t* turns, std::int64_t n) {
  using D = vec<double, kLanes / 2>;
  constexpr int block = 64;
  double rest[block], cosine[block], sine[block];
  std::uint64_t quadrant[block];
  for (std::int64_t from = 0; from < n; from += block) {
    const int count = static_cast<int>(std::min<std::int64_t>(block, n - from));
    for (int i = 0; i < block; ++i) {
      const std::uint32_t t = i < count ? turns[from + i] : 0u;
      quadrant[i] = (t + 0x20000000u) >> 30;  // the nearest multiple of a quarter turn
      rest[i] = static_cast<std::int32_t>(t - static_cast<std::uint32_t>(quadrant[i] << 30));
    }
    for (int i = 0; i < block; i += lanes_v<D>) {
      const D r = kPiOver2 * 0x1p-30 * load<D>(rest + i);
      const auto q = load<bits_t<D>>(quadrant + i);
      store(cosine + i, sin_quadrant<D>(r, q + std::uint64_t{1}));
      store(sine + i, sin_quadrant<D>(r, q));
    }
    for (int i = 0; i < count; ++i) out[from + i] = {static_cast<float>(cosine[i]), static_cast<float>(sine[i])};
  }
}

}  // namespace unisono::detail
