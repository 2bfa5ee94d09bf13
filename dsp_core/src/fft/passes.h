// The passes of Stockham's FFT, and how numbers lie between them.
//
// A pass of radix R over m butterflies of s columns (n = R m s, decimation in frequency) does, for p < m and q < s,
//   y[q + s (R p + j)] = w^(p j) * sum over i of x[t + i n / R] exp(-2 pi i j k / R),  t = q + s p, w = exp(-2 pi i / (R m)).
// Vectors are of columns t, and each element sees the same operations in the same order whatever their width.
//
// Numbers lie as the pass that reads them wants them: what it takes for one step is together, and one step follows the
// other, so that a pass has one pointer to read with. Element t + i n / R is in block t / lanes, part i:
//   x[2 lanes R (t / lanes) + 2 lanes i + t % lanes], its imaginary part `lanes` further.
// All that a butterfly writes is of one part: as the next radix R' divides m, element q + s (R p + j) is of part
// p / (m / R'), and there number q + s (R (p % (m / R')) + j). The last pass writes planes, and so does one before a pass over
// planes.
#pragma once

#include <cstddef>
#include <utility>

#include "fft/butterfly.h"
#include "fft/planes.h"
#include "unisono/fft.h"
#include "unisono/simd.h"

namespace unisono::detail {

// Asks for what comes next at every vector of a wide pass. All wide passes together, three of them as a rule, are to have
// asked for as much as the transform reads and writes.
class Ahead {
 public:
  explicit Ahead(const Upcoming& next)
      : read_(static_cast<const char*>(next.read)),
        write_(next.write != nullptr ? static_cast<const char*>(next.write) : read_) {}

  template <int R>
  UNISONO_INLINE void ask() {
    constexpr int kLine = 64, kLines = (R * kLanes + 23) / 24;
    for (int i = 0; i < kLines; ++i, read_ += kLine, write_ += kLine) {
      __builtin_prefetch(read_, 0, 2);
      __builtin_prefetch(write_, 1, 2);
    }
  }

 private:
  const char *read_, *write_;
};
struct NothingAhead {
  template <int R>
  UNISONO_INLINE void ask() {}
};

// What a pass writes, a part after the other, with so many butterflies each (rows): in blocks of 2^shift lanes, or planes, which
// are one block. Handed over by reference and copied there: compilers keep the copy in registers, and WebAssembly has no other.
struct Target {
  float *re, *im;
  int parts, rows, shift;

  int butterflies() const { return parts * rows; }
  std::ptrdiff_t block() const { return static_cast<std::ptrdiff_t>(parts) << (shift + 1); }
  std::ptrdiff_t part(int i) const { return static_cast<std::ptrdiff_t>(i) << (shift + 1); }
  std::ptrdiff_t place(int t) const { return (t >> shift) * block() + (t & ((1 << shift) - 1)); }
};
inline constexpr int kShiftOfPlanes = 28;

constexpr std::ptrdiff_t block_of_four(int lanes) { return 8 * lanes; }  // what radix 4 reads

// What a narrow pass of radix R reads: a vector of columns of part i, where there are `columns`. They move on by so many.
struct FromPlanes {
  const float *re, *im;
  template <int R, class V>
  UNISONO_INLINE void load(V& x_re, V& x_im, int i, std::ptrdiff_t columns) const {
    x_re = unisono::load<V>(re + i * columns), x_im = unisono::load<V>(im + i * columns);
  }
  template <int R>
  UNISONO_INLINE void move(int n) {
    re += n, im += n;
  }
};
struct FromPairs {  // complex numbers
  const float* pairs;
  template <int R, class V>
  UNISONO_INLINE void load(V& x_re, V& x_im, int i, std::ptrdiff_t columns) const {
    load_complex(x_re, x_im, pairs + 2 * i * columns);
  }
  template <int R>
  UNISONO_INLINE void move(int n) {
    pairs += 2 * n;
  }
};
struct FromBlocks {
  const float* x;
  template <int R, class V>
  UNISONO_INLINE void load(V& x_re, V& x_im, int i, std::ptrdiff_t) const {
    constexpr int n = lanes_v<V>;
    x_re = unisono::load<V>(x + 2 * n * i), x_im = unisono::load<V>(x + 2 * n * i + n);
  }
  template <int R>
  UNISONO_INLINE void move(int n) {
    x += 2 * R * n;
  }
};

// (re + i im) (wr + i wi)
template <class V>
UNISONO_INLINE V rotated_re(const V& re, const V& im, const V& wr, const V& wi) {
  return re * wr - im * wi;
}
template <class V>
UNISONO_INLINE V rotated_im(const V& re, const V& im, const V& wr, const V& wi) {
  return re * wi + im * wr;
}

// --- wide passes: s is a multiple of the lanes, and a vector is of one butterfly ---

// Hands out(j, re, im) the butterfly of the block at x.
template <int R, class V, class Out>
UNISONO_INLINE void block_butterfly(float* x, Out out) {
  constexpr int n = lanes_v<V>;
  if constexpr (R == 8) {  // the even half waits where it was read: there are not registers for both
    using Half = Butterfly<4, V>;
    V re[4], im[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) re[i] = load<V>(x + 4 * n * i), im[i] = load<V>(x + 4 * n * i + n);
    Half::apply(re, im);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) store(x + 4 * n * i, re[i]), store(x + 4 * n * i + n, im[i]);
    asm volatile("" : : : "memory");  // the compiler is not to keep them
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) re[i] = load<V>(x + 4 * n * i + 2 * n), im[i] = load<V>(x + 4 * n * i + 3 * n);
    Half::apply(re, im);
    Butterfly<8, V>::turn(re, im);
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const V even_re = load<V>(x + 4 * n * k), even_im = load<V>(x + 4 * n * k + n);
      out(k, even_re + re[k], even_im + im[k]);
      out(k + 4, even_re - re[k], even_im - im[k]);
    }
  } else {
    V re[R], im[R];
#pragma GCC unroll 8
    for (int i = 0; i < R; ++i) re[i] = load<V>(x + 2 * n * i), im[i] = load<V>(x + 2 * n * i + n);
    Butterfly<R, V>::apply(re, im);
#pragma GCC unroll 8
    for (int j = 0; j < R; ++j) out(j, re[j], im[j]);
  }
}

// A vector of columns; its outputs go to y, y + step, ... Twiddles: R - 1 of them.
template <int R, class V, class A>
UNISONO_INLINE void wide_step(float* x, float* y, std::ptrdiff_t step, const V* wr, const V* wi, A& ahead) {
  ahead.template ask<R>();
  block_butterfly<R, V>(x, [=](int j, const V& re, const V& im) UNISONO_INLINED {
    store(y + j * step, j > 0 ? rotated_re(re, im, wr[j - 1], wi[j - 1]) : re);
    store(y + j * step + lanes_v<V>, j > 0 ? rotated_im(re, im, wr[j - 1], wi[j - 1]) : im);
  });
}

// Single: s is one vector, and a butterfly no loop; the next radix is 4, with vectors of as many lanes.
template <int R, bool Single, class V, class A>
UNISONO_INLINE void wide_butterflies(float* x, Target y, int s, const float* w, A& ahead) {
  constexpr int n = lanes_v<V>, kBlock = 2 * n * R;
  const std::ptrdiff_t block = Single ? block_of_four(n) : y.block(), step = Single ? block : s / n * block;
  for (int part = 0; part < y.parts; ++part) {
    float* to = y.re + y.part(part);
    for (int p = 0; p < y.rows; ++p, w += 2 * (R - 1), to += (R - 1) * step) {
      V wr[R - 1], wi[R - 1];
#pragma GCC unroll 8
      for (int j = 0; j < R - 1; ++j) wr[j] = splat<V>(w[2 * j]), wi[j] = splat<V>(w[2 * j + 1]);
      if constexpr (Single) {
        wide_step<R>(x, to, step, wr, wi, ahead);
        x += kBlock, to += block;
      } else {
        for (int q = 0; q < s; q += n, x += kBlock, to += block) wide_step<R>(x, to, step, wr, wi, ahead);
      }
    }
  }
}

// The last pass has one butterfly, no twiddles, and writes planes.
template <int R, class V, class A>
UNISONO_INLINE void wide_last(float* x, Target y, std::ptrdiff_t s, A& ahead) {
  constexpr int n = lanes_v<V>;
  for (std::ptrdiff_t q = 0; q < s; q += n, x += 2 * n * R, y.re += n, y.im += n) {
    ahead.template ask<R>();
    block_butterfly<R, V>(x, [=](int j, const V& re, const V& im) UNISONO_INLINED {
      store(y.re + j * s, re);
      store(y.im + j * s, im);
    });
  }
}

template <int R, class V, class A>
void wide_pass(float* x, const Target& to, int s, const float* w, A& ahead) {
  const Target y = to;
  if (y.butterflies() == 1) return wide_last<R, V>(x, y, s, ahead);
  if (R == 4 && s == lanes_v<V> && y.block() == block_of_four(s))
    return wide_butterflies<R, true, V>(x, y, s, w, ahead);
  wide_butterflies<R, false, V>(x, y, s, w, ahead);
}

// --- narrow passes: s is 1 or 4, and a vector is of several butterflies, with twiddles for every lane ---

// In every group of four lanes: (a0 a1 b0 b1) and (a2 a3 b2 b3).
template <class V, int... I>
UNISONO_INLINE void zip_pairs(V& low, V& high, const V& a, const V& b, std::integer_sequence<int, I...>) {
  constexpr int n = lanes_v<V>;
  low = __builtin_shufflevector(a, b, ((I & ~3) + (I & 1) + ((I & 2) >> 1) * n)...);
  high = __builtin_shufflevector(a, b, ((I & ~3) + 2 + (I & 1) + ((I & 2) >> 1) * n)...);
}

// In every group of four lanes: v[i] lane j and v[j] lane i exchanged.
template <class V>
UNISONO_INLINE void transpose(V* v) {
  constexpr lanes_of<V> all;
  V ab0, ab1, cd0, cd1;
  zip<V, 4>(ab0, ab1, v[0], v[1]);
  zip<V, 4>(cd0, cd1, v[2], v[3]);
  zip_pairs(v[0], v[1], ab0, cd0, all);
  zip_pairs(v[2], v[3], ab1, cd1, all);
}

// A butterfly of a narrow pass writes H = R S / 4 quads of lanes, one after the other. Where the butterflies of every vector are
// of one part, and the next pass reads whole vectors, all distances within a vector are known beforehand.
struct InOrder {
  static constexpr std::ptrdiff_t to_im = kLanes;
  float* part;  // from the vector's first butterfly on
  std::ptrdiff_t block;

  UNISONO_INLINE std::ptrdiff_t place(int quad) const { return 4 * quad / kLanes * block + 4 * quad % kLanes; }
  template <int H>
  UNISONO_INLINE float* quad(int butterfly, int h) const {
    return part + place(H * butterfly + h);
  }
};
#ifdef __wasm__
inline constexpr bool kOnlyFoursInOrder = true;  // where the next radix is 4: a page waits for every byte
#else
inline constexpr bool kOnlyFoursInOrder = false;
#endif
struct ByTable {
  Target y;
  const int* where;  // of each butterfly
  std::ptrdiff_t to_im;

  template <int H>
  UNISONO_INLINE float* quad(int butterfly, int h) const {
    return y.re + where[butterfly] + y.place(4 * h);
  }
};

// v: R vectors, of which group c of four lanes belongs to butterfly c where S is 4, and lane i to butterfly i where it is 1.
template <int R, int S, class V, class Places>
UNISONO_INLINE void store_groups(std::ptrdiff_t offset, Places y, const V& v, int vector, int group) {
  if constexpr (lanes_v<V> == 4) {
    const int butterfly = S == 1 ? 4 * group + vector % 4 : group, h = S == 1 ? vector / 4 : vector;
    store(y.template quad<R * S / 4>(butterfly, h) + offset, v);
  } else {
    vec<float, lanes_v<V> / 2> low, high;
    split<V>(low, high, v);
    store_groups<R, S>(offset, y, low, vector, group);
    store_groups<R, S>(offset, y, high, vector, group + lanes_v<V> / 8);
  }
}
template <int R, int S, class V, class Places>
UNISONO_INLINE void store_narrow(std::ptrdiff_t offset, Places y, V* v) {
  for (int i = 0; S == 1 && i < R; i += 4) transpose(v + i);
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) store_groups<R, S>(offset, y, v[i], i, 0);
}

// The imaginary parts are rotated when the real ones are stored: fewer values are alive at a time.
template <int R, int S, class V, class Source, class Places>
UNISONO_INLINE void narrow_step(Source x, Places y, std::ptrdiff_t columns, const float* w) {
  constexpr int n = lanes_v<V>;
  V re[R], im[R], rotated[R];
#pragma GCC unroll 8
  for (int i = 0; i < R; ++i) x.template load<R>(re[i], im[i], i, columns);
  Butterfly<R, V>::apply(re, im);
  const auto wr = [=](int j) UNISONO_INLINED { return load<V>(w + 2 * n * (j - 1)); };
  const auto wi = [=](int j) UNISONO_INLINED { return load<V>(w + 2 * n * (j - 1) + n); };
#pragma GCC unroll 8
  for (int j = 0; j < R; ++j) rotated[j] = j > 0 ? rotated_re(re[j], im[j], wr(j), wi(j)) : re[j];
  store_narrow<R, S>(0, y, rotated);
#pragma GCC unroll 8
  for (int j = 1; j < R; ++j) im[j] = rotated_im(re[j], im[j], wr(j), wi(j));
  store_narrow<R, S>(y.to_im, y, im);
}

// The table says where each butterfly's numbers go, and is null where that is in order; eights have one always. Vectors then
// go over the ends of parts, and the last may overlap the one before: computing a value twice is harmless out of place.
template <int R, int S, class V, class Source>
void narrow_pass(Source x, const Target& to, const float* w, const int* table) {
  constexpr int n = lanes_v<V>, kAtOnce = n / S, kTwiddles = 2 * n * (R - 1);
  const Target y = to;
  const int butterflies = y.butterflies();
  const auto in_order = [&](std::ptrdiff_t block) UNISONO_INLINED {
    for (int part = 0; part < y.parts; ++part) {
      InOrder places{y.re + y.part(part), block};
      for (int p = 0; p < y.rows; p += kAtOnce, w += kTwiddles, x.template move<R>(n)) {
        narrow_step<R, S, V>(x, places, S * butterflies, w);
        places.part += places.place(R * S / 4 * kAtOnce);
      }
    }
  };
  if (R < 8 && table == nullptr) {
    if (kOnlyFoursInOrder || y.parts == 4) return in_order(block_of_four(kLanes));
    return in_order(y.block());
  }
  ByTable places{y, table, y.im - y.re};
  for (int left = butterflies; left > 0; w += kTwiddles) {
    narrow_step<R, S, V>(x, places, S * butterflies, w);
    left -= kAtOnce;
    const int by = left < kAtOnce ? left : kAtOnce;
    places.where += by;
    x.template move<R>(S * by);
  }
}

// --- over planes: s is no multiple of the lanes, but not less either, which only leaves radices 3 and 5 ---

// It writes planes too, of one part. The last vector of a butterfly's columns may overlap the one before.
template <int R, class V>
void pass_of_planes(Planes x, Target y, int s, const float* w) {
  constexpr int n = lanes_v<V>;
  const std::ptrdiff_t part = static_cast<std::ptrdiff_t>(s) * y.rows;
  for (int p = 0; p < y.rows; ++p, w += 2 * (R - 1), x.re += s, x.im += s, y.re += R * s, y.im += R * s) {
    for (int q = 0; q < s; q += n) {
      const int column = q < s - n ? q : s - n;
      V re[R], im[R];
      for (int i = 0; i < R; ++i) re[i] = load<V>(x.re + column + i * part), im[i] = load<V>(x.im + column + i * part);
      Butterfly<R, V>::apply(re, im);
      for (int j = 0; j < R; ++j) {
        V out_re = re[j], out_im = im[j];
        if (j > 0 && y.rows > 1) {
          const V wr = splat<V>(w[2 * j - 2]), wi = splat<V>(w[2 * j - 1]);
          out_re = rotated_re(re[j], im[j], wr, wi), out_im = rotated_im(re[j], im[j], wr, wi);
        }
        store(y.re + column + j * s, out_re);
        store(y.im + column + j * s, out_im);
      }
    }
  }
}

// --- one by one: sizes that are no multiple of four, and the least ---

// What such a pass of radix R reads: column t, part i.
struct Singles {
  const float *re, *im;
  std::ptrdiff_t column, part;  // steps

  static Singles planes(const Planes& x, int columns) { return {x.re, x.im, 1, columns}; }
  static Singles blocks(const float* x, int radix) { return {x, x + 1, 2 * radix, 2}; }
};

template <int R>
void pass_of_singles(Singles x, const Target& to, int s, const float* w) {
  const Target y = to;
  const bool twiddles = y.butterflies() > 1;
  for (int part = 0; part < y.parts; ++part) {
    float *to_re = y.re + y.part(part), *to_im = y.im + y.part(part);
    for (int p = 0; p < y.rows; ++p, w += 2 * (R - 1)) {
      for (int q = 0; q < s; ++q, x.re += x.column, x.im += x.column) {
        float re[R], im[R];
        for (int i = 0; i < R; ++i) re[i] = x.re[i * x.part], im[i] = x.im[i * x.part];
        Butterfly<R, float>::apply(re, im);
        for (int j = 0; j < R; ++j) {
          const std::ptrdiff_t at = y.place(q + s * (R * p + j));
          const bool rotate = j > 0 && twiddles;
          to_re[at] = rotate ? rotated_re(re[j], im[j], w[2 * j - 2], w[2 * j - 1]) : re[j];
          to_im[at] = rotate ? rotated_im(re[j], im[j], w[2 * j - 2], w[2 * j - 1]) : im[j];
        }
      }
    }
  }
}

inline void pass_of_singles(int radix, const Singles& x, const Target& y, int s, const float* w) {
  switch (radix) {
  case 2: return pass_of_singles<2>(x, y, s, w);
  case 3: return pass_of_singles<3>(x, y, s, w);
  case 4: return pass_of_singles<4>(x, y, s, w);
  case 5: return pass_of_singles<5>(x, y, s, w);
  default: return pass_of_singles<8>(x, y, s, w);
  }
}

}  // namespace unisono::detail
