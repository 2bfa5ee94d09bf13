// How the `default` preset leaves the clip's own order of events: links between places of its loop that sound alike, and a
// playhead that follows some of them.
//
// After Jehan, "Creating Music by Listening" (MIT, 2005), chapter 6: a recording can go on from any place that is like the
// one it has reached. Whoever jumps at will lingers in the quiet ends of a clip; so a link leads only to where the clip
// goes on about as loudly, and the playhead takes it only if what follows there has not been heard for a while.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/parallel.h"
#include "unisono/random.h"

namespace unisono {

inline constexpr int kLinks = 128;      // places where a loop may be left
inline constexpr int kLinkTargets = 8;  // places that each of them leads to
inline constexpr int kLinkSize = 1 + kLinkTargets;

// A loop of frames to find links in.
struct LoopFrames {
  const float* coordinates;  // [n_frames][width]
  const float* importance;   // [width]: how much a coordinate counts
  const double* energy;      // [n_frames]
  int n_frames, width;
  int frames_per_second;
};

// links[kLinks][kLinkSize]: a place, then those that sound most like it, at least half a second away from it and from one
// another; -1 where there is none. The loop's kLinks equal parts have one place each.
void find_links(Workers& workers, float* links, const LoopFrames& loop);

// The position in the loop of one frame after the other.
class Playhead {
 public:
  // What a file says is not to be trusted: places outside the loop are ignored.
  Playhead(const float* links, int loop, int frames_per_second, const Random& random);

  int position() const { return position_; }
  // `chance` is that of leaving, if there is a link here.
  void advance(float chance);

 private:
  std::int64_t rest_at(int place) const;
  int target_of(int link) const;

  const float* links_;
  int loop_, ahead_;
  Random random_;
  int position_ = 0;
  std::int64_t frame_ = 0;
  std::vector<int> link_at_;          // [loop]: the link that leaves here, or -1
  std::vector<std::int64_t> played_;  // [loop]: the frame that was last made for this position, or -1
};

}  // namespace unisono
