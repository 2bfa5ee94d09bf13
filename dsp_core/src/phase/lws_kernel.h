// One in-place pass of Local Weighted Sums over the bins of one frame.
#pragma once

#include <vector>

#include "phase/lws_grid.h"
#include "phase/lws_weights.h"

namespace unisono::detail {

// What the bins of one frame hear, as real filters over a few source planes.
//
// With E = exp(-2 pi i k hop m / n_fft) and g = g[r][k], frame m - r speaks to bin n with weight g E from bin n - k and
// conj(g E) from n + k, frame m + r with conj(g) E and g conj(E). Where both frames are heard, their sum U and difference V
// carry the weights Re(g) E and i Im(g) E; when hop divides n_fft most of these are purely real or imaginary.
struct LwsStencil {
  struct Source {
    int r;
    bool both;  // slots 2 i and 2 i + 1 hold U and V; else slot 2 i holds frame m - r
  };
  struct Tap {
    int slot, k;
    float weight;
  };
  std::vector<Source> sources;
  std::vector<Tap> level;       // weight * X[n]
  std::vector<Tap> even;        // weight * (X[n - k] + X[n + k])
  std::vector<Tap> odd;         // weight * i (X[n - k] - X[n + k])
  std::vector<Complex> centre;  // of the frame itself: centre[k - 1] X[n - k] + conj(centre[k - 1]) X[n + k]
};

// How far a frame listens: `future` frames ahead, and its own bins or not.
struct LwsHearing {
  const LwsWeights* weights;
  int future;
  bool own;
};

class LwsKernel {
 public:
  void configure(const StftParams& params, LwsGrid* grid, int q);
  void update(int frame, const LwsHearing& hearing, float threshold);

 private:
  void build(int frame, const LwsHearing& hearing);
  void add_source(const LwsWeights& w, int r, bool both, int frame);
  void add_taps(int slot, int k, double re, double im);
  void gather(int frame, int first);
  void filter();
  void settle(int frame, int first, float threshold);

  int n_fft_ = 0, hop_ = 0;
  LwsGrid* grid_ = nullptr;
  LwsStencil stencil_;
  std::vector<float> slots_;  // [slot][re, im][kSlotWidth]
  float sum_re_[kLwsBlock], sum_im_[kLwsBlock];
};

}  // namespace unisono::detail
