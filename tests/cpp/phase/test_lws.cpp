// Local Weighted Sums: every stage against the definition in double, at whole, fractional and odd geometries.
#include <doctest/doctest.h>

#include <algorithm>

#include "helpers.h"
#include "phase/lws_reference.h"
#include "unisono/phase/consistency.h"

using namespace unisono;

namespace {

std::vector<Complex> start_of(const StftParams& p, int n_frames) {
  return test::complex_noise(n_frames * stft_bins(p), 11);
}

test::LwsReference reference(const StftParams& p, const std::vector<Complex>& start, int n_frames, bool hold) {
  Stft stft;
  REQUIRE(stft.configure(p));
  const test::Samples window(stft.window(), stft.window() + p.n_fft);
  test::Frames frames(static_cast<std::size_t>(n_frames));
  const auto bins = static_cast<std::size_t>(stft_bins(p));
  for (std::size_t i = 0; i < start.size(); ++i) frames[i / bins].push_back({start[i].re, start[i].im});
  return test::LwsReference(p, window, frames, hold);
}

// Largest distance of a bin, relative to the mean magnitude, over all but the worst 1 % of the bins: where nearly nothing
// is heard the direction is decided by rounding.
double distance(const std::vector<Complex>& a, const test::LwsReference& b) {
  std::vector<double> all;
  const std::size_t bins = b.s[0].size();
  for (std::size_t i = 0; i < a.size(); ++i) {
    all.push_back(std::abs(test::Z(a[i].re, a[i].im) - b.s[i / bins][i % bins]) / b.mean);
  }
  std::sort(all.begin(), all.end());
  return all[all.size() * 99 / 100];
}

test::Samples limits(const LwsSchedule& schedule) {
  test::Samples out;
  for (int i = 0; i < schedule.iterations; ++i) {
    out.push_back(schedule.alpha * std::exp(-schedule.beta * std::pow(i, double{schedule.gamma})));
  }
  return out;
}

LwsOptions only(int no_future, int online, int batch, LwsEdges edges) {
  LwsOptions options;
  options.no_future = {no_future, 0.8f, 0.3f, 1.0f};
  options.online = {online, 1.0f, 0.5f, 1.0f};
  options.batch = {batch, 1.3f, 0.4f, 1.2f};
  options.edges = edges;
  return options;
}

const StftParams kGrids[] = {
    {64, 16, 64, WindowKind::hann, true, PadMode::constant},
    {64, 32, 64, WindowKind::sqrt_hann, true, PadMode::constant},
    {128, 16, 128, WindowKind::hann, true, PadMode::constant},
    {100, 25, 100, WindowKind::hamming, true, PadMode::constant},
    {64, 24, 64, WindowKind::sqrt_hann, true, PadMode::constant},   // n_fft / hop is not whole
    {60, 13, 60, WindowKind::blackman, true, PadMode::constant},    // nor here, and the period of the frames is long
    {75, 20, 75, WindowKind::hann, true, PadMode::constant},        // no bin at half the sampling rate
    {64, 12, 49, WindowKind::hann, true, PadMode::constant},        // a window with its centre between two samples
    {16, 4, 16, WindowKind::rectangular, true, PadMode::constant},  // mirrors overlap the bins themselves
};

}  // namespace

TEST_CASE("lws follows the definition at every geometry: one batch sweep, several, no-future, online") {
  const int n_frames = 9;
  for (const StftParams& p : kGrids) {
    for (const LwsEdges edges : {LwsEdges::silence, LwsEdges::hold}) {
      const std::vector<Complex> start = start_of(p, n_frames);
      const int stages[][3] = {{0, 0, 1}, {0, 0, 3}, {2, 0, 0}, {0, 1, 0}};
      for (const auto& stage : stages) {
        CAPTURE(p.n_fft);
        CAPTURE(p.hop_length);
        CAPTURE(stage[0] * 100 + stage[1] * 10 + stage[2]);
        const LwsOptions options = only(stage[0], stage[1], stage[2], edges);
        auto expected = reference(p, start, n_frames, edges == LwsEdges::hold);
        if (stage[0] > 0) expected.no_future(limits(options.no_future));
        if (stage[1] > 0) expected.online(limits(options.online), options.look_ahead);
        if (stage[2] > 0) expected.batch(limits(options.batch));
        std::vector<Complex> out(start.size());
        REQUIRE(lws_refine(out.data(), start.data(), p, options, n_frames));
        CHECK(distance(out, expected) < (stage[1] > 0 ? 3e-2 : 1e-3));
      }
    }
  }
}

TEST_CASE("many frames and sweeps of lws at once give what one after the other gives") {
  const StftParams p{256, 64, 256, WindowKind::hann, true, PadMode::constant};
  const int n_frames = 40;
  const std::vector<Complex> start = start_of(p, n_frames);
  const LwsOptions options = only(0, 0, 6, LwsEdges::silence);
  auto expected = reference(p, start, n_frames, false);
  expected.batch(limits(options.batch));
  std::vector<Complex> out(start.size());
  REQUIRE(lws_refine(out.data(), start.data(), p, options, n_frames));
  CHECK(distance(out, expected) < 1e-3);
}

TEST_CASE("batch sweeps of lws that reflect follow the definition") {
  const int n_frames = 9;
  for (const StftParams& p : kGrids) {
    CAPTURE(p.n_fft);
    CAPTURE(p.hop_length);
    const std::vector<Complex> start = start_of(p, n_frames);
    LwsOptions options = only(0, 0, 3, LwsEdges::silence);
    options.batch_reflection = 0.9f;
    auto expected = reference(p, start, n_frames, false);
    expected.batch(limits(options.batch), 0.9);
    std::vector<Complex> out(start.size());
    REQUIRE(lws_refine(out.data(), start.data(), p, options, n_frames));
    CHECK(distance(out, expected) < 1e-3);
  }
}

TEST_CASE("the stages of lws follow each other, each with the end frames that the one before left") {
  const StftParams p = kGrids[0];
  const int n_frames = 12;
  const std::vector<Complex> start = start_of(p, n_frames);
  const LwsOptions options = only(1, 0, 2, LwsEdges::hold);
  auto expected = reference(p, start, n_frames, true);
  expected.no_future(limits(options.no_future));
  expected.begin_stage();
  expected.batch(limits(options.batch));
  std::vector<Complex> out(start.size());
  REQUIRE(lws_refine(out.data(), start.data(), p, options, n_frames));
  CHECK(distance(out, expected) < 1e-3);
}

TEST_CASE("lws keeps magnitudes, at any loudness, and silent bins silent") {
  const StftParams p = kGrids[0];
  for (const float loudness : {1.0f, 1e-30f, 1e34f}) {
    std::vector<float> magnitude = test::noise(20 * stft_bins(p), 4);
    for (std::size_t i = 0; i < magnitude.size(); ++i)
      magnitude[i] = i % 7 == 0 ? 0.0f : std::fabs(magnitude[i]) * loudness;
    std::vector<Complex> out(magnitude.size());
    REQUIRE(lws(out.data(), magnitude.data(), p, lws_options(LwsPreset::music), 20));
    double worst = 0.0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      const double a = std::hypot(double{out[i].re}, double{out[i].im});
      worst = std::max(worst, std::fabs(a - magnitude[i]) / loudness);
    }
    CHECK(worst < 1e-5);
  }
}

TEST_CASE("lws finds phases that a steady chord agrees with, and the scale of the input does not matter") {
  const StftParams p{512, 128, 512, WindowKind::hann, true, PadMode::constant};
  std::vector<float> x(20000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(std::sin(0.031 * double(i)) + 0.5 * std::sin(0.2 * double(i) + 1.0) +
                              0.3 * std::sin(1.1 * double(i) + 2.0));
  }
  const int n = static_cast<int>(x.size()), frames = stft_frames(p, n);
  std::vector<Complex> s(static_cast<std::size_t>(frames * stft_bins(p))), out(s.size()), doubled(s.size());
  std::vector<float> magnitude(s.size());
  REQUIRE(stft(s.data(), x.data(), p, n));
  unisono::magnitude(magnitude.data(), s.data(), static_cast<int>(s.size()));
  REQUIRE(lws(out.data(), magnitude.data(), p, lws_options(LwsPreset::music), frames));
  CHECK(consistency(out.data(), p, frames, n) > 25.0f);
  for (float& a : magnitude) a *= 4.0f;
  REQUIRE(lws(doubled.data(), magnitude.data(), p, lws_options(LwsPreset::music), frames));
  bool same = true;
  for (std::size_t i = 0; i < out.size(); ++i)
    same &= doubled[i].re == 4.0f * out[i].re && doubled[i].im == 4.0f * out[i].im;
  CHECK(same);
}
