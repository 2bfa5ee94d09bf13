// PairsModel: MAGNet that has learnt which sounds belong to which pictures, and makes sound of any picture.
#pragma once

#include "unisono/magnet/magnet.h"
#include "unisono/magnet/pairs_engine.h"

namespace unisono {

// Trained and kept like a MagnetModel, but for what it learns from. Only train_step does not allocate.
class PairsModel : public MagnetModel {
 public:
  void configure(int sr, std::uint32_t seed, int threads);

  // pixels: [height][width][3]; samples[n], n >= min_clip_samples(). After begin, the first of other pairs.
  void add_pair(const std::uint8_t* pixels, const float* samples, int height, int width, int n);
  int pairs() const { return pairs_->pairs(); }
  int frames() const { return pairs_->frames(); }
  // Analyses the pairs: before training, and again, with the same pairs, before going on with a model that was loaded.
  void begin();
  bool begun() const { return pairs_->begun(); }

  int code_size() const { return kCodeSize; }
  // code[kCodeSize]: what the network hears of a picture, each within [-1, 1].
  void code(float* code, const std::uint8_t* pixels, int height, int width);
  // out[n_samples]: the sound of a picture.
  void sonify(float* out, const std::uint8_t* pixels, int n_samples, std::uint32_t seed, float temperature,
              PhaseKind phase, int height, int width);

 private:
  PairsEngine* pairs_ = nullptr;  // the engine of the model
};

}  // namespace unisono
