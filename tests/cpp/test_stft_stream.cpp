// Streaming STFT and iSTFT: the bits of the offline forms, whatever the blocks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "helpers.h"
#include "unisono/stft/stream.h"

using namespace unisono;

namespace {

// Hops of every kind: dividing n_fft or not, larger than half of it, the whole of it; an odd n_fft; a short window.
std::vector<StftParams> grids() {
  std::vector<StftParams> all;
  for (const PadMode mode : {PadMode::constant, PadMode::reflect}) {
    for (const bool center : {true, false}) {
      all.push_back({64, 16, 64, WindowKind::hann, center, mode});
      all.push_back({64, 7, 49, WindowKind::hamming, center, mode});
      all.push_back({45, 20, 45, WindowKind::blackman, center, mode});
      all.push_back({48, 41, 48, WindowKind::sqrt_hann, center, mode});
      all.push_back({32, 32, 32, WindowKind::rectangular, center, mode});
    }
  }
  return all;
}

// Sizes of 0, 1 and up to `largest`, which add up to n.
std::vector<int> blocks(int n, int largest, std::uint32_t seed) {
  std::vector<int> sizes{0, std::min(1, n)};
  int left = n - sizes[1];
  for (std::uint64_t i = 0; left > 0; ++i) {
    const int size = static_cast<int>(Random(seed, 0).bits(i) % static_cast<std::uint32_t>(largest + 1));
    sizes.push_back(std::min(size, left));
    left -= sizes.back();
  }
  return sizes;
}

std::vector<float> floats(const std::vector<Complex>& z) {
  const float* p = reinterpret_cast<const float*>(z.data());
  return {p, p + 2 * z.size()};
}

std::vector<Complex> streamed(StftStream& stream, const std::vector<float>& x, const std::vector<int>& sizes) {
  std::vector<Complex> out;
  const float* next = x.data();
  for (const int size : sizes) {
    const std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(stream.ready(size) * stream.bins()));
    stream.process(out.data() + before, next, size);
    next += size;
  }
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(stream.remaining() * stream.bins()));
  stream.finish(out.data() + before);
  return out;
}

std::vector<float> streamed(IstftStream& stream, const std::vector<Complex>& s, const std::vector<int>& sizes) {
  std::vector<float> out;
  const Complex* next = s.data();
  for (const int size : sizes) {
    const std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(stream.ready(size)));
    stream.process(out.data() + before, next, size);
    next += static_cast<std::ptrdiff_t>(size) * stream.bins();
  }
  const std::size_t before = out.size();
  out.resize(before + static_cast<std::size_t>(stream.remaining()));
  stream.finish(out.data() + before);
  return out;
}

}  // namespace

TEST_CASE(
    "a signal in blocks of any size has the frames of the whole, bit for bit, also when the object is used again") {
  for (const StftParams& p : grids()) {
    StftStream stream;
    REQUIRE(stream.configure(p));
    for (const int n : {1, 2, 23, 24, 31, 32, 33, 64, 65, 500}) {
      CAPTURE(p.n_fft);
      CAPTURE(p.hop_length);
      CAPTURE(n);
      const std::vector<float> x = test::noise(n, 5);
      std::vector<Complex> whole(static_cast<std::size_t>(stft_frames(p, n) * stft_bins(p)));
      REQUIRE(stft(whole.data(), x.data(), p, n));
      for (const int largest : {1, 10, 300})
        CHECK(test::same_bits(floats(streamed(stream, x, blocks(n, largest, 7))), floats(whole)));
    }
  }
}

TEST_CASE("frames in portions of any size give the samples of the whole, bit for bit") {
  for (const StftParams& p : grids()) {
    IstftStream stream;
    REQUIRE(stream.configure(p));
    for (const int n_frames : {1, 2, 3, 5, 20}) {
      CAPTURE(p.n_fft);
      CAPTURE(p.hop_length);
      CAPTURE(n_frames);
      const std::vector<Complex> s = test::complex_noise(n_frames * stft_bins(p), 6);
      const int n = std::max(0, stft_length(p, n_frames));
      std::vector<float> whole(static_cast<std::size_t>(n));
      REQUIRE(istft(whole.data(), s.data(), p, n_frames, n));
      for (const int largest : {1, 7}) CHECK(test::same_bits(streamed(stream, s, blocks(n_frames, largest, 8)), whole));
    }
  }
}

TEST_CASE("a frame goes out with its last sample, and a sample with the last frame that reaches it") {
  const StftParams p{64, 16, 64, WindowKind::hann, true, PadMode::constant};
  StftStream forward;
  REQUIRE(forward.configure(p));
  CHECK(forward.ready(31) == 0);
  CHECK(forward.ready(32) == 1);
  CHECK(forward.ready(48) == 2);
  IstftStream inverse;
  REQUIRE(inverse.configure(p));
  CHECK(inverse.ready(2) == 0);
  CHECK(inverse.ready(3) == 16);
  CHECK(inverse.remaining() == 0);
}

TEST_CASE("reset forgets; wrong parameters are refused") {
  StftParams p{64, 16, 64, WindowKind::hann, true, PadMode::constant};
  StftStream forward;
  IstftStream inverse;
  REQUIRE(forward.configure(p));
  REQUIRE(inverse.configure(p));
  const std::vector<float> x = test::noise(100, 1), y = test::noise(100, 2);
  const std::vector<Complex> fresh = streamed(forward, y, {100});
  std::vector<Complex> out(20 * 33);
  forward.process(out.data(), x.data(), 100);
  forward.reset();
  CHECK(test::same_bits(floats(streamed(forward, y, {100})), floats(fresh)));
  const std::vector<float> sound = streamed(inverse, fresh, {7});
  std::vector<float> some(200);
  inverse.process(some.data(), fresh.data(), 5);
  inverse.reset();
  CHECK(test::same_bits(streamed(inverse, fresh, {7}), sound));
  p.hop_length = 65;
  CHECK_FALSE(forward.configure(p));
  CHECK_FALSE(inverse.configure(p));
}
