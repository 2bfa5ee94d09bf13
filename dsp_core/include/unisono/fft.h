// Fast Fourier transforms of float data, sizes 2^a 3^b 5^c from 16 to 65536.
//
// forward: X[k] = sum over t of x[t] exp(-2 pi i k t / n). inverse is scaled by 1/n, so it undoes forward.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "unisono/numerics.h"
#include "unisono/simd.h"

namespace unisono {

inline constexpr int kMinFft = 16;
inline constexpr int kMaxFft = 65536;

// True if n = 2^a 3^b 5^c and kMinFft <= n <= kMaxFft.
bool fft_size_ok(int n);

// What a transform is followed by: the memory that will be read and written next, if that is known. It is asked for bit by
// bit while the transform is at work, but in WebAssembly, which cannot ask.
struct Upcoming {
  const void* read = nullptr;
  const void* write = nullptr;
};

namespace detail {

// Stockham's self-sorting transform over split planes; any n >= 1 that is a product of 2, 3, 5. Unscaled, forward.
class FftCore {
 public:
  void configure(int n);
  int size() const { return n_; }
  // Transforms the planes re[n], im[n]; tmp planes are scratch. Returns true if the result is in the tmp planes.
  bool run(float* re, float* im, float* tmp_re, float* tmp_im, const Upcoming& next = {}) const;
  // The same of n complex numbers, (re, im) pairs; all planes are scratch.
  bool run(const float* pairs, float* re, float* im, float* tmp_re, float* tmp_im, const Upcoming& next) const;

 private:
  struct Pass {
    int radix, m, stride, twiddle;  // m butterflies of `stride` columns each; offset of the first twiddle
  };
  bool run_from(std::size_t first, float* re, float* im, float* tmp_re, float* tmp_im, const Upcoming& next) const;
  int n_ = 0;
  std::vector<Pass> passes_;
  aligned_vector<float> twiddles_;
};

}  // namespace detail

// configure allocates and returns false for a size that is not ok; forward and inverse never allocate.
// One object serves one thread at a time. out and in may be the same memory.
class ComplexFft {
 public:
  bool configure(int n);
  int size() const { return core_.size(); }
  void forward(Complex* out, const Complex* in);  // out[n], in[n]
  void inverse(Complex* out, const Complex* in);

 private:
  void run(Complex* out, const Complex* in, bool inverse);
  detail::FftCore core_;
  aligned_vector<float> work_;
};

// Real signal x[n] <-> spectrum X[n / 2 + 1]. inverse ignores the imaginary parts of X[0] and (n even) X[n / 2].
class RealFft {
 public:
  bool configure(int n);
  int size() const { return n_; }
  void forward(Complex* out, const float* in, const Upcoming& next = {});
  void inverse(float* out, const Complex* in, const Upcoming& next = {});

 private:
  void forward_even(Complex* out, const float* in, const Upcoming& next);
  void inverse_even(float* out, const Complex* in, const Upcoming& next);
  void forward_odd(Complex* out, const float* in);
  void inverse_odd(float* out, const Complex* in);
  int n_ = 0;
  detail::FftCore core_;  // of n / 2 points for even n, of n points for odd n
  aligned_vector<float> work_;
  std::vector<float> twiddle_re_, twiddle_im_;  // exp(-2 pi i k / n), k = 0 .. n / 4
};

// One-shot forms; these allocate. False (and nothing written) if the size is not ok.
bool fft(Complex* out, const Complex* in, int n);
bool ifft(Complex* out, const Complex* in, int n);
bool rfft(Complex* out, const float* in, int n);   // out[n / 2 + 1]
bool irfft(float* out, const Complex* in, int n);  // in[n / 2 + 1]

}  // namespace unisono
