// See window_frames.h.
#include "unisono/magnet/window_frames.h"

#include <algorithm>

namespace unisono {

void WindowFrames::set_clip(const MagnetConfig& config, const float* samples, int n, int most_kept) {
  window_ = config.sequence_length + 1;
  n_frames_ = stft_frames(config.stft, n);
  stft_.configure(config.stft);
  const bool few = n_frames_ <= most_kept;
  const int most = std::min(n_frames_, config.batch_size * window_);
  samples_.resize(few ? 0 : n);
  frames_.resize(static_cast<std::size_t>(few ? n_frames_ : most) * config.bins());
  if (few) return read(frames_.data(), samples, {0, n_frames_}, n);
  std::copy_n(samples, n, samples_.begin());
  place_of_.resize(n_frames_);
  starts_.resize(config.batch_size);
}

void WindowFrames::read(float* out, const float* samples, Slice frames, int n) {
  stft_.magnitudes(out, samples, frames.begin, frames.end - frames.begin, n);
}

WindowBatch<float> WindowFrames::batch(const std::int32_t* starts, int size) {
  if (samples_.empty()) return {frames_.data(), n_frames_, starts, size};
  std::fill(place_of_.begin(), place_of_.end(), 0);
  for (int b = 0; b < size; ++b) std::fill_n(place_of_.begin() + starts[b], window_, 1);
  int count = 0;
  for (int t = 0; t < n_frames_; ++t) {
    if (place_of_[t] == 0) continue;
    read(frames_.data() + static_cast<std::ptrdiff_t>(count) * stft_.bins(), samples_.data(), {t, t + 1},
         static_cast<int>(samples_.size()));
    place_of_[t] = count++;
  }
  for (int b = 0; b < size; ++b) starts_[b] = place_of_[starts[b]];
  return {frames_.data(), count, starts_.data(), size};
}

}  // namespace unisono
