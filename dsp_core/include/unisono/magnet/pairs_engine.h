// Pictures and the sounds they make, in one network: the `default` preset's, conditioned at every frame on a picture's code.
//
// All clips share one loop, as long as the longest; shorter ones repeat in it. The picture's encoder is trained through
// the sound's loss, on views of the pictures that are cropped, mirrored, brightened and noisy at random, and on blends of
// two pictures, whose sound lies between the two.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/magnet/stream_engine.h"
#include "unisono/sonify/encoder.h"
#include "unisono/sonify/picture.h"

namespace unisono {

MagnetConfig pairs_config();

class PairsEngine final : public StreamEngine {
 public:
  PairsEngine(const MagnetConfig& config, int sr, std::uint32_t seed);

  // One pair more; after begin, the first of others. pixels: [height][width][3]; samples[n], at least min_frames()
  // frames. Allocates.
  void add(const std::uint8_t* pixels, int height, int width, const float* samples, int n);
  int pairs() const { return static_cast<int>(first_.size()); }
  // Of all loops together.
  int frames() const { return first_.empty() ? 0 : first_.back() + length_of_.back(); }
  // Analyses the pairs. Allocates.
  void begin(Workers& workers);
  bool begun() const { return begun_; }

  float train_step(Workers& workers, std::int32_t step) override;

  // The encoder's view of a picture: [kCodeSize], within [-1, 1], valid until the next step or picture. Allocates.
  const float* code(Workers& workers, const std::uint8_t* pixels, int height, int width);
  // The picture that generators are to hear from now on. Allocates.
  void look_at(Workers& workers, const std::uint8_t* pixels, int height, int width);

 private:
  // What a stream learns until it begins anew: the way from one pair to another.
  struct Blend {
    int from, to;
    float amount;
    int seen;  // the pair whose frames a misled stream sees
  };

  double frames_to_learn() const override { return frames(); }
  const float* frame(float* mixed, int stream, int position, bool misled) const override;
  void draw_blends(std::int32_t step);
  void draw_pictures(Workers& workers, std::int32_t step);
  void draw_view(float* pixels, int pair, const Random& random) const;

  PictureEncoder<float> encoder_;
  std::vector<float> d_codes_;          // [streams][kCodeSize]
  std::vector<float> other_;            // [streams][kEncoderPixels][3]: the second pictures of the blends
  std::vector<Blend> blends_;           // [streams]
  std::vector<std::uint8_t> kept_;      // [pairs][kKeptSide][kKeptSide][3]
  std::vector<float> magnitudes_;       // of all loops, one after the other; until begin
  std::vector<int> first_, length_of_;  // [pairs]: frames
  bool begun_ = false;
};

}  // namespace unisono
