// The double-precision kernels behind math.h: + - * / and bit moves only, over one double or a vector of doubles.
//
// Every kernel is branch-free and element-wise, so a lane of a vector gets the very bits that the scalar form gives.
// Polynomial coefficients: mpmath.chebyfit at 50 digits on the interval named at each table; the bound given is its error.
#pragma once

#include <cstdint>

#include "unisono/simd.h"

namespace unisono::detail {

inline constexpr double kLn2 = 0x1.62e42fefa39efp-1;
inline constexpr double kLog2E = 0x1.71547652b82fep+0;
inline constexpr double kTwoOverPi = 0x1.45f306dc9c883p-1;
inline constexpr double kPiOver4 = 0x1.921fb54442d18p-1;
inline constexpr double kPiOver2 = 0x1.921fb54442d18p+0;
inline constexpr double kPi = 0x1.921fb54442d18p+1;

// Adding and subtracting 1.5 * 2^52 rounds to the nearest integer, which then sits in the low bits of the sum.
inline constexpr double kMagic = 0x1.8p52;

template <class D, std::size_t N>
UNISONO_INLINE D polynomial(const D& x, const double (&coefficients)[N]) {  // Horner, c[0] + c[1] x + ...
  const double* const c = in_memory<double>(coefficients);
  D y = splat<D>(c[N - 1]);
#pragma GCC unroll 16
  for (int i = static_cast<int>(N) - 2; i >= 0; --i) y = y * x + c[i];
  return y;
}

// The same value as two half-length chains in z = x^2, which run side by side.
template <class D, std::size_t N>
UNISONO_INLINE D polynomial(const D& x, const D& z, const double (&coefficients)[N]) {
  static_assert(N % 2 == 0);
  const double* const c = in_memory<double>(coefficients);
  D even = splat<D>(c[N - 2]), odd = splat<D>(c[N - 1]);
#pragma GCC unroll 8
  for (int i = static_cast<int>(N) - 4; i >= 0; i -= 2) {
    even = even * z + c[i];
    odd = odd * z + c[i + 1];
  }
  return even + x * odd;
}

template <class D>
UNISONO_INLINE D copy_sign(const D& magnitude, const D& sign) {
  using B = bits_t<D>;
  constexpr auto top = elem_t<B>(1) << (8 * sizeof(elem_t<B>) - 1);
  return bits_to<D>(B((bits_to<B>(magnitude) & ~top) | (bits_to<B>(sign) & top)));
}

// 2^k for the integer k held in the low bits of t = k + kMagic, -1022 <= k <= 1023.
template <class D>
UNISONO_INLINE D exp2_of_magic(const D& t) {
  using B = bits_t<D>;
  return bits_to<D>(B((bits_to<B>(t) << 52) + (std::uint64_t{1023} << 52)));
}

// (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2; error 4.7e-13, which is 5.6e-14 of e^r.
inline constexpr double kExp[] = {0x1.fffffffffe062p-2,  0x1.5555555554f96p-3,  0x1.55555565c7e0ep-5,
                                  0x1.111111170bc08p-7,  0x1.6c166bde96885p-10, 0x1.a019c36bc053cp-13,
                                  0x1.a136bf03ec612p-16, 0x1.72ad458027fbcp-19};

// e^x = scale * (1 + p), |x| <= 700: scale is a power of two, p = e^r - 1 keeps its relative accuracy near x = 0.
template <class D>
UNISONO_INLINE void exp_parts(D& scale, D& p, const D& x) {
  const D t = x * kLog2E + kMagic;
  const D r = x - (t - kMagic) * kLn2;  // |k| < 1024: the product's rounding is 2^-43 at worst, 2^-47 for floats
  const D z = r * r;
  p = r + z * polynomial(r, z, kExp);
  scale = exp2_of_magic(t);
}

template <class D>
UNISONO_INLINE D exp_kernel(const D& x) {
  D scale, p;
  exp_parts(scale, p, x);
  return scale + scale * p;
}

template <class D>
UNISONO_INLINE D expm1_kernel(const D& x) {
  D scale, p;
  exp_parts(scale, p, x);
  return (scale - 1.0) + scale * p;
}

// (log((1 + s) / (1 - s)) - 2 s) / s^3 in z = s^2 on s <= 3 - 2 sqrt 2; error 3.2e-16.
inline constexpr double kLog[] = {0x1.5555555555558p-1, 0x1.99999999952ccp-2, 0x1.2492492df3ba9p-2,
                                  0x1.c71c62e26208bp-3, 0x1.7462b58e46ebep-3, 0x1.39fe42e9740a7p-3,
                                  0x1.2b59b713616c9p-3};

// x = 2^k m, sqrt 1/2 <= m < sqrt 2, for positive normal doubles: returns log m and k.
template <class D>
UNISONO_INLINE D log_parts(D& k, const D& x) {
  using B = bits_t<D>;
  // Adding the distance from sqrt(1/2) (0x3fe6a09e...) to 1 carries into the exponent exactly when m >= sqrt 2.
  constexpr std::uint64_t offset = 0x3ff0000000000000u - 0x3fe6a09e667f3bcdu;
  const B shifted = bits_to<B>(x) + offset;
  const D m = bits_to<D>(B((shifted & 0x000fffffffffffffu) + 0x3fe6a09e667f3bcdu));
  // The biased exponent becomes a double by being put under the exponent of 2^52.
  k = bits_to<D>(B((shifted >> 52) | 0x4330000000000000u)) - (0x1p52 + 1023.0);
  const D f = m - 1.0;
  const D s = f / (2.0 + f);
  const D z = s * s;
  return 2.0 * s + (s * z) * polynomial(z, kLog);
}

template <class D>
UNISONO_INLINE D log_kernel(const D& x) {
  D k;
  const D l = log_parts(k, x);
  return k * kLn2 + l;
}

// (sin r - r) / r^3 and (cos r - 1 + z / 2) / z^2 in z = r^2 on |r| <= pi / 4; errors 2.1e-17 and 1.3e-18.
inline constexpr double kSin[] = {-0x1.5555555555555p-3, 0x1.1111111110bb1p-7,   -0x1.a01a019e8357dp-13,
                                  0x1.71de37961e4c6p-19, -0x1.ae600a926c89ap-26, 0x1.5e0af186af739p-33};
inline constexpr double kCos[] = {0x1.5555555555555p-5,   -0x1.6c16c16c16966p-10, 0x1.a01a019f4e867p-16,
                                  -0x1.27e4fa17a41b4p-22, 0x1.1eeb68b109173p-29,  -0x1.907d7aebd5e3dp-37};

template <class D>
UNISONO_INLINE D sin_poly(const D& r) {
  const D z = r * r;
  return r + (r * z) * polynomial(z, kSin);
}
template <class D>
UNISONO_INLINE D cos_poly(const D& r) {
  const D z = r * r;
  return (1.0 - 0.5 * z) + (z * z) * polynomial(z, kCos);
}

// sin(r + quadrant * pi / 2); the quadrant is in the low two bits.
template <class D>
UNISONO_INLINE D sin_quadrant(const D& r, const bits_t<D>& quadrant) {
  using B = bits_t<D>;
  const D s = sin_poly(r), c = cos_poly(r);
  const D y = select_by_bit(quadrant, c, s);
  return bits_to<D>(B(bits_to<B>(y) ^ ((quadrant & std::uint64_t{2}) << 62)));
}

// exp(-2 pi i k / n) to double accuracy, 0 <= k, 8 k < 2^62: the angle is reduced to an eighth of a turn in integers.
inline void root_of_unity(double& re, double& im, std::int64_t k, std::int64_t n) {
  const std::int64_t quadrant = (8 * k + n) / (2 * n);
  const double r = static_cast<double>(4 * k - quadrant * n) * kPiOver2 / static_cast<double>(n);
  const auto q = static_cast<std::uint64_t>(quadrant);
  re = sin_quadrant(r, q + 1);
  im = -sin_quadrant(r, q);
}

// Beyond this |x| the three-part reduction below is not exact; the integer form takes over.
inline constexpr double kReductionLimit = 0x1p27;

// x = q pi / 2 + r, |r| <= pi / 4, |x| <= 2^27. Cody and Waite: pi / 2 in parts of 25, 24 and 53 bits, so that
// q times the first two is exact, and so are the two subtractions.
template <class D>
UNISONO_INLINE bits_t<D> reduce(D& r, const D& x) {
  const D t = x * kTwoOverPi + kMagic;
  const D q = t - kMagic;
  r = ((x - q * 0x1.921fb5p+0) - q * 0x1.110b46p-26) - q * 0x1.1a62633145c07p-54;
  return bits_to<bits_t<D>>(t);
}

// The same for one finite float of any size, exactly (Payne and Hanek 1983). Defined in math/reduction.cpp.
std::uint64_t reduce_huge(double& r, float x);

// (atan t - t) / t^3 in z = t^2 on t <= tan(pi / 8); error 2.4e-14.
inline constexpr double kAtan[] = {-0x1.55555555553a3p-2, 0x1.99999998d154dp-3,  -0x1.249248aa66afdp-3,
                                   0x1.c71c3822a8c74p-4,  -0x1.74563d3f0c54ep-4, 0x1.3a9d8e5b7e385p-4,
                                   -0x1.0c52f150ae8dep-4, 0x1.a76c084488a6dp-5,  -0x1.be27e26b253c1p-6};
inline constexpr double kTanPiOver8 = 0x1.a827999fcef32p-2;

// atan2 of any two doubles that came from floats and are not NaN.
template <class D>
UNISONO_INLINE D atan2_kernel(const D& y, const D& x) {
  using B = bits_t<D>;
  // Infinity becomes 1e300: the quotient of two is then 1, as the standard has it, and of a float and one it rounds to 0.
  const D ax = min(abs(x), splat<D>(1e300)), ay = min(abs(y), splat<D>(1e300));
  const D big = max(ax, ay), small = min(ax, ay);
  const auto upper =
      small > kTanPiOver8 * big;  // then atan(small / big) = pi / 4 + atan((small - big) / (small + big))
  const D num = select(upper, small - big, small);
  const D den = select(upper, small + big, big);
  const D t = num / select(den == D{}, splat<D>(1.0), den);
  const D z = t * t;
  D a = t + (t * z) * polynomial(z, kAtan);
  a = select(upper, a + kPiOver4, a);
  a = select(ay > ax, kPiOver2 - a, a);
  // By the sign bit, not by x < 0: atan2(0, -0) is pi.
  a = select_by_bit<D>(B(bits_to<B>(x) >> 63), kPi - a, a);
  return copy_sign(a, y);
}

}  // namespace unisono::detail
