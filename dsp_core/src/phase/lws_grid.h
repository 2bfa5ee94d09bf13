// The spectrogram as Local Weighted Sums works on it: planes per frame, edges mirrored, phases counted from time zero.
#pragma once

#include <vector>

#include "unisono/numerics.h"
#include "unisono/stft.h"

namespace unisono::detail {

inline constexpr int kLwsBlock = 16;  // bins that are updated together: a multiple of every vector width
inline constexpr int kLwsHalo = 8;    // mirrored bins kept on either side: kMaxLwsReach

// Bin n of frame m is stored turned by exp(-2 pi i hop m n / n_fft). Then the weights do not depend on n.
// Bins below 0 and above n_fft / 2 are live mirrors; the `margin` frames before the first and after the last are
// silent, or copies of the first and last frame as they were when hold_edges was last called.
class LwsGrid {
 public:
  void configure(const StftParams& params, int n_frames, int margin);
  void load(const Complex* spectrogram);
  void store(Complex* spectrogram) const;
  void hold_edges();

  // For a stream: the newest n_frames frames are kept, numbered from 0 on and silent before, at the scale of the input.
  void configure_ring(const StftParams& params, int n_frames);
  void clear();
  // Frame m of the stream becomes frame[bins]; returns its mean magnitude.
  double load_frame(const Complex* frame, int m);
  void store_frame(Complex* frame, int m) const;

  int n_fft() const { return n_fft_; }
  int bins() const { return bins_; }
  int blocks() const { return (bins_ + kLwsBlock - 1) / kLwsBlock; }
  double mean() const { return mean_; }  // of the magnitude as stored

  // Bin 0 of frame m, -margin <= m < n_frames + margin; indices -kLwsHalo .. blocks * kLwsBlock + kLwsHalo - 1 exist.
  float* re(int m) { return &planes_[first(m)]; }
  float* im(int m) { return re(m) + plane_; }
  // [blocks * kLwsBlock], zero from bins on.
  const float* magnitude(int m) const { return &magnitude_[slot(m) * blocks() * kLwsBlock]; }
  const float* block_max(int m) const { return &block_max_[slot(m) * blocks()]; }

  // How many blocks of frame m there are up to the last one with a magnitude above the threshold.
  int loud_blocks(int m, float threshold) const;

  // Writes a bin and its mirrors.
  void set(float* re, float* im, int n, float real, float imag) const {
    re[n] = real;
    im[n] = imag;
    if (n <= kLwsHalo || n_fft_ - n < bins_ + kLwsHalo) mirror(re, im, n);
  }

  // Copies a bin to its mirrors.
  void mirror(float* re, float* im, int n) const;

 private:
  std::size_t slot(int m) const { return static_cast<std::size_t>((m + margin_) & ring_); }
  std::size_t first(int m) const { return offset_ + 2 * slot(m) * plane_ + kLwsHalo; }
  void allocate(const StftParams& params, int n_slots);
  int turns_per_bin(int m) const;
  void copy_frame(int to, int from);
  void turn_frame(const Complex* frame, int m);
  double measure_frame(const Complex* frame, int m);

  int n_fft_, hop_, n_frames_, margin_, bins_, plane_;
  int ring_ = -1;       // mask of the frames' numbers
  float scale_ = 1.0f;  // a power of two that brings the largest part to [0.5, 1): nothing overflows on the way
  double mean_ = 0.0;
  std::size_t offset_ = 0;  // of the first plane, to a cache line
  std::vector<float> planes_, magnitude_, block_max_;
  std::vector<float> rest_max_;  // [frame][block]: the largest magnitude from this block on
  std::vector<Complex> scaled_;
  std::vector<Complex> roots_;  // exp(2 pi i j / n_fft)
};

}  // namespace unisono::detail
