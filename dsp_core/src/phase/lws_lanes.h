// One block of bins of many passes of Local Weighted Sums, a pass in each lane of a vector.
#pragma once

#include "phase/lws_grid.h"
#include "phase/lws_stencil.h"

namespace unisono::detail {

// May be more than a vector's width: the square roots and quotients of one vector wait for each other, those of several do
// not.
inline constexpr int kLwsLanes = 16;

// The block of bins that one pass is to update now. What it hears from other frames is in sum_re, sum_im [kLwsBlock].
struct LwsBlock {
  int frame, first;  // first: the block's first bin
  float threshold;
  const float *sum_re, *sum_im;
  const LwsStencil* stencil;  // for what the frame itself says
};

// How a bin hears its own frame: at most own_reach bins to either side, and itself with the weight -away.
struct LwsOwn {
  int reach = 0;
  float away = 0.0f;
};

class LwsLanes {
 public:
  // Updates blocks, no two of which hear each other, bin by bin.
  void settle(const LwsBlock* blocks, int count, const LwsOwn& own, LwsGrid& grid);

 private:
  static constexpr int kRows = kLwsBlock + 2 * kLwsHalo;
  using Row = float[kLwsLanes];  // one value of each lane
  struct Edge {
    int lane, first;
  };

  void load(const LwsBlock* blocks, int count, int own_reach, LwsGrid& grid);
  template <class Lanes>
  void update(int n, int lane, const LwsOwn& own, Lanes& last_re, Lanes& last_im);
  template <class Lanes, int Vectors>
  void update_all(const LwsOwn& own, const LwsGrid& grid);
  void mirror(const Edge& edge, int n, const LwsGrid& grid);
  void store(const LwsGrid& grid);

  alignas(64) Row re_[kRows] = {}, im_[kRows] = {};  // row i holds bin first - kLwsHalo + i
  alignas(64) Row sum_re_[kLwsBlock] = {}, sum_im_[kLwsBlock] = {}, magnitude_[kLwsBlock] = {};
  alignas(64) Row centre_re_[kLwsHalo] = {}, centre_im_[kLwsHalo] = {}, threshold_;
  alignas(64) float nowhere_[kLwsBlock];
  float *to_re_[kLwsLanes], *to_im_[kLwsLanes];
  int used_ = 0;           // lanes that were loaded
  Edge edges_[kLwsLanes];  // lanes that hold mirrored bins
  int n_edges_ = 0;
};

}  // namespace unisono::detail
