// Builds and applies the filters through which the bins of a frame hear other frames.
#include "phase/lws_stencil.h"

#include "phase/unit_root.h"
#include "unisono/simd.h"

namespace unisono::detail {
namespace {

constexpr int kWidth = kLwsBlock + 2 * kLwsHalo;  // of a plane of the scratch
constexpr int kVectors = kLwsBlock / kLanes;
static_assert(kLwsBlock % kLanes == 0 && kWidth % kLanes == 0);

bool counts(double weight) { return weight > kLwsNegligible || weight < -kLwsNegligible; }

}  // namespace

std::size_t LwsStencil::scratch_size(int q) { return static_cast<std::size_t>(4) * q * kWidth; }

void LwsStencil::add_taps(int plane, int k, double re, double im) {
  if (k == 0) {
    if (counts(re)) level_.push_back({plane, k, static_cast<float>(re)});
  } else {
    if (counts(re)) even_.push_back({plane, k, static_cast<float>(re)});
    if (counts(im)) odd_.push_back({plane, k, static_cast<float>(im)});
  }
}

void LwsStencil::add_source(const LwsWeights& w, int r, bool both, int turns) {
  const int plane = 2 * static_cast<int>(sources_.size());
  const std::size_t before = taps();
  for (int k = 0; k <= w.reach; ++k) {
    const UnitRoot e = unit_root(turns * k % n_fft_, n_fft_);
    const double re = w.re[r * (w.reach + 1) + k], im = w.im[r * (w.reach + 1) + k];
    if (both) {
      add_taps(plane, k, re * e.cos, -re * e.sin);
      add_taps(plane + 1, k, im * e.sin, im * e.cos);
    } else {
      add_taps(plane, k, re * e.cos + im * e.sin, im * e.cos - re * e.sin);
    }
  }
  if (taps() > before) sources_.push_back({r, both});
}

void LwsStencil::reserve(int q, int reach) {
  const auto planes = 2 * static_cast<std::size_t>(q);
  sources_.reserve(planes);
  level_.reserve(planes);
  even_.reserve(planes * reach);
  odd_.reserve(planes * reach);
}

void LwsStencil::build(int n_fft, const LwsHearing& hearing, int turns) {
  n_fft_ = n_fft;
  turns_ = turns;
  hearing_ = hearing;
  sources_.clear();
  level_.clear();
  even_.clear();
  odd_.clear();
  const LwsWeights& w = *hearing.weights;
  for (int r = 1; r < w.q; ++r) add_source(w, r, r <= hearing.future, turns);
  for (int k = 1; k <= kLwsHalo; ++k) {
    centre_re_[k - 1] = centre_im_[k - 1] = 0.0f;
    if (!hearing.own || k > w.own_reach) continue;
    const UnitRoot e = unit_root(turns * k % n_fft_, n_fft_);
    centre_re_[k - 1] = static_cast<float>(w.re[k] * e.cos + w.im[k] * e.sin);
    centre_im_[k - 1] = static_cast<float>(w.im[k] * e.cos - w.re[k] * e.sin);
  }
}

// Copies what bins first - kLwsHalo .. first + kLwsBlock + kLwsHalo - 1 of the other frames hold into the scratch.
void LwsStencil::gather(float* scratch, LwsGrid& grid, int frame, int first) const {
  for (const Source& source : sources_) {
    for (int part = 0; part < 2; ++part) {
      float* u = scratch + part * kWidth;
      float* v = u + 2 * kWidth;
      const auto plane = [&](int m) { return (part == 0 ? grid.re(m) : grid.im(m)) + first - kLwsHalo; };
      const float* past = plane(frame - source.r);
      const float* future = plane(frame + (source.both ? source.r : -source.r));
      if (source.both) {
        for (int i = 0; i < kWidth; i += kLanes) {
          const f32 p = load<f32>(past + i), f = load<f32>(future + i);
          store<f32>(u + i, p + f);
          store<f32>(v + i, p - f);
        }
      } else {
        for (int i = 0; i < kWidth; i += kLanes) store<f32>(u + i, load<f32>(past + i));
      }
    }
    scratch += 4 * kWidth;
  }
}

void LwsStencil::apply(float* sum_re, float* sum_im, float* scratch, LwsGrid& grid, int frame, int first) const {
  gather(scratch, grid, frame, first);
  f32 re[kVectors] = {}, im[kVectors] = {};
  for (const Tap& tap : level_) {
    const float* x = scratch + 2 * tap.plane * kWidth + kLwsHalo;
    const float* y = x + kWidth;
    const f32 w = splat<f32>(tap.weight);
    for (int i = 0; i < kVectors; ++i) {
      re[i] += w * load<f32>(x + i * kLanes);
      im[i] += w * load<f32>(y + i * kLanes);
    }
  }
  for (const Tap& tap : even_) {
    const float* x = scratch + 2 * tap.plane * kWidth + kLwsHalo;
    const float* y = x + kWidth;
    const f32 w = splat<f32>(tap.weight);
    for (int i = 0; i < kVectors; ++i) {
      re[i] += w * (load<f32>(x + i * kLanes - tap.k) + load<f32>(x + i * kLanes + tap.k));
      im[i] += w * (load<f32>(y + i * kLanes - tap.k) + load<f32>(y + i * kLanes + tap.k));
    }
  }
  for (const Tap& tap : odd_) {
    const float* x = scratch + 2 * tap.plane * kWidth + kLwsHalo;
    const float* y = x + kWidth;
    const f32 w = splat<f32>(tap.weight);
    for (int i = 0; i < kVectors; ++i) {
      re[i] -= w * (load<f32>(y + i * kLanes - tap.k) - load<f32>(y + i * kLanes + tap.k));
      im[i] += w * (load<f32>(x + i * kLanes - tap.k) - load<f32>(x + i * kLanes + tap.k));
    }
  }
  for (int i = 0; i < kVectors; ++i) {
    store<f32>(sum_re + i * kLanes, re[i]);
    store<f32>(sum_im + i * kLanes, im[i]);
  }
}

}  // namespace unisono::detail
