// Decides which block of which pass of Local Weighted Sums may be updated next.
#include "phase/lws_pipeline.h"

#include <algorithm>

namespace unisono::detail {
namespace {

constexpr int kSharedStencils = 64;
constexpr int kSkew = 2;  // blocks between one pass and the next: what either hears of the other is then settled

}  // namespace

void LwsPipeline::configure(const StftParams& params, LwsGrid* grid, int q, int reach) {
  params_ = params;
  grid_ = grid;
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
  Track& track = tracks_[passes_ % kLwsLanes];
  while (track.block < track.end) step();
  ++passes_;
  track.stencil = stencil(track, frame, hearing);
  track.frame = frame;
  track.threshold = threshold;
  track.end = end;
  track.block = 0;
  skip_quiet(track);
}

// To the next block with a bin to update; there is one as long as block < end.
void LwsPipeline::skip_quiet(Track& track) const {
  const float* peak = grid_->block_max(track.frame);
  while (track.block < track.end && !(peak[track.block] > track.threshold)) ++track.block;
}

void LwsPipeline::finish() {
  const auto busy = [&](const Track& track) { return track.block < track.end; };
  while (std::any_of(std::begin(tracks_), std::end(tracks_), busy)) step();
}

// A block of every pass that is far enough behind all those before it, oldest first. The sums come before any update: no
// pass writes what another reads in the same step.
void LwsPipeline::step() {
  Track* ready[kLwsLanes];
  LwsBlock blocks[kLwsLanes];
  int count = 0, reached = grid_->blocks() + kSkew;  // by all passes before
  for (int i = 0; i < kLwsLanes; ++i) {
    Track& track = tracks_[(passes_ + i) % kLwsLanes];
    if (track.block == track.end) continue;
    if (track.block + kSkew <= reached) {
      const int first = track.block * kLwsBlock;
      track.stencil->apply(track.sum_re, track.sum_im, scratch_.data(), *grid_, track.frame, first);
      blocks[count] = {track.frame, first, track.threshold, track.sum_re, track.sum_im, track.stencil->centre()};
      ready[count++] = &track;
    }
    reached = std::min(reached, track.block);
  }
  lanes_.settle(blocks, count, own_, *grid_);
  for (int i = 0; i < count; ++i) {
    ++ready[i]->block;
    skip_quiet(*ready[i]);
  }
}

}  // namespace unisono::detail
