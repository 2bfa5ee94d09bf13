// Between interleaved complex numbers and separate planes of real and imaginary parts.
#pragma once

#include "unisono/numerics.h"
#include "unisono/simd.h"

namespace unisono::detail {

// In every group of so many lanes, by default in the whole vector: even and odd lanes apart (a before b), or together again.
template <int Group, class V, int... I>
UNISONO_INLINE void unzip_by(V& even, V& odd, const V& a, const V& b, std::integer_sequence<int, I...>) {
  constexpr int n = lanes_v<V>, half = Group / 2;
  even = __builtin_shufflevector(a, b, ((I & -Group) + 2 * (I % half) + (I % Group / half) * n)...);
  odd = __builtin_shufflevector(a, b, ((I & -Group) + 2 * (I % half) + 1 + (I % Group / half) * n)...);
}
template <int Group, class V, int... I>
UNISONO_INLINE void zip_by(V& low, V& high, const V& a, const V& b, std::integer_sequence<int, I...>) {
  constexpr int n = lanes_v<V>, half = Group / 2;
  low = __builtin_shufflevector(a, b, ((I & -Group) + I % Group / 2 + (I % 2) * n)...);
  high = __builtin_shufflevector(a, b, ((I & -Group) + half + I % Group / 2 + (I % 2) * n)...);
}
template <int Group, class V, int... I>
UNISONO_INLINE V reversed_by(const V& a, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, a, ((I & -Group) + Group - 1 - I % Group)...);
}

template <class V>
using lanes_of = std::make_integer_sequence<int, lanes_v<V>>;

template <class V, int Group = lanes_v<V>>
UNISONO_INLINE void unzip(V& even, V& odd, const V& a, const V& b) {
  unzip_by<Group>(even, odd, a, b, lanes_of<V>{});
}
template <class V, int Group = lanes_v<V>>
UNISONO_INLINE void zip(V& low, V& high, const V& a, const V& b) {
  zip_by<Group>(low, high, a, b, lanes_of<V>{});
}
// The last lane first.
template <class V, int Group = lanes_v<V>>
UNISONO_INLINE V reversed(const V& a) {
  return reversed_by<Group>(a, lanes_of<V>{});
}

// Distance between work planes of n floats: the four must not lie a multiple of 4 KiB apart, where they would compete
// for the same few lines of the first-level cache.
inline int plane_stride(int n) { return (n + 15) / 16 * 16 + 16 * 5; }

// A vector of floats or of complex values at p, to and from registers, as they are or the last lane first. AVX2 moves lanes
// within halves only, at a third of the cost of moves across: its vectors are loaded and stored by halves.
template <class V>
inline constexpr bool kByHalves = lanes_v<V> == 8;
template <class V>
inline constexpr int kGroup = kByHalves<V> ? 4 : lanes_v<V>;

template <class V>
UNISONO_INLINE V load_halves(const float* low, const float* high) {
  using Half = vec<float, lanes_v<V> / 2>;
  return join(load<Half>(low), load<Half>(high));
}

template <class V>
UNISONO_INLINE V load_reversed(const float* p) {
  if constexpr (kByHalves<V>) return reversed<V, kGroup<V>>(load_halves<V>(p + 4, p));
  else return reversed(load<V>(p));
}

template <bool Reversed = false, class V>
UNISONO_INLINE void load_complex(V& re, V& im, const float* p) {
  if constexpr (kByHalves<V>) {
    constexpr int low = Reversed ? 8 : 0, high = 8 - low;
    unzip<V, kGroup<V>>(re, im, load_halves<V>(p + low, p + high), load_halves<V>(p + low + 4, p + high + 4));
  } else {
    unzip(re, im, load<V>(p), load<V>(p + lanes_v<V>));
  }
  if constexpr (Reversed) re = reversed<V, kGroup<V>>(re), im = reversed<V, kGroup<V>>(im);
}

template <bool Reversed = false, class V>
UNISONO_INLINE void store_complex(float* p, V re, V im) {
  if constexpr (Reversed) re = reversed<V, kGroup<V>>(re), im = reversed<V, kGroup<V>>(im);
  V low, high;
  zip<V, kGroup<V>>(low, high, re, im);
  if constexpr (kByHalves<V>) {
    vec<float, 4> a, b, c, d;
    split<V>(a, b, low);
    split<V>(c, d, high);
    constexpr int first = Reversed ? 8 : 0, second = 8 - first;
    store(p + first, a);
    store(p + first + 4, c);
    store(p + second, b);
    store(p + second + 4, d);
  } else {
    store(p, low);
    store(p + lanes_v<V>, high);
  }
}

// re[n], im[n] = the even and odd elements of in[2 n].
inline void deinterleave(float* re, float* im, const float* in, int n) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    f32 a, b;
    load_complex(a, b, in + 2 * i);
    store(re + i, a);
    store(im + i, b);
  }
  for (; i < n; ++i) {
    re[i] = in[2 * i];
    im[i] = in[2 * i + 1];
  }
}

// out[2 n] = scale * (re[0], im[0], re[1], ...)
inline void interleave(float* out, const float* re, const float* im, float scale, int n) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    store_complex(out + 2 * i, load<f32>(re + i) * scale, load<f32>(im + i) * scale);
  }
  for (; i < n; ++i) {
    out[2 * i] = re[i] * scale;
    out[2 * i + 1] = im[i] * scale;
  }
}

}  // namespace unisono::detail
