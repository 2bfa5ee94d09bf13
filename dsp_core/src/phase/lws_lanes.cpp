// The chains of dependent steps of Local Weighted Sums, one alone or many side by side.
#include "phase/lws_lanes.h"

#include <algorithm>

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

// rows[i][lane] = from[lane][i], i < count, a multiple of 4.
void to_rows(float (*rows)[kLwsLanes], const float* const* from, int count) {
  for (int lane = 0; lane < kLwsLanes; lane += 4) {
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

void from_rows(float* const* to, const float (*rows)[kLwsLanes], int count) {
  for (int lane = 0; lane < kLwsLanes; lane += 4) {
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

void settle(const LwsBlock& block, const LwsOwn& own, LwsGrid& grid) {
  const int first = block.first, end = std::min(first + kLwsBlock, grid.bins());
  const float* magnitude = grid.magnitude(block.frame);
  float *re = grid.re(block.frame), *im = grid.im(block.frame);
  for (int n = first; n < end; ++n) {
    if (!(magnitude[n] > block.threshold)) continue;
    float x = block.sum_re[n - first], y = block.sum_im[n - first];
    for (int k = own.reach; k > 0; --k) {
      const Complex c = block.centre[k - 1];
      x += c.re * re[n + k] + c.im * im[n + k];
      y += c.re * im[n + k] - c.im * re[n + k];
    }
    for (int k = own.reach; k > 0; --k) {
      const Complex c = block.centre[k - 1];
      x += c.re * re[n - k] - c.im * im[n - k];
      y += c.re * im[n - k] + c.im * re[n - k];
    }
    if (own.away != 0.0f) {
      x -= own.away * re[n];
      y -= own.away * im[n];
    }
    const float power = x * x + y * y;
    if (!(power > 0.0f)) continue;
    const float scale = magnitude[n] / sqrt<float>(power);
    grid.set(re, im, n, x * scale, y * scale);
  }
}

// Lanes beyond count get nothing to update.
void LwsLanes::load(const LwsBlock* blocks, int count, int own_reach, LwsGrid& grid) {
  alignas(64) static const float nothing[kRows] = {};
  const int margin = own_reach <= 4 ? 4 : kLwsHalo;
  const float *re[kLwsLanes], *im[kLwsLanes], *sum_re[kLwsLanes], *sum_im[kLwsLanes], *magnitude[kLwsLanes];
  n_edges_ = 0;
  for (int lane = 0; lane < kLwsLanes; ++lane) {
    threshold_[lane] = 0.0f;
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
  to_rows(re_ + kLwsHalo - margin, re, kLwsBlock + 2 * margin);
  to_rows(im_ + kLwsHalo - margin, im, kLwsBlock + 2 * margin);
  to_rows(sum_re_, sum_re, kLwsBlock);
  to_rows(sum_im_, sum_im, kLwsBlock);
  to_rows(magnitude_, magnitude, kLwsBlock);
}

// Bin first + n of every lane.
void LwsLanes::update(int n, const LwsOwn& own) {
  for (int lane = 0; lane < kLwsLanes; lane += lanes_v<Lanes>) {
    const auto row = [&](const Row* rows, int i) { return unisono::load<Lanes>(&rows[i][lane]); };
    const Lanes magnitude = row(magnitude_, n);
    const auto loud = magnitude > unisono::load<Lanes>(threshold_ + lane);
    if (!any(loud)) continue;
    Lanes x = row(sum_re_, n), y = row(sum_im_, n);
    const int at = n + kLwsHalo;
    for (int k = own.reach; k > 0; --k) {
      const Lanes cr = row(centre_re_, k - 1), ci = row(centre_im_, k - 1), r = row(re_, at + k), i = row(im_, at + k);
      x += cr * r + ci * i;
      y += cr * i - ci * r;
    }
    for (int k = own.reach; k > 0; --k) {
      const Lanes cr = row(centre_re_, k - 1), ci = row(centre_im_, k - 1), r = row(re_, at - k), i = row(im_, at - k);
      x += cr * r - ci * i;
      y += cr * i + ci * r;
    }
    if (own.away != 0.0f) {
      x -= splat<Lanes>(own.away) * row(re_, at);
      y -= splat<Lanes>(own.away) * row(im_, at);
    }
    const Lanes power = x * x + y * y;
    const auto changed = loud & (power > Lanes{});
    const Lanes scale = magnitude / sqrt<Lanes>(select(changed, power, splat<Lanes>(1.0f)));
    unisono::store<Lanes>(&re_[at][lane], select(changed, x * scale, row(re_, at)));
    unisono::store<Lanes>(&im_[at][lane], select(changed, y * scale, row(im_, at)));
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
  from_rows(to_re_, re_ + kLwsHalo, kLwsBlock);
  from_rows(to_im_, im_ + kLwsHalo, kLwsBlock);
  for (int e = 0; e < n_edges_; ++e) {
    const auto [lane, first] = edges_[e];
    const int end = std::min(first + kLwsBlock, grid.bins());
    for (int n = first; n < end; ++n) grid.mirror(to_re_[lane] - first, to_im_[lane] - first, n);
  }
}

void LwsLanes::settle(const LwsBlock* blocks, int count, const LwsOwn& own, LwsGrid& grid) {
  load(blocks, count, own.reach, grid);
  for (int n = 0; n < kLwsBlock; ++n) {
    update(n, own);
    for (int e = 0; e < n_edges_; ++e) mirror(edges_[e], n, grid);
  }
  store(grid);
}

}  // namespace unisono::detail
