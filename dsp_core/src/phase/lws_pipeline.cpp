// Decides which block of which pass of Local Weighted Sums may be updated next.
#include "phase/lws_pipeline.h"

#include <bit>

#include "unisono/simd.h"

namespace unisono::detail {
namespace {

constexpr int kSharedStencils = 64;
constexpr int kSkew = 2;  // blocks between one pass and the next: what either hears of the other is then settled
constexpr unsigned kAllBusy = (1u << kLwsLanes) - 1;

}  // namespace

void LwsPipeline::configure(const StftParams& params, LwsGrid* grid, int q, int reach) {
  params_ = params;
  grid_ = grid;
  q_ = q;
  scratch_.assign(LwsStencil::scratch_size(q), 0.0f);
  stencils_.resize(kSharedStencils);
  n_stencils_ = 0;
  for (LwsStencil& stencil : stencils_) stencil.reserve(q, reach);
  for (Track& track : tracks_) track.own_stencil.reserve(q, reach);
}

void LwsPipeline::begin_stage(const LwsOwn& own) {
  finish();
  own_ = own;
}

// Frames a period of n_fft / gcd(hop, n_fft) apart share a stencil, if the period is short.
const LwsStencil* LwsPipeline::stencil(Track& track, int frame, const LwsHearing& hearing) {
  const auto turns = static_cast<int>(static_cast<std::int64_t>(params_.hop_length) * frame % params_.n_fft);
  for (int i = 0; i < n_stencils_; ++i) {
    if (stencils_[i].is_for(hearing, turns)) return &stencils_[i];
  }
  LwsStencil& built = n_stencils_ < kSharedStencils ? stencils_[n_stencils_++] : track.own_stencil;
  built.build(params_.n_fft, hearing, turns);
  return &built;
}

void LwsPipeline::add(int frame, const LwsHearing& hearing, float threshold) {
  const int end = grid_->loud_blocks(frame, threshold);
  if (end == 0) return;
  while (busy_ == kAllBusy) step();
  const int i = std::countr_one(busy_);
  busy_ |= 1u << i;
  frame_[i] = frame;
  block_[i] = kDone;  // for none stays behind itself
  for (int other = 0; other < kLwsLanes; other += kLanes) {
    const i32 busy = load<i32>(block_ + other) < splat<i32>(kDone);
    const i32 apart = load<i32>(frame_ + other) - splat<i32>(frame);
    store<i32>(behind_[i] + other, busy & (apart < splat<i32>(q_)) & (apart > splat<i32>(-q_)));
  }
  for (auto& row : behind_) row[i] = 0;
  Track& track = tracks_[i];
  track.stencil = stencil(track, frame, hearing);
  track.threshold = threshold;
  track.end = end;
  block_[i] = 0;
  skip_quiet(i);
}

// To the next block with a bin to update.
void LwsPipeline::skip_quiet(int i) {
  const float* peak = grid_->block_max(frame_[i]);
  const Track& track = tracks_[i];
  int block = block_[i];
  while (block < track.end && !(peak[block] > track.threshold)) ++block;
  const bool done = block == track.end;
  block_[i] = done ? kDone : block;
  busy_ &= ~(unsigned{done} << i);
}

void LwsPipeline::finish() {
  while (busy_ != 0) step();
}

bool LwsPipeline::may_go_on(int i) const {
  i32 waits{};
  for (int other = 0; other < kLwsLanes; other += kLanes) {
    waits |= load<i32>(behind_[i] + other) & (load<i32>(block_ + other) < splat<i32>(block_[i] + kSkew));
  }
  return !any(waits);
}

// A block of every pass that is far enough behind those before it. The sums come before any update: no pass writes what
// another reads in the same step.
void LwsPipeline::step() {
  int ready[kLwsLanes], count = 0;
  for (unsigned busy = busy_; busy != 0; busy &= busy - 1) {
    const int i = std::countr_zero(busy), first = block_[i] * kLwsBlock;
    if (!may_go_on(i)) continue;
    Track& track = tracks_[i];
    track.stencil->apply(track.sum_re, track.sum_im, scratch_.data(), *grid_, frame_[i], first);
    blocks_[count] = {frame_[i], first, track.threshold, track.sum_re, track.sum_im, track.stencil};
    ready[count++] = i;
  }
  lanes_.settle(blocks_, count, own_, *grid_);
  for (int i = 0; i < count; ++i) {
    ++block_[ready[i]];
    skip_quiet(ready[i]);
  }
}

}  // namespace unisono::detail
