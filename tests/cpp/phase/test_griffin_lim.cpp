// Griffin-Lim and consistency: the error falls in every plain iteration, momentum gets further, phases are the only change.
#include <doctest/doctest.h>

#include <algorithm>

#include "helpers.h"
#include "unisono/phase/consistency.h"
#include "unisono/phase/griffin_lim.h"

using namespace unisono;

namespace {

const StftParams kGrid{256, 64, 256, WindowKind::hann, true, PadMode::constant};
constexpr int kSamples = 64 * 60;

std::vector<Complex> spectrogram_of_noise() {
  const std::vector<float> x = test::noise(kSamples, 21);
  std::vector<Complex> s(static_cast<std::size_t>(stft_frames(kGrid, kSamples) * stft_bins(kGrid)));
  REQUIRE(stft(s.data(), x.data(), kGrid, kSamples));
  return s;
}

std::vector<float> magnitudes(const std::vector<Complex>& s) {
  std::vector<float> m(s.size());
  magnitude(m.data(), s.data(), static_cast<int>(s.size()));
  return m;
}

float decibels(const std::vector<Complex>& s) {
  return consistency(s.data(), kGrid, stft_frames(kGrid, kSamples), kSamples);
}

std::vector<Complex> found(int n_iter, float momentum, std::uint32_t seed) {
  const std::vector<float> m = magnitudes(spectrogram_of_noise());
  std::vector<Complex> out(m.size());
  REQUIRE(griffin_lim(out.data(), m.data(), kGrid, n_iter, momentum, seed, stft_frames(kGrid, kSamples)));
  return out;
}

}  // namespace

TEST_CASE("consistency: a transform has it, random phases do not, silence has none to show") {
  std::vector<Complex> s = spectrogram_of_noise();
  CHECK(decibels(s) > 120.0f);
  CHECK(decibels(found(0, 0.0f, 1)) < 3.0f);
  for (Complex& z : s) z = {0.0f, 0.0f};
  CHECK(decibels(s) == 0.0f);
}

TEST_CASE("consistency is 20 log10 of the ratio of norms") {
  std::vector<Complex> s = spectrogram_of_noise();
  for (std::size_t i = 0; i < s.size(); i += 3) s[i].re += 0.1f;
  const int frames = stft_frames(kGrid, kSamples);
  std::vector<float> x(kSamples);
  std::vector<Complex> projected(s.size());
  REQUIRE(istft(x.data(), s.data(), kGrid, frames, kSamples));
  REQUIRE(stft(projected.data(), x.data(), kGrid, kSamples));
  double whole = 0.0, error = 0.0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    whole += double{s[i].re} * s[i].re + double{s[i].im} * s[i].im;
    error += std::pow(double{s[i].re} - projected[i].re, 2) + std::pow(double{s[i].im} - projected[i].im, 2);
  }
  CHECK(decibels(s) == doctest::Approx(10.0 * std::log10(whole / error)).epsilon(1e-5));
}

TEST_CASE("plain Griffin-Lim never loses consistency; momentum gets further in as many iterations") {
  float before = 0.0f;
  for (const int n_iter : {0, 1, 2, 3, 5, 8, 13, 21}) {
    const float now = decibels(found(n_iter, 0.0f, 5));
    CHECK(now > before - 1e-4f);
    before = now;
  }
  CHECK(before > 10.0f);
  CHECK(decibels(found(21, 0.99f, 5)) > before + 2.0f);
}

TEST_CASE("Griffin-Lim changes phases only, and the seed decides which") {
  const std::vector<float> wanted = magnitudes(spectrogram_of_noise());
  const std::vector<Complex> a = found(3, 0.99f, 7), b = found(3, 0.99f, 7), c = found(3, 0.99f, 8);
  const std::vector<float> have = magnitudes(a);
  CHECK(test::relative_distance(have, wanted) < 1e-6);
  bool same = true, other = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    same &= test::bits(a[i].re) == test::bits(b[i].re) && test::bits(a[i].im) == test::bits(b[i].im);
    other |= a[i].re != c[i].re;
  }
  CHECK(same);
  CHECK(other);
}

TEST_CASE("Griffin-Lim started from true phases stays there") {
  const std::vector<Complex> s = spectrogram_of_noise();
  const std::vector<float> m = magnitudes(s);
  std::vector<Complex> out(s.size());
  REQUIRE(griffin_lim_refine(out.data(), s.data(), m.data(), kGrid, 10, 0.99f, stft_frames(kGrid, kSamples)));
  double distance = 0.0, size = 0.0;
  for (std::size_t i = 0; i < s.size(); ++i) {
    distance += std::pow(double{out[i].re} - s[i].re, 2) + std::pow(double{out[i].im} - s[i].im, 2);
    size += double{m[i]} * m[i];
  }
  CHECK(std::sqrt(distance / size) < 1e-5);
}
