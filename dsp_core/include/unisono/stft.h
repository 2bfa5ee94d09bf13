// Short-time Fourier transform and its inverse, with librosa's conventions.
//
// Spectrograms are frames first: [n_frames][1 + n_fft / 2] Complex, row-major, which is the transpose of librosa's.
// The window is periodic, win_length long, and zero-padded at the centre of n_fft.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/fft.h"
#include "unisono/numerics.h"
#include "unisono/window.h"

namespace unisono {

enum class PadMode { constant, reflect };  // what lies beyond the ends of a centred signal: zeros, or its mirror image

struct StftParams {
  int n_fft = 2048;
  int hop_length = 512;
  int win_length = 2048;  // <= n_fft
  WindowKind window = WindowKind::hann;
  bool center = true;  // frame t is centred on sample t * hop_length; else it begins there
  PadMode pad_mode = PadMode::constant;

  bool operator==(const StftParams&) const = default;
};

inline int stft_bins(const StftParams& p) { return 1 + p.n_fft / 2; }
inline int stft_padding(const StftParams& p) { return p.center ? p.n_fft / 2 : 0; }

// Frames of a signal of n samples; 0 if it is shorter than one frame (possible only without centring).
int stft_frames(const StftParams& params, int n);
// Samples that n_frames frames stand for when no length is given (librosa's default for istft).
int stft_length(const StftParams& params, int n_frames);

// Configured once, then used in place: nothing but configure allocates. One object serves one thread at a time.
class Stft {
 public:
  Stft();
  ~Stft();

  // False if n_fft is not an FFT size, or hop_length or win_length is out of range (1 .. n_fft).
  bool configure(const StftParams& params);

  const StftParams& params() const { return params_; }
  int bins() const { return stft_bins(params_); }
  const float* window() const { return window_.data(); }  // [n_fft]

  // spectrum[bins] = rfft(window * frame[n_fft])
  void forward_frame(Complex* spectrum, const float* frame, const Upcoming& next = {});
  // frame[n_fft] = window * irfft(spectrum[bins]): ready to be added into place
  void inverse_frame(float* frame, const Complex* spectrum, const Upcoming& next = {});

  // spectrum[bins] of frame t of x[n], t < stft_frames(params, n).
  void analysis_frame(Complex* spectrum, const float* x, int t, int n, const Upcoming& next = {});
  // spectrogram[n_frames][bins] of x[n], n_frames <= stft_frames(params, n).
  void analysis(Complex* spectrogram, const float* x, int n_frames, int n);
  // magnitudes[n_frames][bins] of x[n] from frame `first` on; only one spectrum is there at a time.
  void magnitudes(float* magnitudes, const float* x, int first, int n_frames, int n);
  // out[n] = least-squares overlap-add of n_frames frames (Griffin and Lim 1984, eq. 6);
  // samples that no frame reaches are 0.
  void synthesis(float* out, const Complex* spectrogram, int n_frames, int n);
  // The same frame by frame, from 0 on: after frame t all samples before (t + 1) * hop_length - padding are in out, after
  // the last all that any frame reaches.
  void begin_synthesis();
  void synthesis_frame(float* out, const Complex* spectrum, int t, int n_frames, int n);
  // What the overlap-add of n_frames frames, the first of which begins at 0, is multiplied by at sample `at`.
  float gain(std::int64_t at, std::int64_t n_frames) const;

 private:
  float edge_gain(std::int64_t at, std::int64_t n_frames) const;
  void emit(float* out, const float* sum, std::int64_t at, int count, int n_frames, int n) const;
  StftParams params_;
  RealFft fft_;
  aligned_vector<float> window_, frame_;
  std::vector<float> sum_;         // [n_fft] overlap-add of the frames so far, from the current frame's beginning
  std::vector<float> gain_;        // [hop_length] 1 / (sum of squared windows) where all frames overlap
  std::vector<Complex> spectrum_;  // [bins]
};

// One-shot forms; these allocate. False (and nothing written) if the parameters are not ok.
bool stft(Complex* out, const float* x, const StftParams& params, int n);  // out[stft_frames(params, n)][bins]
bool istft(float* out, const Complex* spectrogram, const StftParams& params, int n_frames, int n);

// out[n] = |in[n]|, evaluated in double and rounded once, so that nothing overflows or underflows on the way.
void magnitude(float* out, const Complex* in, int n);

}  // namespace unisono
