// Moves a spectrogram in and out of the planes that Local Weighted Sums works on.
#include "phase/lws_grid.h"

#include <algorithm>

#include "phase/direction.h"
#include "phase/unit_root.h"

namespace unisono::detail {
namespace {

constexpr std::size_t kLineFloats = 16;  // a cache line

}  // namespace

void LwsGrid::configure(const StftParams& params, int n_frames, int margin) {
  n_frames_ = n_frames;
  margin_ = margin;
  ring_ = -1;
  allocate(params, n_frames + 2 * margin);
}

void LwsGrid::configure_ring(const StftParams& params, int n_frames) {
  int size = 1;
  while (size < n_frames) size *= 2;
  n_frames_ = size;
  margin_ = 0;
  ring_ = size - 1;
  allocate(params, size);
}

void LwsGrid::allocate(const StftParams& params, int n_slots) {
  n_fft_ = params.n_fft;
  hop_ = params.hop_length;
  bins_ = stft_bins(params);
  plane_ = blocks() * kLwsBlock + 2 * kLwsHalo;
  const auto slots = static_cast<std::size_t>(n_slots);
  planes_.assign(2 * slots * plane_ + kLineFloats, 0.0f);
  offset_ = kLineFloats - reinterpret_cast<std::uintptr_t>(planes_.data()) / sizeof(float) % kLineFloats;
  magnitude_.assign(slots * blocks() * kLwsBlock, 0.0f);
  block_max_.assign(slots * blocks(), 0.0f);
  rest_max_.resize(block_max_.size());
  scaled_.resize(bins_);
  roots_.resize(n_fft_);
  for (int j = 0; j < n_fft_; ++j) {
    const UnitRoot root = unit_root(j, n_fft_);
    roots_[j] = {static_cast<float>(root.cos), static_cast<float>(root.sin)};
  }
}

void LwsGrid::clear() {
  for (std::vector<float>* values : {&planes_, &magnitude_, &block_max_, &rest_max_})
    std::fill(values->begin(), values->end(), 0.0f);
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

// hop m mod n_fft: frame m's bin n is turned by n times this many n_fft-ths.
int LwsGrid::turns_per_bin(int m) const {
  const auto turns = static_cast<int>(static_cast<std::int64_t>(hop_) * m % n_fft_);
  return turns < 0 ? turns + n_fft_ : turns;
}

void LwsGrid::turn_frame(const Complex* frame, int m) {
  float* r = re(m);
  float* i = im(m);
  const int step = turns_per_bin(m);
  for (int n = 0, at = 0; n < bins_; ++n) {
    const Complex t = roots_[at], s = {frame[n].re * scale_, frame[n].im * scale_};
    r[n] = s.re * t.re + s.im * t.im;
    i[n] = s.im * t.re - s.re * t.im;
    at += step;
    if (at >= n_fft_) at -= n_fft_;
  }
  const int low = std::min(kLwsHalo + 1, bins_);
  for (int n = 0; n < low; ++n) mirror(r, i, n);
  for (int n = std::max(low, bins_ - kLwsHalo - 1); n < bins_; ++n) mirror(r, i, n);
}

// Returns the sum of the frame's magnitudes.
double LwsGrid::measure_frame(const Complex* frame, int m) {
  float* a = &magnitude_[slot(m) * blocks() * kLwsBlock];
  float* peak = &block_max_[slot(m) * blocks()];
  std::fill_n(peak, blocks(), 0.0f);
  for (int n = 0; n < bins_; ++n) scaled_[n] = {frame[n].re * scale_, frame[n].im * scale_};
  unisono::magnitude(a, scaled_.data(), bins_);
  double sum = 0.0;
  for (int n = 0; n < bins_; ++n) {
    sum += a[n];
    peak[n / kLwsBlock] = std::max(peak[n / kLwsBlock], a[n]);
  }
  float* rest = &rest_max_[slot(m) * blocks()];
  float largest = 0.0f;
  for (int b = blocks() - 1; b >= 0; --b) rest[b] = largest = std::max(largest, peak[b]);
  return sum;
}

int LwsGrid::loud_blocks(int m, float threshold) const {
  const float* rest = &rest_max_[slot(m) * blocks()];
  const float* end = std::partition_point(rest, rest + blocks(), [=](float largest) { return largest > threshold; });
  return static_cast<int>(end - rest);
}

void LwsGrid::load(const Complex* spectrogram) {
  const std::int64_t count = static_cast<std::int64_t>(n_frames_) * bins_;
  scale_ = unit_scale(&spectrogram->re, 2 * count);
  mean_ = 0.0;
  const auto frame = [&](int m) { return spectrogram + static_cast<std::size_t>(m) * bins_; };
  for (int m = 0; m < n_frames_; ++m) mean_ += measure_frame(frame(m), m);
  mean_ /= static_cast<double>(count);
  for (int m = 0; m < n_frames_; ++m) turn_frame(frame(m), m);
}

double LwsGrid::load_frame(const Complex* frame, int m) {
  const double sum = measure_frame(frame, m);
  turn_frame(frame, m);
  return sum / bins_;
}

// Frame `to` becomes frame `from` as it would be heard at another time.
void LwsGrid::copy_frame(int to, int from) {
  const float *r = re(from), *i = im(from);
  float *to_r = re(to), *to_i = im(to);
  const int step = turns_per_bin(from - to);
  for (int n = 0, at = 0; n < bins_; ++n) {
    const Complex t = roots_[at];
    set(to_r, to_i, n, r[n] * t.re - i[n] * t.im, i[n] * t.re + r[n] * t.im);
    at += step;
    if (at >= n_fft_) at -= n_fft_;
  }
}

void LwsGrid::hold_edges() {
  for (int r = 1; r <= margin_; ++r) {
    copy_frame(-r, 0);
    copy_frame(n_frames_ - 1 + r, n_frames_ - 1);
  }
}

void LwsGrid::store(Complex* spectrogram) const {
  for (int m = 0; m < n_frames_; ++m) store_frame(spectrogram + static_cast<std::size_t>(m) * bins_, m);
}

void LwsGrid::store_frame(Complex* frame, int m) const {
  const float unscale = 1.0f / scale_;
  const float* r = &planes_[first(m)];
  const float* i = r + plane_;
  const int step = turns_per_bin(m);
  for (int n = 0, at = 0; n < bins_; ++n) {
    const Complex t = roots_[at];
    frame[n] = {(r[n] * t.re - i[n] * t.im) * unscale, (i[n] * t.re + r[n] * t.im) * unscale};
    at += step;
    if (at >= n_fft_) at -= n_fft_;
  }
}

}  // namespace unisono::detail
