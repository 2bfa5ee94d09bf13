// Nothing but configure allocates: the program's own operator new counts.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "helpers.h"
#include "unisono/audio.h"
#include "unisono/fft.h"
#include "unisono/magnet/magnet.h"
#include "unisono/magnet/player.h"
#include "unisono/math.h"
#include "unisono/phase/rtpghi.h"
#include "unisono/sonify/picture_sound.h"
#include "unisono/stft.h"
#include "unisono/stft/stream.h"
#include "unisono/wavenet/wavenet.h"

namespace {
std::atomic<long> allocations{0};
}

void* operator new(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size ? size : 1)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

using namespace unisono;

TEST_CASE("transforms, overlap-add, random numbers and block functions do not allocate") {
  const StftParams p{256, 64, 256, WindowKind::hann, true, PadMode::reflect};
  std::vector<float> x = test::noise(4000, 1);
  const int n = static_cast<int>(x.size()), frames = stft_frames(p, n);
  std::vector<Complex> s(static_cast<std::size_t>(frames * stft_bins(p)));
  std::vector<float> m(s.size());
  std::vector<std::int16_t> pcm(x.size());
  Stft plan;
  RealFft odd;
  ComplexFft complex;
  const long before_configure = allocations;
  REQUIRE(plan.configure(p));
  REQUIRE(odd.configure(405));
  REQUIRE(complex.configure(120));
  CHECK(allocations > before_configure);

  const long before = allocations;
  plan.analysis(s.data(), x.data(), frames, n);
  plan.magnitudes(m.data(), x.data(), 0, frames, n);
  plan.synthesis(x.data(), s.data(), frames, n);
  odd.forward(s.data(), x.data());
  odd.inverse(x.data(), s.data());
  complex.forward(s.data(), s.data());
  complex.inverse(s.data(), s.data());
  random_normal(x.data(), 1, 1, n);
  unisono::tanh(x.data(), x.data(), n);
  soft_limit(x.data(), x.data(), n);
  to_pcm16(pcm.data(), x.data(), n);
  CHECK(allocations == before);
}

TEST_CASE("streams of frames, samples and phases do not allocate, not even for the first frame") {
  const StftParams p{250, 63, 250, WindowKind::hann, true, PadMode::reflect};
  const std::vector<float> x = test::noise(9000, 1);
  std::vector<Complex> s(static_cast<std::size_t>(200 * stft_bins(p))), phased(s);
  std::vector<float> m(s.size()), y(x.size());
  StftStream forward;
  RtpghiStream phases;
  IstftStream inverse;
  const long before_configure = allocations;
  REQUIRE(forward.configure(p));
  REQUIRE(phases.configure(p, {}));
  REQUIRE(inverse.configure(p));
  CHECK(allocations > before_configure);

  const long before = allocations;
  for (int i = 0; i < 60; ++i) {
    const int n = forward.ready(150);
    forward.process(s.data(), x.data() + 150 * i, 150);
    magnitude(m.data(), s.data(), n * stft_bins(p));
    const int settled = phases.ready(n);
    phases.process(phased.data(), m.data(), n);
    inverse.process(y.data(), phased.data(), settled);
  }
  forward.finish(s.data());
  phases.finish(phased.data());
  inverse.finish(y.data());
  CHECK(allocations == before);
}

TEST_CASE("a player does not allocate, whatever changes while it plays") {
  for (const MagnetPreset preset : {MagnetPreset::standard, MagnetPreset::icmc2019, MagnetPreset::magnet2024}) {
    const std::vector<float> x = test::noise(40000, 2);
    MagnetModel model;
    model.configure(preset, 44100, 1, 1);
    model.set_clip(x.data(), static_cast<int>(x.size()));
    MagnetPlayer player;
    player.configure(preset, 44100, 2);
    std::vector<float> values, out(1000);
    for (int i = 0; i < model.tensor_count(); ++i) {
      values.resize(static_cast<std::size_t>(model.tensor_size(i)));
      model.tensor(values.data(), i);
      for (const int which : {0, 1}) player.set_tensor(which, i, values.data());
    }
    const std::int32_t frames[] = {2, 4}, parameters[] = {5, 0};
    const float changes[] = {0.5f, 9.0f};
    player.automate(frames, parameters, changes, 2);
    player.start(1);
    const long before = allocations;
    for (int i = 0; i < 8; ++i) {
      player.process(out.data(), 1000);
      player.set(LiveParameter::pitch, static_cast<float>(i - 4));
      player.set(LiveParameter::density, static_cast<float>(3 * i));
    }
    CHECK(allocations == before);
  }
}

TEST_CASE("training steps do not allocate after the first") {
  for (const MagnetPreset preset : {MagnetPreset::standard, MagnetPreset::icmc2019, MagnetPreset::magnet2024}) {
    const std::vector<float> x =
        test::noise(60000, 2);  // two batches, one of them partly filled, for the faithful ones
    MagnetModel model;
    model.configure(preset, 44100, 1, 2);
    model.set_clip(x.data(), static_cast<int>(x.size()));
    model.train_step();
    const long before = allocations;
    for (int i = 0; i < 4; ++i) model.train_step();
    CHECK(allocations == before);
  }
}

TEST_CASE("the sound of a picture does not allocate once it has begun") {
  std::vector<std::uint8_t> pixels(3 * 90 * 120);
  const Random random(1, 0);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(random.bits(i));
  std::vector<float> sound(2 * 100000);
  for (const PictureMapping mapping : {PictureMapping::perceptual, PictureMapping::classic}) {
    PictureSound endless;
    endless.configure(mapping, 44100.0f, 1);
    const long before_picture = allocations;
    endless.set_picture(pixels.data(), 90, 120);
    CHECK(allocations > before_picture);
    const long before = allocations;
    for (int i = 0; i < 4; ++i) endless.process(sound.data(), 100000);
    CHECK(allocations == before);
  }
}

TEST_CASE("WaveNet's training steps after the first, and its blocks of sound, do not allocate") {
  const std::vector<float> clip = test::noise(5000, 3);
  std::vector<float> sound(500);
  WaveNetModel model;
  model.configure(5000, 16000, 1, 10, false, 2);
  model.set_clip(clip.data());
  model.start(1);
  model.train_step();  // makes the room
  const long before = allocations;
  model.train_step();
  model.train_step();
  model.process(sound.data(), 500, 1.0f);
  CHECK(allocations == before);
}
