// The limiter and the conversion to 16 bits.
#include <doctest/doctest.h>

#include "helpers.h"
#include "unisono/audio.h"

using namespace unisono;

namespace {

float limit(float x) {
  float y;
  soft_limit(&y, &x, 1);
  return y;
}

int pcm(float x) {
  std::int16_t y;
  to_pcm16(&y, &x, 1);
  return y;
}

}  // namespace

TEST_CASE("the limiter leaves quiet samples alone and never passes 1") {
  for (const float x : {0.0f, -0.0f, 0.3f, -0.8f, 0.8f, 1e-45f}) CHECK(test::bits(limit(x)) == test::bits(x));
  for (const float x : {0.81f, 0.9f, 1.0f, 2.0f, 100.0f, 3e38f, test::from_bits(0x7f800000u)}) {
    CHECK(limit(x) <= 1.0f);
    CHECK(limit(x) > 0.8f);
    CHECK(limit(-x) == -limit(x));
    CHECK(std::fabs(limit(x) - (0.8 + 0.2 * std::tanh((x - 0.8) / 0.2))) < 2e-7);
  }
  CHECK(test::bits(limit(canonical_nan())) == 0);
}

TEST_CASE("the limiter is monotone") {
  float previous = -1.0f;
  for (int i = -4000; i <= 4000; ++i) {
    const float y = limit(static_cast<float>(i) * 5e-4f);
    CHECK(y >= previous);
    previous = y;
  }
}

TEST_CASE("the limiter gives the same bits one sample or many at a time") {
  const std::vector<float> x = test::noise(1001, 4);
  std::vector<float> whole(x.size()), single(x.size());
  soft_limit(whole.data(), x.data(), 1001);
  for (std::size_t i = 0; i < x.size(); ++i) soft_limit(&single[i], &x[i], 1);
  CHECK(test::same_bits(whole, single));
}

TEST_CASE("16-bit samples round half to even, saturate, and undo division by 32768") {
  CHECK(pcm(0.0f) == 0);
  CHECK(pcm(1.0f) == 32767);
  CHECK(pcm(-1.0f) == -32768);
  CHECK(pcm(1e30f) == 32767);
  CHECK(pcm(-1e30f) == -32768);
  CHECK(pcm(canonical_nan()) == 0);
  CHECK(pcm(0.5f / 32768) == 0);
  CHECK(pcm(1.5f / 32768) == 2);
  CHECK(pcm(-2.5f / 32768) == -2);
  for (int v = -32768; v <= 32767; ++v) REQUIRE(pcm(static_cast<float>(v) / 32768.0f) == v);
}
