// tanh and sigmoid for gates: rational functions of floats, several times as fast as math.h's and not as exact.
#pragma once

#include "unisono/math.h"
#include "unisono/nn/elementwise.h"

namespace unisono {

// The tests' double goes by the exact functions.
template <class T>
struct Gate : Activation<T> {};

// x P(x^2) / Q(x^2), fitted to tanh on |x| <= 8 by iterated least squares (a relative error of 2.2e-7); the largest
// error in floats is 5e-7, beyond 8 too, and no result is above 1. NaN stays NaN.
template <>
struct Gate<float> {
  template <class V>
  UNISONO_INLINE static V tanh(const V& x) {
    const V c = min(splat<V>(8.0f), max(splat<V>(-8.0f), x));
    const V z = c * c;
    const V p =
        (((z * -0x1.a618a6p-28f + 0x1.e0aae8p-18f) * z + 0x1.616c82p-9f) * z + 0x1.04592p-3f) * z + 0x1.fffff8p-1f;
    const V q = ((z * 0x1.9c9acep-13f + 0x1.76611ep-6f) * z + 0x1.d78172p-2f) * z + 1.0f;
    return c * p / q;
  }
  template <class V>
  UNISONO_INLINE static V sigmoid(const V& x) {
    return 0.5f + 0.5f * tanh<V>(0.5f * x);
  }
};

}  // namespace unisono
