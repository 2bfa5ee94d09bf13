// Real-time phase reconstruction: any portions give the same bits, tones keep their frequency, settling helps.
#include <doctest/doctest.h>

#include <algorithm>

#include "helpers.h"
#include "unisono/phase/consistency.h"
#include "unisono/phase/rtpghi.h"

using namespace unisono;

namespace {

const StftParams kGrid{512, 128, 512, WindowKind::hann, true, PadMode::constant};

std::vector<float> magnitudes(const std::vector<float>& x, const StftParams& p, int& n_frames) {
  const int n = static_cast<int>(x.size());
  n_frames = stft_frames(p, n);
  std::vector<Complex> s(static_cast<std::size_t>(n_frames * stft_bins(p)));
  std::vector<float> m(s.size());
  REQUIRE(stft(s.data(), x.data(), p, n));
  magnitude(m.data(), s.data(), static_cast<int>(m.size()));
  return m;
}

std::vector<Complex> whole(const std::vector<float>& m, const StftParams& p, const RtpghiOptions& options) {
  std::vector<Complex> out(m.size());
  REQUIRE(rtpghi(out.data(), m.data(), p, options, static_cast<int>(m.size()) / stft_bins(p)));
  return out;
}

bool same(const std::vector<Complex>& a, const std::vector<Complex>& b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](const Complex& x, const Complex& y) {
           return test::bits(x.re) == test::bits(y.re) && test::bits(x.im) == test::bits(y.im);
         });
}

// A chord, a sweep and clicks.
std::vector<float> piece(int n) {
  std::vector<float> x(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) {
    const double t = i;
    x[static_cast<std::size_t>(i)] =
        static_cast<float>(std::sin(0.031 * t) + 0.5 * std::sin(0.2 * t) + 0.3 * std::sin(2e-5 * t * t)) +
        (i % 5000 == 2500 ? 3.0f : 0.0f);
  }
  return x;
}

}  // namespace

TEST_CASE("frames in portions of any size give the bits of all at once, and the object may be used again") {
  for (const StftParams& p : {StftParams{64, 16, 64, WindowKind::hann, true, PadMode::constant},
                              StftParams{45, 13, 40, WindowKind::hamming, true, PadMode::constant},
                              StftParams{32, 30, 32, WindowKind::rectangular, false, PadMode::constant},
                              StftParams{64, 1, 64, WindowKind::hann, true, PadMode::constant}}) {
    for (const RtpghiOptions& options :
         {RtpghiOptions{}, RtpghiOptions{0, 2, 1e-6f, 1}, RtpghiOptions{7, 0, 0.5f, 2}}) {
      CAPTURE(p.n_fft);
      CAPTURE(p.hop_length);
      CAPTURE(options.look_ahead);
      const int n_frames = 40, bins = stft_bins(p);
      std::vector<float> m = test::noise(n_frames * bins, 3);
      for (float& a : m) a = std::fabs(a);
      std::fill_n(m.begin() + 9 * bins, 3 * bins, 0.0f);  // a rest
      const std::vector<Complex> expected = whole(m, p, options);
      RtpghiStream stream;
      REQUIRE(stream.configure(p, options));
      CHECK(stream.latency() == options.look_ahead + 1);
      for (const int portion : {1, 3, 40}) {
        std::vector<Complex> out(m.size());
        Complex* to = out.data();
        for (int t = 0; t < n_frames; t += portion) {
          const int n = std::min(portion, n_frames - t), ready = stream.ready(n);
          CHECK(ready == std::max(0, t + n - stream.latency()) - std::max(0, t - stream.latency()));
          stream.process(to, m.data() + static_cast<std::ptrdiff_t>(t) * bins, n);
          to += static_cast<std::ptrdiff_t>(ready) * bins;
        }
        CHECK(to + static_cast<std::ptrdiff_t>(stream.remaining()) * bins == out.data() + out.size());
        stream.finish(to);
        CHECK(same(out, expected));
      }
      stream.process(std::vector<Complex>(m.size()).data(), m.data(), 12);
      stream.reset();
      std::vector<Complex> again(m.size());
      const int first = stream.ready(n_frames);
      stream.process(again.data(), m.data(), n_frames);
      stream.finish(again.data() + static_cast<std::ptrdiff_t>(first) * bins);
      CHECK(same(again, expected));
    }
  }
}

TEST_CASE("what comes later than the look-ahead does not change a frame") {
  int n_frames = 0;
  std::vector<float> m = magnitudes(piece(6000), kGrid, n_frames);
  const RtpghiOptions options;
  const std::vector<Complex> before = whole(m, kGrid, options);
  const std::size_t bins = static_cast<std::size_t>(stft_bins(kGrid)), from = 20;
  for (std::size_t i = from * bins; i < m.size(); ++i) m[i] *= 0.25f;
  const std::vector<Complex> after = whole(m, kGrid, options);
  const std::size_t settled = (from - static_cast<std::size_t>(options.look_ahead) - 1) * bins;
  CHECK(same({before.begin(), before.begin() + static_cast<std::ptrdiff_t>(settled)},
             {after.begin(), after.begin() + static_cast<std::ptrdiff_t>(settled)}));
  CHECK_FALSE(same(before, after));
}

TEST_CASE("heap integration frame by frame advances a tone's phase as the tone does") {
  int n_frames = 0;
  std::vector<float> x(128 * 80);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(std::sin(2.0 * M_PI * 40.3 / 512.0 * double(i)));
  const std::vector<float> m = magnitudes(x, kGrid, n_frames);
  const std::vector<Complex> s = whole(m, kGrid, {0, 0, 1e-3f, 0});
  const auto bins = static_cast<std::size_t>(stft_bins(kGrid));
  const double expected = 2.0 * M_PI * 40.3 / 512.0 * 128.0;
  for (std::size_t t = 10; t < 60; ++t) {
    const Complex a = s[t * bins + 40], b = s[(t + 1) * bins + 40];
    const double step = std::atan2(double{b.im}, double{b.re}) - std::atan2(double{a.im}, double{a.re});
    CHECK(std::fabs(std::remainder(step - expected, 2.0 * M_PI)) < 0.03);  // a hann window is not quite a Gaussian
  }
}

TEST_CASE("settling makes frames agree: 4 frames of look-ahead are 8 dB better than none") {
  int n_frames = 0;
  const std::vector<float> m = magnitudes(piece(30000), kGrid, n_frames);
  const int n = stft_length(kGrid, n_frames);
  const float alone = consistency(whole(m, kGrid, {0, 0, 1e-3f, 0}).data(), kGrid, n_frames, n);
  const float settled = consistency(whole(m, kGrid, {}).data(), kGrid, n_frames, n);
  CHECK(alone > 12.0f);
  CHECK(settled > alone + 8.0f);
}

TEST_CASE("magnitudes stay at any loudness, and silence stays silent") {
  int n_frames = 0;
  std::vector<float> m = magnitudes(piece(9000), kGrid, n_frames);
  const std::vector<Complex> s = whole(m, kGrid, {});
  double worst = 0.0;
  for (std::size_t i = 0; i < m.size(); ++i)
    worst =
        std::max(worst, std::fabs(std::hypot(double{s[i].re}, double{s[i].im}) - double{m[i]}) / (double{m[i]} + 1e-3));
  CHECK(worst < 1e-5);
  const int n = stft_length(kGrid, n_frames);
  for (float& a : m) a *= 0x1p30f;
  CHECK(std::fabs(consistency(whole(m, kGrid, {}).data(), kGrid, n_frames, n) -
                  consistency(s.data(), kGrid, n_frames, n)) < 0.5f);
  for (const Complex& z : whole(std::vector<float>(m.size(), 0.0f), kGrid, {})) REQUIRE((z.re == 0.0f && z.im == 0.0f));
  for (const Complex& z : whole(std::vector<float>(m.size(), 1e15f), kGrid, {}))
    REQUIRE((is_finite(z.re) && is_finite(z.im)));
}

TEST_CASE("wrong parameters are refused") {
  RtpghiStream stream;
  CHECK_FALSE(stream.configure({512, 7, 512, WindowKind::hann, true, PadMode::constant}, {}));
  CHECK_FALSE(stream.configure({511, 128, 511, WindowKind::hann, true, PadMode::constant}, {}));
}
