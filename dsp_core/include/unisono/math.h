// The core's own elementary functions: the same bits on every machine, for one float or a vector of floats.
//
// All floats are taken: subnormal, infinite, NaN (the result is then canonical). exp, log, sin, cos, tanh, sigmoid and sqrt
// are correctly rounded for every input, which is checked over all 2^32 (tests/sweep). atan2 and pow are evaluated in
// double and rounded once: at most 0.5000001 and 0.5000007 ulp off in 2 * 10^8 random pairs, 0.5 being correct rounding.
#pragma once

#include <cstdint>

#include "unisono/math_kernels.h"
#include "unisono/math_rounding.h"
#include "unisono/numerics.h"
#include "unisono/simd.h"

namespace unisono {

namespace detail {

// f of the doubles that x and y hold, rounded once.
template <class V, class F>
UNISONO_INLINE V in_double(const V& x, const V& y, F f) {
  if constexpr (lanes_v<V> == 1) {
    return static_cast<float>(f(static_cast<double>(x), static_cast<double>(y)));
  } else {
    wide_t<V> xl, xh, yl, yh;
    widen(xl, xh, x);
    widen(yl, yh, y);
    return narrow<V>(f(xl, yl), f(xh, yh));
  }
}

// y, or the canonical NaN where x is not a number.
template <class V>
UNISONO_INLINE V unless_nan(const V& x, const V& y) {
  return select(x == x, y, splat<V>(canonical_nan()));
}

template <class V>
UNISONO_INLINE V clamp(const V& x, elem_t<V> low, elem_t<V> high) {
  return min(max(x, splat<V>(low)), splat<V>(high));  // NaN -> low; callers put the NaN back
}

// For v >= 0: adding and subtracting 2^23 gives whole numbers back; from 2^23 on there are no others.
template <class V>
UNISONO_INLINE auto is_whole(const V& v) {
  const V magic = splat<V>(0x1p23f);
  return (v >= magic) | (((v + magic) - magic) == v);
}

// sin(x + shift * pi / 2) for doubles that came from finite floats.
template <class D>
UNISONO_INLINE D sin_shifted(const D& x, std::uint64_t shift) {
  D r;
  bits_t<D> q = reduce(r, x);
  const auto huge = abs(x) > splat<D>(kReductionLimit);
  if (any(huge)) [[unlikely]] {
    if constexpr (lanes_v<D> == 1) {
      q = reduce_huge(r, static_cast<float>(x));
    } else {
      for (int i = 0; i < lanes_v<D>; ++i) {
        if (!huge[i]) continue;
        double ri;
        q[i] = reduce_huge(ri, static_cast<float>(x[i]));
        r[i] = ri;
      }
    }
  }
  return sin_quadrant(r, q + shift);
}

template <class V>
UNISONO_KERNEL V sin_or_cos(const V& x, std::uint64_t shift, const Misrounded& known) {
  const auto finite = abs(x) < splat<V>(__builtin_inff());
  const V y = rounded<V>(select(finite, x, V{}), [=](const auto& d) { return sin_shifted(d, shift); }, known);
  return select(finite, y, splat<V>(canonical_nan()));
}

}  // namespace detail

template <class V>
UNISONO_KERNEL V exp(const V& x) {
  const V y = detail::rounded(
      detail::clamp(x, -200.0f, 200.0f), [](const auto& d) { return detail::exp_kernel(d); }, detail::kMisroundedExp);
  return detail::unless_nan(x, y);
}

// log of a negative number is NaN, of either zero -inf.
template <class V>
UNISONO_KERNEL V log(const V& x) {
  V y = detail::rounded(x, [](const auto& d) { return detail::log_kernel(d); }, detail::kMisroundedLog);
  const float infinity = __builtin_inff();
  y = select(x == V{}, splat<V>(-infinity), y);
  y = select(x == splat<V>(infinity), x, y);
  return select(x >= V{}, y, splat<V>(canonical_nan()));
}

template <class V>
UNISONO_INLINE V sin(const V& x) {
  const V y = detail::sin_or_cos(x, 0, detail::kMisroundedSin);
  return select(x == V{}, x, y);  // keeps -0
}

template <class V>
UNISONO_INLINE V cos(const V& x) {
  return detail::sin_or_cos(x, 1, detail::kMisroundedCos);
}

template <class V>
UNISONO_KERNEL V tanh(const V& x) {
  const auto kernel = [](const auto& d) {
    using D = std::remove_cvref_t<decltype(d)>;
    const D e = detail::expm1_kernel<D>(d + d);
    return D(e / (e + 2.0));
  };
  const V y = detail::rounded(min(abs(x), splat<V>(32.0f)), kernel, detail::kMisroundedTanh);  // tanh 32 rounds to 1
  return detail::unless_nan(x, detail::copy_sign(y, x));
}

// 1 / (1 + e^-x)
template <class V>
UNISONO_KERNEL V sigmoid(const V& x) {
  const auto kernel = [](const auto& d) {
    using D = std::remove_cvref_t<decltype(d)>;
    return D(1.0 / (1.0 + detail::exp_kernel<D>(-d)));
  };
  return detail::unless_nan(x, detail::rounded(detail::clamp(x, -200.0f, 200.0f), kernel, detail::kMisroundedSigmoid));
}

// The angle of (x, y) in (-pi, pi], IEEE 754's cases of zero and infinity included.
template <class V>
UNISONO_KERNEL V atan2(const V& y, const V& x) {
  const V a = detail::in_double(y, x, [](const auto& dy, const auto& dx) { return detail::atan2_kernel(dy, dx); });
  return detail::unless_nan(x, detail::unless_nan(y, a));
}

// x to the power y, IEEE 754's special cases included (pow(x, 0) = pow(1, y) = 1 even for NaN).
template <class V>
UNISONO_KERNEL V pow(const V& x, const V& y) {
  V z = detail::in_double(x, y, [](const auto& dx, const auto& dy) {
    using D = std::remove_cvref_t<decltype(dx)>;
    D k;
    const D l = detail::log_parts(k, abs(dx));
    // |dy| is clamped because infinity times log 1 = 0 is not a number; 1e30 is as good as infinity here otherwise.
    return detail::exp_kernel(detail::clamp<D>(detail::clamp(dy, -1e30, 1e30) * (k * detail::kLn2 + l), -200.0, 200.0));
  });
  const V zero{}, one = splat<V>(1.0f), infinity = splat<V>(__builtin_inff());
  const V ax = abs(x), ay = abs(y);
  z = select(ax == zero, select(y > zero, zero, infinity), z);
  z = select(ax == infinity, select(y > zero, infinity, zero), z);
  const auto whole = detail::is_whole(ay);
  const auto odd = whole & (ay < splat<V>(0x1p24f)) & mask_not(detail::is_whole<V>(ay * 0.5f));
  z = select(odd, detail::copy_sign(z, x), z);
  const auto undefined = (x < zero) & (ax < infinity) & mask_not(whole);
  z = select(undefined, splat<V>(canonical_nan()), z);
  z = detail::unless_nan(x, detail::unless_nan(y, z));
  return select((y == zero) | (x == one), one, z);
}

// sin of a phase in units of 2^-32 turns: no reduction error, whatever the phase.
float sin_phase(std::uint32_t phase);

// One float, out of line: loops come here for what a vector does not fill.
float exp(float x);
float log(float x);
float sin(float x);
float cos(float x);
float tanh(float x);
float sigmoid(float x);
float atan2(float y, float x);
float pow(float x, float y);

// Block forms; out and the inputs may be the same memory.
void exp(float* out, const float* x, int n);
void log(float* out, const float* x, int n);
void sin(float* out, const float* x, int n);
void cos(float* out, const float* x, int n);
void tanh(float* out, const float* x, int n);
void sigmoid(float* out, const float* x, int n);
void sqrt(float* out, const float* x, int n);  // NaN of a negative number is canonical
void atan2(float* out, const float* y, const float* x, int n);
void pow(float* out, const float* x, const float* y, int n);

}  // namespace unisono
