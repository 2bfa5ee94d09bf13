// Butterflies of radix 2, 3, 4, 5 and 8: forward transforms of R complex values, split into real and imaginary parts.
#pragma once

#include "unisono/simd.h"

namespace unisono::detail {

template <int R, class V>
struct Butterfly;

template <class V>
struct Butterfly<2, V> {
  UNISONO_INLINE static void apply(V* re, V* im) {
    const V ar = re[0], ai = im[0];
    re[0] = ar + re[1], im[0] = ai + im[1];
    re[1] = ar - re[1], im[1] = ai - im[1];
  }
};

template <class V>
struct Butterfly<3, V> {
  UNISONO_INLINE static void apply(V* re, V* im) {
    constexpr float sin60 = 0x1.bb67aep-1f;
    const V tr = re[1] + re[2], ti = im[1] + im[2];
    const V fr = sin60 * (re[1] - re[2]), fi = sin60 * (im[1] - im[2]);
    const V er = re[0] - 0.5f * tr, ei = im[0] - 0.5f * ti;
    re[0] = re[0] + tr, im[0] = im[0] + ti;
    re[1] = er + fi, im[1] = ei - fr;
    re[2] = er - fi, im[2] = ei + fr;
  }
};

template <class V>
struct Butterfly<4, V> {
  UNISONO_INLINE static void apply(V* re, V* im) {
    const V ar = re[0] + re[2], ai = im[0] + im[2];
    const V br = re[0] - re[2], bi = im[0] - im[2];
    const V cr = re[1] + re[3], ci = im[1] + im[3];
    const V dr = re[1] - re[3], di = im[1] - im[3];
    re[0] = ar + cr, im[0] = ai + ci;
    re[1] = br + di, im[1] = bi - dr;
    re[2] = ar - cr, im[2] = ai - ci;
    re[3] = br - di, im[3] = bi + dr;
  }
};

template <class V>
struct Butterfly<5, V> {
  UNISONO_INLINE static void apply(V* re, V* im) {
    constexpr float cos72 = 0x1.3c6ef4p-2f, cos144 = -0x1.9e377ap-1f;
    constexpr float sin72 = 0x1.e6f0e2p-1f, sin144 = 0x1.2cf230p-1f;
    const V ar = re[1] + re[4], ai = im[1] + im[4], br = re[2] + re[3], bi = im[2] + im[3];
    const V cr = re[1] - re[4], ci = im[1] - im[4], dr = re[2] - re[3], di = im[2] - im[3];
    const V er = re[0] + cos72 * ar + cos144 * br, ei = im[0] + cos72 * ai + cos144 * bi;
    const V fr = re[0] + cos144 * ar + cos72 * br, fi = im[0] + cos144 * ai + cos72 * bi;
    const V gr = sin72 * cr + sin144 * dr, gi = sin72 * ci + sin144 * di;
    const V hr = sin144 * cr - sin72 * dr, hi = sin144 * ci - sin72 * di;
    re[0] = re[0] + ar + br, im[0] = im[0] + ai + bi;
    re[1] = er + gi, im[1] = ei - gr;
    re[2] = fr + hi, im[2] = fi - hr;
    re[3] = fr - hi, im[3] = fi + hr;
    re[4] = er - gi, im[4] = ei + gr;
  }
};

template <class V>
struct Butterfly<8, V> {  // two of radix 4 on the even and odd values, then four of radix 2
  // The odd half by its powers of the eighth root.
  UNISONO_INLINE static void turn(V* re, V* im) {
    static constexpr float kRootHalf = 0x1.6a09e6p-1f;
    const V root_half = from_memory<V>(kRootHalf);
    const V pr[4] = {re[0], root_half * (re[1] + im[1]), im[2], root_half * (im[3] - re[3])};
    const V qi[4] = {im[0], root_half * (im[1] - re[1]), -re[2], root_half * (-re[3] - im[3])};
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) re[k] = pr[k], im[k] = qi[k];
  }

  UNISONO_INLINE static void apply(V* re, V* im) {
    V er[4] = {re[0], re[2], re[4], re[6]}, ei[4] = {im[0], im[2], im[4], im[6]};
    V odr[4] = {re[1], re[3], re[5], re[7]}, odi[4] = {im[1], im[3], im[5], im[7]};
    Butterfly<4, V>::apply(er, ei);
    Butterfly<4, V>::apply(odr, odi);
    turn(odr, odi);
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      re[k] = er[k] + odr[k], im[k] = ei[k] + odi[k];
      re[k + 4] = er[k] - odr[k], im[k + 4] = ei[k] - odi[k];
    }
  }
};

}  // namespace unisono::detail
