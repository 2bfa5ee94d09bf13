// What MagnetModel asks of a preset: a network with its training and its free-running generation of magnitudes.
#pragma once

#include <cstdint>
#include <memory>

#include "unisono/magnet/config.h"
#include "unisono/nn/stored_model.h"
#include "unisono/parallel.h"

namespace unisono {

// Free-running generation, some frames at a time and without end. It reads the engine it was made by, which must stay as it is.
class MagnetGenerator {
 public:
  virtual ~MagnetGenerator() = default;

  // magnitudes[n_frames][bins] >= 0 of the next frames. density scales how often generation leaves the order of the clip.
  // Does not allocate.
  virtual void next(float* magnitudes, int n_frames, float temperature, float density) = 0;
};

class MagnetEngine {
 public:
  virtual ~MagnetEngine() = default;

  // samples[n] of the clip to train on, at least min_frames() frames; they need not stay. Allocates.
  virtual void set_clip(Workers& workers, const float* samples, int n) = 0;
  virtual int min_frames() const = 0;
  virtual int steps_per_epoch() const = 0;  // 0 before set_clip
  virtual int default_epochs() const = 0;   // may depend on the length of the clip

  // One optimiser step, number `step` = 0, 1, 2 ...; everything random follows from (seed, step). Returns the loss.
  // Does not allocate.
  virtual float train_step(Workers& workers, std::int32_t step) = 0;

  // Makes what generators need of the tensors: before the first, and after the tensors have changed. Allocates.
  virtual void prepare(Workers& workers) = 0;
  // A generator that begins anew from the weights and what set_clip or a file has left in the tensors. Allocates.
  // window_stride: see WindowGenerator; without windows there is nothing to be said of them.
  virtual std::unique_ptr<MagnetGenerator> generator(Workers& workers, std::uint32_t seed, int window_stride) = 0;

  // Lists weights, optimiser, statistics, primers.
  virtual void list(TensorList& list) = 0;
};

}  // namespace unisono
