// Stockham's self-sorting FFT over split planes: mixed radices, vectorised in every pass.
//
// A pass of radix R over m butterflies of s columns (n = R m s, decimation in frequency) does, for p < m and q < s,
//   y[q + s (R p + j)] = w^(p j) * sum over i of x[q + s (p + i m)] exp(-2 pi i j k / R),  w = exp(-2 pi i / (R m)).
// Column and butterfly together, t = q + s p, run over consecutive memory on the input side, so that a vector of
// lanes is a vector of t whatever s is. The output is consecutive in q only: where s holds whole vectors a pass is
// "long"; where it does not, it is "short" and stores in pieces. Each element sees the same operations in the same
// order either way, so the width of the vectors does not show in the bits.
#include <cstddef>

#include "fft/butterfly.h"
#include "fft/planes.h"
#include "fft/roots.h"
#include "unisono/fft.h"

namespace unisono {

bool fft_size_ok(int n) {
  if (n < kMinFft || n > kMaxFft) return false;
  for (const int factor : {2, 3, 5}) {
    while (n % factor == 0) n /= factor;
  }
  return n == 1;
}

namespace detail {
namespace {

// Asks for what comes next at every vector of a long pass. All long passes together, three of them as a rule, are to have
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

struct Planes {
  const float* re;
  const float* im;
  float* out_re;
  float* out_im;
};

template <int R, class V>
UNISONO_INLINE void load_column(V* re, V* im, const Planes& x, std::ptrdiff_t at, std::ptrdiff_t step) {
#pragma GCC unroll 8
  for (int j = 0; j < R; ++j) {
    re[j] = load<V>(x.re + at + j * step);
    im[j] = load<V>(x.im + at + j * step);
  }
}

template <class V>
UNISONO_INLINE void rotate(V& re, V& im, const V& wr, const V& wi) {
  const V r = re;
  re = r * wr - im * wi;
  im = r * wi + im * wr;
}

// One vector of columns of a long pass; w: R - 1 pairs, unused where all are 1.
template <int R, bool Twiddle, class V, class A>
UNISONO_INLINE void long_step(const Planes& at, std::ptrdiff_t step, std::ptrdiff_t s, const V* wr, const V* wi,
                              A& ahead) {
  V re[R], im[R];
  ahead.template ask<R>();
  load_column<R>(re, im, at, 0, step);
  Butterfly<R, V>::apply(re, im);
#pragma GCC unroll 8
  for (int j = 0; j < R; ++j) {
    if (Twiddle && j > 0) rotate(re[j], im[j], wr[j - 1], wi[j - 1]);
    store(at.out_re + j * s, re[j]);
    store(at.out_im + j * s, im[j]);
  }
}

UNISONO_INLINE Planes moved(const Planes& x, int in, int out) {
  return {x.re + in, x.im + in, x.out_re + out, x.out_im + out};
}

// One row of a long pass: s columns, s >= lanes, from `at` on. The last vector overlaps the one before if it must: computing
// a value twice is harmless out of place.
template <int R, bool Twiddle, class V, class A>
UNISONO_INLINE void long_row(Planes at, std::ptrdiff_t step, int s, const V* wr, const V* wi, A& ahead) {
  int left = s;
  do {
    long_step<R, Twiddle>(at, step, s, wr, wi, ahead);
    left -= lanes_v<V>;
    const int by = left < lanes_v<V> ? left : lanes_v<V>;
    at = moved(at, by, by);
  } while (left > 0);
}

// What lies at `at` moves on with the rows, and a row of one vector is no loop: in WebAssembly most of a step's instructions
// would otherwise find addresses.
template <int R, bool Twiddle, bool Single, class V, class A>
UNISONO_INLINE void long_rows(Planes at, int m, int s, const float* w, A& ahead) {
  const std::ptrdiff_t step = s * m;
  for (int p = 0; p < m; ++p, at = moved(at, s, R * s)) {
    V wr[R], wi[R];
#pragma GCC unroll 8
    for (int j = 0; Twiddle && j < R - 1; ++j) {
      wr[j] = splat<V>(w[2 * j]);
      wi[j] = splat<V>(w[2 * j + 1]);
    }
    if constexpr (Single) long_step<R, Twiddle>(at, step, s, wr, wi, ahead);
    else long_row<R, Twiddle>(at, step, s, wr, wi, ahead);
    if (Twiddle) w += 2 * (R - 1);
  }
}

template <int R, bool Twiddle, class V, class A>
void long_pass(const Planes& x, int m, int s, const float* w, A& ahead) {
  if (R == 4 && s == lanes_v<V>) return long_rows<R, Twiddle, true, V>(x, m, lanes_v<V>, w, ahead);
  long_rows<R, Twiddle, false, V>(x, m, s, w, ahead);
}

// In every group of four lanes: (a0 a1 b0 b1) and (a2 a3 b2 b3).
template <class V, int... I>
UNISONO_INLINE void zip_pairs(V& low, V& high, const V& a, const V& b, std::integer_sequence<int, I...>) {
  constexpr int n = lanes_v<V>;
  low = __builtin_shufflevector(a, b, ((I & ~3) + (I & 1) + ((I & 2) >> 1) * n)...);
  high = __builtin_shufflevector(a, b, ((I & ~3) + 2 + (I & 1) + ((I & 2) >> 1) * n)...);
}

// Groups of four lanes to y, y + stride, ...
template <class V>
UNISONO_INLINE void store_quads(float* y, const V& v, int stride) {
  if constexpr (lanes_v<V> == 4) {
    store(y, v);
  } else {
    vec<float, lanes_v<V> / 2> lo, hi;
    split<V>(lo, hi, v);
    store_quads(y, lo, stride);
    store_quads(y + lanes_v<V> / 8 * stride, hi, stride);
  }
}

// y[4 i + j] = b[j][i]
template <class V>
UNISONO_INLINE void store_transposed(float* y, const V* b) {
  constexpr lanes_of<V> all;
  V ab0, ab1, cd0, cd1, r0, r1, r2, r3;
  zip<V, 4>(ab0, ab1, b[0], b[1]);
  zip<V, 4>(cd0, cd1, b[2], b[3]);
  zip_pairs(r0, r1, ab0, cd0, all);
  zip_pairs(r2, r3, ab1, cd1, all);
  store_quads(y, r0, 16);
  store_quads(y + 4, r1, 16);
  store_quads(y + 8, r2, 16);
  store_quads(y + 12, r3, 16);
}

// The lanes of b[j] are columns t, t + 1, ... of a short pass: lane i goes to q + s (R p + j) with q + s p = t + i. S is s
// where it is 1 or 4, which have ways of their own, or 0.
template <int R, int S, class V>
UNISONO_INLINE void store_short(float* y, const V* b, int t, int s) {
  if constexpr (lanes_v<V> > 1 && R == 4 && S == 1) {
    store_transposed(y + 4 * t, b);
  } else if constexpr (lanes_v<V> > 4 && S == 4) {
#pragma GCC unroll 8
    for (int j = 0; j < R; ++j) store_quads(y + R * t + 4 * j, b[j], 4 * R);
  } else {
    for (int i = 0; i < lanes_v<V>; ++i) {
      const int q = (t + i) % s, p = (t + i) / s;
      for (int j = 0; j < R; ++j) {
        if constexpr (lanes_v<V> == 1) {
          y[q + s * (R * p + j)] = b[j];
        } else {
          y[q + s * (R * p + j)] = b[j][i];
        }
      }
    }
  }
}

// The columns' butterflies, their twiddles, and where they go.
template <int R, int S, class V>
UNISONO_INLINE void finish_short_step(const Planes& x, V* re, V* im, int t, int columns, int s, const float* w,
                                      bool twiddle) {
  Butterfly<R, V>::apply(re, im);
#pragma GCC unroll 8
  for (int j = 1; j < R; ++j) {
    if (twiddle) rotate(re[j], im[j], load<V>(w + 2 * (j - 1) * columns + t), load<V>(w + (2 * j - 1) * columns + t));
  }
  store_short<R, S>(x.out_re, re, t, s);
  store_short<R, S>(x.out_im, im, t, s);
}

template <int R, int S, class V>
UNISONO_INLINE void short_step(const Planes& x, int t, int columns, int s, const float* w, bool twiddle) {
  V re[R], im[R];
  load_column<R>(re, im, x, t, columns);
  finish_short_step<R, S>(x, re, im, t, columns, s, w, twiddle);
}

template <int R, int S>
void short_steps(const Planes& x, int m, int s, const float* w) {
  const int columns = s * m;
  const bool twiddle = m > 1;
  int t = 0;
  for (; t + kLanes <= columns; t += kLanes) short_step<R, S, f32>(x, t, columns, s, w, twiddle);
  for (; t < columns; ++t) short_step<R, S, float>(x, t, columns, s, w, twiddle);
}

// As fours come first, their s is 1, 4 or long.
template <int R>
void short_pass(const Planes& x, int m, int s, const float* w) {
  if (kLanes > 4 && s == 4) return short_steps<R, 4>(x, m, s, w);
  short_steps<R, R == 4 ? 1 : 0>(x, m, s, w);
}

// A first pass of radix 4 straight from complex numbers, (re, im) pairs; m >= lanes. The last vector may overlap the one
// before.
void pass_of_pairs(const float* pairs, float* re, float* im, int m, const float* w) {
  for (int t = 0; t < m; t += kLanes) {
    const int at = t < m - kLanes ? t : m - kLanes;
    f32 x_re[4], x_im[4];
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) load_complex(x_re[j], x_im[j], pairs + 2 * (at + j * m));
    finish_short_step<4, 1>({nullptr, nullptr, re, im}, x_re, x_im, at, m, 1, w, true);
  }
}

bool is_short(int s) { return s < kLanes; }

template <int R, class A>
void pass(const Planes& x, int m, int s, const float* w, A& ahead) {
  if (is_short(s)) return short_pass<R>(x, m, s, w);
  return m > 1 ? long_pass<R, true, f32>(x, m, s, w, ahead) : long_pass<R, false, f32>(x, m, s, w, ahead);
}

template <class A>
void pass(int radix, const Planes& x, int m, int s, const float* w, A& ahead) {
  switch (radix) {
  case 2: return pass<2>(x, m, s, w, ahead);
  case 3: return pass<3>(x, m, s, w, ahead);
  case 4: return pass<4>(x, m, s, w, ahead);
  case 5: return pass<5>(x, m, s, w, ahead);
  default: return pass<8>(x, m, s, w, ahead);
  }
}

// Fours first, so that strides soon are whole vectors; an odd power of two ends in an eight (or a lone two).
int next_radix(int n) {
  if (n % 4 == 0 && (n % 8 != 0 || n % 16 == 0)) return 4;
  for (const int radix : {8, 2, 3}) {
    if (n % radix == 0) return radix;
  }
  return 5;
}

// w^(p j) for one pass. Short passes: [j - 1][re, im][t]; long passes: [p][j - 1][re, im].
void append_twiddles(aligned_vector<float>& table, const Roots& roots, int radix, int m, int s) {
  const std::size_t start = table.size();
  const bool spread = is_short(s);
  const int copies = spread ? s : 1, columns = copies * m;
  table.resize(start + 2 * static_cast<std::size_t>(radix - 1) * static_cast<std::size_t>(columns));
  float* w = table.data() + start;
  for (int p = 0; p < m; ++p) {
    for (int j = 1; j < radix; ++j) {
      const Complex root = roots.at(p * j * s);
      float* to = spread ? w + 2 * (j - 1) * columns + p * s : w + 2 * ((radix - 1) * p + j - 1);
      for (int q = 0; q < copies; ++q) {
        to[q] = root.re;
        to[q + (spread ? columns : 1)] = root.im;
      }
    }
  }
}

}  // namespace

void FftCore::configure(int n) {
  n_ = n;
  passes_.clear();
  twiddles_.clear();
  const Roots roots(n);
  for (int rest = n, s = 1; rest > 1;) {
    const int radix = next_radix(rest);
    rest /= radix;
    passes_.push_back({radix, rest, s, static_cast<int>(twiddles_.size())});
    if (rest > 1) append_twiddles(twiddles_, roots, radix, rest, s);
    s *= radix;
  }
}

bool FftCore::run(const float* pairs, float* re, float* im, float* tmp_re, float* tmp_im, const Upcoming& next) const {
  const Pass& first = passes_.front();
  if (first.radix != 4 || first.m < kLanes) {
    deinterleave(re, im, pairs, n_);
    return run(re, im, tmp_re, tmp_im, next);
  }
  pass_of_pairs(pairs, re, im, first.m, twiddles_.data() + first.twiddle);
  return run_from(1, re, im, tmp_re, tmp_im, next);
}

bool FftCore::run(float* re, float* im, float* tmp_re, float* tmp_im, const Upcoming& next) const {
  return run_from(0, re, im, tmp_re, tmp_im, next);
}

bool FftCore::run_from(std::size_t first, float* re, float* im, float* tmp_re, float* tmp_im,
                       const Upcoming& next) const {
  Planes x{re, im, tmp_re, tmp_im};
  bool in_tmp = false;
  const auto passes = [&](auto ahead) {
    for (std::size_t i = first; i < passes_.size(); ++i) {
      const Pass& p = passes_[i];
      pass(p.radix, x, p.m, p.stride, twiddles_.data() + p.twiddle, ahead);
      x = in_tmp ? Planes{re, im, tmp_re, tmp_im} : Planes{tmp_re, tmp_im, re, im};
      in_tmp = !in_tmp;
    }
  };
#ifndef __wasm__
  if (next.read != nullptr) {
    passes(Ahead(next));
    return in_tmp;
  }
#endif
  passes(NothingAhead{});
  return in_tmp;
}

}  // namespace detail
}  // namespace unisono
