// The inner loops of Local Weighted Sums.
//
// Bins of one frame are updated in order, each hearing those already updated. What a block of bins hears from other frames
// does not depend on that order, so it is filtered for the whole block at once; the own frame's share is added bin by bin.
#include "phase/lws_kernel.h"

#include "phase/unit_root.h"
#include "unisono/simd.h"

namespace unisono::detail {
namespace {

constexpr int kSlotWidth = kLwsBlock + 2 * kLwsHalo;
constexpr int kVectors = kLwsBlock / kLanes;
constexpr double kNegligible = 1e-8;  // of the weight of a bin for itself: below the rounding of float

}  // namespace

void LwsKernel::configure(const StftParams& params, LwsGrid* grid, int q) {
  n_fft_ = params.n_fft;
  hop_ = params.hop_length;
  grid_ = grid;
  slots_.assign(static_cast<std::size_t>(4) * q * kSlotWidth, 0.0f);
}

void LwsKernel::add_taps(int slot, int k, double re, double im) {
  const bool real = re > kNegligible || re < -kNegligible;
  const bool imaginary = im > kNegligible || im < -kNegligible;
  if (real && k == 0) stencil_.level.push_back({slot, k, static_cast<float>(re)});
  if (real && k > 0) stencil_.even.push_back({slot, k, static_cast<float>(re)});
  if (imaginary && k > 0) stencil_.odd.push_back({slot, k, static_cast<float>(im)});
}

void LwsKernel::add_source(const LwsWeights& w, int r, bool both, int frame) {
  const int slot = 2 * static_cast<int>(stencil_.sources.size());
  stencil_.sources.push_back({r, both});
  const std::size_t before = stencil_.level.size() + stencil_.even.size() + stencil_.odd.size();
  for (int k = 0; k <= w.reach; ++k) {
    const auto e = unit_root(static_cast<int>(static_cast<std::int64_t>(hop_) * frame % n_fft_ * k % n_fft_), n_fft_);
    const double re = w.re[r * (w.reach + 1) + k], im = w.im[r * (w.reach + 1) + k];
    if (both) {  // re conj(e) on U, i im conj(e) on V
      add_taps(slot, k, re * e.cos, -re * e.sin);
      add_taps(slot + 1, k, im * e.sin, im * e.cos);
    } else {
      add_taps(slot, k, re * e.cos + im * e.sin, im * e.cos - re * e.sin);
    }
  }
  if (before == stencil_.level.size() + stencil_.even.size() + stencil_.odd.size()) stencil_.sources.pop_back();
}

void LwsKernel::build(int frame, const LwsHearing& hearing) {
  const LwsWeights& w = *hearing.weights;
  stencil_.sources.clear();
  stencil_.level.clear();
  stencil_.even.clear();
  stencil_.odd.clear();
  stencil_.centre.clear();
  for (int r = 1; r < w.q; ++r) add_source(w, r, r <= hearing.future, frame);
  if (!hearing.own) return;
  int last = 0;
  for (int k = 1; k <= w.reach; ++k) {
    const auto e = unit_root(static_cast<int>(static_cast<std::int64_t>(hop_) * frame % n_fft_ * k % n_fft_), n_fft_);
    const double re = w.re[k] * e.cos + w.im[k] * e.sin, im = w.im[k] * e.cos - w.re[k] * e.sin;
    stencil_.centre.push_back({static_cast<float>(re), static_cast<float>(im)});
    if (re * re + im * im > kNegligible * kNegligible) last = k;
  }
  stencil_.centre.resize(last);
}

// Copies what bins first - kLwsHalo .. first + kLwsBlock + kLwsHalo - 1 of the other frames hold into the slots.
void LwsKernel::gather(int frame, int first) {
  float* slot = slots_.data();
  for (const auto& source : stencil_.sources) {
    for (int part = 0; part < 2; ++part) {
      float* u = slot + part * kSlotWidth;
      float* v = u + 2 * kSlotWidth;
      const auto plane = [&](int m) { return (part == 0 ? grid_->re(m) : grid_->im(m)) + first - kLwsHalo; };
      const float* past = plane(frame - source.r);
      const float* future = source.both ? plane(frame + source.r) : past;
      for (int i = 0; i < kSlotWidth; i += kLanes) {
        const f32 p = load<f32>(past + i), f = load<f32>(future + i);
        store<f32>(u + i, source.both ? p + f : p);
        if (source.both) store<f32>(v + i, p - f);
      }
    }
    slot += 4 * kSlotWidth;
  }
}

void LwsKernel::filter() {
  f32 re[kVectors] = {}, im[kVectors] = {};
  const auto plane = [&](const LwsStencil::Tap& tap) { return &slots_[2 * tap.slot * kSlotWidth + kLwsHalo]; };
  for (const auto& tap : stencil_.level) {
    const float* x = plane(tap);
    const float* y = x + kSlotWidth;
    const f32 w = splat<f32>(tap.weight);
    for (int i = 0; i < kVectors; ++i) {
      re[i] += w * load<f32>(x + i * kLanes);
      im[i] += w * load<f32>(y + i * kLanes);
    }
  }
  for (const auto& tap : stencil_.even) {
    const float* x = plane(tap);
    const float* y = x + kSlotWidth;
    const f32 w = splat<f32>(tap.weight);
    for (int i = 0; i < kVectors; ++i) {
      re[i] += w * (load<f32>(x + i * kLanes - tap.k) + load<f32>(x + i * kLanes + tap.k));
      im[i] += w * (load<f32>(y + i * kLanes - tap.k) + load<f32>(y + i * kLanes + tap.k));
    }
  }
  for (const auto& tap : stencil_.odd) {
    const float* x = plane(tap);
    const float* y = x + kSlotWidth;
    const f32 w = splat<f32>(tap.weight);
    for (int i = 0; i < kVectors; ++i) {
      re[i] -= w * (load<f32>(y + i * kLanes - tap.k) - load<f32>(y + i * kLanes + tap.k));
      im[i] += w * (load<f32>(x + i * kLanes - tap.k) - load<f32>(x + i * kLanes + tap.k));
    }
  }
  for (int i = 0; i < kVectors; ++i) {
    store<f32>(sum_re_ + i * kLanes, re[i]);
    store<f32>(sum_im_ + i * kLanes, im[i]);
  }
}

void LwsKernel::settle(int frame, int first, float threshold) {
  const float* magnitude = grid_->magnitude(frame);
  float* re = grid_->re(frame);
  float* im = grid_->im(frame);
  const int end = first + kLwsBlock < grid_->bins() ? first + kLwsBlock : grid_->bins();
  for (int n = first; n < end; ++n) {
    if (!(magnitude[n] > threshold)) continue;
    float x = sum_re_[n - first], y = sum_im_[n - first];
    for (int k = static_cast<int>(stencil_.centre.size()); k > 0; --k) {
      const Complex c = stencil_.centre[k - 1];
      x += c.re * re[n + k] + c.im * im[n + k];
      y += c.re * im[n + k] - c.im * re[n + k];
    }
    for (int k = static_cast<int>(stencil_.centre.size()); k > 0; --k) {
      const Complex c = stencil_.centre[k - 1];
      x += c.re * re[n - k] - c.im * im[n - k];
      y += c.re * im[n - k] + c.im * re[n - k];
    }
    const float power = x * x + y * y;
    if (!(power > 0.0f)) continue;
    const float scale = magnitude[n] / sqrt<float>(power);
    grid_->set(re, im, n, x * scale, y * scale);
  }
}

void LwsKernel::update(int frame, const LwsHearing& hearing, float threshold) {
  const float* peak = grid_->block_max(frame);
  build(frame, hearing);
  for (int b = 0; b < grid_->blocks(); ++b) {
    if (!(peak[b] > threshold)) continue;
    gather(frame, b * kLwsBlock);
    filter();
    settle(frame, b * kLwsBlock, threshold);
  }
}

}  // namespace unisono::detail
