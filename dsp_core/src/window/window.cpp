// Window functions, evaluated in double from exact angles and rounded once.
#include "unisono/window.h"

#include "unisono/math_kernels.h"

namespace unisono {
namespace {

// c = cos(2 pi k / period), s = sin(pi k / period) >= 0.
double value(WindowKind kind, double c, double s) {
  switch (kind) {
  case WindowKind::hann: return s * s;               // = 0.5 - 0.5 c, without its cancellation
  case WindowKind::hamming: return 0.54 - 0.46 * c;  // Harris, "On the use of windows", Proc. IEEE 1978, eq. 30a
  case WindowKind::blackman:
    return 0.16 * (1.0 - c) * (2.125 - c);  // = 0.42 - 0.5 c + 0.08 cos(4 pi k / period), Harris eq. 31
  case WindowKind::sqrt_hann: return s;
  case WindowKind::rectangular: break;
  }
  return 1.0;
}

}  // namespace

void window(float* out, WindowKind kind, bool periodic, int win_length) {
  const int period = periodic ? win_length : win_length - 1;
  for (int k = 0; k < win_length; ++k) {
    double c, s, unused;
    detail::root_of_unity(c, unused, k, period > 0 ? period : 1);
    detail::root_of_unity(unused, s, k, period > 0 ? 2 * period : 2);
    out[k] = win_length == 1 ? 1.0f : static_cast<float>(value(kind, c, abs(s)));
  }
}

}  // namespace unisono
