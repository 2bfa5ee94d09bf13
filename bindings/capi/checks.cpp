// The texts of errors: each names the argument, what it was, and what is allowed.
#include "checks.h"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "unisono.h"
#include "unisono/simd.h"

namespace unisono::capi {
namespace {

thread_local char last_error[512] = "";

struct Number {
  char text[40];
};

// The shortest decimal that reads back as the same float: 0.1, not 0.100000001.
Number shortest(double x) {
  Number number;
  if (x != x) {
    std::strcpy(number.text, "nan");
    return number;
  }
  for (int digits = 6; digits <= 17; ++digits) {
    std::snprintf(number.text, sizeof number.text, "%.*g", digits, x);
    const double back = std::strtod(number.text, nullptr);
    if (back == x || static_cast<float>(back) == static_cast<float>(x)) break;
  }
  return number;
}

}  // namespace

int32_t fail(int32_t status, const char* format, ...) {
  va_list args;
  va_start(args, format);
  std::vsnprintf(last_error, sizeof last_error, format, args);
  va_end(args);
  return status;
}

int32_t bad_integer(const char* name, int64_t got, const char* allowed) {
  return fail(kBadArgument, "%s: got %lld; must be %s", name, static_cast<long long>(got), allowed);
}

int32_t bad_integer(const char* name, int64_t got, const char* allowed, int64_t bound) {
  return fail(kBadArgument, "%s: got %lld; must be %s, which is %lld", name, static_cast<long long>(got), allowed,
              static_cast<long long>(bound));
}

int32_t bad_float(int32_t status, const char* name, double got, const char* allowed) {
  return fail(status, "%s: got %s; must be %s", name, shortest(got).text, allowed);
}

int32_t bad_element(int32_t status, const char* name, double got, int64_t index, const char* allowed) {
  return fail(status, "%s: got %s at index %lld; must be %s", name, shortest(got).text, static_cast<long long>(index),
              allowed);
}

// No sum loses what is not finite.
int32_t finite(const char* name, const float* x, int64_t n) {
  constexpr int kSums = 4;
  f32 sums[kSums] = {};
  int64_t i = 0;
  for (; i + kSums * kLanes <= n; i += kSums * kLanes) {
#pragma GCC unroll 4
    for (int j = 0; j < kSums; ++j) sums[j] += load<f32>(x + i + j * kLanes);
  }
  const f32 all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  float sum = 0.0f;
  for (int lane = 0; lane < kLanes; ++lane) sum += all[lane];
  if (sum - sum != 0.0f) i = 0;  // one of them it is: which? Or they are huge
  while (i < n && x[i] - x[i] == 0.0f) ++i;
  return i == n ? kOk : bad_element(kNotFinite, name, static_cast<double>(x[i]), i, "finite");
}

int32_t long_enough(const char* name, int axis, int32_t size, int32_t least) {
  if (size >= least) return kOk;
  return fail(kBadArgument, "%s: got size %d along dimension %d; must be at least %d", name, size, axis, least);
}

int32_t same_size(const char* name, int axis, int32_t got, const char* expression, int64_t wanted) {
  if (got == wanted) return kOk;
  char number[24];
  std::snprintf(number, sizeof number, "%lld", static_cast<long long>(wanted));
  const bool literal = std::strcmp(number, expression) == 0;
  return fail(kBadArgument, "%s: got size %d along dimension %d; must be %s%s%s", name, got, axis, expression,
              literal ? "" : ", which is ", literal ? "" : number);
}

int32_t countable(const char* name, int64_t elements) {
  if (elements <= INT32_MAX) return kOk;
  return fail(kBadArgument, "%s: has %lld elements; at most 2147483647 are possible", name,
              static_cast<long long>(elements));
}

int32_t set_shape(int32_t* shape, const char* name, std::initializer_list<int64_t> dims) {
  int64_t elements = 1;
  for (const int64_t dim : dims) {
    if (dim < 0) return fail(kBadArgument, "%s: would have a negative size", name);
    if (dim > INT32_MAX) return countable(name, dim);
    elements *= dim;
    UNISONO_TRY(countable(name, elements));
    *shape++ = static_cast<int32_t>(dim);
  }
  return kOk;
}

}  // namespace unisono::capi

extern "C" const char* unisono_last_error(void) { return unisono::capi::last_error; }

#ifndef UNISONO_ISA
#define UNISONO_ISA "generic"
#endif

#ifdef __clang__
#define UNISONO_COMPILER "clang-" __clang_version__
#else
#define UNISONO_COMPILER "gcc-" __VERSION__
#endif

extern "C" const char* unisono_build_info(void) {
  static const auto info = [] {
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(), "isa=%s lanes=%d compiler=%s bits=%d abi=%s", UNISONO_ISA, unisono::kLanes,
                  UNISONO_COMPILER, UNISONO_BITS, UNISONO_ABI);
    return text;
  }();
  return info.data();
}
