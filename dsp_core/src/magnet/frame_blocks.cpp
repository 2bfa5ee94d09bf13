// See frame_blocks.h.
#include "unisono/magnet/frame_blocks.h"

#include <algorithm>

namespace unisono {

const float* FrameBlocks::next(Slice& frames, int n_frames) {
  frames = {frames.end, std::min(frames.end + most_, n_frames)};
  return frames.begin < n_frames ? block(frames) : nullptr;
}

const float* FrameBlocks::block(Slice frames) {
  if (whole_ != nullptr) return whole_ + static_cast<std::ptrdiff_t>(frames.begin) * width_;
  if (frames.begin != made_.begin || frames.end > made_.end) {
    rows_.resize(static_cast<std::size_t>(frames.end - frames.begin) * width_);
    call_(make_, rows_.data(), frames);
    made_ = frames;
  }
  return rows_.data();
}

}  // namespace unisono
