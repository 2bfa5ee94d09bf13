// Real FFT. Even sizes: the even and odd samples as one complex signal of half the size, then one pass that separates
// the two spectra (Sorensen, Jones, Heideman, Burrus, "Real-valued fast Fourier transform algorithms", 1987).
#include <cstddef>

#include "fft/planes.h"
#include "fft/roots.h"
#include "unisono/fft.h"

namespace unisono {
namespace {

// a = Z[k], b = Z[h - k], w = exp(-2 pi i k / n): returns X[k] and X[h - k] in their places.
template <class V>
UNISONO_INLINE void separate(V& ar, V& ai, V& br, V& bi, const V& wr, const V& wi) {
  const V er = 0.5f * (ar + br), ei = 0.5f * (ai - bi);
  const V dr = 0.5f * (ar - br), di = 0.5f * (ai + bi);
  const V tr = wr * dr - wi * di, ti = wr * di + wi * dr;
  ar = er + ti, ai = ei - tr;
  br = er - ti, bi = -(ei + tr);
}

// The way back, times two: a = X[k], b = X[h - k] to 2 Z[k] and 2 Z[h - k].
template <class V>
UNISONO_INLINE void unite(V& ar, V& ai, V& br, V& bi, const V& wr, const V& wi) {
  const V er = ar + br, ei = ai - bi;
  const V gr = ar - br, gi = ai + bi;
  const V tr = wi * gr - wr * gi, ti = wr * gr + wi * gi;
  ar = er + tr, ai = ei + ti;
  br = er - tr, bi = ti - ei;
}

// Calls f(k, lanes as a type) for k = 1 .. count in vectors, the last overlapping, or singly if there are too few.
template <class F>
UNISONO_INLINE void for_bins(int count, F f) {
  if (count < kLanes) {
    for (int k = 1; k <= count; ++k) f(k, float{});
    return;
  }
  int k = 1;
  for (; k + kLanes <= count + 1; k += kLanes) f(k, f32{});
  if (k <= count) f(count + 1 - kLanes, f32{});
}

}  // namespace

bool RealFft::configure(int n) {
  if (!fft_size_ok(n)) return false;
  n_ = n;
  const bool even = n % 2 == 0;
  core_.configure(even ? n / 2 : n);
  work_.assign(4 * static_cast<std::size_t>(detail::plane_stride(core_.size())), 0.0f);
  twiddle_re_.resize(static_cast<std::size_t>(n / 4 + 1));
  twiddle_im_.resize(static_cast<std::size_t>(n / 4 + 1));
  const detail::Roots roots(n);
  for (int k = 0; k <= n / 4; ++k) {
    const Complex w = roots.at(k);
    twiddle_re_[static_cast<std::size_t>(k)] = w.re;
    twiddle_im_[static_cast<std::size_t>(k)] = w.im;
  }
  return true;
}

void RealFft::forward(Complex* out, const float* in, const Upcoming& next) {
  n_ % 2 == 0 ? forward_even(out, in, next) : forward_odd(out, in);
}
void RealFft::inverse(float* out, const Complex* in, const Upcoming& next) {
  n_ % 2 == 0 ? inverse_even(out, in, next) : inverse_odd(out, in);
}

void RealFft::forward_even(Complex* out, const float* in, const Upcoming& next) {
  using namespace detail;
  const int h = n_ / 2, stride = plane_stride(h);
  float *re = work_.data(), *im = re + stride, *tmp_re = im + stride, *tmp_im = tmp_re + stride;
  if (core_.run(in, re, im, tmp_re, tmp_im, next)) {
    re = tmp_re;
    im = tmp_im;
  }
  const float *wr = twiddle_re_.data(), *wi = twiddle_im_.data();
  for_bins((h - 1) / 2, [=](int k, auto lane) {
    using V = decltype(lane);
    const int mirror = h - k - (lanes_v<V> - 1);
    V ar = load<V>(re + k), ai = load<V>(im + k);
    V br, bi;
    if constexpr (lanes_v<V> == 1) {
      br = re[mirror], bi = im[mirror];
      separate<V>(ar, ai, br, bi, wr[k], wi[k]);
      out[k] = {ar, ai};
      out[mirror] = {br, bi};
    } else {
      br = load_reversed<V>(re + mirror), bi = load_reversed<V>(im + mirror);
      separate(ar, ai, br, bi, load<V>(wr + k), load<V>(wi + k));
      store_complex(&out[k].re, ar, ai);
      store_complex<true>(&out[mirror].re, br, bi);
    }
  });
  if (h % 2 == 0) out[h / 2] = {re[h / 2], -im[h / 2]};
  const float dc = re[0], ny = im[0];
  out[0] = {dc + ny, 0.0f};
  out[h] = {dc - ny, 0.0f};
}

void RealFft::inverse_even(float* out, const Complex* in, const Upcoming& next) {
  using namespace detail;
  const int h = n_ / 2, stride = plane_stride(h);
  float *re = work_.data(), *im = re + stride, *tmp_re = im + stride, *tmp_im = tmp_re + stride;
  const float *wr = twiddle_re_.data(), *wi = twiddle_im_.data();
  re[0] = in[0].re + in[h].re;
  im[0] = in[0].re - in[h].re;
  for_bins((h - 1) / 2, [=](int k, auto lane) {
    using V = decltype(lane);
    const int mirror = h - k - (lanes_v<V> - 1);
    V ar, ai, br, bi;
    if constexpr (lanes_v<V> == 1) {
      ar = in[k].re, ai = in[k].im, br = in[mirror].re, bi = in[mirror].im;
      unite<V>(ar, ai, br, bi, wr[k], wi[k]);
    } else {
      load_complex(ar, ai, &in[k].re);
      load_complex<true>(br, bi, &in[mirror].re);
      unite(ar, ai, br, bi, load<V>(wr + k), load<V>(wi + k));
      br = reversed(br), bi = reversed(bi);
    }
    store(re + k, ar);
    store(im + k, ai);
    store(re + mirror, br);
    store(im + mirror, bi);
  });
  if (h % 2 == 0) {
    re[h / 2] = 2.0f * in[h / 2].re;
    im[h / 2] = -2.0f * in[h / 2].im;
  }
  if (core_.run(im, re, tmp_im, tmp_re, next)) {  // planes exchanged: an inverse transform
    re = tmp_re;
    im = tmp_im;
  }
  interleave(out, re, im, static_cast<float>(1.0 / n_), h);
}

void RealFft::forward_odd(Complex* out, const float* in) {
  const int stride = detail::plane_stride(n_);
  float *re = work_.data(), *im = re + stride, *tmp_re = im + stride, *tmp_im = tmp_re + stride;
  for (int i = 0; i < n_; ++i) {
    re[i] = in[i];
    im[i] = 0.0f;
  }
  const bool in_tmp = core_.run(re, im, tmp_re, tmp_im);
  detail::interleave(&out->re, in_tmp ? tmp_re : re, in_tmp ? tmp_im : im, 1.0f, n_ / 2 + 1);
  out[0].im = 0.0f;
}

void RealFft::inverse_odd(float* out, const Complex* in) {
  const int stride = detail::plane_stride(n_);
  float *re = work_.data(), *im = re + stride, *tmp_re = im + stride, *tmp_im = tmp_re + stride;
  re[0] = in[0].re;
  im[0] = 0.0f;
  for (int k = 1; k <= n_ / 2; ++k) {  // X[n - k] is the conjugate of X[k]
    re[k] = re[n_ - k] = in[k].re;
    im[k] = in[k].im;
    im[n_ - k] = -in[k].im;
  }
  const float* result = core_.run(im, re, tmp_im, tmp_re) ? tmp_re : re;
  const float scale = static_cast<float>(1.0 / n_);
  for (int i = 0; i < n_; ++i) out[i] = result[i] * scale;
}

bool rfft(Complex* out, const float* in, int n) {
  RealFft plan;
  if (!plan.configure(n)) return false;
  plan.forward(out, in);
  return true;
}

bool irfft(float* out, const Complex* in, int n) {
  RealFft plan;
  if (!plan.configure(n)) return false;
  plan.inverse(out, in);
  return true;
}

}  // namespace unisono
