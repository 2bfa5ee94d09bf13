// Real FFT. Even sizes: the even and odd samples as one complex signal of half the size, then one pass that separates
// the two spectra (Sorensen, Jones, Heideman, Burrus, "Real-valued fast Fourier transform algorithms", 1987).
#include <cstddef>

#include "fft/planes.h"
#include "fft/roots.h"
#include "unisono/fft.h"

namespace unisono {
namespace {

constexpr float kHalf = 0.5f, kMinusZero = -0.0f;

// a = Z[k], b = Z[h - k], w = exp(-2 pi i k / n): returns X[k] and X[h - k] in their places.
template <class V>
UNISONO_INLINE void separate(V& ar, V& ai, V& br, V& bi, const V& wr, const V& wi, const V& half, const V& minus_zero) {
  const V er = half * (ar + br), ei = half * (ai - bi);
  const V dr = half * (ar - br), di = half * (ai + bi);
  const V tr = wr * dr - wi * di, ti = wr * di + wi * dr;
  ar = er + ti, ai = ei - tr;
  br = er - ti, bi = negated(ei + tr, minus_zero);
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

// Calls f(k, mirror, w, lanes as a type) for k = 1 .. (h - 1) / 2, the bins that have a mirror h - k of their own, in vectors,
// the last overlapping, or singly if there are too few; the mirrors begin at `mirror`. w goes through a table with two numbers
// for every lane that f has.
template <class Table, class F>
UNISONO_INLINE void for_bins(int h, Table* w, F f) {
  const int count = (h - 1) / 2;
  if (count < kLanes) {
    for (int k = 1; k <= count; ++k, w += 2) f(k, h - k, w, float{});
    return;
  }
  for (int k = 1, mirror = h - kLanes; k <= count; k = count + 1 - kLanes, mirror = h - count) {
    for (; k + kLanes <= count + 1; k += kLanes, mirror -= kLanes, w += 2 * kLanes) f(k, mirror, w, f32{});
    if (k > count) break;
  }
}

}  // namespace

bool RealFft::configure(int n) {
  if (!fft_size_ok(n)) return false;
  n_ = n;
  const bool even = n % 2 == 0;
  core_.configure(even ? n / 2 : n);
  if (!even) return true;
  twiddles_.resize(2 * static_cast<std::size_t>(n / 4 + kLanes));
  const detail::Roots roots(n);
  for_bins(n / 2, twiddles_.data(), [&](int k, int, float* w, auto lane) {
    constexpr int lanes = lanes_v<decltype(lane)>;
    for (int i = 0; i < lanes; ++i) w[i] = roots.at(k + i).re, w[lanes + i] = roots.at(k + i).im;
  });
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
  const int h = n_ / 2;
  const Planes z = core_.run(in, next, &out->re);
  const f32 half = from_memory<f32>(kHalf), minus_zero = from_memory<f32>(kMinusZero);
  for_bins(h, twiddles_.data(), [=](int k, int mirror, const float* w, auto lane) UNISONO_INLINED {
    using V = decltype(lane);
    V ar = load<V>(z.re + k), ai = load<V>(z.im + k);
    if constexpr (lanes_v<V> == 1) {
      V br = z.re[mirror], bi = z.im[mirror];
      separate<V>(ar, ai, br, bi, w[0], w[1], kHalf, kMinusZero);
      out[k] = {ar, ai};
      out[mirror] = {br, bi};
    } else {
      V br = load_reversed<V>(z.re + mirror), bi = load_reversed<V>(z.im + mirror);
      separate(ar, ai, br, bi, load<V>(w), load<V>(w + kLanes), half, minus_zero);
      store_complex(&out[k].re, ar, ai);
      store_complex<true>(&out[mirror].re, br, bi);
    }
  });
  if (h % 2 == 0) out[h / 2] = {z.re[h / 2], -z.im[h / 2]};
  const float dc = z.re[0], ny = z.im[0];
  out[0] = {dc + ny, 0.0f};
  out[h] = {dc - ny, 0.0f};
}

void RealFft::inverse_even(float* out, const Complex* in, const Upcoming& next) {
  using namespace detail;
  const int h = n_ / 2;
  const Planes exchanged = core_.input();  // an inverse transform is one with real and imaginary parts exchanged
  const Planes z{exchanged.im, exchanged.re};
  z.re[0] = in[0].re + in[h].re;
  z.im[0] = in[0].re - in[h].re;
  for_bins(h, twiddles_.data(), [=](int k, int mirror, const float* w, auto lane) UNISONO_INLINED {
    using V = decltype(lane);
    V ar, ai, br, bi;
    if constexpr (lanes_v<V> == 1) {
      ar = in[k].re, ai = in[k].im, br = in[mirror].re, bi = in[mirror].im;
      unite<V>(ar, ai, br, bi, w[0], w[1]);
    } else {
      load_complex(ar, ai, &in[k].re);
      load_complex<true>(br, bi, &in[mirror].re);
      unite(ar, ai, br, bi, load<V>(w), load<V>(w + kLanes));
      br = reversed(br), bi = reversed(bi);
    }
    store(z.re + k, ar);
    store(z.im + k, ai);
    store(z.re + mirror, br);
    store(z.im + mirror, bi);
  });
  if (h % 2 == 0) {
    z.re[h / 2] = 2.0f * in[h / 2].re;
    z.im[h / 2] = -2.0f * in[h / 2].im;
  }
  const Planes x = core_.run(next);
  interleave(out, x.im, x.re, static_cast<float>(1.0 / n_), h);
}

void RealFft::forward_odd(Complex* out, const float* in) {
  const detail::Planes x = core_.input();
  for (int i = 0; i < n_; ++i) {
    x.re[i] = in[i];
    x.im[i] = 0.0f;
  }
  const detail::Planes y = core_.run();
  detail::interleave(&out->re, y.re, y.im, 1.0f, n_ / 2 + 1);
  out[0].im = 0.0f;
}

void RealFft::inverse_odd(float* out, const Complex* in) {
  const detail::Planes x = core_.input();  // exchanged, as above
  x.im[0] = in[0].re;
  x.re[0] = 0.0f;
  for (int k = 1; k <= n_ / 2; ++k) {  // X[n - k] is the conjugate of X[k]
    x.im[k] = x.im[n_ - k] = in[k].re;
    x.re[k] = in[k].im;
    x.re[n_ - k] = -in[k].im;
  }
  const float* result = core_.run().im;
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
