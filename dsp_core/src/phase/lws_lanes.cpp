// The chains of dependent steps of Local Weighted Sums, one alone or many side by side.
#include "phase/lws_lanes.h"

#include <algorithm>
#include <limits>

#include "unisono/math.h"
#include "unisono/simd.h"

namespace unisono::detail {
namespace {

using Lanes = vec<float, std::min(kLanes, kLwsLanes)>;
using Quad = vec<float, 4>;

void transpose(Quad& a, Quad& b, Quad& c, Quad& d) {
  const Quad ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), a2b2 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Quad cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), c2d2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  c = __builtin_shufflevector(a2b2, c2d2, 0, 1, 4, 5);
  d = __builtin_shufflevector(a2b2, c2d2, 2, 3, 6, 7);
}

// rows[i][lane] = from[lane][i], i < count, lane < lanes, both multiples of 4.
void to_rows(float (*rows)[kLwsLanes], const float* const* from, int count, int lanes) {
  for (int lane = 0; lane < lanes; lane += 4) {
    for (int i = 0; i < count; i += 4) {
      Quad a = load<Quad>(from[lane] + i), b = load<Quad>(from[lane + 1] + i);
      Quad c = load<Quad>(from[lane + 2] + i), d = load<Quad>(from[lane + 3] + i);
      transpose(a, b, c, d);
      store<Quad>(&rows[i][lane], a);
      store<Quad>(&rows[i + 1][lane], b);
      store<Quad>(&rows[i + 2][lane], c);
      store<Quad>(&rows[i + 3][lane], d);
    }
  }
}

void from_rows(float* const* to, const float (*rows)[kLwsLanes], int count, int lanes) {
  for (int lane = 0; lane < lanes; lane += 4) {
    for (int i = 0; i < count; i += 4) {
      Quad a = load<Quad>(&rows[i][lane]), b = load<Quad>(&rows[i + 1][lane]);
      Quad c = load<Quad>(&rows[i + 2][lane]), d = load<Quad>(&rows[i + 3][lane]);
      transpose(a, b, c, d);
      store<Quad>(to[lane] + i, a);
      store<Quad>(to[lane + 1] + i, b);
      store<Quad>(to[lane + 2] + i, c);
      store<Quad>(to[lane + 3] + i, d);
    }
  }
}

}  // namespace

// Lanes beyond count get nothing to update, and those beyond the next multiple of 4 keep what they had.
void LwsLanes::load(const LwsBlock* blocks, int count, int own_reach, LwsGrid& grid) {
  alignas(64) static const float nothing[kRows] = {};
  const int margin = own_reach <= 4 ? 4 : kLwsHalo;
  const float *re[kLwsLanes], *im[kLwsLanes], *sum_re[kLwsLanes], *sum_im[kLwsLanes], *magnitude[kLwsLanes];
  n_edges_ = 0;
  used_ = (count + 3) / 4 * 4;
  std::fill(threshold_ + count, threshold_ + kLwsLanes, std::numeric_limits<float>::infinity());
  for (int lane = 0; lane < used_; ++lane) {
    to_re_[lane] = to_im_[lane] = nowhere_;
    re[lane] = im[lane] = sum_re[lane] = sum_im[lane] = magnitude[lane] = nothing;
    if (lane >= count) continue;
    const LwsBlock& block = blocks[lane];
    threshold_[lane] = block.threshold;
    to_re_[lane] = grid.re(block.frame) + block.first;
    to_im_[lane] = grid.im(block.frame) + block.first;
    re[lane] = to_re_[lane] - margin;
    im[lane] = to_im_[lane] - margin;
    sum_re[lane] = block.sum_re;
    sum_im[lane] = block.sum_im;
    magnitude[lane] = grid.magnitude(block.frame) + block.first;
    for (int k = 0; k < own_reach; ++k) {
      centre_re_[k][lane] = block.centre[k].re;
      centre_im_[k][lane] = block.centre[k].im;
    }
    const bool mirrored = block.first == 0 || block.first + kLwsBlock + kLwsHalo > grid.bins();
    if (mirrored) edges_[n_edges_++] = {lane, block.first};
  }
  to_rows(re_ + kLwsHalo - margin, re, kLwsBlock + 2 * margin, used_);
  to_rows(im_ + kLwsHalo - margin, im, kLwsBlock + 2 * margin, used_);
  to_rows(sum_re_, sum_re, kLwsBlock, used_);
  to_rows(sum_im_, sum_im, kLwsBlock, used_);
  to_rows(magnitude_, magnitude, kLwsBlock, used_);
}

// Bin first + n of a vector of lanes, from `lane` on. It waits for the bin below it, `last`, and becomes that for the next.
template <class Lanes>
UNISONO_KERNEL void LwsLanes::update(int n, int lane, const LwsOwn& own, Lanes& last_re, Lanes& last_im) {
  const auto row = [&](const Row* rows, int i) { return unisono::load<Lanes>(&rows[i][lane]); };
  const int at = n + kLwsHalo;
  const Lanes re = row(re_, at), im = row(im_, at), magnitude = row(magnitude_, n);
  const Lanes below_re = last_re, below_im = last_im;
  last_re = re;
  last_im = im;
  const auto loud = magnitude > unisono::load<Lanes>(threshold_ + lane);
  if (!any(loud)) return;
  Lanes x = row(sum_re_, n), y = row(sum_im_, n);
  for (int k = own.reach; k > 0; --k) {
    const Lanes cr = row(centre_re_, k - 1), ci = row(centre_im_, k - 1), r = row(re_, at + k), i = row(im_, at + k);
    x += cr * r + ci * i;
    y += cr * i - ci * r;
  }
  for (int k = own.reach; k > 0; --k) {
    const Lanes cr = row(centre_re_, k - 1), ci = row(centre_im_, k - 1);
    const Lanes r = k > 1 ? row(re_, at - k) : below_re, i = k > 1 ? row(im_, at - k) : below_im;
    x += cr * r - ci * i;
    y += cr * i + ci * r;
  }
  if (own.away != 0.0f) {
    x -= splat<Lanes>(own.away) * re;
    y -= splat<Lanes>(own.away) * im;
  }
  const Lanes power = x * x + y * y;
  const auto changed = loud & (power > Lanes{});
  const Lanes scale = magnitude / sqrt<Lanes>(power);  // anything where there is no power: nothing changes there
  last_re = select(changed, x * scale, re);
  last_im = select(changed, y * scale, im);
  unisono::store<Lanes>(&re_[at][lane], last_re);
  unisono::store<Lanes>(&im_[at][lane], last_im);
}

// Bin after bin of all lanes, in as few vectors as hold those in use, and in a narrower one if that does.
template <class Lanes, int Vectors>
void LwsLanes::update_all(const LwsOwn& own, const LwsGrid& grid) {
  constexpr int width = lanes_v<Lanes>;
  if constexpr (Vectors > 1) {
    if (used_ <= (Vectors - 1) * width) return update_all<Lanes, Vectors - 1>(own, grid);
  } else if constexpr (width > 4) {
    if (used_ <= width / 2) return update_all<vec<float, width / 2>, 1>(own, grid);
  }
  Lanes last_re[Vectors], last_im[Vectors];
  for (int v = 0; v < Vectors; ++v) {
    last_re[v] = unisono::load<Lanes>(&re_[kLwsHalo - 1][v * width]);
    last_im[v] = unisono::load<Lanes>(&im_[kLwsHalo - 1][v * width]);
  }
  for (int n = 0; n < kLwsBlock; ++n) {
#pragma GCC unroll 4
    for (int v = 0; v < Vectors; ++v) update(n, v * width, own, last_re[v], last_im[v]);
    for (int e = 0; e < n_edges_; ++e) mirror(edges_[e], n, grid);
  }
}

// Copies bin first + n of a lane to those of its mirrors that have rows.
void LwsLanes::mirror(const Edge& edge, int n, const LwsGrid& grid) {
  const int bin = edge.first + n;
  if (bin >= grid.bins()) return;
  for (const int mirror : {-bin, grid.n_fft() - bin}) {
    const int row = mirror - edge.first + kLwsHalo;
    if (row < 0 || row >= kRows || (mirror >= 0 && mirror < grid.bins())) continue;
    re_[row][edge.lane] = re_[n + kLwsHalo][edge.lane];
    im_[row][edge.lane] = -im_[n + kLwsHalo][edge.lane];
  }
}

void LwsLanes::store(const LwsGrid& grid) {
  from_rows(to_re_, re_ + kLwsHalo, kLwsBlock, used_);
  from_rows(to_im_, im_ + kLwsHalo, kLwsBlock, used_);
  for (int e = 0; e < n_edges_; ++e) {
    const auto [lane, first] = edges_[e];
    const int end = std::min(first + kLwsBlock, grid.bins());
    for (int n = first; n < end; ++n) grid.mirror(to_re_[lane] - first, to_im_[lane] - first, n);
  }
}

void LwsLanes::settle(const LwsBlock* blocks, int count, const LwsOwn& own, LwsGrid& grid) {
  load(blocks, count, own.reach, grid);
  update_all<Lanes, kLwsLanes / lanes_v<Lanes>>(own, grid);
  store(grid);
}

}  // namespace unisono::detail
