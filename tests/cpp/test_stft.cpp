// STFT: reconstruction, counting of frames, edges, and the definition of a frame.
#include <doctest/doctest.h>

#include "helpers.h"
#include "unisono/stft.h"

using namespace unisono;

namespace {

std::vector<Complex> transform(const std::vector<float>& x, const StftParams& p) {
  const int n = static_cast<int>(x.size());
  std::vector<Complex> s(static_cast<std::size_t>(stft_frames(p, n)) * static_cast<std::size_t>(stft_bins(p)));
  REQUIRE(stft(s.data(), x.data(), p, n));
  return s;
}

std::vector<float> resynthesis(const std::vector<float>& x, const StftParams& p) {
  const int n = static_cast<int>(x.size());
  std::vector<float> y(x.size(), 99.0f);
  REQUIRE(istft(y.data(), transform(x, p).data(), p, stft_frames(p, n), n));
  return y;
}

StftParams make(int n_fft, int hop, int win, WindowKind kind = WindowKind::hann, PadMode mode = PadMode::constant) {
  return {n_fft, hop, win, kind, true, mode};
}

}  // namespace

TEST_CASE("the inverse brings back every sample, at many sizes, windows and lengths") {
  const StftParams all[] = {make(2048, 512, 2048),
                            make(2048, 512, 1536),
                            make(256, 64, 256, WindowKind::hamming),
                            make(400, 100, 400, WindowKind::blackman),
                            make(405, 81, 405),
                            make(16, 4, 16),
                            make(256, 64, 255, WindowKind::sqrt_hann),
                            make(256, 128, 256, WindowKind::rectangular),
                            make(300, 70, 300),
                            make(256, 64, 256, WindowKind::hann, PadMode::reflect)};
  for (const StftParams& p : all) {
    for (const int n : {1, 7, p.n_fft - 1, p.n_fft, 5 * p.n_fft + 13}) {
      CAPTURE(p.n_fft);
      CAPTURE(n);
      const std::vector<float> x = test::noise(n, 3);
      const std::vector<float> y = resynthesis(x, p);
      // The last n mod hop samples are seen by fewer frames, with smaller windows; 1e-5 covers their amplified rounding.
      CHECK(test::relative_distance(y, x) < 1e-5);
    }
  }
}

TEST_CASE("frames are counted as librosa counts them") {
  StftParams p = make(2048, 512, 2048);
  CHECK(stft_frames(p, 1) == 1);
  CHECK(stft_frames(p, 511) == 1);
  CHECK(stft_frames(p, 512) == 2);
  CHECK(stft_frames(p, 44100) == 87);
  CHECK(stft_length(p, 87) == 86 * 512);
  p.center = false;
  CHECK(stft_frames(p, 2047) == 0);
  CHECK(stft_frames(p, 2048) == 1);
  CHECK(stft_frames(p, 2048 + 511) == 1);
  CHECK(stft_frames(p, 2048 + 512) == 2);
  CHECK(stft_length(p, 2) == 2048 + 512);
  p = make(405, 81, 405);
  CHECK(stft_frames(p, 810) == 10);  // 202 of padding at either end leave one sample less than an even size would
}

TEST_CASE(
    "a frame is the transform of the windowed samples round its centre; beyond the ends lies zero or the mirror") {
  const std::vector<float> x = test::noise(1000, 8);
  for (const PadMode mode : {PadMode::constant, PadMode::reflect}) {
    const StftParams p = make(256, 100, 200, WindowKind::hann, mode);
    const std::vector<Complex> s = transform(x, p);
    std::vector<float> w(200);
    window(w.data(), WindowKind::hann, true, 200);
    for (int t = 0; t < stft_frames(p, 1000); ++t) {
      std::vector<float> frame(256, 0.0f);
      for (int i = 0; i < 200; ++i) {
        int at = t * 100 - 100 + i;
        float v = 0;
        if (mode == PadMode::reflect) at = at < 0 ? -at : at >= 1000 ? 1998 - at : at;
        if (at >= 0 && at < 1000) v = x[static_cast<std::size_t>(at)];
        frame[static_cast<std::size_t>(i + 28)] = v * w[static_cast<std::size_t>(i)];
      }
      std::vector<Complex> expected(129);
      rfft(expected.data(), frame.data(), 256);
      for (int k = 0; k < 129; ++k) {
        const Complex a = expected[static_cast<std::size_t>(k)], b = s[static_cast<std::size_t>(t * 129 + k)];
        REQUIRE(a.re == b.re);
        REQUIRE(a.im == b.im);
      }
    }
  }
}

TEST_CASE("without centring the inverse reaches every sample but where the window is zero") {
  StftParams p = make(256, 64, 256);
  p.center = false;
  const std::vector<float> x = test::noise(1024, 5), y = resynthesis(x, p);
  CHECK(y[0] == 0.0f);
  const std::vector<float> inner_x(x.begin() + 16, x.end() - 16), inner_y(y.begin() + 16, y.end() - 16);
  CHECK(test::relative_distance(inner_y, inner_x) < 1e-5);
}

TEST_CASE("samples that no frame reaches are zero") {
  const StftParams p = make(256, 64, 256);
  const std::vector<float> x = test::noise(640, 5);
  std::vector<float> y(5000, 99.0f);
  REQUIRE(istft(y.data(), transform(x, p).data(), p, stft_frames(p, 640), 5000));
  for (std::size_t i = 640 + 128; i < y.size(); ++i) REQUIRE(y[i] == 0.0f);
  REQUIRE(istft(y.data(), nullptr, p, 0, 5000));
  for (const float v : y) REQUIRE(v == 0.0f);
}

TEST_CASE("wrong parameters are refused") {
  Stft plan;
  CHECK_FALSE(plan.configure(make(2047, 512, 2047)));
  CHECK_FALSE(plan.configure(make(2048, 0, 2048)));
  CHECK_FALSE(plan.configure(make(2048, 2049, 2048)));
  CHECK_FALSE(plan.configure(make(2048, 512, 0)));
  CHECK_FALSE(plan.configure(make(2048, 512, 2049)));
}

TEST_CASE("magnitude neither overflows nor underflows on the way") {
  const Complex z[] = {{3e30f, 4e30f}, {3e-30f, -4e-30f}, {3.0f, 4.0f}, {0.0f, -0.0f}, {-1e-45f, 0.0f}};
  float m[5];
  magnitude(m, z, 5);
  CHECK(m[0] == 5e30f);
  CHECK(m[1] == 5e-30f);
  CHECK(m[2] == 5.0f);
  CHECK(test::bits(m[3]) == 0);
  CHECK(m[4] == 1e-45f);
}
