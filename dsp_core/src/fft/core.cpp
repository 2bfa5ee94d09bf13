// Stockham's self-sorting FFT: mixed radices, vectorised in every pass.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "fft/passes.h"
#include "fft/planes.h"
#include "fft/roots.h"
#include "unisono/fft.h"

namespace unisono {

bool fft_size_ok(int n) {
  if (n < kMinFft || n > kMaxFft) return false;
  n >>= __builtin_ctz(static_cast<unsigned>(n));  // every call of a transform asks: not by divisions
  while (n % 3 == 0) n /= 3;
  while (n % 5 == 0) n /= 5;
  return n == 1;
}

namespace detail {
namespace {

// Fours first, so that strides soon are whole vectors; an odd power of two ends in an eight (or a lone two).
int next_radix(int n) {
  if (n % 4 == 0 && (n % 8 != 0 || n % 16 == 0)) return 4;
  for (const int radix : {8, 2, 3}) {
    if (n % radix == 0) return radix;
  }
  return 5;
}

// Whether the vectors of a pass are of several butterflies: of the first as a rule, and with more than four lanes of one with
// a stride of four.
bool is_narrow(int radix, int s, int butterflies) {
  return s == 1 ? radix % 4 == 0 && butterflies >= 4 : kLanes > 4 && s == 4 && butterflies > 1;
}

// The lanes of a pass's vectors, and of the blocks it reads: as many as divide its columns, or those of a butterfly where
// that is not narrow; of the first pass, whose vectors may overlap, as many as there are columns. 1 if it has none.
int lanes_of_pass(int radix, int s, int butterflies) {
  const bool narrow = is_narrow(radix, s, butterflies);
  const int columns = narrow ? s * butterflies : s;
  for (int lanes = kLanes; lanes >= 4; lanes /= 2) {
    if (narrow && s == 1 ? lanes <= columns : columns % lanes == 0) return lanes;
  }
  return 1;
}

// Whether a pass reads planes, as its columns are no whole vectors. WebAssembly goes one by one: a page waits for every byte.
constexpr int kLanesOverPlanes = std::min(kLanes, 8);
bool reads_planes([[maybe_unused]] int s, [[maybe_unused]] int lanes) {
#ifdef __wasm__
  return false;
#else
  return s >= kLanesOverPlanes && lanes < kLanesOverPlanes;
#endif
}

// w^(p j) of a pass, [p][j - 1][re, im]; of a narrow one with all columns of a step, [step][j - 1][re, im][column].
void append_twiddles(aligned_vector<float>& table, const Roots& roots, int radix, int s, int butterflies, int columns) {
  const int at_once = columns > s ? columns / s : 1;
  for (int step = 0; step < butterflies; step += at_once) {
    const int p = step + at_once > butterflies ? butterflies - at_once : step;
    for (int j = 1; j < radix; ++j) {
      const auto root = [&](int column) { return roots.at((p + column / s) * j * s); };
      for (int i = 0; i < columns; ++i) table.push_back(root(i).re);
      for (int i = 0; i < columns; ++i) table.push_back(root(i).im);
    }
  }
}

template <class Pass>
UNISONO_INLINE Target target(const Planes& half, const Pass& p) {
  return {half.re, p.shift == kShiftOfPlanes ? half.im : half.re + (1 << p.shift), p.parts, p.rows, p.shift};
}

// Where each butterfly's `outputs` numbers begin.
void append_places(std::vector<int>& table, const Target& y, int outputs) {
  for (int part = 0; part < y.parts; ++part) {
    for (int p = 0; p < y.rows; ++p) table.push_back(static_cast<int>(y.part(part) + y.place(outputs * p)));
  }
}

// Calls f with the type, in a tag, of vectors of so many lanes.
template <class F>
UNISONO_INLINE void with_lanes(int lanes, F f) {
  if constexpr (kLanes > 8) {
    if (lanes == 8) return f(std::type_identity<vec<float, 8>>{});
  }
  if constexpr (kLanes > 4) {
    if (lanes == 4) return f(std::type_identity<vec<float, 4>>{});
  }
  f(std::type_identity<f32>{});
}

// A pass but the first.
template <int R, class A>
void pass(float* x, const Target& y, int s, int lanes, const float* w, const int* table, A& ahead) {
  with_lanes(lanes, [&](auto tag) UNISONO_INLINED {
    using V = typename decltype(tag)::type;
    if constexpr (kLanes > 4) {
      if (is_narrow(R, s, y.butterflies())) return narrow_pass<R, 4, V>(FromBlocks{x}, y, w, table);
    }
    wide_pass<R, V>(x, y, s, w, ahead);
  });
}

template <class A>
void pass(int radix, const Planes& x, const Target& y, int s, int lanes, const float* w, const int* table, A& ahead) {
  if (reads_planes(s, lanes)) {
    using V = vec<float, kLanesOverPlanes>;
    return radix == 3 ? pass_of_planes<3, V>(x, y, s, w) : pass_of_planes<5, V>(x, y, s, w);
  }
  if (lanes == 1) return pass_of_singles(radix, Singles::blocks(x.re, radix), y, s, w);
  switch (radix) {
  case 3: return pass<3>(x.re, y, s, lanes, w, table, ahead);
  case 4: return pass<4>(x.re, y, s, lanes, w, table, ahead);
  case 5: return pass<5>(x.re, y, s, lanes, w, table, ahead);
  default: return pass<8>(x.re, y, s, lanes, w, table, ahead);
  }
}

template <int R, class Source>
void first_pass(const Source& x, const Target& y, int lanes, const float* w, const int* table) {
  with_lanes(lanes, [&](auto tag) UNISONO_INLINED { narrow_pass<R, 1, typename decltype(tag)::type>(x, y, w, table); });
}

void first_pass(int radix, const Planes& x, const Target& y, int lanes, const float* w, const int* table) {
  if (lanes == 1) return pass_of_singles(radix, Singles::planes(x, y.butterflies()), y, 1, w);
  const FromPlanes from{x.re, x.im};
  radix == 4 ? first_pass<4>(from, y, lanes, w, table) : first_pass<8>(from, y, lanes, w, table);
}

}  // namespace

void FftCore::configure(int n) {
  n_ = n;
  stride_ = plane_stride(n);
  work_.assign(4 * static_cast<std::size_t>(stride_), 0.0f);
  passes_.clear();
  only_blocks_ = true;
  for (int rest = n, s = 1; rest > 1;) {
    const int radix = next_radix(rest);
    rest /= radix;
    const int parts = rest > 1 ? next_radix(rest) : 1;
    const int lanes = lanes_of_pass(radix, s, rest);
    if (reads_planes(s, lanes)) {
      Pass& before = passes_.back();
      before.rows *= before.parts;
      before.parts = 1;
      only_blocks_ = false;
    } else if (!passes_.empty()) {
      passes_.back().shift = __builtin_ctz(static_cast<unsigned>(lanes));
    }
    passes_.push_back({radix, s, lanes, parts, rest / parts, kShiftOfPlanes, 0, -1});
    s *= radix;
  }
  twiddles_.clear();
  places_.clear();
  const Roots roots(n);
  for (Pass& p : passes_) {
    p.twiddle = static_cast<int>(twiddles_.size());
    const int butterflies = p.parts * p.rows;
    const bool narrow = is_narrow(p.radix, p.stride, butterflies);
    if (butterflies > 1) append_twiddles(twiddles_, roots, p.radix, p.stride, butterflies, narrow ? p.lanes : 1);
    const bool can_be_in_order = p.radix != 8 && (p.parts == 4 || !kOnlyFoursInOrder) && 1 << p.shift == kLanes;
    if (narrow && !(can_be_in_order && p.rows % (p.lanes / p.stride) == 0)) {
      p.places = static_cast<int>(places_.size());
      append_places(places_, target(half(0), p), p.radix * p.stride);
    }
  }
}

// Each pass but the first reads what the one before wrote, in one half of the work area, and writes the other.
Planes FftCore::half(int i) {
  float* re = work_.data() + i * 2 * stride_;
  return {re, re + stride_};
}

Planes FftCore::run(const float* pairs, const Upcoming& next, float* room) {
  const Pass& first = passes_.front();
  if (first.radix != 4 || first.lanes == 1) {
    deinterleave(input().re, input().im, pairs, n_);
    return run(next);
  }
  const bool has_room = only_blocks_ && room != nullptr && reinterpret_cast<std::uintptr_t>(room) % sizeof(f32) == 0;
  Planes x = half(1), y = has_room ? Planes{room, room} : half(0);
  if (passes_.size() % 2 == 0) std::swap(x, y);
  first_pass<4>(FromPairs{pairs}, target(x, first), first.lanes, twiddles_.data(), places(first));
  return run_on(x, y, next);
}

Planes FftCore::run(const Upcoming& next) {
  const Pass& first = passes_.front();
  first_pass(first.radix, input(), target(half(1), first), first.lanes, twiddles_.data(), places(first));
  return run_on(half(1), input(), next);
}

Planes FftCore::run_on(Planes x, Planes y, const Upcoming& next) {
  const auto passes = [&](auto ahead) {
    for (const Pass& p : std::span(passes_).subspan(1)) {
      pass(p.radix, x, target(y, p), p.stride, p.lanes, twiddles_.data() + p.twiddle, places(p), ahead);
      std::swap(x, y);
    }
  };
#ifndef __wasm__
  if (next.read != nullptr) {
    passes(Ahead(next));
    return x;
  }
#endif
  passes(NothingAhead{});
  return x;
}

}  // namespace detail
}  // namespace unisono
