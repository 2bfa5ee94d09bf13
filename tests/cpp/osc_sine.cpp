// The sine is as exact as it says: over a dense set of phases, at the quarters, and in its symmetries.
#include <doctest/doctest.h>

#include <cmath>

#include "unisono/osc/cosine.h"
#include "unisono/osc/sine.h"

using namespace unisono;

namespace {
float sine_at(std::uint32_t position) { return Sine{}.shape(position, 0u); }
}  // namespace

TEST_CASE("the sine is within 1.11e-7 of the exact value") {
  double worst = 0.0;
  for (std::uint64_t p = 0; p < (std::uint64_t{1} << 32); p += 1021) {
    const double exact = std::sin(6.283185307179586 * static_cast<double>(p) * 0x1p-32);
    worst = std::max(worst, std::fabs(static_cast<double>(sine_at(static_cast<std::uint32_t>(p))) - exact));
  }
  CHECK(worst <= 1.11e-7);
  CHECK(worst > 1e-8);  // the check itself sees something
}

TEST_CASE("the quarters are exact") {
  CHECK(sine_at(0u) == 0.0f);
  CHECK(sine_at(0x40000000u) == 1.0f);
  CHECK(sine_at(0x80000000u) == 0.0f);
  CHECK(sine_at(0xc0000000u) == -1.0f);
}

TEST_CASE("the sine is odd and mirrored about the quarter, exactly; the cosine is it a quarter on") {
  for (std::uint32_t p = 1; p < 0x40000000u; p += 99991u) {
    REQUIRE(sine_at(0u - p) == -sine_at(p));
    REQUIRE(sine_at(0x80000000u - p) == sine_at(p));
    REQUIRE(Cosine{}.shape(p, 0u) == sine_at(p + 0x40000000u));
  }
}

TEST_CASE("the sine rises from phase to phase on the float grid of its quarter") {
  float before = sine_at(0u);
  for (std::uint32_t p = 1u << 12; p <= 0x40000000u; p += 1u << 12) {
    const float now = sine_at(p);
    REQUIRE(now >= before - 0x1p-23f);  // one spacing at 1: rounding may step back by no more
    before = now;
  }
}
