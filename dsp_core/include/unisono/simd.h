// Vectors of fixed width by the compiler's vector extensions: one source for SSE2, AVX2, AVX-512, NEON and WebAssembly.
//
// Element-wise operations only. Nothing here may depend on the width in a way that shows in the results,
// so there are no horizontal sums: see DESIGN "one arithmetic order".
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "unisono/numerics.h"

#if defined(__SSE2__)
#include <emmintrin.h>  // not immintrin.h, which takes a third of a second to compile; wider vectors are done in halves
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

// GCC's own names for AVX2's instructions (GCC manual, "x86 Built-in Functions"), where its generic code is poor.
#if defined(__AVX2__) && !defined(__clang__)
#define UNISONO_AVX_BUILTINS 1
#else
#define UNISONO_AVX_BUILTINS 0
#endif
#if defined(__AVX512F__) && !defined(__clang__)
#define UNISONO_AVX512_BUILTINS 1
#else
#define UNISONO_AVX512_BUILTINS 0
#endif

#define UNISONO_INLINED __attribute__((always_inline))  // of a lambda
#define UNISONO_INLINE inline UNISONO_INLINED
// For what is long and used in many places: WebAssembly has it once, since a page waits for every byte.
#ifdef __wasm__
#define UNISONO_KERNEL inline __attribute__((noinline))
#else
#define UNISONO_KERNEL UNISONO_INLINE
#endif

namespace unisono {

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
#elif defined(__AVX2__)
inline constexpr int kLanes = 8;
#else
inline constexpr int kLanes = 4;
#endif

namespace detail {
template <class T, int N>
struct VecOf {
  typedef T type __attribute__((vector_size(sizeof(T) * N)));
};

template <class V>
struct Traits {  // of a vector type
  using elem = std::remove_cvref_t<decltype(std::declval<V>()[0])>;
  static constexpr int lanes = static_cast<int>(sizeof(V) / sizeof(elem));
};
template <>
struct Traits<float> {
  using elem = float;
  static constexpr int lanes = 1;
};
template <>
struct Traits<double> {
  using elem = double;
  static constexpr int lanes = 1;
};
template <>
struct Traits<std::uint32_t> {
  using elem = std::uint32_t;
  static constexpr int lanes = 1;
};
template <>
struct Traits<std::uint64_t> {
  using elem = std::uint64_t;
  static constexpr int lanes = 1;
};

template <class T>
struct BitsOf;
template <>
struct BitsOf<float> {
  using type = std::uint32_t;
};
template <>
struct BitsOf<double> {
  using type = std::uint64_t;
};
}  // namespace detail

template <class T, int N>
using vec = typename detail::VecOf<T, N>::type;

using f32 = vec<float, kLanes>;
using i32 = vec<std::int32_t, kLanes>;
using u32 = vec<std::uint32_t, kLanes>;

namespace detail {
// Allocates where a whole vector begins.
template <class T>
struct AtVectors {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{sizeof(f32)};
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), kAlignment)); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, kAlignment); }
  bool operator==(const AtVectors&) const = default;
};
}  // namespace detail

// For what is loaded and stored in vectors again and again: one that lies in two lines of the cache takes longer. What
// malloc gives is good for four lanes.
template <class T>
using aligned_vector = std::vector<T, std::conditional_t<(sizeof(f32) > 16), detail::AtVectors<T>, std::allocator<T>>>;

template <class V>
using elem_t = typename detail::Traits<V>::elem;
template <class V>
inline constexpr int lanes_v = detail::Traits<V>::lanes;

// The unsigned integer type (scalar or vector) with the same shape as V: float or double, or a vector of them.
template <class V>
struct bits_of {
  using type = vec<typename detail::BitsOf<elem_t<V>>::type, lanes_v<V>>;
};
template <>
struct bits_of<float> {
  using type = std::uint32_t;
};
template <>
struct bits_of<double> {
  using type = std::uint64_t;
};
template <class V>
using bits_t = typename bits_of<V>::type;

// Unaligned load and store; V is a vector or a scalar type.
template <class V>
UNISONO_INLINE V load(const elem_t<V>* p) {
  V v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
template <class V>
UNISONO_INLINE void store(elem_t<V>* p, const V& v) {
  std::memcpy(p, &v, sizeof v);
}

template <class V>
UNISONO_INLINE V splat(elem_t<V> s) {
  if constexpr (lanes_v<V> == 1) {
    return s;
  } else {
    return s - V{};  // s - 0 is s, -0 included
  }
}

// s * v for a number in memory. AVX-512 can multiply by it without spreading it over a register, which on a Zen 4 takes as long
// as the multiplication; compilers spread what is used more than once.
template <class V>
UNISONO_INLINE V times(const elem_t<V>& s, const V& v) {
#ifdef __AVX512F__
  if constexpr (sizeof(V) == 64 && std::is_same_v<elem_t<V>, float>) {
    V product;
    asm("vmulps %1%{1to16%}, %2, %0" : "=v"(product) : "m"(s), "v"(v));
    return product;
  }
#endif
  return s * v;
}

// Constants that stay in memory: V8 makes a vector of immediates anew wherever it is used, in three instructions.
template <class T>
UNISONO_INLINE const T* in_memory(const T* constants) {
#ifdef __wasm__
  asm("" : "+r"(constants));
#endif
  return constants;
}

// One that a vector takes from memory, and a single number does not.
template <class V>
UNISONO_INLINE V from_memory(const elem_t<V>& value) {
  if constexpr (lanes_v<V> == 1) return value;
  else return splat<V>(*in_memory(&value));
}

// (0, 1, 2, ...). A constant: the small build for pages would set lane after lane in a loop.
template <class V, int... I>
UNISONO_INLINE V lane_numbers(std::integer_sequence<int, I...>) {
  return V{static_cast<elem_t<V>>(I)...};
}
template <class V>
UNISONO_INLINE V lane_numbers() {
  return lane_numbers<V>(std::make_integer_sequence<int, lanes_v<V>>{});
}

template <class To, class From>
UNISONO_INLINE To bits_to(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof to);
  return to;
}

// mask ? a : b, lane by lane; mask is the result of a comparison (bool for scalars).
template <class M, class V>
UNISONO_INLINE V select(const M& mask, const V& a, const V& b) {
  return mask ? a : b;
}

// Combine masks with & and |; this negates one.
template <class M>
UNISONO_INLINE M mask_not(const M& mask) {
  if constexpr (std::is_integral_v<M>) {
    return !mask;
  } else {
    return mask == 0;
  }
}

// Comparisons, not fmin/fmax: a if the comparison holds, else b (so b when either is NaN).
template <class V>
UNISONO_INLINE V min(const V& a, const V& b) {
  return select(a < b, a, b);
}
template <class V>
UNISONO_INLINE V max(const V& a, const V& b) {
  return select(a > b, a, b);
}

template <class V>
UNISONO_INLINE V abs(const V& x) {
  using B = bits_t<V>;
  constexpr auto sign = elem_t<B>(1) << (8 * sizeof(elem_t<V>) - 1);
  return bits_to<V>(B(bits_to<B>(x) & static_cast<elem_t<B>>(~sign)));
}

// -x where `sign` is -0. Not -x itself: WebAssembly's engines put the bits together anew for every such negation.
template <class V>
UNISONO_INLINE V negated(const V& x, const V& sign) {
  using B = bits_t<V>;
  return bits_to<V>(B(bits_to<B>(x) ^ bits_to<B>(sign)));
}

namespace detail {
template <class V, int... I, int... J>
UNISONO_INLINE void split_by(vec<elem_t<V>, lanes_v<V> / 2>& lo, vec<elem_t<V>, lanes_v<V> / 2>& hi, const V& x,
                             std::integer_sequence<int, I...>, std::integer_sequence<int, J...>) {
  lo = __builtin_shufflevector(x, x, I...);
  hi = __builtin_shufflevector(x, x, (J + static_cast<int>(sizeof...(J)))...);
}
template <class H, int... I>
UNISONO_INLINE auto join_by(const H& lo, const H& hi, std::integer_sequence<int, I...>) {
  return __builtin_shufflevector(lo, hi, I...);
}
}  // namespace detail

// The two halves of a vector, and back.
template <class V, class H = vec<elem_t<V>, lanes_v<V> / 2>>
UNISONO_INLINE void split(H& lo, H& hi, const V& x) {
  using Half = std::make_integer_sequence<int, lanes_v<V> / 2>;
  detail::split_by<V>(lo, hi, x, Half{}, Half{});
}
template <class H>
UNISONO_INLINE auto join(const H& lo, const H& hi) {
  return detail::join_by(lo, hi, std::make_integer_sequence<int, 2 * lanes_v<H>>{});
}

// The doubles of half a vector of floats: one register's worth.
template <class V>
using wide_t = vec<double, lanes_v<V> / 2>;

namespace detail {
inline constexpr int kAsItIsSet = 4;  // AVX-512's rounding: what the processor's state says (_MM_FROUND_CUR_DIRECTION)

// Conversion of one register's worth of doubles. The compilers' own goes lane by lane where the floats fill half a
// register, and GCC 12's does so in 256 bits too.
template <class D, class F>
UNISONO_INLINE D to_double(const F& x) {
#if UNISONO_AVX_BUILTINS
  if constexpr (sizeof(D) == 32) return bits_to<D>(__builtin_ia32_cvtps2pd256(x));
#endif
#if UNISONO_AVX512_BUILTINS
  if constexpr (sizeof(D) == 64) return __builtin_ia32_cvtps2pd512_mask(x, D{}, -1, kAsItIsSet);
#endif
  if constexpr (sizeof(D) == 64) {
    vec<float, lanes_v<F> / 2> lo, hi;
    split<F>(lo, hi, x);
    return join(to_double<vec<double, lanes_v<D> / 2>>(lo), to_double<vec<double, lanes_v<D> / 2>>(hi));
  } else {
    return __builtin_convertvector(x, D);
  }
}
template <class F, class D>
UNISONO_INLINE F to_float(const D& x) {
#if UNISONO_AVX_BUILTINS
  if constexpr (sizeof(D) == 32) return bits_to<F>(__builtin_ia32_cvtpd2ps256(x));
#endif
#if UNISONO_AVX512_BUILTINS
  if constexpr (sizeof(D) == 64) return __builtin_ia32_cvtpd2ps512_mask(x, F{}, -1, kAsItIsSet);
#endif
  if constexpr (sizeof(D) == 64) {
    vec<double, lanes_v<D> / 2> lo, hi;
    split<D>(lo, hi, x);
    return join(to_float<vec<float, lanes_v<F> / 2>>(lo), to_float<vec<float, lanes_v<F> / 2>>(hi));
  } else {
    return __builtin_convertvector(x, F);
  }
}
}  // namespace detail

// All the floats of x as doubles, in two halves.
template <class V>
UNISONO_INLINE void widen(wide_t<V>& lo, wide_t<V>& hi, const V& x) {
  if constexpr (sizeof(V) == 16) {
#if defined(__SSE2__)
    const __m128 v = bits_to<__m128>(x);
    lo = bits_to<wide_t<V>>(_mm_cvtps_pd(v));
    hi = bits_to<wide_t<V>>(_mm_cvtps_pd(_mm_movehl_ps(v, v)));
    return;
#elif defined(__wasm_simd128__)
    const v128_t v = bits_to<v128_t>(x);
    lo = bits_to<wide_t<V>>(wasm_f64x2_promote_low_f32x4(v));
    hi = bits_to<wide_t<V>>(wasm_f64x2_promote_low_f32x4(wasm_i64x2_shuffle(v, v, 1, 1)));
    return;
#endif
  }
  vec<float, lanes_v<V> / 2> narrow_lo, narrow_hi;
  split<V>(narrow_lo, narrow_hi, x);
  lo = detail::to_double<wide_t<V>>(narrow_lo);
  hi = detail::to_double<wide_t<V>>(narrow_hi);
}

// And back, rounding to nearest even.
template <class V>
UNISONO_INLINE V narrow(const wide_t<V>& lo, const wide_t<V>& hi) {
#if defined(__SSE2__)
  if constexpr (sizeof(V) == 16) {
    return bits_to<V>(_mm_movelh_ps(_mm_cvtpd_ps(bits_to<__m128d>(lo)), _mm_cvtpd_ps(bits_to<__m128d>(hi))));
  }
#elif defined(__wasm_simd128__)
  if constexpr (sizeof(V) == 16) {
    return bits_to<V>(wasm_i64x2_shuffle(wasm_f32x4_demote_f64x2_zero(bits_to<v128_t>(lo)),
                                         wasm_f32x4_demote_f64x2_zero(bits_to<v128_t>(hi)), 0, 2));
  }
#endif
  using Half = vec<float, lanes_v<V> / 2>;
  return join(detail::to_float<Half>(lo), detail::to_float<Half>(hi));
}

// True if the mask (of a comparison) holds in any lane.
template <class M>
UNISONO_INLINE bool any(const M& mask) {
  if constexpr (std::is_same_v<M, bool>) {
    return mask;
#if defined(__AVX2__)
  } else if constexpr (sizeof(M) == 32) {
    return __builtin_ia32_movmskps256(bits_to<vec<float, 8>>(mask)) != 0;
#endif
  } else if constexpr (sizeof(M) > 16) {
    vec<elem_t<M>, lanes_v<M> / 2> lo, hi;
    split<M>(lo, hi, mask);
    return any(lo | hi);
  } else {
#if defined(__SSE2__)
    return _mm_movemask_epi8(bits_to<__m128i>(mask)) != 0;
#elif defined(__wasm_simd128__)
    return wasm_v128_any_true(bits_to<v128_t>(mask));
#else
    elem_t<M> all = 0;
    for (int i = 0; i < lanes_v<M>; ++i) all |= mask[i];
    return all != 0;
#endif
  }
}

// Where the low bit of `flag` (an unsigned integer a lane) is set, a, else b; without comparing integers, which SSE2
// cannot do in 64 bits.
template <class V>
UNISONO_INLINE V select_by_bit(const bits_t<V>& flag, const V& a, const V& b) {
  using B = bits_t<V>;
  const B mask = B{} - (flag & elem_t<B>(1));
  return bits_to<V>(B((bits_to<B>(a) & mask) | (bits_to<B>(b) & ~mask)));
}

// Of these many bytes square roots are an instruction; wider vectors go in halves.
inline constexpr int kSqrtBytes = UNISONO_AVX512_BUILTINS ? 64 : UNISONO_AVX_BUILTINS ? 32 : 16;

// IEEE square root of a float or double, or of a vector of them.
template <class V>
UNISONO_INLINE V sqrt(const V& x) {
  if constexpr (std::is_same_v<V, float>) {
    return __builtin_sqrtf(x);
  } else if constexpr (std::is_same_v<V, double>) {
    return __builtin_sqrt(x);
  } else if constexpr (sizeof(V) > kSqrtBytes) {
    vec<elem_t<V>, lanes_v<V> / 2> lo, hi;
    split<V>(lo, hi, x);
    return join(sqrt(lo), sqrt(hi));
  } else {
    [[maybe_unused]] constexpr bool is_float = std::is_same_v<elem_t<V>, float>;
#if UNISONO_AVX512_BUILTINS
    if constexpr (sizeof(V) == 64 && is_float) return __builtin_ia32_sqrtps512_mask(x, V{}, -1, detail::kAsItIsSet);
    if constexpr (sizeof(V) == 64 && !is_float) return __builtin_ia32_sqrtpd512_mask(x, V{}, -1, detail::kAsItIsSet);
#endif
#if UNISONO_AVX_BUILTINS
    if constexpr (sizeof(V) == 32 && is_float) return __builtin_ia32_sqrtps256(x);
    if constexpr (sizeof(V) == 32 && !is_float) return __builtin_ia32_sqrtpd256(x);
#endif
#if defined(__SSE2__)
    if constexpr (sizeof(V) == 16 && is_float) return bits_to<V>(_mm_sqrt_ps(bits_to<__m128>(x)));
    if constexpr (sizeof(V) == 16 && !is_float) return bits_to<V>(_mm_sqrt_pd(bits_to<__m128d>(x)));
#elif defined(__wasm_simd128__)
    if constexpr (sizeof(V) == 16 && is_float) return bits_to<V>(wasm_f32x4_sqrt(bits_to<v128_t>(x)));
    if constexpr (sizeof(V) == 16 && !is_float) return bits_to<V>(wasm_f64x2_sqrt(bits_to<v128_t>(x)));
#elif defined(__aarch64__)
    if constexpr (sizeof(V) == 16 && is_float) return bits_to<V>(vsqrtq_f32(bits_to<float32x4_t>(x)));
    if constexpr (sizeof(V) == 16 && !is_float) return bits_to<V>(vsqrtq_f64(bits_to<float64x2_t>(x)));
#endif
    V y = x;
    for (int i = 0; i < lanes_v<V>; ++i) y[i] = sqrt<elem_t<V>>(x[i]);
    return y;
  }
}

}  // namespace unisono
