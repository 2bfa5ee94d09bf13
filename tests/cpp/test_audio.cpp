// The limiter and the conversion to whole numbers.
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

TEST_CASE("without dither, whole numbers of 16 bits are those of to_pcm16, and of 24 bits are a float's own") {
  std::vector<float> x = test::noise(1001, 5);
  x.insert(x.end(), {0.5f / 32768, 1.5f / 32768, 2.0f, -2.0f, -0.0f, canonical_nan(), test::from_bits(0x7f800000u)});
  const int n = static_cast<int>(x.size());
  std::vector<std::int32_t> wide(x.size()), fine(x.size());
  std::vector<std::int16_t> narrow(x.size());
  to_pcm(wide.data(), x.data(), 16, false, 1, n);
  to_pcm16(narrow.data(), x.data(), n);
  CHECK(std::equal(wide.begin(), wide.end(), narrow.begin()));
  for (const int v : {-8388608, -8388607, -1, 0, 1, 12345, 8388607}) {
    const float value = static_cast<float>(v) * 0x1p-23f;
    to_pcm(fine.data(), &value, 24, false, 0, 1);
    CHECK(fine[0] == v);
  }
}

TEST_CASE("dither leaves no trace of the sound in the error, and is never louder than full scale") {
  constexpr int n = 100000;
  std::vector<std::int32_t> pcm(n);
  for (const double level : {0.0, 0.25, 0.5, 12.3, -0.9}) {  // in steps; without dither the mean error would follow it
    const std::vector<float> x(n, static_cast<float>(level / 32768));
    to_pcm(pcm.data(), x.data(), 16, true, 7, n);
    double sum = 0, squares = 0;
    for (const int v : pcm) sum += v - level, squares += (v - level) * (v - level);
    CHECK(std::fabs(sum / n) < 0.01);
    CHECK(std::fabs(squares / n - 0.25) < 0.01);  // 2/12 of the noise and 1/12 of the rounding
  }
  for (const float full : {1.0f, -1.0f, 3e38f, -3e38f}) {
    const std::vector<float> x(n, full);
    to_pcm(pcm.data(), x.data(), 16, true, 7, n);
    for (const int v : pcm) REQUIRE((full > 0 ? v <= 32767 && v >= 32766 : v >= -32768 && v <= -32767));
  }
}

TEST_CASE("dither follows from the seed and the sample's place alone") {
  const std::vector<float> x = test::noise(101, 6);
  std::vector<std::int32_t> a(101), b(101), part(50);
  to_pcm(a.data(), x.data(), 16, true, 1, 101);
  to_pcm(b.data(), x.data(), 16, true, 2, 101);
  to_pcm(part.data(), x.data(), 16, true, 1, 50);
  CHECK(a != b);
  CHECK(std::equal(part.begin(), part.end(), a.begin()));
}
