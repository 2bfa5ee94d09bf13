// WaveNet on one clip: training, free-running generation, and every array that a model file must keep.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "unisono/nn/stored_model.h"
#include "unisono/parallel.h"
#include "unisono/wavenet/clip.h"
#include "unisono/wavenet/generator.h"
#include "unisono/wavenet/network.h"

namespace unisono {

// A model with its training. The bits follow from the arguments of configure, the clip and the number of steps, never from
// threads. Only configure, set_clip, clip_bits, start and generate allocate.
class WaveNetModel : public StoredModel {
 public:
  WaveNetModel();
  ~WaveNetModel();

  static constexpr int kCrops = 2, kCropSamples = 4096;
  static constexpr int kShortestClip = kCropSamples, kLongestClip = 1 << 24;

  // length is the clip's, in samples; free: without positions; steps: of the whole training.
  void configure(int length, int sr, std::uint32_t seed, int steps, bool free, int threads);

  // samples[length]: before training, and again before going on with a model that was loaded.
  void set_clip(const float* samples);
  bool has_clip() const { return !clip_.empty(); }
  int length() const { return length_; }
  int sr() const { return sr_; }
  int steps() const { return steps_; }
  std::int32_t step() const { return step_; }
  void set_step(std::int32_t step) { step_ = step; }

  // One step of the optimiser on two crops of the clip; returns bits a sample: the negative log-likelihood of the clip
  // in steps of 16 bits, full scale being the clip's peak. Needs a clip.
  float train_step();
  // The same of the whole clip as it is, without a step.
  float clip_bits();

  // Generation begins anew, out of silence, and then goes on in blocks of any size.
  void start(std::uint32_t seed);
  bool started() const { return generator_ != nullptr; }
  void process(float* samples, int n, float temperature);
  void generate(float* samples, int n_samples, std::uint32_t seed, float temperature);

 private:
  struct Desk;  // where one crop is worked on

  int silence() const;
  void list_tensors();
  void open_desks();
  void fill_crop(Desk& desk, int start, int n);
  void draw_crop(int which);
  float bits(double nats) const;

  int length_ = 0, sr_ = 0, steps_ = 0;
  std::uint32_t seed_ = 0;
  bool free_ = false;
  std::int32_t step_ = 0;
  std::unique_ptr<Workers> workers_;
  WaveNetwork<float> net_;
  WaveScale scale_{};
  std::unique_ptr<WaveGenerator> generator_;

  std::vector<float> clip_;  // silence, then the clip divided by its peak
  double offset_ = 0.0;      // what bits add to the network's loss: the width of a 16-bit step, in nats
  std::vector<Desk> desks_;  // one a crop
};

}  // namespace unisono
