// The numeric contract in one place: compile-time guards, the floating-point guard, canonical NaN, checked conversion.
#pragma once

#include <cfloat>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#ifdef __FAST_MATH__
#error "unisono must not be compiled with -ffast-math: it changes the bits"
#endif
#if defined(__FMA__) && defined(__GNUC__) && !defined(__clang__)
#error "unisono must be compiled with -mno-fma under GCC, which fuses in spite of -ffp-contract=off"
#endif
#ifdef __wasm_relaxed_simd__
#error "unisono must not be compiled with -mrelaxed-simd: its results depend on the host"
#endif
static_assert(FLT_EVAL_METHOD == 0, "float expressions must be evaluated in float (use SSE2, not x87)");
static_assert(sizeof(float) == 4 && sizeof(double) == 8 && sizeof(int) == 4);

namespace unisono {

// Layout of numpy's complex64: two interleaved floats.
struct Complex {
  float re, im;
};

// Whether arithmetic rounds to nearest even and keeps subnormal numbers. SSE is asked by having it add: to read its state
// is to wait for all arithmetic before, which takes longer than a sample of a sine.
#if defined(__SSE2__)
inline bool arithmetic_is_right() {
  __m128 x = _mm_setr_ps(1.0f, 1.0f, 0x1p-126f, 0.0f), y = _mm_setr_ps(0x1p-24f, 0x1.8p-24f, -0x1p-127f, 0.0f);
  asm volatile("" : "+x"(x), "+x"(y));  // the compiler is not to add them beforehand
  const __m128 sums = _mm_setr_ps(1.0f, 1.0f + 0x1p-23f, 0x1p-127f, 0.0f);
  return _mm_movemask_epi8(_mm_cmpeq_epi32(_mm_castps_si128(_mm_add_ps(x, y)), _mm_castps_si128(sums))) == 0xffff;
}
#elif defined(__aarch64__)
inline bool arithmetic_is_right() {
  std::uint64_t state;
  asm volatile("mrs %0, fpcr" : "=r"(state));
  return state == 0;
}
#else
inline bool arithmetic_is_right() { return true; }
#endif

// Sets round to nearest even with gradual underflow for its lifetime, and restores the caller's state.
// Hosts and other libraries do set flush-to-zero; WebAssembly has no such state. Writing the state costs more than
// a sample of a sine does, so it is left alone where it is right already.
class FpGuard {
 public:
#if defined(__SSE2__)
  FpGuard() : saved_(_mm_getcsr()) {
    if (!right()) _mm_setcsr(kRight);
  }
  ~FpGuard() {
    if (!right()) _mm_setcsr(saved_);
  }

 private:
  static constexpr unsigned kRight = 0x1f80u, kFlags = 0x3fu;  // all masked, nearest, no FTZ, no DAZ (Intel SDM 10.2.3)
  bool right() const { return (saved_ & ~kFlags) == kRight; }
  unsigned saved_;

 public:
#elif defined(__aarch64__)
  FpGuard() {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" : : "r"(std::uint64_t{0}));
  }
  ~FpGuard() { asm volatile("msr fpcr, %0" : : "r"(saved_)); }

 private:
  std::uint64_t saved_;

 public:
#else
  FpGuard() {}
  ~FpGuard() {}
#endif
  FpGuard(const FpGuard&) = delete;
  FpGuard& operator=(const FpGuard&) = delete;
};

// std::bit_cast, which Emscripten 3.1.6's library lacks.
template <class To, class From>
constexpr To bit_cast(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  return __builtin_bit_cast(To, from);
}

inline constexpr std::uint32_t kCanonicalNanBits = 0x7fc00000u;

inline float canonical_nan() { return unisono::bit_cast<float>(kCanonicalNanBits); }

// Any NaN -> the one with bits 0x7fc00000: the sign and payload of a NaN differ between platforms.
inline float canonical(float x) { return x == x ? x : canonical_nan(); }

// Truncates towards zero, saturates, NaN -> 0: what WebAssembly's trunc_sat does, everywhere.
inline std::int32_t to_i32(double x) {
  if (!(x > -2147483649.0)) return x == x ? INT32_MIN : 0;
  if (!(x < 2147483648.0)) return INT32_MAX;
  return static_cast<std::int32_t>(x);
}

// Subnormal -> 0 (keeping NaN and the sign of zero out of it): recursive state must not linger there.
inline float flush(float x) { return (x < FLT_MIN && x > -FLT_MIN) ? 0.0f : x; }

inline bool is_finite(float x) { return (unisono::bit_cast<std::uint32_t>(x) & 0x7f800000u) != 0x7f800000u; }

}  // namespace unisono
