// The numeric contract: guard, canonical NaN, checked conversion, flushing.
#include <doctest/doctest.h>

#include <cfloat>
#include <limits>

#include "helpers.h"
#include "unisono/numerics.h"

using namespace unisono;

namespace {

// The compiler must not see through these: the products are to happen at run time, under the mode then set.
volatile float smallest_normal = FLT_MIN, half = 0.5f, one = 1.0f, tiny = 0x1p-30f;

float halved_smallest_normal() { return smallest_normal * half; }

}  // namespace

#if defined(__SSE2__)
TEST_CASE("the guard undoes flush-to-zero and directed rounding inside, and restores both outside") {
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040u);  // FTZ, DAZ
  REQUIRE(test::bits(halved_smallest_normal()) == 0);
  {
    const FpGuard guard;
    CHECK(test::bits(halved_smallest_normal()) == 0x00400000u);
  }
  CHECK(test::bits(halved_smallest_normal()) == 0);
  CHECK((_mm_getcsr() & 0x8040u) == 0x8040u);

  _mm_setcsr((before & ~0x6000u) | 0x4000u);  // round up
  REQUIRE(one + tiny > 1.0f);
  {
    const FpGuard guard;
    CHECK(one + tiny == 1.0f);
  }
  CHECK(one + tiny > 1.0f);
  _mm_setcsr(before);
}

TEST_CASE("arithmetic is right only where it rounds to nearest and keeps subnormal numbers") {
  const unsigned before = _mm_getcsr();
  CHECK(arithmetic_is_right());
  for (const unsigned wrong : {0x8000u, 0x0040u, 0x2000u, 0x4000u, 0x6000u}) {  // FTZ, DAZ, down, up, to zero
    _mm_setcsr(before | wrong);
    const bool right = arithmetic_is_right();
    _mm_setcsr(before);
    CAPTURE(wrong);
    CHECK_FALSE(right);
  }
}
#endif

TEST_CASE("every NaN becomes 0x7fc00000 and numbers stay") {
  for (const std::uint32_t b : {0x7fc00000u, 0xffc00000u, 0x7f800001u, 0xffffffffu, 0x7fdeadbeu}) {
    CHECK(test::bits(canonical(test::from_bits(b))) == 0x7fc00000u);
  }
  for (const std::uint32_t b : {0u, 0x80000000u, 1u, 0x7f800000u, 0xff800000u, 0x3f800000u}) {
    CHECK(test::bits(canonical(test::from_bits(b))) == b);
  }
}

TEST_CASE("to_i32 truncates, saturates, and sends NaN to 0") {
  CHECK(to_i32(2.9) == 2);
  CHECK(to_i32(-2.9) == -2);
  CHECK(to_i32(2147483647.9) == 2147483647);
  CHECK(to_i32(2147483648.0) == 2147483647);
  CHECK(to_i32(-2147483648.9) == INT32_MIN);
  CHECK(to_i32(-2147483649.0) == INT32_MIN);
  CHECK(to_i32(std::numeric_limits<double>::infinity()) == INT32_MAX);
  CHECK(to_i32(-std::numeric_limits<double>::infinity()) == INT32_MIN);
  CHECK(to_i32(std::numeric_limits<double>::quiet_NaN()) == 0);
}

TEST_CASE("flush sends subnormals to zero and leaves the rest") {
  CHECK(test::bits(flush(1e-40f)) == 0);
  CHECK(test::bits(flush(-1e-40f)) == 0);
  CHECK(flush(FLT_MIN) == FLT_MIN);
  CHECK(flush(-FLT_MIN) == -FLT_MIN);
  CHECK(test::bits(flush(canonical_nan())) == kCanonicalNanBits);
}
