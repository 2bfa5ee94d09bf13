// Complex FFT. The inverse is the forward transform with real and imaginary parts exchanged on both sides.
#include <cstddef>

#include "fft/planes.h"
#include "unisono/fft.h"

namespace unisono {

bool ComplexFft::configure(int n) {
  if (!fft_size_ok(n)) return false;
  core_.configure(n);
  return true;
}

void ComplexFft::run(Complex* out, const Complex* in, bool inverse) {
  const int n = size();
  detail::Planes y;
  if (inverse) {
    const detail::Planes x = core_.input();
    detail::deinterleave(x.im, x.re, &in->re, n);
    y = core_.run();
  } else {
    y = core_.run(&in->re);
  }
  const float scale = inverse ? static_cast<float>(1.0 / n) : 1.0f;
  detail::interleave(&out->re, inverse ? y.im : y.re, inverse ? y.re : y.im, scale, n);
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
