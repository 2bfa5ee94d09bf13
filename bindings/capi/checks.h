// What the generated argument checks are made of: status codes, error texts, ranges, and the guard round each entry.
#pragma once

#include <algorithm>
#include <cfloat>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <type_traits>

#include "unisono/numerics.h"
#include "unisono/simd.h"

// Returns from the enclosing function when a check fails.
#define UNISONO_TRY(check)                                               \
  do {                                                                   \
    if (const int32_t status_ = (check); status_ != kOk) return status_; \
  } while (0)

namespace unisono::capi {

inline constexpr int32_t kOk = 0, kBadArgument = 1, kOutOfMemory = 2, kNotFinite = 3, kBadState = 4;
inline constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();
inline constexpr float kLargest = FLT_MAX;

// Stores the text for unisono_last_error and returns the status.
[[gnu::format(printf, 2, 3)]] int32_t fail(int32_t status, const char* format, ...);

// Failures in words; kept out of the checks so that those stay small.
int32_t bad_integer(const char* name, int64_t got, const char* allowed);
int32_t bad_integer(const char* name, int64_t got, const char* allowed, int64_t bound);
int32_t bad_float(int32_t status, const char* name, double got, const char* allowed);
int32_t bad_element(int32_t status, const char* name, double got, int64_t index, const char* allowed);

inline int64_t floor_div(int64_t a, int64_t b) { return b == 0 ? 0 : a / b - (a % b != 0 && (a < 0) != (b < 0)); }

inline int32_t clamped(int64_t x) { return static_cast<int32_t>(std::clamp<int64_t>(x, INT32_MIN, INT32_MAX)); }

inline int32_t in_range(const char* name, int64_t x, int64_t low, int64_t high, const char* allowed, bool ok = true) {
  return x >= low && x <= high && ok ? kOk : bad_integer(name, x, allowed);
}

// `bound` is the value of the bound that is an expression.
inline int32_t in_range(const char* name, int64_t x, int64_t low, int64_t high, const char* allowed, bool ok,
                        int64_t bound) {
  return x >= low && x <= high && ok ? kOk : bad_integer(name, x, allowed, bound);
}

// Also refuses NaN, which fails both comparisons.
template <class T>
  requires std::is_floating_point_v<T>
int32_t in_range(const char* name, T x, T low, T high, const char* allowed) {
  return x >= low && x <= high ? kOk : bad_float(kBadArgument, name, static_cast<double>(x), allowed);
}

template <class T>
  requires std::is_floating_point_v<T>
int32_t finite(const char* name, T x) {
  return x - x == 0 ? kOk : bad_float(kNotFinite, name, static_cast<double>(x), "finite");
}

int32_t finite(const char* name, const float* x, int64_t n);

// How many of the first floats pass: `bad` gives lanes with a bit set for what does not, as a vector and for single ones.
// In vectors of the source's own: the small build for pages has the compiler make none.
template <class Bad>
int64_t passing(const float* x, int64_t n, const Bad& bad) {
  constexpr int kBlock = 8 * kLanes;
  int64_t i = 0;
  for (; i + kBlock <= n; i += kBlock) {
    u32 found{};
    for (int j = 0; j < kBlock; j += kLanes) found |= bad(load<f32>(x + i + j));
    uint32_t any = 0;
    for (int lane = 0; lane < kLanes; ++lane) any |= found[lane];
    if (any != 0) break;
  }
  while (i < n && bad(x[i]) == 0) ++i;
  return i;
}

template <class V>
auto bits_of(V mask) {
  if constexpr (std::is_same_v<V, bool>) return uint32_t{mask};
  else return bits_to<u32>(mask);
}

inline int32_t all_in_range(const char* name, const float* x, int64_t n, float low, float high, const char* allowed) {
  const int64_t i = passing(x, n, [=](auto v) { return bits_of(v < low) | bits_of(v > high) | bits_of(v != v); });
  return i == n ? kOk : bad_element(kBadArgument, name, static_cast<double>(x[i]), i, allowed);
}

template <class T, class Bound>
int32_t all_in_range(const char* name, const T* x, int64_t n, Bound low, Bound high, const char* allowed) {
  for (int64_t i = 0; i < n; ++i) {
    if (!(x[i] >= low && x[i] <= high)) {
      return bad_element(kBadArgument, name, static_cast<double>(x[i]), i, allowed);
    }
  }
  return kOk;
}

int32_t long_enough(const char* name, int axis, int32_t size, int32_t least);
int32_t same_size(const char* name, int axis, int32_t got, const char* expression, int64_t wanted);

// Core functions count elements in int.
int32_t countable(const char* name, int64_t elements);
int32_t set_shape(int32_t* shape, const char* name, std::initializer_list<int64_t> dims);

// Runs an entry with the floating-point environment of the contract, and turns exhaustion into a status.
template <class F>
int32_t guarded(F&& entry) {
  const FpGuard guard;
#ifdef __cpp_exceptions
  try {
    return entry();
  } catch (const std::bad_alloc&) {
    return fail(kOutOfMemory, "out of memory");
  } catch (const std::length_error&) {  // a std::vector larger than the address space
    return fail(kOutOfMemory, "out of memory");
  }
#else
  return entry();
#endif
}

// A sample under the guard, out of line: none of its arithmetic may move to before the guard.
template <auto sample, class... Argument>
[[gnu::noinline, gnu::cold]] auto set_right(Argument... arguments) {
  const FpGuard guard;
  return sample(arguments...);
}

// One sample: the guard, which takes longer than that, is needed only in hosts that compute otherwise.
template <auto sample, class... Argument>
auto guarded_sample(Argument... arguments) {
  return arithmetic_is_right() ? sample(arguments...) : set_right<sample>(arguments...);
}

}  // namespace unisono::capi
