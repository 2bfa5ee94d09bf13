// A picture's sound without end, in blocks: either mapping, always in stereo.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "unisono/sonify/classic.h"
#include "unisono/sonify/perceptual.h"

namespace unisono {

enum class PictureMapping : std::int32_t { perceptual, classic };

class PictureSound {
 public:
  void configure(PictureMapping mapping, float sr, std::uint32_t seed) {
    mapping_ = mapping;
    sr_ = sr;
    seed_ = seed;
    has_picture_ = false;
  }

  // Begins the picture's sound; allocates.
  void set_picture(const std::uint8_t* pixels, int height, int width) {
    if (mapping_ == PictureMapping::classic) {
      ClassicParams params;
      params.sr = sr_;
      params.seed = seed_;
      classic_.configure(pixels, params, height, width);
    } else {
      perceptual_.configure(pixels, {sr_, seed_}, height, width);
    }
    has_picture_ = true;
  }
  bool has_picture() const { return has_picture_; }

  // out: [n][2], left and right; what an offline call gives, but without end.
  void process(float* out, int n) {
    if (mapping_ == PictureMapping::perceptual) return perceptual_.process(out, n);
    float mono[kBlock];
    for (int start = 0; start < n; start += kBlock) {
      const int m = std::min(n - start, kBlock);
      classic_.process(mono, m);
      for (int i = 0; i < m; ++i) {
        float* frame = out + 2 * static_cast<std::ptrdiff_t>(start + i);
        frame[0] = frame[1] = mono[i];
      }
    }
  }

 private:
  static constexpr int kBlock = 64;

  PictureMapping mapping_ = PictureMapping::perceptual;
  float sr_ = 44100.0f;
  std::uint32_t seed_ = 0;
  bool has_picture_ = false;
  ClassicSound classic_;
  PerceptualSound perceptual_;
};

}  // namespace unisono
