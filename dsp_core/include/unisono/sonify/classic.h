// The classic mapping: one sine a feature pixel, its frequency the mean of R, G and B, drifting at random.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/random.h"

namespace unisono {

inline constexpr int kClassicSines = 200;                           // at most: what the mapping was published with
inline constexpr float kClassicLow = 20.0f, kClassicHigh = 500.0f;  // Hz, for means of 0 and 255

struct ClassicParams {
  float sr = 44100.0f;  // Hz
  std::uint32_t seed = 0;
  int threshold = 40;   // of the corners; the default of tracking.js
  float drift = 0.05f;  // how far a frequency wanders, as a share of itself
};

// The frequency of a pixel in Hz.
float classic_frequency(int red, int green, int blue);

// Endless; the same samples in blocks of any size. A picture without corners is silent.
class ClassicSound {
 public:
  // Scales the picture to kPictureSide and finds its corners; allocates.
  void configure(const std::uint8_t* pixels, const ClassicParams& params, int height, int width);
  void process(float* out, int n);
  int sines() const { return static_cast<int>(frequency_.size()); }

 private:
  void begin_block();
  void render(float* out, int from, int n) const;

  ClassicParams params_;
  Random random_{0, 0};
  float gain_ = 0.0f;
  std::vector<float> frequency_, from_, to_;      // Hz; drift at the last and at the next turning point
  std::vector<std::uint32_t> phase_, increment_;  // at the present block
  std::uint64_t block_ = 0;
  int used_ = 0;  // samples of the present block that have been given
};

// sound: [n_samples], within [-1, 1]
void sonify_classic(float* sound, const std::uint8_t* pixels, int n_samples, const ClassicParams& params, int height,
                    int width);

}  // namespace unisono
