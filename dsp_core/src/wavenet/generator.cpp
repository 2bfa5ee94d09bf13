// See generator.h.
#include "unisono/wavenet/generator.h"

#include <algorithm>

#include "unisono/nn/gate.h"
#include "unisono/nn/gaussian.h"
#include "unisono/wavenet/product.h"

namespace unisono {

namespace {

constexpr int kC = kWaveChannels, kG = kWaveGates, kS = kWaveSkips;
constexpr int kDraws = 64;            // random numbers at once
constexpr float kBoldness = 0.35f;    // at temperature 1, of the spread that the network says: what was found best
constexpr float kLoudest = 1.2f;      // of the feedback, where the clip's peak is 1
constexpr float kTooLoud = 2.0f;      // power beside the clip's, from which on residuals are made smaller
constexpr float kPull = 0x1p-7f;      // at most so much of itself does a sample gain or lose
constexpr float kSilence = 0x1p-34f;  // power: -100 dB

// y[kN] += x[n]·w[n][kN], the terms of even and of odd rows summed apart: half the additions to wait for.
template <int kN>
UNISONO_INLINE void add_product(float* y, const float* x, const float* w, int n) {
  constexpr int kV = kN / kLanes;
  f32 even[kV], odd[kV];
#pragma GCC unroll 8
  for (int v = 0; v < kV; ++v) {
    even[v] = load<f32>(y + v * kLanes);
    odd[v] = f32{};
  }
  for (int k = 0; k < n; k += 2, w += 2 * kN)
#pragma GCC unroll 8
    for (int v = 0; v < kV; ++v) {
      even[v] = even[v] + x[k] * load<f32>(w + v * kLanes);
      odd[v] = odd[v] + x[k + 1] * load<f32>(w + kN + v * kLanes);
    }
#pragma GCC unroll 8
  for (int v = 0; v < kV; ++v) store<f32>(y + v * kLanes, f32(even[v] + odd[v]));
}

}  // namespace

WaveGenerator::WaveGenerator(const WaveNetwork<float>& net, const WaveScale& scale, int length, int sr,
                             std::uint32_t seed)
    : net_(net), scale_(scale), length_(length), position_hop_(wave_position_hop(sr)), seed_(seed),
      now_(scale.memory()) {
  if (scale.free) {
    own_.configure(1, scale.hop, true);
    own_.level = scale.level;
  }
  past_.assign(static_cast<std::size_t>(now_) + scale.hop, 0.0f);
  int size = 0;
  for (int l = 0; l < kWaveLayers; ++l) {
    ring_.push_back(size);
    size += wave_dilation(l) * kC;
  }
  memory_.resize(static_cast<std::size_t>(size));
  head_.assign(kWaveLayers, 0);
  condition_.resize(static_cast<std::size_t>(2) * kWaveLayers * kG);
  output_.resize(2);
  memory_rate_ = 1.0f / static_cast<float>(4 * wave_hop(sr));
  conditions(0);
  const float silence[kWaveInputs] = {};
  network(silence, true);
}

void WaveGenerator::conditions(int frame) {
  frame_ = frame;
  for (int l = 0; l < kWaveLayers; ++l) {
    float *const here = condition_.data() + l * kG, *const step = here + kWaveLayers * kG;
    const float* const bias = net_.gate_bias.value.data() + l * kG;
    std::copy_n(bias, kG, here);
    std::fill_n(step, kG, 0.0f);
    if (net_.frames() == 0) continue;
    std::copy_n(bias, kG, step);
    const float* const e = net_.position.value.data() + static_cast<std::ptrdiff_t>(frame) * kWavePosition;
    const float* const w = net_.gate_position.value.data() + l * kWavePosition * kG;
    add_product<kG>(here, e, w, kWavePosition);
    add_product<kG>(step, e + kWavePosition, w, kWavePosition);
    for (int j = 0; j < kG; ++j) step[j] -= here[j];
  }
}

// While settling, the inputs have been these for ever: each layer's past is its present.
void WaveGenerator::network(const float* inputs, bool settling) {
  float x[kC], skip[kS], hidden[kS], share = 0.0f;
  if (net_.frames() > 0) share = wave_position(at_, position_hop_).share;
  std::copy_n(net_.input_bias.value.data(), kC, x);
  for (int k = 0; k < kWaveInputs; ++k)
    for (int j = 0; j < kC; ++j) x[j] += inputs[k] * net_.input_weight.value[k * kC + j];
  std::copy_n(net_.skip_bias.value.data(), kS, skip);
  for (int l = 0; l < kWaveLayers; ++l) {
    float z[kG], gated[kC];
    const float *const here = condition_.data() + l * kG, *const step = here + kWaveLayers * kG;
    for_lanes<float>(kG, [&]<class V>(int j) { store<V>(z + j, V(load<V>(here + j) + share * load<V>(step + j))); });
    float* const ring = memory_.data() + ring_[l];
    float* const past = ring + head_[l] * kC;
    if (settling)
      for (int i = 0; i < wave_dilation(l); ++i) std::copy_n(x, kC, ring + i * kC);
    add_product<kG>(z, past, net_.gate_past.value.data() + l * kC * kG, kC);
    add_product<kG>(z, x, net_.gate_now.value.data() + l * kC * kG, kC);
    std::copy_n(x, kC, past);
    head_[l] = (head_[l] + 1) & (wave_dilation(l) - 1);
    for_lanes<float>(kC, [&]<class V>(int j) {
      store<V>(gated + j, V(Gate<float>::tanh(load<V>(z + j)) * Gate<float>::sigmoid(load<V>(z + kC + j))));
    });
    const float* const bias = net_.residual_bias.value.data() + l * kC;
    for_lanes<float>(kC, [&]<class V>(int j) { store<V>(x + j, V(load<V>(x + j) + load<V>(bias + j))); });
    add_product<kC>(x, gated, net_.residual_weight.value.data() + l * kC * kC, kC);
    add_product<kS>(skip, gated, net_.skip_weight.value.data() + l * kC * kS, kC);
  }
  for (float& s : skip) s = max(s, 0.0f);
  std::copy_n(net_.hidden_bias.value.data(), kS, hidden);
  add_product<kS>(hidden, skip, net_.hidden_weight.value.data(), kS);
  for (int o = 0; o < 2; ++o) {
    const float* const w = net_.out_weight.value.data() + o * kS;
    output_[o] = net_.out_bias.value[o];
    for (int k = 0; k < kS; ++k) output_[o] += max(hidden[k], 0.0f) * w[k];
  }
}

// What is wrong must not feed on itself: a residual is never larger than the clip's largest there, it becomes smaller while
// the sound is much too loud, and each sample is led a little towards the level that the clip has there; without a place in
// the clip, to where the louder half of its frames lies.
float WaveGenerator::pulled(float sample) {
  power_ = flush(power_ + memory_rate_ * (sample * sample - power_));
  if (scale_.free) {
    const float median = scale_.level[0], loud = scale_.level[1];
    wanted_ = min(max(power_, median * median), loud * loud);
  } else {
    const WavePosition<float> at = wave_position(at_, scale_.hop);
    const float* const level = scale_.level.data() + at.frame;
    const float here = level[0] + at.share * (level[1] - level[0]);
    wanted_ = flush(wanted_ + memory_rate_ * (here * here - wanted_));
  }
  return sample + kPull * sample * ((wanted_ - power_) / (wanted_ + power_ + kSilence));
}

float WaveGenerator::next(float temperature, float noise) {
  const int kept = scale_.memory();
  if (now_ == static_cast<int>(past_.size())) {
    std::copy(past_.end() - kept, past_.end(), past_.begin());
    now_ = kept;
  }
  float* const here = past_.data() + now_++;
  if (scale_.free && now_ == kept + 1) own_.look_back(0, here);
  const WaveScale& scale = scale_.free ? own_ : scale_;
  float prediction;
  scale.predict(&prediction, here, at_, 1);
  const float inputs[kWaveInputs] = {compress(here[-1]), residual_, compress(prediction)};
  network(inputs, false);
  float slope;
  const float spread = exp(log_sigma<float, float>(slope, output_[1], kWaveLeastLogScale));
  const float drawn = output_[0] + kBoldness * temperature * spread * noise;
  const float unit = scale.unit(at_);
  const float calm = min(1.0f, (kTooLoud * wanted_ + kSilence) / (power_ + kSilence));
  const float residual = min(max(drawn, -1.0f), 1.0f) * unit * (calm * calm);
  const float sample = pulled(min(max(prediction + residual, -kLoudest), kLoudest));
  residual_ = (sample - prediction) / unit;
  *here = sample;
  return sample;
}

void WaveGenerator::process(float* out, float temperature, int n) {
  float noise[kDraws];
  for (int i = 0; i < n; ++i, ++drawn_) {
    if (drawn_ % kDraws == 0 || i == 0) {
      const std::int64_t block = drawn_ / kDraws;
      random_normal(noise, seed_, 0, kDraws, static_cast<std::uint64_t>(block * kDraws));
    }
    if (const int frame = wave_position(at_, position_hop_).frame; frame != frame_) conditions(frame);
    out[i] = next(temperature, noise[drawn_ % kDraws]) * scale_.peak;
    if (!scale_.free && ++at_ == length_) at_ = 0;
  }
}

}  // namespace unisono
