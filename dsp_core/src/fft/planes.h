// Between interleaved complex numbers and separate planes of real and imaginary parts.
#pragma once

#include "unisono/numerics.h"
#include "unisono/simd.h"

namespace unisono::detail {

template <class V, int... I>
UNISONO_INLINE void unzip_by(V& even, V& odd, const V& a, const V& b, std::integer_sequence<int, I...>) {
  even = __builtin_shufflevector(a, b, (2 * I)...);
  odd = __builtin_shufflevector(a, b, (2 * I + 1)...);
}
template <class V, int... I>
UNISONO_INLINE void zip_by(V& low, V& high, const V& a, const V& b, std::integer_sequence<int, I...>) {
  constexpr int n = lanes_v<V>;
  low = __builtin_shufflevector(a, b, (I / 2 + (I % 2) * n)...);
  high = __builtin_shufflevector(a, b, (n / 2 + I / 2 + (I % 2) * n)...);
}
template <class V, int... I>
UNISONO_INLINE V reversed_by(const V& a, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(a, a, (lanes_v<V> - 1 - I)...);
}

template <class V>
UNISONO_INLINE V reversed(const V& a) {
  return reversed_by(a, std::make_integer_sequence<int, lanes_v<V>>{});
}

// Distance between work planes of n floats: the four must not lie a multiple of 4 KiB apart, where they would compete
// for the same few lines of the first-level cache.
inline int plane_stride(int n) { return (n + 15) / 16 * 16 + 16 * 5; }

// kLanes complex values at p, to and from two vectors.
UNISONO_INLINE void load_complex(f32& re, f32& im, const float* p) {
  unzip_by(re, im, load<f32>(p), load<f32>(p + kLanes), std::make_integer_sequence<int, kLanes>{});
}
UNISONO_INLINE void store_complex(float* p, const f32& re, const f32& im) {
  f32 low, high;
  zip_by(low, high, re, im, std::make_integer_sequence<int, kLanes>{});
  store(p, low);
  store(p + kLanes, high);
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
