// The perceptual mapping's tuning: which tones of the picture's scale a cell may sound, and how likely each is.
#include <algorithm>

#include "unisono/math.h"
#include "unisono/sonify/perceptual.h"

namespace unisono {
namespace {

constexpr int kLowestPitch = 40, kHighestPitch = 86;      // MIDI: E2, 82 Hz, to D6, 1175 Hz
constexpr float kDarkPitch = 44.0f, kLightPitch = 82.0f;  // registers of black and white
constexpr float kHalfGrey = 0.015f;                       // chroma at which hue and lightness decide alike
constexpr int kReach = 2;                                 // fifths from the key to either end of the scale

float pitch_to_hz(int pitch) {  // equal temperament, A4 = 440 Hz
  return 440.0f * unisono::pow(2.0f, static_cast<float>(pitch - 69) / 12.0f);
}

int wrapped(int value, int turn) { return ((value % turn) + turn) % turn; }

}  // namespace

// All pitches whose class lies within kReach fifths of the key, from low to high.
void PerceptualSound::make_scale() {
  key_ = to_i32(static_cast<double>(look_.hue) * 12.0 + 0.5) % 12;
  tones_.clear();
  for (int pitch = kLowestPitch; pitch <= kHighestPitch; ++pitch) {
    // A fifth is 7 semitones and 7 * 7 = 49 = 1 (mod 12): pitch class times 7 counts fifths from C.
    const int fifth = wrapped(7 * pitch - key_ + 6, 12) - 6;
    if (fifth >= -kReach && fifth <= kReach) tones_.push_back({pitch, fifth, pitch_to_hz(pitch), 0, 0, 1, 0, {}, {}});
  }
}

// One pitch class, split between the tones next above and below the register.
void PerceptualSound::add_class(Ways& ways, int fifth, float register_, float weight) const {
  int below = -1, above = -1;
  for (int k = 0; k < static_cast<int>(tones_.size()); ++k) {
    const Tone& tone = tones_[static_cast<std::size_t>(k)];
    if (tone.fifth != fifth) continue;
    if (static_cast<float>(tone.pitch) <= register_) below = k;
    if (static_cast<float>(tone.pitch) > register_ && above < 0) above = k;
  }
  if (below < 0 || above < 0) return ways.add(max(below, above), weight);
  const float up = (register_ - static_cast<float>(tones_[static_cast<std::size_t>(below)].pitch)) / 12.0f;
  ways.add(below, weight * (1.0f - up));
  ways.add(above, weight * up);
}

// A hue, in fifths from the key: -6 to 6. Between two classes it is shared; beyond the scale it goes to the near end,
// and on the far side of the circle to both.
void PerceptualSound::add_coloured(Ways& ways, float fifths, float register_, float weight) const {
  const auto reach = static_cast<float>(kReach);
  const float size = abs(fifths);
  if (size > reach) {
    const int end = fifths > 0.0f ? kReach : -kReach;
    const float other = 0.5f * (size - reach) / (6.0f - reach);
    add_class(ways, end, register_, weight * (1.0f - other));
    return add_class(ways, -end, register_, weight * other);
  }
  const int low = std::min(to_i32(static_cast<double>(fifths + reach)), 2 * kReach - 1);
  const float up = fifths + reach - static_cast<float>(low);
  add_class(ways, low - kReach, register_, weight * (1.0f - up));
  add_class(ways, low - kReach + 1, register_, weight * up);
}

// The tones of the scale next below and above the register, whatever their class.
void PerceptualSound::add_nearest(Ways& ways, float register_, float weight) const {
  std::size_t k = 0;
  while (k + 2 < tones_.size() && static_cast<float>(tones_[k + 1].pitch) <= register_) ++k;
  const auto low = static_cast<float>(tones_[k].pitch), high = static_cast<float>(tones_[k + 1].pitch);
  const float up = min(max((register_ - low) / (high - low), 0.0f), 1.0f);
  ways.add(static_cast<int>(k), weight * (1.0f - up));
  ways.add(static_cast<int>(k) + 1, weight * up);
}

// Everything here is continuous in the cell's colour, so that small changes of a picture change its sound a little.
PerceptualSound::Ways PerceptualSound::ways_of(const Cell& cell) const {
  Ways ways;
  const float register_ = kDarkPitch + (kLightPitch - kDarkPitch) * cell.lightness;
  const float coloured = cell.chroma / (cell.chroma + kHalfGrey);
  float fifths = cell.hue * 12.0f - static_cast<float>(key_);
  if (fifths > 6.0f) fifths -= 12.0f;
  if (fifths < -6.0f) fifths += 12.0f;
  add_coloured(ways, fifths, register_, coloured);
  add_nearest(ways, register_, 1.0f - coloured);
  return ways;
}

}  // namespace unisono
