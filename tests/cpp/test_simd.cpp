// The vector type: lanes go where they should.
#include <doctest/doctest.h>

#include "fft/planes.h"
#include "helpers.h"
#include "unisono/simd.h"

using namespace unisono;

TEST_CASE("splat keeps every bit, the sign of zero included") {
  for (const float s : {-0.0f, 0.0f, 1e-45f, -3.5f, test::from_bits(0xff800000u)}) {
    const f32 v = splat<f32>(s);
    for (int i = 0; i < kLanes; ++i) CHECK(test::bits(v[i]) == test::bits(s));
  }
}

TEST_CASE("halves, abs, select, sqrt and conversion act on each lane") {
  const std::vector<float> x = test::noise(kLanes, 3);
  const f32 v = load<f32>(x.data());
  vec<float, kLanes / 2> lo, hi;
  split<f32>(lo, hi, v);
  const f32 back = join(lo, hi), magnitude = unisono::abs(v), root = sqrt(magnitude);
  const f32 chosen = select(v > splat<f32>(0.0f), v, splat<f32>(7.0f));
  wide_t<f32> wide_lo, wide_hi;
  widen(wide_lo, wide_hi, v);
  const f32 narrowed = narrow<f32>(wide_lo, wide_hi);
  for (int i = 0; i < kLanes; ++i) {
    const float xi = x[static_cast<std::size_t>(i)];
    CHECK(test::bits(back[i]) == test::bits(xi));
    CHECK(magnitude[i] == std::fabs(xi));
    CHECK(root[i] == std::sqrt(std::fabs(xi)));
    CHECK(chosen[i] == (xi > 0 ? xi : 7.0f));
    CHECK((i < kLanes / 2 ? wide_lo[i] : wide_hi[i - kLanes / 2]) == double{xi});
    CHECK(test::bits(narrowed[i]) == test::bits(xi));
    CHECK(any(v == splat<f32>(xi)));
  }
}

TEST_CASE("any and select_by_bit see every lane") {
  for (int at = 0; at < kLanes; ++at) {
    u32 flag = {};
    flag[at] = 3;  // only the low bit counts
    const f32 chosen = select_by_bit(flag, splat<f32>(1.0f), splat<f32>(2.0f));
    for (int i = 0; i < kLanes; ++i) CHECK(chosen[i] == (i == at ? 1.0f : 2.0f));
    CHECK(any(chosen == splat<f32>(1.0f)));
    CHECK_FALSE(any(chosen == splat<f32>(3.0f)));
  }
}

TEST_CASE("interleaving undoes deinterleaving, for lengths that are not whole vectors too") {
  for (int n = 0; n < 3 * kLanes + 2; ++n) {
    const std::vector<float> x = test::noise(2 * n, 5);
    std::vector<float> re(static_cast<std::size_t>(n)), im(re), back(x.size());
    detail::deinterleave(re.data(), im.data(), x.data(), n);
    for (std::size_t i = 0; i < re.size(); ++i) {
      CHECK(re[i] == x[2 * i]);
      CHECK(im[i] == x[2 * i + 1]);
    }
    detail::interleave(back.data(), re.data(), im.data(), 1.0f, n);
    CHECK(test::same_bits(back, x));
  }
}
