// WaveNet: gradients against finite differences, generation against the network, and the linear predictor.
#include <doctest/doctest.h>

#include <cmath>

#include "double_precision.h"
#include "unisono/wavenet/generator.h"
#include "unisono/wavenet/network_impl.h"
#include "unisono/wavenet/wavenet.h"

using namespace unisono;

namespace {

// Two chunks and a bit are predicted, over several frames of position; the weights are large enough to bend the gates.
struct SmallWave {
  WaveNetwork<double> net;
  WavePass<double> pass;
  WaveCrop<double> crop;

  explicit SmallWave(bool positions) {
    constexpr int kSamples = 2 * WavePass<double>::kChunk + 7, kHop = 700;
    net.configure(positions ? (kWaveReach + kSamples) / kHop + 3 : 0);
    std::uint32_t stream = 0;
    for (Parameter<double>* p : net.parameters()) fill_random(p->value, ++stream, 0.2);
    crop.reserve(kSamples);
    crop.resize(kSamples);
    fill_random(crop.inputs, 50, 0.5);
    fill_random(crop.target, 51, 0.3);
    for (int t = 0; t < kWaveReach + kSamples; ++t)
      crop.position[t] =
          positions ? WavePosition<double>{1 + t / kHop, (t % kHop) / double(kHop)} : WavePosition<double>{0, 0};
    pass.reserve(net, kSamples, net.frames() + 2);
  }
  double loss() { return pass.forward(net, crop, 0.0); }
};

// The derivative along a random direction of each parameter, which no wrong element of a gradient leaves alone.
void check_gradients(bool positions) {
  SmallWave wave(positions);
  const double scale = 1.0 / wave.crop.n;
  wave.pass.forward(wave.net, wave.crop, scale);
  wave.pass.backward(wave.net, wave.crop);
  int checked = 0;
  for (int i = 0; i < kWaveParameters; ++i) {
    Parameter<double>& p = *wave.net.parameters()[i];
    if (p.size() == 0) continue;
    std::vector<double> direction(p.value.size()), value = p.value;
    fill_random(direction, 100 + i);
    double along = 0;
    for (std::size_t k = 0; k < value.size(); ++k) along += direction[k] * wave.pass.gradient[i][k];
    const auto loss_at = [&](double h) {
      for (std::size_t k = 0; k < value.size(); ++k) p.value[k] = value[k] + h * direction[k];
      return wave.loss() * scale;
    };
    const double h = 1e-5, numeric = (loss_at(h) - loss_at(-h)) / (2 * h);
    p.value = value;
    CAPTURE(p.name);
    CHECK(along == doctest::Approx(numeric).epsilon(1e-6));
    CHECK(std::abs(numeric) > 1e-6);
    ++checked;
  }
  CHECK(checked == (positions ? 15 : 13));
}

}  // namespace

TEST_CASE("WaveNet: gradients of all parameters equal finite differences") { check_gradients(true); }

TEST_CASE("WaveNet: the same where it does not know the position") { check_gradients(false); }

// What is generated without chance is what the network says next when it is told of it, sample by sample.
void check_generation(bool free) {
  constexpr int kSamples = 400, kLength = 4096, kSr = 7500, kHop = 150;
  const int position_hop = wave_position_hop(kSr);
  WaveNetwork<float> net;
  const int frames = (kLength - 1) / kHop + 2;
  net.configure(free ? 0 : (kLength - 1) / position_hop + 2);
  net.initialise(3);
  for (float& w : net.out_weight.value) w *= 20.0f;
  net.out_bias.value[0] = 0.4f;  // loud
  WaveScale scale;
  scale.configure(frames, kHop, free);
  if (free) scale.level = {0.0f, 1.0f};  // neither too soft nor too loud
  for (int f = 0; !free && f < frames; ++f) {
    scale.predictor[f * kWaveOrder] = f % 2 ? 1.6f : 1.5f;
    scale.predictor[f * kWaveOrder + 1] = -0.8f;
    scale.loudest[f] = f % 2 ? 0.25f : 0.2f;
    scale.level[f] = 10.0f;  // never too loud
  }
  WaveGenerator generator(net, scale, kLength, kSr, 0);
  std::vector<float> heard(kWaveOrder + 1 + kWaveReach + kSamples, 0.0f);
  float* const y = heard.data() + kWaveOrder + 1 + kWaveReach;
  generator.process(y, 0.0f, kSamples);
  for (int f = 0; free && f * kHop < kSamples; ++f) scale.look_back(f, y + f * kHop);
  WaveCrop<float> crop;
  crop.reserve(kSamples);
  crop.resize(kSamples);
  constexpr int kTotal = kWaveReach + kSamples;
  std::vector<float> target(kTotal), scratch(4 * kTotal);
  wave_inputs(crop.inputs.data(), target.data(), y - kWaveReach, scale, -kWaveReach, scratch.data(), kTotal);
  for (int t = 0; t < kTotal; ++t) crop.position[t] = wave_position(t - kWaveReach, position_hop);
  WavePass<float> pass;
  pass.reserve(net, kSamples, kTotal / position_hop + 3);
  pass.forward(net, crop, 0.0f);
  std::vector<float> prediction(kSamples);
  scale.predict(prediction.data(), y, 0, kSamples);
  float largest = 0;
  for (int t = 0; t < kSamples; ++t) {
    const int chunk = t / pass.kChunk * pass.kChunk;
    const float mean = pass.output[2 * chunk + t - chunk];
    const float said = prediction[t] + min(max(mean, -1.0f), 1.0f) * scale.unit(t);
    CAPTURE(t);
    CHECK(std::abs(y[t] - said) <= 8e-3f * std::abs(said) + 1e-6f);  // but for the pull towards the clip's level
    largest = std::max(largest, std::abs(y[t]));
  }
  CHECK(largest > 0.01f);
}

TEST_CASE("WaveNet: generation says what the network says of it") { check_generation(false); }
TEST_CASE("WaveNet: the same where predictor and unit follow from its own sound") { check_generation(true); }

TEST_CASE("WaveNet: a recursive filter's coefficients are found again, damped") {
  std::vector<float> x(20000);
  const Random random(1, 2);
  for (int t = 2; t < 20000; ++t) x[t] = 1.6f * x[t - 1] - 0.8f * x[t - 2] + 0.01f * random.normal(t);
  float a[4];
  linear_predictor(a, x.data(), 4, 20000);
  for (const auto& [found, wanted] : {std::pair{a[0], 0.9 * 1.6}, {a[1], -0.9 * 0.9 * 0.8}, {a[2], 0.0}, {a[3], 0.0}})
    CHECK(found == doctest::Approx(wanted).epsilon(0.02).scale(1));
  std::vector<float> silence(100);
  linear_predictor(a, silence.data(), 4, 100);
  for (const float c : a) CHECK(c == 0.0f);
}

TEST_CASE("WaveNet: blocks of any size and any number of threads give the same bits") {
  std::vector<float> clip(4500), whole(900), parts(900);
  for (int t = 0; t < 4500; ++t) clip[t] = 0.4f * sin(0.05f * t) + 0.1f * sin(0.31f * t);
  WaveNetModel one, many;
  one.configure(4500, 16000, 7, 10, false, 1);
  many.configure(4500, 16000, 7, 10, false, 3);
  for (WaveNetModel* model : {&one, &many}) model->set_clip(clip.data());
  float bits = 0;
  for (int i = 0; i < 4; ++i) {
    const float first = bits;
    bits = one.train_step();
    CHECK(bits == many.train_step());
    if (i == 3) CHECK(bits < first);
  }
  CHECK(one.clip_bits() == many.clip_bits());
  one.generate(whole.data(), 900, 5, 1.0f);
  many.start(5);
  for (const auto& [at, n] : {std::pair{0, 1}, {1, 63}, {64, 700}, {764, 136}})
    many.process(parts.data() + at, n, 1.0f);
  CHECK(whole == parts);
}
