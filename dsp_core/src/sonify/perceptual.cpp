// The perceptual mapping's sound: a pad of all the picture's tones, notes of its cells, and noise of its texture.
#include "unisono/sonify/perceptual.h"

#include <algorithm>

#include "unisono/audio.h"
#include "unisono/math.h"
#include "unisono/osc/sine.h"

namespace unisono {
namespace {

// Streams of the seed: "padd", "note", "wind".
constexpr std::uint32_t kPadStream = 0x70616464u, kNoteStream = 0x6e6f7465u, kNoiseStream = 0x77696e64u;
constexpr float kTau = 0x1.921fb6p+2f;

// Levels: the sum stays below the limiter's knee but for rare peaks.
constexpr float kPadLevel = 0.34f, kNoteLevel = 0.17f, kNoiseLevel = 0.08f;
constexpr float kDetune = 0.0008f;    // of the pad, left against right: 1.4 cents
constexpr float kFullChroma = 0.16f;  // of a colour that sounds as bright as any
constexpr float kTopHz = 6000.0f;     // no overtone lies above
constexpr float kFineHz = 5000.0f;    // middle of the noise of the finest texture
constexpr float kNoiseQ = 1.2f;
constexpr float kPadSeconds = 3.0f, kNoiseSeconds = 2.0f;  // until they have come in
constexpr float kVoiceSeconds = 0.8f;                      // from voice to voice
constexpr float kRestSeconds = 2.5f;                       // the eye's, on a region
constexpr int kChancesANote = 4;                           // random numbers

float colourfulness(float chroma) { return min(chroma / kFullChroma, 1.0f); }

// Lower tones louder, as ears want it: 4.5 dB from one end of the scale to the other.
float tilt(int pitch) { return 1.2f - 0.01f * static_cast<float>(pitch - 40); }

float cell_pan(std::size_t cell) {  // -1 left to 1 right
  return (2.0f * static_cast<float>(cell % kCellsASide) + 1.0f) / kCellsASide - 1.0f;
}

// Equal power: the squares of both add up to 2.
float left_gain(float pan) { return unisono::sqrt(1.0f - pan); }
float right_gain(float pan) { return unisono::sqrt(1.0f + pan); }

}  // namespace

void PerceptualSound::configure(const std::uint8_t* pixels, const PerceptualParams& params, int height, int width) {
  params_ = params;
  look_at(look_, pixels, height, width);
  make_scale();
  make_pad();
  make_noise();
  notes_.clear();
  notes_.reserve(kMaxNotes);
  const float pulses = 3.0f + 7.0f * look_.contrast;  // a second
  pulse_ = std::max(1, to_i32(static_cast<double>(params.sr / (pulses * kBlock) + 0.5f)));
  block_ = 0;
  used_ = kBlock;
}

void PerceptualSound::make_pad() {
  for (std::size_t i = 0; i < look_.cells.size(); ++i) {
    const Ways ways = ways_of(look_.cells[i]);
    for (int k = 0; k < ways.count; ++k) {
      const Way& way = ways.way[static_cast<std::size_t>(k)];
      tones_[static_cast<std::size_t>(way.tone)].level += way.weight;
      tones_[static_cast<std::size_t>(way.tone)].pan += way.weight * cell_pan(i);
    }
  }
  const Random random(params_.seed, kPadStream);
  PhaseAccumulator steps;
  steps.configure(params_.sr);
  for (std::size_t k = 0; k < tones_.size(); ++k) {
    Tone& tone = tones_[k];
    tone.pan = tone.level > 0.0f ? tone.pan / tone.level : 0.0f;
    tone.level =
        kPadLevel * tilt(tone.pitch) * unisono::pow(tone.level / static_cast<float>(look_.cells.size()), 0.65f);
    const std::array<std::uint32_t, 4> words = random.block(k);
    tone.period = 5.0f + 8.0f * static_cast<float>(words[0] >> 8) * 0x1p-24f;
    tone.start = static_cast<float>(words[1] >> 8) * 0x1p-24f;
    tone.phase = {words[2], words[3]};
    tone.increment = {steps.increment(tone.hz * (1.0f - kDetune)), steps.increment(tone.hz * (1.0f + kDetune))};
  }
}

// Band-pass filters in the form of Simper, "Linear trapezoidal optimised SVF", 2013.
void PerceptualSound::make_noise() {
  for (std::size_t side = 0; side < 2; ++side) {
    float hz = kFineHz;
    for (std::size_t scale = 0; scale < kTextures; ++scale, hz *= 0.5f) {
      const float angle = 0.5f * kTau * min(hz / params_.sr, 0.4f);
      const double g = static_cast<double>(unisono::sin(angle)) / static_cast<double>(unisono::cos(angle));
      const double k = 1.0 / static_cast<double>(kNoiseQ);
      const double a1 = 1.0 / (1.0 + g * (g + k));
      // The narrower the band, the less of white noise gets through: bring all to one loudness.
      const float texture = look_.texture[side][scale];
      const float level = kNoiseLevel * (texture * texture * texture) * unisono::sqrt(kFineHz / hz);
      const Random random(params_.seed, kPadStream + 1u);
      const float chance = random.uniform(scale);
      bands_[side][scale] = {a1, g * a1, g * g * a1, 0.0, 0.0, level, 3.0f + 4.0f * chance, chance};
    }
  }
}

// A slow rise and fall between 0.3 and 1.
float PerceptualSound::swell(float period, float start, std::uint64_t block) const {
  const double turns =
      static_cast<double>(block) * kBlock / (static_cast<double>(params_.sr) * static_cast<double>(period));
  const auto position = wrap_to_u32((turns + static_cast<double>(start)) * 0x1p32);
  return 0.65f + 0.35f * sine_of_quarter<float>(fold_to_rising_half(position));
}

// At a pulse, every voice that has entered may begin a note in its region.
void PerceptualSound::begin_notes() {
  const Random random(params_.seed, kNoteStream);
  const float seconds = static_cast<float>(static_cast<double>(block_) * kBlock / static_cast<double>(params_.sr));
  const std::uint64_t pulse = block_ / static_cast<std::uint64_t>(pulse_);
  const auto rest = static_cast<std::size_t>(static_cast<std::uint64_t>(seconds / kRestSeconds) % kRegions);
  for (std::size_t rank = 0; rank < kRegions; ++rank) {
    if (seconds < kVoiceSeconds * static_cast<float>(rank)) break;
    const std::array<std::uint32_t, 4> words = random.block(pulse * kRegions + rank);
    std::array<float, kChancesANote> chance;
    for (std::size_t i = 0; i < chance.size(); ++i) chance[i] = static_cast<float>(words[i] >> 8) * 0x1p-24f;
    const int region = look_.path[rank];
    const float likely = 0.03f + 0.25f * look_.regions[static_cast<std::size_t>(region)].contrast;
    if (chance[0] < likely) begin_note(region, {chance[1], chance[2], rank == rest ? 1.3f : 0.9f});
  }
}

// chance: which cell, which of its tones; and how loud.
void PerceptualSound::begin_note(int region, const std::array<float, 3>& chance) {
  if (static_cast<int>(notes_.size()) == kMaxNotes) return;
  const auto place = static_cast<std::size_t>(chance[0] * static_cast<float>(kCellsARegion));
  const auto index = static_cast<std::size_t>(look_.regions[static_cast<std::size_t>(region)].cells[place]);
  const Cell& cell = look_.cells[index];
  const Ways ways = ways_of(cell);
  int chosen = ways.count - 1;
  float left_over = chance[1];
  for (int k = 0; k < ways.count - 1; ++k) {
    left_over -= ways.way[static_cast<std::size_t>(k)].weight;
    if (left_over < 0.0f) {
      chosen = k;
      break;
    }
  }
  const Tone& tone = tones_[static_cast<std::size_t>(ways.way[static_cast<std::size_t>(chosen)].tone)];

  Note note{};
  PhaseAccumulator steps;
  steps.configure(params_.sr);
  note.increment = steps.increment(tone.hz);
  const float soft = 1.0f - cell.contrast, seconds = 0.8f + 1.8f * soft;
  note.attack = std::max(1, to_i32(static_cast<double>(params_.sr * (0.005f + 0.06f * soft))));
  note.length = to_i32(static_cast<double>(params_.sr * seconds));
  note.envelope = 1.0;
  note.decay = static_cast<double>(unisono::exp(-6.9078f / (params_.sr * seconds)));  // to -60 dB
  const float brightness = 0.1f + 0.6f * colourfulness(cell.chroma);
  const float top = min(kTopHz, 0.45f * params_.sr);
  float partial = 1.0f, power = 0.0f;
  for (int h = 1; h <= kMaxPartials && static_cast<float>(h) * tone.hz <= top; ++h, partial *= brightness) {
    note.partial[static_cast<std::size_t>(note.partials++)] = partial;
    power += partial * partial;
  }
  const float level = kNoteLevel * chance[2] * tilt(tone.pitch) * (0.5f + 0.5f * cell.contrast) / unisono::sqrt(power);
  note.left = level * left_gain(cell_pan(index));
  note.right = level * right_gain(cell_pan(index));
  notes_.push_back(note);
}

void PerceptualSound::add_pad() {
  const Sine sine;
  const float entry = min(
      static_cast<float>(static_cast<double>(block_) * kBlock / static_cast<double>(params_.sr)) / kPadSeconds, 1.0f);
  const float colour = 0.4f * colourfulness(look_.chroma);
  for (Tone& tone : tones_) {
    const float from = entry * tone.level * swell(tone.period, tone.start, block_);
    const float to = entry * tone.level * swell(tone.period, tone.start, block_ + 1);
    for (std::size_t side = 0; side < 2; ++side) {
      const float gain = side == 0 ? left_gain(tone.pan) : right_gain(tone.pan);
      float* out = side == 0 ? left_.data() : right_.data();
      u32 at = lane_steps(tone.phase[side], tone.increment[side]);
      const u32 stride = splat<u32>(tone.increment[side] * static_cast<std::uint32_t>(kLanes));
      for (int i = 0; i < kBlock; i += kLanes, at += stride) {
        const f32 along = (static_cast<float>(i) + lane_numbers<f32>()) * (1.0f / kBlock);
        const f32 level = gain * (from + (to - from) * along);
        store(out + i, load<f32>(out + i) + level * (sine.shape(at, at) + colour * sine.shape(u32(at + at), at)));
      }
      tone.phase[side] += tone.increment[side] * static_cast<std::uint32_t>(kBlock);
    }
  }
}

void PerceptualSound::add_note(Note& note) {
  const Sine sine;
  std::array<float, kBlock> envelope;
  for (int i = 0; i < kBlock; ++i) {
    const float rise = min(static_cast<float>(note.age + i) / static_cast<float>(note.attack), 1.0f);
    envelope[static_cast<std::size_t>(i)] = static_cast<float>(note.envelope) * (rise * rise * (3.0f - 2.0f * rise));
    note.envelope *= note.decay;
  }
  u32 at = lane_steps(note.phase, note.increment);
  const u32 stride = splat<u32>(note.increment * static_cast<std::uint32_t>(kLanes));
  for (int i = 0; i < kBlock; i += kLanes, at += stride) {
    f32 sum{};
    u32 multiple = at;
    for (int h = 0; h < note.partials; ++h, multiple += at) {
      sum += note.partial[static_cast<std::size_t>(h)] * sine.shape(multiple, multiple);
    }
    sum *= load<f32>(envelope.data() + i);
    store(left_.data() + i, load<f32>(left_.data() + i) + note.left * sum);
    store(right_.data() + i, load<f32>(right_.data() + i) + note.right * sum);
  }
  note.phase += note.increment * static_cast<std::uint32_t>(kBlock);
  note.age += kBlock;
}

void PerceptualSound::add_noise() {
  const float entry = min(
      static_cast<float>(static_cast<double>(block_) * kBlock / static_cast<double>(params_.sr)) / kNoiseSeconds, 1.0f);
  for (std::size_t side = 0; side < 2; ++side) {
    const Random random(params_.seed, kNoiseStream + static_cast<std::uint32_t>(side));
    std::array<float, kBlock> white;
    for (std::size_t i = 0; i < kBlock; i += 4) {
      const std::array<std::uint32_t, 4> words = random.block(block_ * (kBlock / 4) + i / 4);
      for (std::size_t k = 0; k < 4; ++k)
        white[i + k] = static_cast<float>(static_cast<std::int32_t>(words[k])) * 0x1p-31f;
    }
    float* out = side == 0 ? left_.data() : right_.data();
    for (Band& b : bands_[side]) {
      const float level = entry * b.level * swell(b.period, b.start, block_);
      for (std::size_t i = 0; i < kBlock; ++i) {
        const double v3 = static_cast<double>(white[i]) - b.low;
        const double v1 = b.a1 * b.band + b.a2 * v3;
        const double v2 = b.low + b.a2 * b.band + b.a3 * v3;
        b.band = 2.0 * v1 - b.band;
        b.low = 2.0 * v2 - b.low;
        out[i] += level * static_cast<float>(v1);
      }
    }
  }
}

void PerceptualSound::render_block() {
  left_.fill(0.0f);
  right_.fill(0.0f);
  if (block_ % static_cast<std::uint64_t>(pulse_) == 0) begin_notes();
  add_pad();
  for (Note& note : notes_) add_note(note);
  add_noise();
  std::erase_if(notes_, [](const Note& note) { return note.age >= note.length; });
  soft_limit(left_.data(), left_.data(), kBlock);
  soft_limit(right_.data(), right_.data(), kBlock);
  ++block_;
  used_ = 0;
}

void PerceptualSound::process(float* out, int n) {
  for (int i = 0; i < n; ++i) {
    if (used_ == kBlock) render_block();
    out[2 * static_cast<std::ptrdiff_t>(i)] = left_[static_cast<std::size_t>(used_)];
    out[2 * static_cast<std::ptrdiff_t>(i) + 1] = right_[static_cast<std::size_t>(used_)];
    ++used_;
  }
}

void sonify_perceptual(float* sound, const std::uint8_t* pixels, int n_samples, const PerceptualParams& params,
                       int height, int width) {
  PerceptualSound perceptual;
  perceptual.configure(pixels, params, height, width);
  perceptual.process(sound, n_samples);
  const int fade = std::min(to_i32(static_cast<double>(1.5f * params.sr)), n_samples / 4);
  for (int i = 0; i < fade; ++i) {
    const float gain = static_cast<float>(i) / static_cast<float>(fade);  // 0 at the last sample
    float* last = sound + 2 * static_cast<std::ptrdiff_t>(n_samples - 1 - i);
    last[0] *= gain;
    last[1] *= gain;
  }
}

}  // namespace unisono
