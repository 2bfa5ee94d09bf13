// The short-time Fourier transform and its inverse as streams: any block size, the bits of stft and istft.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/stft.h"

namespace unisono {

// A signal comes in blocks; each frame goes out as soon as its last sample is there.
class StftStream {
 public:
  // False if the parameters are not ok. Only this allocates.
  bool configure(const StftParams& params);
  // Forgets everything.
  void reset();

  int bins() const { return stft_.bins(); }
  // How many frames the next n samples complete.
  int ready(int n) const;
  // spectrogram[ready(n)][bins] of the next samples x[n].
  void process(Complex* spectrogram, const float* x, int n);
  // How many frames still lack samples, if the signal ends here.
  int remaining() const;
  // spectrogram[remaining()][bins]; then a new signal may begin.
  void finish(Complex* spectrogram);

 private:
  std::int64_t complete(std::int64_t n) const;
  void next_frame(Complex* spectrum);

  Stft stft_;
  std::vector<float> held_, frame_;  // held_[2 n_fft]: the newest samples
  int n_held_ = 0;
  std::int64_t taken_ = 0, made_ = 0;  // samples, frames
};

// Frames come in; each sample goes out as soon as no later frame can reach it.
class IstftStream {
 public:
  bool configure(const StftParams& params);
  void reset();

  int bins() const { return stft_.bins(); }
  // How many samples the next n_frames frames complete.
  int ready(int n_frames) const;
  // x[ready(n_frames)] of the next frames spectrogram[n_frames][bins].
  void process(float* x, const Complex* spectrogram, int n_frames);
  // How many samples are still to come, if the frames end here: as many as istft gives when no length is asked for.
  int remaining() const;
  // x[remaining()]; then a new signal may begin.
  void finish(float* x);

 private:
  std::int64_t complete(std::int64_t n_frames) const;
  std::int64_t length(std::int64_t n_frames) const;
  void emit(float*& x, std::int64_t end, std::int64_t first);

  Stft stft_;
  std::vector<float> frame_;
  std::vector<float> sum_;             // [hop_length + n_fft] overlap-add, from one hop before the newest frame on
  std::int64_t taken_ = 0, made_ = 0;  // frames, samples
};

}  // namespace unisono
