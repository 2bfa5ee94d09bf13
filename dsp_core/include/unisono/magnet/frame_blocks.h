// Rows of numbers, one a frame, that are made a block at a time: an hour of magnitudes is more than a GiB.
#pragma once

#include <vector>

#include "unisono/parallel.h"

namespace unisono {

// The block that was made last is kept, so that the rows of a clip of one block are made once, however often they are asked
// for.
class FrameBlocks {
 public:
  // make(rows, frames) writes rows[frames][width]; it must stay. 4096 frames are 17 MB of magnitudes: clips up to 48 s at
  // 44.1 kHz are one block.
  template <class Make>
  FrameBlocks(int width, Make& make, int most = 4096)
      : width_(width), most_(most), make_(&make),
        call_([](const void* its, float* rows, Slice frames) { (*static_cast<const Make*>(its))(rows, frames); }) {}

  // Of rows that are all there already; they must stay.
  FrameBlocks(int width, const float* rows, int most = 4096) : width_(width), most_(most), whole_(rows) {}

  int width() const { return width_; }
  int most() const { return most_; }  // frames of a block

  // Moves on from a block of frames, at first {0, 0}, to the next and returns its rows; null after frame n_frames - 1.
  const float* next(Slice& frames, int n_frames);
  // rows[frames][width], valid until another block is asked for. Blocks begin at multiples of most().
  const float* block(Slice frames);

 private:
  int width_, most_;
  const void* make_ = nullptr;
  void (*call_)(const void* its, float* rows, Slice frames) = nullptr;
  const float* whole_ = nullptr;
  std::vector<float> rows_;
  Slice made_{0, 0};
};

}  // namespace unisono
