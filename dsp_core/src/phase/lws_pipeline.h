// Passes of Local Weighted Sums over many frames at once, with the very result of one frame after the other.
#pragma once

#include <algorithm>
#include <vector>

#include "phase/lws_grid.h"
#include "phase/lws_lanes.h"
#include "phase/lws_stencil.h"

namespace unisono::detail {

// A pass updates the bins of one frame in order, each hearing those updated before it: a long chain of dependent steps.
// But bin n of the next pass hears nothing beyond bin n + reach of this one, and nothing at all where their frames are q or
// more apart. So up to kLwsLanes passes are under way, each at least two blocks of bins behind those before it that it
// hears or that hear it, and their chains run side by side in the lanes of a vector.
class LwsPipeline {
 public:
  LwsPipeline() { std::fill(block_, block_ + kLwsLanes, kDone); }
  // For weights of overlap q and this reach. Nothing else allocates.
  void configure(const StftParams& params, LwsGrid* grid, int q, int reach);

  // Finishes all passes. From now on a bin hears its own frame like this.
  void begin_stage(const LwsOwn& own);
  // Adds a pass over a frame: the bins whose magnitude exceeds the threshold are updated, if not now then by finish.
  void add(int frame, const LwsHearing& hearing, float threshold);
  void finish();

 private:
  static constexpr int kDone = 1 << 30;  // beyond all blocks

  struct Track {
    const LwsStencil* stencil;
    LwsStencil own_stencil;  // where there is no room for it among the shared ones
    int end = 0;             // of the loud blocks
    float threshold = 0.0f;
    float sum_re[kLwsBlock], sum_im[kLwsBlock];
  };

  const LwsStencil* stencil(Track& track, int frame, const LwsHearing& hearing);
  bool may_go_on(int track) const;
  void step();
  void skip_quiet(int track);

  StftParams params_;
  LwsGrid* grid_ = nullptr;
  LwsOwn own_;
  int q_ = 0;
  unsigned busy_ = 0;  // a bit for each track that is not done
  Track tracks_[kLwsLanes];
  int frame_[kLwsLanes] = {};
  int block_[kLwsLanes];                   // the next loud one, or kDone
  int behind_[kLwsLanes][kLwsLanes] = {};  // [track][other]: -1 where it has to stay behind the other, else 0
  std::vector<LwsStencil> stencils_;
  int n_stencils_ = 0;          // built
  LwsBlock blocks_[kLwsLanes];  // of one step
  LwsLanes lanes_;
  std::vector<float> scratch_;
};

}  // namespace unisono::detail
