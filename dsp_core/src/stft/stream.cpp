// Streams of frames out of samples, and of samples out of frames.
#include <algorithm>

#include "stft/gather.h"
#include "unisono/stft/stream.h"

namespace unisono {

bool StftStream::configure(const StftParams& params) {
  if (!stft_.configure(params)) return false;
  frame_.assign(static_cast<std::size_t>(params.n_fft), 0.0f);
  held_.assign(2 * frame_.size(), 0.0f);
  reset();
  return true;
}

void StftStream::reset() {
  n_held_ = 0;
  taken_ = made_ = 0;
}

// Frames that n samples settle, whatever follows. The mirror image before the first sample needs one sample more.
std::int64_t StftStream::complete(std::int64_t n) const {
  const StftParams& p = stft_.params();
  const std::int64_t padding = stft_padding(p), extra = n + padding - p.n_fft;
  const bool mirrored = p.pad_mode == PadMode::reflect && padding > 0;
  return extra < 0 || (mirrored && n <= padding) ? 0 : 1 + extra / p.hop_length;
}

int StftStream::ready(int n) const { return static_cast<int>(complete(taken_ + n) - made_); }

int StftStream::remaining() const {
  const StftParams& p = stft_.params();
  const std::int64_t extra = taken_ + 2 * stft_padding(p) - p.n_fft;
  return taken_ == 0 || extra < 0 ? 0 : static_cast<int>(1 + extra / p.hop_length - made_);
}

void StftStream::next_frame(Complex* spectrum) {
  const StftParams& p = stft_.params();
  const std::int64_t start = made_++ * p.hop_length - stft_padding(p);
  detail::gather(frame_.data(), {held_.data(), taken_ - n_held_, taken_}, start, p);
  stft_.forward_frame(spectrum, frame_.data());
}

void StftStream::process(Complex* spectrogram, const float* x, int n) {
  const int n_fft = stft_.params().n_fft;
  while (n > 0) {
    const int count = std::min(n, 2 * n_fft - n_held_);
    std::copy_n(x, count, held_.begin() + n_held_);
    n_held_ += count;
    taken_ += count;
    x += count;
    n -= count;
    for (const std::int64_t end = complete(taken_); made_ < end; spectrogram += bins()) next_frame(spectrogram);
    const int surplus = std::max(0, n_held_ - n_fft);  // no frame to come begins earlier, nor does a mirror image
    std::copy(held_.begin() + surplus, held_.begin() + n_held_, held_.begin());
    n_held_ -= surplus;
  }
}

void StftStream::finish(Complex* spectrogram) {
  for (int left = remaining(); left > 0; --left, spectrogram += bins()) next_frame(spectrogram);
  reset();
}

bool IstftStream::configure(const StftParams& params) {
  if (!stft_.configure(params)) return false;
  frame_.assign(static_cast<std::size_t>(params.n_fft), 0.0f);
  sum_.assign(static_cast<std::size_t>(params.hop_length) + frame_.size(), 0.0f);
  reset();
  return true;
}

void IstftStream::reset() {
  std::fill(sum_.begin(), sum_.end(), 0.0f);
  taken_ = made_ = 0;
}

std::int64_t IstftStream::length(std::int64_t n_frames) const {
  const StftParams& p = stft_.params();
  return n_frames == 0 ? 0 : std::max<std::int64_t>(0, p.n_fft + (n_frames - 1) * p.hop_length - 2 * stft_padding(p));
}

// Samples that n_frames frames settle and that belong to the signal even if no frame follows.
std::int64_t IstftStream::complete(std::int64_t n_frames) const {
  const StftParams& p = stft_.params();
  return std::clamp<std::int64_t>(n_frames * p.hop_length - stft_padding(p), 0, length(n_frames));
}

int IstftStream::ready(int n_frames) const { return static_cast<int>(complete(taken_ + n_frames) - made_); }
int IstftStream::remaining() const { return static_cast<int>(length(taken_) - made_); }

// Samples up to `end`; sum_ begins at sample `first` of the frames' grid.
void IstftStream::emit(float*& x, std::int64_t end, std::int64_t first) {
  for (; made_ < end; ++made_) {
    const std::int64_t at = made_ + stft_padding(stft_.params());
    *x++ = sum_[static_cast<std::size_t>(at - first)] * stft_.gain(at, taken_);
  }
}

void IstftStream::process(float* x, const Complex* spectrogram, int n_frames) {
  const int hop = stft_.params().hop_length, n_fft = stft_.params().n_fft;
  for (int t = 0; t < n_frames; ++t) {
    stft_.inverse_frame(frame_.data(), spectrogram + static_cast<std::ptrdiff_t>(t) * bins());
    for (int i = 0; i < n_fft; ++i) sum_[static_cast<std::size_t>(hop + i)] += frame_[static_cast<std::size_t>(i)];
    ++taken_;
    emit(x, complete(taken_), (taken_ - 2) * hop);
    std::copy(sum_.begin() + hop, sum_.end(), sum_.begin());
    std::fill_n(sum_.end() - hop, hop, 0.0f);
  }
}

void IstftStream::finish(float* x) {
  emit(x, length(taken_), (taken_ - 1) * std::int64_t{stft_.params().hop_length});
  reset();
}

}  // namespace unisono
