// From the kernels' doubles to correctly rounded floats.
//
// A double that is not very near the middle between two floats rounds to the right one, small as its error is. One that
// is may lie on the wrong side: then the input is looked up among those, few in all, of which that is known.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "unisono/numerics.h"
#include "unisono/simd.h"

namespace unisono::detail {

// Inputs of a function whose rounded double must be made the float of the next greater or smaller magnitude.
struct Misrounded {
  std::span<const std::uint32_t> more, less;
};
extern const Misrounded kMisroundedExp, kMisroundedLog, kMisroundedSin, kMisroundedCos, kMisroundedTanh,
    kMisroundedSigmoid;

float put_right(float y, float x, const Misrounded& known);

// The same for every lane; out of line, for it is hardly ever needed.
template <class V>
[[gnu::noinline, gnu::cold]] V put_right(V y, V x, const Misrounded& known) {
  for (int i = 0; i < lanes_v<V>; ++i) y[i] = put_right(float{y[i]}, float{x[i]}, known);
  return y;
}

// The lower halves of doubles, of two vectors in an order that takes one instruction (shuffled as floats, it does).
inline std::uint32_t low_words(double d) { return static_cast<std::uint32_t>(bit_cast<std::uint64_t>(d)); }

template <class D, int... I>
UNISONO_INLINE auto low_words(const D& lo, const D& hi, std::integer_sequence<int, I...>) {
  using F = vec<float, 2 * lanes_v<D>>;
  constexpr int n = sizeof...(I);
  return bits_to<bits_t<F>>(
      F(__builtin_shufflevector(bits_to<F>(lo), bits_to<F>(hi), (I / 4 * 4 + I % 2 * 2 + (I & 2) / 2 * n)...)));
}
template <class D>
UNISONO_INLINE auto low_words(const D& lo, const D& hi) {
  return low_words(lo, hi, std::make_integer_sequence<int, 2 * lanes_v<D>>{});
}

// A float lacks a double's lowest 29 bits: the middle between two is where they are 2^28. The kernels' errors are below
// 2^10 units of these bits, so 2^11 is near; one double in 2^17 is.
template <class W>
UNISONO_INLINE auto near_middle(const W& low) {
  using S = std::conditional_t<lanes_v<W> == 1, std::int32_t, vec<std::int32_t, lanes_v<W>>>;
  return bits_to<S>(W((low << 3) + (1u << 14))) < INT32_MIN + (1 << 15);  // the middle is now where signs change
}

// f of the doubles that x holds, rounded correctly if `known` has all the inputs that are not.
template <class V, class F>
UNISONO_INLINE V rounded(const V& x, F f, const Misrounded& known) {
  if constexpr (lanes_v<V> == 1) {
    const double d = f(static_cast<double>(x));
    const float y = static_cast<float>(d);
    return near_middle(low_words(d)) ? put_right(y, x, known) : y;
  } else {
    wide_t<V> lo, hi;
    widen(lo, hi, x);
    lo = f(lo);
    hi = f(hi);
    const V y = narrow<V>(lo, hi);
    if (any(near_middle(low_words(lo, hi)))) [[unlikely]]
      return put_right<V>(y, x, known);
    return y;
  }
}

}  // namespace unisono::detail
