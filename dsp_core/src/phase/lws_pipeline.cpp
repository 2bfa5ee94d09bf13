// Runs the chains of up to eight passes of Local Weighted Sums side by side.
#include "phase/lws_pipeline.h"

#include <algorithm>

#include "unisono/math.h"
#include "unisono/simd.h"

namespace unisono::detail {
namespace {

constexpr std::size_t kSharedStencils = 64;
constexpr int kSkew = 2;  // blocks between one pass and the next: what either hears of the other is then settled
using Lanes = vec<float, std::min(kLanes, kLwsTracks)>;
constexpr int kParts = kLwsTracks / lanes_v<Lanes>;

// Rows of kLwsTracks values, one for each track: row i holds bin i - kLwsHalo of each track's block.
constexpr int kRows = kLwsBlock + 2 * kLwsHalo;
using Rows = float[kRows][kLwsTracks];

// rows[i][lane] = from[lane][i], i < count, a multiple of 4.
void to_rows(float (*rows)[kLwsTracks], const float* const* from, int count) {
  using Q = vec<float, 4>;
  for (int lane = 0; lane < kLwsTracks; lane += 4) {
    for (int i = 0; i < count; i += 4) {
      const Q a = load<Q>(from[lane] + i), b = load<Q>(from[lane + 1] + i);
      const Q c = load<Q>(from[lane + 2] + i), d = load<Q>(from[lane + 3] + i);
      const Q ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const Q cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      store<Q>(&rows[i][lane], __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
      store<Q>(&rows[i + 1][lane], __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
      store<Q>(&rows[i + 2][lane], __builtin_shufflevector(AB, CD, 0, 1, 4, 5));
      store<Q>(&rows[i + 3][lane], __builtin_shufflevector(AB, CD, 2, 3, 6, 7));
    }
  }
}

// The other way round.
void from_rows(float* const* to, const float (*rows)[kLwsTracks], int count) {
  using Q = vec<float, 4>;
  for (int lane = 0; lane < kLwsTracks; lane += 4) {
    for (int i = 0; i < count; i += 4) {
      const Q a = load<Q>(&rows[i][lane]), b = load<Q>(&rows[i + 1][lane]);
      const Q c = load<Q>(&rows[i + 2][lane]), d = load<Q>(&rows[i + 3][lane]);
      const Q ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), AB = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      const Q cd = __builtin_shufflevector(c, d, 0, 4, 1, 5), CD = __builtin_shufflevector(c, d, 2, 6, 3, 7);
      store<Q>(to[lane] + i, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
      store<Q>(to[lane + 1] + i, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
      store<Q>(to[lane + 2] + i, __builtin_shufflevector(AB, CD, 0, 1, 4, 5));
      store<Q>(to[lane + 3] + i, __builtin_shufflevector(AB, CD, 2, 3, 6, 7));
    }
  }
}

// Copies bin first + n of one lane to those of its mirrors that have rows.
void mirror_rows(Rows& re, Rows& im, int lane, int n, int first, int n_fft, int bins) {
  const int bin = first + n;
  if (bin >= bins) return;
  for (const int mirror : {-bin, n_fft - bin}) {
    const int row = mirror - first + kLwsHalo;
    if (row < 0 || row >= kRows || (mirror >= 0 && mirror < bins)) continue;
    re[row][lane] = re[n + kLwsHalo][lane];
    im[row][lane] = -im[n + kLwsHalo][lane];
  }
}

}  // namespace

void LwsPipeline::configure(const StftParams& params, LwsGrid* grid, int q) {
  params_ = params;
  grid_ = grid;
  scratch_.assign(LwsStencil::scratch_size(q), 0.0f);
  stencils_.reserve(kSharedStencils);
}

void LwsPipeline::begin_stage(int own_reach) {
  finish();
  own_reach_ = own_reach;
}

// Frames a period of n_fft / gcd(hop, n_fft) apart share a stencil, if the period is short.
const LwsStencil* LwsPipeline::stencil(Track& track, int frame, const LwsHearing& hearing) {
  const auto turns = static_cast<int>(static_cast<std::int64_t>(params_.hop_length) * frame % params_.n_fft);
  for (const LwsStencil& shared : stencils_) {
    if (shared.is_for(hearing, turns)) return &shared;
  }
  const bool room = stencils_.size() < kSharedStencils;
  LwsStencil& built = room ? stencils_.emplace_back() : track.own_stencil;
  built.build(params_.n_fft, hearing, turns);
  return &built;
}

void LwsPipeline::add(int frame, const LwsHearing& hearing, float threshold) {
  const int end = grid_->loud_blocks(frame, threshold);
  if (end == 0) return;
  Track& track = tracks_[passes_ % kLwsTracks];
  while (track.block < track.end) step();
  ++passes_;
  track.stencil = stencil(track, frame, hearing);
  track.frame = frame;
  track.threshold = threshold;
  track.end = end;
  track.block = 0;
  while (!(grid_->block_max(frame)[track.block] > threshold)) ++track.block;
}

void LwsPipeline::finish() {
  const auto busy = [&](const Track& track) { return track.block < track.end; };
  while (std::any_of(std::begin(tracks_), std::end(tracks_), busy)) step();
}

// A block of every pass that is far enough behind all those before it, oldest first. The sums come before any update: no
// pass writes what another reads in the same step.
void LwsPipeline::step() {
  Track* ready[kLwsTracks];
  int count = 0, reached = grid_->blocks() + kSkew;  // by all passes before
  for (int i = 0; i < kLwsTracks; ++i) {
    Track& track = tracks_[(passes_ + i) % kLwsTracks];
    if (track.block == track.end) continue;
    if (track.block + kSkew <= reached) {
      track.stencil->apply(track.sum_re, track.sum_im, scratch_.data(), *grid_, track.frame, track.block * kLwsBlock);
      ready[count++] = &track;
    }
    reached = std::min(reached, track.block);
  }
  if (count > 2) {
    settle_side_by_side(ready, count);
  } else {
    for (int i = 0; i < count; ++i) settle_one(*ready[i]);
  }
  for (int i = 0; i < count; ++i) {
    Track& track = *ready[i];
    const float* peak = grid_->block_max(track.frame);
    do ++track.block;
    while (track.block < track.end && !(peak[track.block] > track.threshold));
  }
}

void LwsPipeline::settle_one(Track& track) {
  const int first = track.block * kLwsBlock, end = std::min(first + kLwsBlock, grid_->bins());
  const float* magnitude = grid_->magnitude(track.frame);
  const Complex* centre = track.stencil->centre();
  float *re = grid_->re(track.frame), *im = grid_->im(track.frame);
  for (int n = first; n < end; ++n) {
    if (!(magnitude[n] > track.threshold)) continue;
    float x = track.sum_re[n - first], y = track.sum_im[n - first];
    for (int k = own_reach_; k > 0; --k) {
      const Complex c = centre[k - 1];
      x += c.re * re[n + k] + c.im * im[n + k];
      y += c.re * im[n + k] - c.im * re[n + k];
    }
    for (int k = own_reach_; k > 0; --k) {
      const Complex c = centre[k - 1];
      x += c.re * re[n - k] - c.im * im[n - k];
      y += c.re * im[n - k] + c.im * re[n - k];
    }
    const float power = x * x + y * y;
    if (!(power > 0.0f)) continue;
    const float scale = magnitude[n] / sqrt<float>(power);
    grid_->set(re, im, n, x * scale, y * scale);
  }
}

// The same with a track in each lane. Lanes without a track have nothing to update.
void LwsPipeline::settle_side_by_side(Track* const* tracks, int count) {
  alignas(64) Rows re, im;
  alignas(64) float sum_re[kLwsBlock][kLwsTracks], sum_im[kLwsBlock][kLwsTracks], magnitude[kLwsBlock][kLwsTracks];
  alignas(64) float centre_re[kLwsHalo][kLwsTracks], centre_im[kLwsHalo][kLwsTracks], threshold[kLwsTracks];
  alignas(64) static const float nothing[kRows] = {};
  alignas(64) float nowhere[kRows];
  const int margin = own_reach_ <= 4 ? 4 : kLwsHalo;
  const float *from_re[kLwsTracks], *from_im[kLwsTracks], *sums_re[kLwsTracks], *sums_im[kLwsTracks],
      *sizes[kLwsTracks];
  float *to_re[kLwsTracks], *to_im[kLwsTracks];
  int edges[kLwsTracks], n_edges = 0;  // lanes that hold mirrored bins
  for (int lane = 0; lane < kLwsTracks; ++lane) {
    if (lane < count) {
      Track& track = *tracks[lane];
      const int first = track.block * kLwsBlock;
      to_re[lane] = grid_->re(track.frame) + first;
      to_im[lane] = grid_->im(track.frame) + first;
      from_re[lane] = to_re[lane] - margin;
      from_im[lane] = to_im[lane] - margin;
      sums_re[lane] = track.sum_re;
      sums_im[lane] = track.sum_im;
      sizes[lane] = grid_->magnitude(track.frame) + first;
      if (first == 0 || first + kLwsBlock + kLwsHalo > grid_->bins()) edges[n_edges++] = lane;
    } else {
      to_re[lane] = to_im[lane] = nowhere;
      from_re[lane] = from_im[lane] = sums_re[lane] = sums_im[lane] = sizes[lane] = nothing;
    }
    threshold[lane] = lane < count ? tracks[lane]->threshold : 0.0f;
    for (int k = 0; k < own_reach_; ++k) {
      centre_re[k][lane] = lane < count ? tracks[lane]->stencil->centre()[k].re : 0.0f;
      centre_im[k][lane] = lane < count ? tracks[lane]->stencil->centre()[k].im : 0.0f;
    }
  }
  to_rows(re + kLwsHalo - margin, from_re, kLwsBlock + 2 * margin);
  to_rows(im + kLwsHalo - margin, from_im, kLwsBlock + 2 * margin);
  to_rows(sum_re, sums_re, kLwsBlock);
  to_rows(sum_im, sums_im, kLwsBlock);
  to_rows(magnitude, sizes, kLwsBlock);
  for (int n = 0; n < kLwsBlock; ++n) {
    for (int part = 0; part < kParts; ++part) {
      const int lane = part * lanes_v<Lanes>;
      const auto row = [&](const float (*rows)[kLwsTracks], int i) { return load<Lanes>(&rows[i][lane]); };
      const Lanes size = row(magnitude, n);
      const auto active = size > load<Lanes>(threshold + lane);
      if (!any(active)) continue;
      Lanes x = row(sum_re, n), y = row(sum_im, n);
      const int at = n + kLwsHalo;
      for (int k = own_reach_; k > 0; --k) {
        const Lanes cr = row(centre_re, k - 1), ci = row(centre_im, k - 1), r = row(re, at + k), i = row(im, at + k);
        x += cr * r + ci * i;
        y += cr * i - ci * r;
      }
      for (int k = own_reach_; k > 0; --k) {
        const Lanes cr = row(centre_re, k - 1), ci = row(centre_im, k - 1), r = row(re, at - k), i = row(im, at - k);
        x += cr * r - ci * i;
        y += cr * i + ci * r;
      }
      const Lanes power = x * x + y * y;
      const auto update = active & (power > Lanes{});
      const Lanes scale = size / sqrt<Lanes>(select(update, power, splat<Lanes>(1.0f)));
      store<Lanes>(&re[at][lane], select(update, x * scale, row(re, at)));
      store<Lanes>(&im[at][lane], select(update, y * scale, row(im, at)));
    }
    for (int e = 0; e < n_edges; ++e) {
      mirror_rows(re, im, edges[e], n, tracks[edges[e]]->block * kLwsBlock, params_.n_fft, grid_->bins());
    }
  }
  from_rows(to_re, re + kLwsHalo, kLwsBlock);
  from_rows(to_im, im + kLwsHalo, kLwsBlock);
  for (int e = 0; e < n_edges; ++e) {
    const int lane = edges[e], first = tracks[lane]->block * kLwsBlock;
    const int end = std::min(first + kLwsBlock, grid_->bins());
    for (int n = first; n < end; ++n) grid_->mirror(to_re[lane] - first, to_im[lane] - first, n);
  }
}

}  // namespace unisono::detail
