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

struct Planes {  // real and imaginary parts apart
  float *re, *im;
};

// Stockham's self-sorting transform; any n > 1 that is a product of 2, 3, 5. Unscaled, forward. Results lie in the object's
// own memory until the next call.
class FftCore {
 public:
  void configure(int n);
  int size() const { return n_; }
  Planes input() { return half(0); }      // for run to read
  Planes run(const Upcoming& next = {});  // the transform of the input planes, which it destroys
  // That of n complex numbers, (re, im) pairs. Where there is room for them elsewhere, aligned for vectors, half of the work
  // area is not used: caches have less to hold.
  Planes run(const float* pairs, const Upcoming& next = {}, float* room = nullptr);

 private:
  struct Pass {
    int radix, stride;       // columns of a butterfly
    int lanes;               // of its vectors, and of the blocks it reads
    int parts, rows, shift;  // of what it writes, for the next
    int twiddle, places;     // where its own begin; -1: it has no table of places
  };
  Planes half(int i);
  const int* places(const Pass& pass) const { return pass.places < 0 ? nullptr : places_.data() + pass.places; }
  Planes run_on(Planes x, Planes y, const Upcoming& next);  // from x on, where the first pass wrote
  int n_ = 0, stride_ = 0;
  bool only_blocks_ = false;  // are handed on between passes
  std::vector<Pass> passes_;
  aligned_vector<float> twiddles_, work_;
  std::vector<int> places_;
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
};

// Real signal x[n] <-> spectrum X[n / 2 + 1]. inverse ignores the imaginary parts of X[0] and (n even) X[n / 2]. out and in may
// not be the same memory: forward writes out before it has read all of in.
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
  detail::FftCore core_;            // of n / 2 points for even n, of n points for odd n
  aligned_vector<float> twiddles_;  // of even n: exp(-2 pi i k / n), as for_bins goes through them, [re, im][lane]
};

// One-shot forms; these allocate. False (and nothing written) if the size is not ok.
bool fft(Complex* out, const Complex* in, int n);
bool ifft(Complex* out, const Complex* in, int n);
bool rfft(Complex* out, const float* in, int n);   // out[n / 2 + 1]
bool irfft(float* out, const Complex* in, int n);  // in[n / 2 + 1]

}  // namespace unisono
