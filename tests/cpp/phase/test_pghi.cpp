// Heap integration: sounds whose phase gradients are known, random phases below the tolerance, every window.
#include <doctest/doctest.h>

#include "helpers.h"
#include "unisono/phase/consistency.h"
#include "unisono/phase/pghi.h"
#include "unisono/phase/reconstruct.h"

using namespace unisono;

namespace {

constexpr int kSamples = 128 * 150;

struct Result {
  std::vector<Complex> truth, found;
  int frames;
};

Result run(const std::vector<float>& x, const StftParams& p, float tolerance = 1e-6f, std::uint32_t seed = 0) {
  const int n = static_cast<int>(x.size()), frames = stft_frames(p, n);
  Result r{std::vector<Complex>(static_cast<std::size_t>(frames * stft_bins(p))), {}, frames};
  r.found = r.truth;
  REQUIRE(stft(r.truth.data(), x.data(), p, n));
  std::vector<float> m(r.truth.size());
  magnitude(m.data(), r.truth.data(), static_cast<int>(m.size()));
  REQUIRE(pghi(r.found.data(), m.data(), p, tolerance, seed, frames));
  return r;
}

std::vector<float> tone(double turns) {
  std::vector<float> x(kSamples);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(std::sin(2.0 * M_PI * turns * double(i)));
  return x;
}

double angle(const Complex& a, const Complex& b) {
  return std::remainder(std::atan2(a.im, a.re) - std::atan2(b.im, b.re), 2.0 * M_PI);
}

}  // namespace

TEST_CASE("a tone between bins: heap integration advances its phase as the tone does, up to one constant") {
  const StftParams p{512, 128, 512, WindowKind::hann, true, PadMode::constant};
  const Result r = run(tone(40.3 / 512.0), p);
  const auto bins = static_cast<std::size_t>(stft_bins(p));
  const double constant = angle(r.found[10 * bins + 40], r.truth[10 * bins + 40]);
  double worst = 0.0;
  for (std::size_t t = 10; t < 40; ++t) {
    const std::size_t i = t * bins + 40;
    worst = std::max(worst, std::fabs(std::remainder(angle(r.found[i], r.truth[i]) - constant, 2.0 * M_PI)));
  }
  CHECK(worst < 0.9);  // a hann window is not quite a Gaussian: 0.02 radians a frame
}

TEST_CASE("a click: heap integration puts all its bins at one time") {
  const StftParams p{512, 128, 512, WindowKind::hann, true, PadMode::constant};
  std::vector<float> x(kSamples, 0.0f);
  x[6000] = 1.0f;
  const Result r = run(x, p);
  CHECK(consistency(r.found.data(), p, r.frames, kSamples) > 12.0f);
}

TEST_CASE("heap integration suits every window") {
  for (const WindowKind kind : {WindowKind::hann, WindowKind::hamming, WindowKind::blackman, WindowKind::sqrt_hann}) {
    CAPTURE(static_cast<int>(kind));
    const StftParams p{512, 64, 512, kind, true, PadMode::constant};
    std::vector<float> x = tone(0.05);
    for (std::size_t i = 0; i < x.size(); ++i)
      x[i] += static_cast<float>(std::sin(1e-5 * double(i) * double(i)));  // a sweep
    const Result r = run(x, p);
    CHECK(consistency(r.found.data(), p, r.frames, kSamples) > 13.0f);
  }
}

TEST_CASE("bins above the tolerance do not depend on the seed; the others are random and as loud as before") {
  const StftParams p{256, 64, 256, WindowKind::hann, true, PadMode::constant};
  const std::vector<float> x = test::noise(kSamples, 2);
  const Result a = run(x, p, 0.2f, 1), b = run(x, p, 0.2f, 2);
  float largest = 0.0f;
  for (const Complex& z : a.truth) largest = std::max(largest, std::hypot(z.re, z.im));
  double re = 0.0, quiet = 0.0;
  bool loud_same = true;
  for (std::size_t i = 0; i < a.found.size(); ++i) {
    const float m = std::hypot(a.truth[i].re, a.truth[i].im);
    if (m > 0.2001f * largest) loud_same &= a.found[i].re == b.found[i].re && a.found[i].im == b.found[i].im;
    if (m < 0.1999f * largest && m > 0.0f) {
      re += double{a.found[i].re} * b.found[i].re + double{a.found[i].im} * b.found[i].im;
      quiet += double{m} * m;
    }
  }
  CHECK(loud_same);
  REQUIRE(quiet > 0.0);
  CHECK(std::fabs(re / quiet) < 0.05);
}

TEST_CASE("reconstruct makes sound of magnitudes by every method, the same for the same seed") {
  const StftParams p{512, 128, 512, WindowKind::hann, true, PadMode::constant};
  const Result r = run(tone(0.03), p);
  std::vector<float> m(r.truth.size()), x(kSamples), y(kSamples);
  magnitude(m.data(), r.truth.data(), static_cast<int>(m.size()));
  for (const PhaseKind kind : {PhaseKind::lws, PhaseKind::griffin_lim, PhaseKind::pghi}) {
    CAPTURE(static_cast<int>(kind));
    REQUIRE(reconstruct(x.data(), m.data(), p, kind, r.frames, kSamples, 3));
    REQUIRE(reconstruct(y.data(), m.data(), p, kind, r.frames, kSamples, 3));
    CHECK(test::same_bits(x, y));
    double energy = 0.0;
    for (int i = 1000; i < kSamples - 1000; ++i)
      energy += double{x[static_cast<std::size_t>(i)]} * x[static_cast<std::size_t>(i)];
    CHECK(energy / (kSamples - 2000) == doctest::Approx(0.5).epsilon(0.05));
  }
}
