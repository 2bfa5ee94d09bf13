// What the bins of one frame hear from other frames, as a few real filters.
#pragma once

#include <vector>

#include "phase/lws_grid.h"
#include "phase/lws_weights.h"

namespace unisono::detail {

// How far a frame listens: `future` frames ahead, and its own bins or not.
struct LwsHearing {
  const LwsWeights* weights;
  int future;
  bool own;

  bool operator==(const LwsHearing&) const = default;
};

// With E = exp(-2 pi i k hop m / n_fft) and g = g[r][k], frame m - r speaks to bin n with weight g E from bin n - k and
// conj(g E) from n + k, frame m + r with conj(g) E and g conj(E). Where both frames are heard, their sum U and difference V
// carry the weights Re(g) E and i Im(g) E; when hop divides n_fft most of these are purely real or imaginary.
class LwsStencil {
 public:
  // Room for weights of overlap q and this reach: build then does not allocate.
  void reserve(int q, int reach);
  // turns = hop * frame mod n_fft: all that matters of the frame.
  void build(int n_fft, const LwsHearing& hearing, int turns);
  bool is_for(const LwsHearing& hearing, int turns) const { return turns == turns_ && hearing == hearing_; }

  // sum[kLwsBlock] = what bins first ... of the frame hear from other frames. scratch has scratch_size(q) floats.
  void apply(float* sum_re, float* sum_im, float* scratch, LwsGrid& grid, int frame, int first) const;
  static std::size_t scratch_size(int q);

  // The frame itself speaks to bin n with c[k - 1] from bin n - k and conj(c[k - 1]) from n + k; these are c's parts.
  const float* centre_re() const { return centre_re_; }
  const float* centre_im() const { return centre_im_; }

 private:
  struct Source {
    int r;
    bool both;  // planes 2 i and 2 i + 1 of the scratch hold U and V; else plane 2 i holds frame m - r
  };
  struct Tap {
    int plane, k;
    float weight;
  };
  void add_source(const LwsWeights& w, int r, bool both, int turns);
  void add_taps(int plane, int k, double re, double im);
  std::size_t taps() const { return level_.size() + even_.size() + odd_.size(); }
  void gather(float* scratch, LwsGrid& grid, int frame, int first) const;

  LwsHearing hearing_{nullptr, 0, false};
  int n_fft_ = 0, turns_ = -1;
  std::vector<Source> sources_;
  std::vector<Tap> level_;  // weight * X[n]
  std::vector<Tap> even_;   // weight * (X[n - k] + X[n + k])
  std::vector<Tap> odd_;    // weight * i (X[n - k] - X[n + k])
  float centre_re_[kLwsHalo] = {}, centre_im_[kLwsHalo] = {};
};

}  // namespace unisono::detail
