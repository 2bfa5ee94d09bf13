// The elementary functions: against the double ones of the C library, over a sweep of all exponents; and their edges.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "helpers.h"
#include "unisono/math.h"

using namespace unisono;

namespace {

using Block = void (*)(float*, const float*, int);
using Reference = double (*)(double);

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr int kSweep = 1 << 20;

// Bit patterns a prime step apart: every exponent, both signs, infinities and NaN.
std::vector<float> sweep() {
  std::vector<float> x;
  for (std::uint32_t i = 0; i < kSweep; ++i) x.push_back(test::from_bits(i * 4093u + 17u));
  for (const std::uint32_t b : {0u, 0x80000000u, 0x7f800000u, 0xff800000u, 0x7fc00000u, 0xffc00001u, 1u, 0x80000001u,
                                0x7f7fffffu, 0xff7fffffu, 0x00800000u, 0x42b17218u, 0xc2cff1b5u, 0x6115cb11u}) {
    x.push_back(test::from_bits(b));
  }
  return x;
}

// Distance in units of the last place of the correctly rounded result; infinite where one is NaN and the other not.
double error_in_ulps(float y, double exact) {
  const float rounded = static_cast<float>(exact);
  if (rounded != rounded) return test::bits(y) == kCanonicalNanBits ? 0.0 : kInf;
  if (std::isinf(rounded) || std::isinf(y)) return y == rounded ? 0.0 : kInf;
  if (rounded == 0.0f && y == 0.0f) return test::bits(y) == test::bits(rounded) ? 0.0 : kInf;
  int exponent;
  std::frexp(rounded, &exponent);
  return std::fabs(y - exact) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

void check_accuracy(Block f, Reference g) {
  const std::vector<float> x = sweep();
  std::vector<float> y(x.size());
  f(y.data(), x.data(), static_cast<int>(x.size()));
  double worst = 0;
  float at = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double e = error_in_ulps(y[i], g(double{x[i]}));
    if (!(e <= worst)) {
      worst = e;
      at = x[i];
    }
  }
  CAPTURE(at);
  CHECK(worst <= 0.500002);
}

double double_sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

}  // namespace

TEST_CASE("functions of one argument err by at most 0.500002 units in the last place, edges included") {
  SUBCASE("exp") { check_accuracy(unisono::exp, std::exp); }
  SUBCASE("log") { check_accuracy(unisono::log, std::log); }
  SUBCASE("sin") { check_accuracy(unisono::sin, std::sin); }
  SUBCASE("cos") { check_accuracy(unisono::cos, std::cos); }
  SUBCASE("tanh") { check_accuracy(unisono::tanh, std::tanh); }
  SUBCASE("sigmoid") { check_accuracy(unisono::sigmoid, double_sigmoid); }
  SUBCASE("sqrt") { check_accuracy(unisono::sqrt, std::sqrt); }
}

TEST_CASE("a lane of a vector and a single value get the same bits") {
  const std::vector<float> x = sweep();
  for (const Block f : {Block(unisono::exp), Block(unisono::log), Block(unisono::sin), Block(unisono::cos),
                        Block(unisono::tanh), Block(unisono::sigmoid), Block(unisono::sqrt)}) {
    std::vector<float> whole(x.size()), single(x.size());
    f(whole.data(), x.data(), static_cast<int>(x.size()));
    for (std::size_t i = 0; i < x.size(); ++i) f(&single[i], &x[i], 1);
    CHECK(test::same_bits(whole, single));
  }
}

TEST_CASE("block forms work in place and at any length") {
  for (int n = 0; n < 40; ++n) {
    const std::vector<float> x = test::noise(n, 2);
    std::vector<float> apart(x), in_place(x);
    unisono::tanh(apart.data(), x.data(), n);
    unisono::tanh(in_place.data(), in_place.data(), n);
    CHECK(test::same_bits(apart, in_place));
  }
}

TEST_CASE("atan2 and pow err by at most 0.500002 units in the last place") {
  const std::vector<float> all = sweep();
  std::vector<float> x, y;
  for (std::size_t i = 0; i < all.size(); ++i) {
    x.push_back(i % 2 ? all[i] : test::from_bits(0x3f000000u + 25u * static_cast<std::uint32_t>(i)));
    y.push_back(all[(i * 31) % all.size()]);
    if (i % 3 == 0) y.back() = static_cast<float>(static_cast<int>(i % 600) - 300) * (i % 9 == 0 ? 0.5f : 0.0371f);
  }
  const int n = static_cast<int>(x.size());
  std::vector<float> angle(x.size()), power(x.size()), single(x.size());
  unisono::atan2(angle.data(), y.data(), x.data(), n);
  unisono::pow(power.data(), x.data(), y.data(), n);
  double worst_angle = 0, worst_power = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    worst_angle = std::max(worst_angle, error_in_ulps(angle[i], std::atan2(double{y[i]}, double{x[i]})));
    worst_power = std::max(worst_power, error_in_ulps(power[i], std::pow(double{x[i]}, double{y[i]})));
  }
  CHECK(worst_angle <= 0.500002);
  CHECK(worst_power <= 0.500002);
  for (std::size_t i = 0; i < x.size(); ++i) unisono::atan2(&single[i], &y[i], &x[i], 1);
  CHECK(test::same_bits(single, angle));
  for (std::size_t i = 0; i < x.size(); ++i) unisono::pow(&single[i], &x[i], &y[i], 1);
  CHECK(test::same_bits(single, power));
}

TEST_CASE("atan2 and pow at all pairs of special values agree with the C standard, signs of zero included") {
  const float special[] = {0.0f,  -0.0f,       1.0f,           -1.0f,          2.0f,         -2.0f,
                           0.5f,  -0.5f,       3.0f,           -3.0f,          1.5f,         -1.5f,
                           kInf,  -kInf,       1e-45f,         -1e-45f,        3e38f,        -3e38f,
                           1e30f, 16777215.0f, 16777216.0f,    8388609.0f,     8388608.5f,   canonical_nan(),
                           -7e9f, 1e-20f,      0x1.fffffep-1f, -0x1.000002p0f, -16777215.0f, 4194303.5f};
  for (const float a : special) {
    for (const float b : special) {
      CAPTURE(a);
      CAPTURE(b);
      float y;
      unisono::atan2(&y, &a, &b, 1);
      CHECK(error_in_ulps(y, std::atan2(double{a}, double{b})) <= 0.500002);
      unisono::pow(&y, &a, &b, 1);
      CHECK(error_in_ulps(y, std::pow(double{a}, double{b})) <= 0.500002);
    }
  }
}

TEST_CASE("sin_phase is the sine of its phase in turns") {
  double worst = 0;
  for (std::uint32_t i = 0; i < (1u << 20); ++i) {
    const std::uint32_t phase = i * 4099u;
    worst = std::max(worst, std::fabs(sin_phase(phase) - std::sin(phase * (2 * detail::kPi * 0x1p-32))));
  }
  CHECK(worst < 0x1.01p-25);
  CHECK(test::bits(sin_phase(0)) == 0);
  CHECK(sin_phase(0x40000000u) == 1.0f);
  CHECK(sin_phase(0x80000000u) == 0.0f);
  CHECK(sin_phase(0xc0000000u) == -1.0f);
}
