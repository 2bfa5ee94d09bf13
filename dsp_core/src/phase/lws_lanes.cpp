// The chains of dependent steps of Local Weighted Sums, one alone or many side by side.
#include "phase/lws_lanes.h"

#include <algorithm>
#include <limits>

#include "unisono/math.h"
#include "unisono/simd.h"

namespace unisono::detail {
namespace {

using Lanes = vec<float, std::min(kLanes, kLwsLanes)>;
// Four bins of one lane, and where vectors are wider, those of the fourth lane after it beside them.
using Four = vec<float, 4>;
constexpr int kFours = kLanes > 4 ? 2 : 1;
using Fours = vec<float, 4 * kFours>;

template <class V>
V load_fours(const float* const* from, int i) {
  if constexpr (lanes_v<V> == 4) return load<V>(from[0] + i);
  else return join(load<Four>(from[0] + i), load<Four>(from[4] + i));
}

template <class V>
void store_fours(float* const* to, int i, const V& x) {
  if constexpr (lanes_v<V> == 4) {
    store<V>(to[0] + i, x);
  } else {
    Four first, second;
    split<V>(first, second, x);
    store<Four>(to[0] + i, first);
    store<Four>(to[4] + i, second);
  }
}

// Elements of x (0 .. 3) and y (4 .. 7), the same of each four.
template <int... I>
Fours pick(const Fours& x, const Fours& y) {
  if constexpr (kFours == 1) return __builtin_shufflevector(x, y, I...);
  else return __builtin_shufflevector(x, y, (I < 4 ? I : I + 4)..., (I < 4 ? I + 4 : I + 8)...);
}

void transpose(Fours& a, Fours& b, Fours& c, Fours& d) {
  const Fours ab = pick<0, 4, 1, 5>(a, b), a2b2 = pick<2, 6, 3, 7>(a, b);
  const Fours cd = pick<0, 4, 1, 5>(c, d), c2d2 = pick<2, 6, 3, 7>(c, d);
  a = pick<0, 1, 4, 5>(ab, cd);
  b = pick<2, 3, 6, 7>(ab, cd);
  c = pick<0, 1, 4, 5>(a2b2, c2d2);
  d = pick<2, 3, 6, 7>(a2b2, c2d2);
}

// rows[i][lane] = from[lane][i], i < count, lane < lanes; count is a multiple of 4, lanes of 4 kFours.
void to_rows(float (*rows)[kLwsLanes], const float* const* from, int count, int lanes) {
  for (int lane = 0; lane < lanes; lane += 4 * kFours) {
    for (int i = 0; i < count; i += 4) {
      Fours a = load_fours<Fours>(from + lane, i), b = load_fours<Fours>(from + lane + 1, i);
      Fours c = load_fours<Fours>(from + lane + 2, i), d = load_fours<Fours>(from + lane + 3, i);
      transpose(a, b, c, d);
      store<Fours>(&rows[i][lane], a);
      store<Fours>(&rows[i + 1][lane], b);
      store<Fours>(&rows[i + 2][lane], c);
      store<Fours>(&rows[i + 3][lane], d);
    }
  }
}

void from_rows(float* const* to, const float (*rows)[kLwsLanes], int count, int lanes) {
  for (int lane = 0; lane < lanes; lane += 4 * kFours) {
    for (int i = 0; i < count; i += 4) {
      Fours a = load<Fours>(&rows[i][lane]), b = load<Fours>(&rows[i + 1][lane]);
      Fours c = load<Fours>(&rows[i + 2][lane]), d = load<Fours>(&rows[i + 3][lane]);
      transpose(a, b, c, d);
      store_fours(to + lane, i, a);
      store_fours(to + lane + 1, i, b);
      store_fours(to + lane + 2, i, c);
      store_fours(to + lane + 3, i, d);
    }
  }
}

}  // namespace

// Lanes beyond count get nothing to update, and those beyond the next multiple of 4 kFours keep what they had.
void LwsLanes::load(const LwsBlock* blocks, int count, int own_reach, LwsGrid& grid) {
  alignas(64) static const float nothing[kRows] = {};
  const int margin = own_reach <= 4 ? 4 : kLwsHalo;
  const float *re[kLwsLanes], *im[kLwsLanes], *sum_re[kLwsLanes], *sum_im[kLwsLanes], *magnitude[kLwsLanes];
  const float *centre_re[kLwsLanes], *centre_im[kLwsLanes];
  n_edges_ = 0;
  constexpr int step = 4 * kFours;
  used_ = (count + step - 1) / step * step;
  std::fill(threshold_ + count, threshold_ + kLwsLanes, std::numeric_limits<float>::infinity());
  for (int lane = 0; lane < used_; ++lane) {
    to_re_[lane] = to_im_[lane] = nowhere_;
    re[lane] = im[lane] = sum_re[lane] = sum_im[lane] = magnitude[lane] = nothing;
    centre_re[lane] = centre_im[lane] = nothing;
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
    centre_re[lane] = block.stencil->centre_re();
    centre_im[lane] = block.stencil->centre_im();
    const bool mirrored = block.first == 0 || block.first + kLwsBlock + kLwsHalo > grid.bins();
    if (mirrored) edges_[n_edges_++] = {lane, block.first};
  }
  to_rows(re_ + kLwsHalo - margin, re, kLwsBlock + 2 * margin, used_);
  to_rows(im_ + kLwsHalo - margin, im, kLwsBlock + 2 * margin, used_);
  to_rows(sum_re_, sum_re, kLwsBlock, used_);
  to_rows(sum_im_, sum_im, kLwsBlock, used_);
  to_rows(magnitude_, magnitude, kLwsBlock, used_);
  to_rows(centre_re_, centre_re, margin, used_);
  to_rows(centre_im_, centre_im, margin, used_);
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
