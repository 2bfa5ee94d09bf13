// Moves a spectrogram in and out of the planes that Local Weighted Sums works on.
#include "phase/lws_grid.h"

#include <algorithm>

#include "phase/direction.h"
#include "phase/unit_root.h"

namespace unisono::detail {
void LwsGrid::configure(const StftParams& params, int n_frames, int margin) {
  n_fft_ = params.n_fft;
  hop_ = params.hop_length;
  n_frames_ = n_frames;
  margin_ = margin;
  bins_ = stft_bins(params);
  plane_ = blocks() * kLwsBlock + 2 * kLwsHalo;
  planes_.assign(2 * static_cast<std::size_t>(n_frames + 2 * margin) * plane_, 0.0f);
  magnitude_.resize(static_cast<std::size_t>(n_frames) * bins_);
  block_max_.assign(static_cast<std::size_t>(n_frames) * blocks(), 0.0f);
  roots_.resize(n_fft_);
  for (int j = 0; j < n_fft_; ++j) {
    const UnitRoot root = unit_root(j, n_fft_);
    roots_[j] = {static_cast<float>(root.cos), static_cast<float>(root.sin)};
  }
}

void LwsGrid::mirror(float* re, float* im, int n) const {
  if (n >= 1 && n <= kLwsHalo) {
    re[-n] = re[n];
    im[-n] = -im[n];
  }
  const int above = n_fft_ - n;
  if (above >= bins_ && above < bins_ + kLwsHalo) {
    re[above] = re[n];
    im[above] = -im[n];
  }
}

// exp(2 pi i hop m n / n_fft)
Complex LwsGrid::turn(int m, int n) const {
  const std::int64_t turns = static_cast<std::int64_t>(hop_) * m % n_fft_ * n % n_fft_;
  return roots_[turns < 0 ? turns + n_fft_ : turns];
}

void LwsGrid::load_frame(const Complex* frame, int m) {
  float* r = re(m);
  float* i = im(m);
  for (int n = 0; n < bins_; ++n) {
    const Complex t = turn(m, n), s = {frame[n].re * scale_, frame[n].im * scale_};
    r[n] = s.re * t.re + s.im * t.im;
    i[n] = s.im * t.re - s.re * t.im;
  }
  for (int n = 0; n < bins_; ++n) mirror(r, i, n);
}

void LwsGrid::measure(const Complex* spectrogram) {
  unisono::magnitude(magnitude_.data(), spectrogram, n_frames_ * bins_);
  scale_ = unit_scale(magnitude_.data(), static_cast<std::int64_t>(magnitude_.size()));
  for (float& a : magnitude_) a *= scale_;
  double total = 0.0;
  for (int m = 0; m < n_frames_; ++m) {
    const float* a = magnitude(m);
    float* peak = &block_max_[static_cast<std::size_t>(m) * blocks()];
    double sum = 0.0;
    for (int n = 0; n < bins_; ++n) {
      sum += a[n];
      peak[n / kLwsBlock] = std::max(peak[n / kLwsBlock], a[n]);
    }
    total += sum;
  }
  mean_ = total / (static_cast<double>(n_frames_) * bins_);
}

void LwsGrid::load(const Complex* spectrogram) {
  measure(spectrogram);
  const auto frame = [&](int m) { return spectrogram + static_cast<std::size_t>(m) * bins_; };
  for (int m = -margin_; m < n_frames_ + margin_; ++m) load_frame(frame(std::clamp(m, 0, n_frames_ - 1)), m);
}

void LwsGrid::store(Complex* spectrogram) const {
  const float unscale = 1.0f / scale_;
  for (int m = 0; m < n_frames_; ++m) {
    const float* r = &planes_[2 * static_cast<std::size_t>(m + margin_) * plane_ + kLwsHalo];
    const float* i = r + plane_;
    Complex* out = spectrogram + static_cast<std::size_t>(m) * bins_;
    for (int n = 0; n < bins_; ++n) {
      const Complex t = turn(m, n);
      out[n] = {(r[n] * t.re - i[n] * t.im) * unscale, (i[n] * t.re + r[n] * t.im) * unscale};
    }
  }
}

}  // namespace unisono::detail
