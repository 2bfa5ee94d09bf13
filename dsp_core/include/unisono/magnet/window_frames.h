// The frames that windows are cut from: all of a clip's magnitudes if they are few, else its samples and a batch's frames.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/magnet/window_network.h"
#include "unisono/parallel.h"
#include "unisono/stft.h"

namespace unisono {

class WindowFrames {
 public:
  // Up to most_kept frames are kept; of an hour they would be 1.3 GB, its samples are half of that. Allocates.
  void set_clip(const MagnetConfig& config, const float* samples, int n, int most_kept);
  int n_frames() const { return n_frames_; }

  // out[frames][bins] of samples[n], the clip.
  void read(float* out, const float* samples, Slice frames, int n);
  // The windows that begin at starts[size]; valid until the next. Does not allocate.
  WindowBatch<float> batch(const std::int32_t* starts, int size);

 private:
  int window_ = 0, n_frames_ = 0;  // frames of a window with its target; of the clip
  Stft stft_;
  std::vector<float> samples_, frames_;          // the clip's if its frames are many; [n_frames], or of a batch, [bins]
  std::vector<std::int32_t> place_of_, starts_;  // where a frame of the clip is among a batch's; its windows so
};

}  // namespace unisono
