// The `default` preset: the clip as a loop of latent frames, learnt by a stateful network with a clock, played on by
// drawing each next frame from what the network predicts while the clock wanders through the loop.
#pragma once

#include <vector>

#include "unisono/magnet/engine.h"
#include "unisono/magnet/latent.h"
#include "unisono/magnet/stream_network.h"

namespace unisono {

class StreamEngine : public MagnetEngine {
 public:
  // `condition` is how many numbers more the network hears at every frame.
  StreamEngine(const MagnetConfig& config, int sr, std::uint32_t seed, int condition = 0);

  void set_clip(Workers& workers, const float* samples, int n) override;
  int min_frames() const override;
  int steps_per_epoch() const override;
  int default_epochs() const override;
  float train_step(Workers& workers, std::int32_t step) override;
  void prepare(Workers& workers) override;
  std::unique_ptr<MagnetGenerator> generator(Workers& workers, std::uint32_t seed, int window_stride) override;
  void list(TensorList& list) override;

 protected:
  // How much there is to learn, which sets the length of the training.
  virtual double frames_to_learn() const { return loop(); }
  // Coordinates at a position of the loop: as a stream of the batch is to learn it, or as a misled one sees it.
  // mixed[kLatentSize] is scratch.
  virtual const float* frame(float* mixed, int stream, int position, bool misled) const;

  int loop() const;
  // Puts all streams at their beginnings in a loop of `length` frames. Allocates.
  void begin_loop(int length);
  // Inputs, but for the condition, and targets of all streams.
  void draw_batch(Workers& workers, std::int32_t step);
  // A step of the optimiser along the gradients of parameters_.
  void improve(Workers& workers, std::int32_t step);

  MagnetConfig config_;
  int sr_;
  std::uint32_t seed_;
  StreamNetwork<float> network_;
  std::vector<Parameter<float>*> parameters_;
  LatentDecoder decoder_;
  LatentClip clip_;
  std::vector<float> condition_;  // what generation hears

 private:
  class Generator;

  int in_loop(float position) const;
  int frames_per_second() const;
  double total_steps() const;
  float leaving_chance(float temperature) const;
  void show_clock(float* hands, int position) const;

  int length_ = 0;                // frames of the loop to train on
  std::vector<float> primer_;     // [primer_frames][kLatentSize]: the end of the loop
  float loop_[1] = {0.0f};        // frames of the loop, as a file has them
  std::vector<float> links_;      // [kLinks][kLinkSize]: where generation may leave the loop, and to where
  std::vector<float> positions_;  // [streams]: where each stream stands in the loop
  std::vector<float> away_;       // [streams]: how far from there a misled stream's input lies
  std::vector<float> hands_;      // [loop][hands]: the clock at each position
};

}  // namespace unisono
