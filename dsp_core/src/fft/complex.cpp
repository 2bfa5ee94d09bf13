// Complex FFT. The inverse is the forward transform with real and imaginary parts exchanged on both sides.
#include <cstddef>

#include "fft/planes.h"
#include "unisono/fft.h"

namespace unisono {

bool ComplexFft::configure(int n) {
  if (!fft_size_ok(n)) return false;
  core_.configure(n);
  work_.assign(4 * static_cast<std::size_t>(detail::plane_stride(n)), 0.0f);
  return true;
}

void ComplexFft::run(Complex* out, const Complex* in, bool inverse) {
  const int n = size();
  const int stride = detail::plane_stride(n);
  float *re = work_.data(), *im = re + stride, *tmp_re = im + stride, *tmp_im = tmp_re + stride;
  detail::deinterleave(inverse ? im : re, inverse ? re : im, &in->re, n);
  if (core_.run(re, im, tmp_re, tmp_im)) {
    re = tmp_re;
    im = tmp_im;
  }
  const float scale = inverse ? static_cast<float>(1.0 / n) : 1.0f;
  detail::interleave(&out->re, inverse ? im : re, inverse ? re : im, scale, n);
}

void ComplexFft::forward(Complex* out, const Complex* in) { run(out, in, false); }
void ComplexFft::inverse(Complex* out, const Complex* in) { run(out, in, true); }

bool fft(Complex* out, const Complex* in, int n) {
  ComplexFft plan;
  if (!plan.configure(n)) return false;
  plan.forward(out, in);
  return true;
}

bool ifft(Complex* out, const Complex* in, int n) {
  ComplexFft plan;
  if (!plan.configure(n)) return false;
  plan.inverse(out, in);
  return true;
}

}  // namespace unisono
