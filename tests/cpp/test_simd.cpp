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
  const auto wide = convert<vec<double, kLanes / 2>>(hi);
  for (int i = 0; i < kLanes; ++i) {
    const float xi = x[static_cast<std::size_t>(i)];
    CHECK(test::bits(back[i]) == test::bits(xi));
    CHECK(magnitude[i] == std::fabs(xi));
    CHECK(root[i] == std::sqrt(std::fabs(xi)));
    CHECK(chosen[i] == (xi > 0 ? xi : 7.0f));
    if (i >= kLanes / 2) CHECK(wide[i - kLanes / 2] == double{xi});
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
