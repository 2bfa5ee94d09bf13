// The classic mapping's sines: frequencies change every 64 samples, on straight lines between random turning points.
#include "unisono/sonify/classic.h"

#include <algorithm>

#include "unisono/audio.h"
#include "unisono/osc/sine.h"
#include "unisono/sonify/picture.h"

namespace unisono {
namespace {

constexpr int kBlock = 64;         // samples at one frequency: steps of a few millihertz, which nobody hears
constexpr int kBlocksATurn = 512;  // between turning points: 0.74 s at 44100 Hz
constexpr std::uint32_t kPhaseStream = 0x70686173u, kDriftStream = 0x64726674u;  // "phas", "drft"

}  // namespace

float classic_frequency(int red, int green, int blue) {
  return kClassicLow + (kClassicHigh - kClassicLow) * (static_cast<float>(red + green + blue) / 765.0f);
}

void ClassicSound::configure(const std::uint8_t* pixels, const ClassicParams& params, int height, int width) {
  params_ = params;
  const int longer = std::max(height, width);
  const int h = scaled_side(height, longer, kPictureSide), w = scaled_side(width, longer, kPictureSide);
  std::vector<std::uint8_t> scaled(std::size_t{3} * static_cast<std::size_t>(h) * static_cast<std::size_t>(w));
  scale_picture(scaled.data(), pixels, kPictureSide, height, width);
  std::int32_t corners[2 * kClassicSines], count;
  find_corners(corners, &count, scaled.data(), params.threshold, kClassicSines, h, w);

  const auto n = static_cast<std::size_t>(count);
  frequency_.resize(n);
  phase_.resize(n);
  increment_.resize(n);
  from_.assign(n, 0.0f);
  to_.assign(n, 0.0f);
  random_ = Random(params.seed, kDriftStream);
  const Random phases(params.seed, kPhaseStream);
  for (std::size_t k = 0; k < n; ++k) {
    const std::uint8_t* p = scaled.data() + 3 * (std::ptrdiff_t{corners[2 * k + 1]} * w + corners[2 * k]);
    frequency_[k] = classic_frequency(p[0], p[1], p[2]);
    phase_[k] = phases.bits(k);
  }
  // The RMS is then 0.18 whatever n; the limiter's straight part ends at more than four times that.
  gain_ = n > 0 ? 0.25f / unisono::sqrt(static_cast<float>(n)) : 0.0f;
  block_ = 0;
  used_ = kBlock;
}

// Moves every phase on by the block that has been given, and finds the frequencies of the next.
void ClassicSound::begin_block() {
  const int within = static_cast<int>(block_ % kBlocksATurn);
  const std::uint64_t turn = block_ / kBlocksATurn;
  const float along = static_cast<float>(within) / kBlocksATurn;
  PhaseAccumulator steps;
  steps.configure(params_.sr);
  for (std::size_t k = 0; k < frequency_.size(); ++k) {
    if (within == 0) {
      from_[k] = to_[k];
      to_[k] = params_.drift * (2.0f * random_.uniform(turn * kClassicSines + k) - 1.0f);
    }
    if (block_ > 0) phase_[k] += increment_[k] * static_cast<std::uint32_t>(kBlock);
    increment_[k] = steps.increment(frequency_[k] * (1.0f + (from_[k] + along * (to_[k] - from_[k]))));
  }
  ++block_;
  used_ = 0;
}

// Samples from .. from + n - 1 of the present block: one order of summation, whatever the split.
void ClassicSound::render(float* out, int from, int n) const {
  const Sine sine;
  std::fill(out, out + n, 0.0f);
  for (std::size_t k = 0; k < frequency_.size(); ++k) {
    const std::uint32_t by = increment_[k];
    const std::uint32_t first = phase_[k] + static_cast<std::uint32_t>(from) * by;
    u32 at = lane_steps(first, by);
    const u32 stride = splat<u32>(by * static_cast<std::uint32_t>(kLanes));
    int i = 0;
    for (; i + kLanes <= n; i += kLanes, at += stride) store<f32>(out + i, load<f32>(out + i) + sine.shape(at, at));
    for (; i < n; ++i) out[i] += sine.shape(first + static_cast<std::uint32_t>(i) * by, by);
  }
  for (int i = 0; i < n; ++i) out[i] *= gain_;
  soft_limit(out, out, n);
}

void ClassicSound::process(float* out, int n) {
  while (n > 0) {
    if (used_ == kBlock) begin_block();
    const int m = std::min(n, kBlock - used_);
    render(out, used_, m);
    used_ += m;
    out += m;
    n -= m;
  }
}

void sonify_classic(float* sound, const std::uint8_t* pixels, int n_samples, const ClassicParams& params, int height,
                    int width) {
  ClassicSound classic;
  classic.configure(pixels, params, height, width);
  classic.process(sound, n_samples);
}

}  // namespace unisono
