// Loops over lanes, activations, and sums in one fixed order: the element-wise half of every layer.
#pragma once

#include <algorithm>
#include <type_traits>

#include "unisono/math.h"
#include "unisono/simd.h"

namespace unisono {

// Calls f.operator()<V>(i) so that the elements i ... i + lanes - 1 cover 0 ... n - 1: vectors first, then scalars.
// The scalars give the same bits as the vectors, so n need not be a multiple of anything.
// Only float is vectorised: double exists for the finite-difference tests.
template <class T, class F>
UNISONO_INLINE void for_lanes(int n, F f) {
  int i = 0;
  if constexpr (std::is_same_v<T, float>)
    for (; i + kLanes <= n; i += kLanes) f.template operator()<f32>(i);
  for (; i < n; ++i) f.template operator()<T>(i);
}

// Calls f(i, x) with x[0] ... x[n - 1] as doubles: a register's worth from i on, then one by one.
template <class T, class F>
UNISONO_INLINE void for_doubles(const T* x, int n, F f) {
  int i = 0;
  if constexpr (std::is_same_v<T, float>)
    for (; i + kLanes <= n; i += kLanes) {
      wide_t<f32> lo, hi;
      widen<f32>(lo, hi, load<f32>(x + i));
      f(i, lo);
      f(i + kLanes / 2, hi);
    }
  for (; i < n; ++i) f(i, static_cast<double>(x[i]));
}

// The tests specialise this for double, which the product's float-only math does not serve.
template <class T>
struct Activation {
  template <class V>
  UNISONO_INLINE static V sigmoid(const V& x) {
    return unisono::sigmoid(x);
  }
  template <class V>
  UNISONO_INLINE static V tanh(const V& x) {
    return unisono::tanh(x);
  }
  template <class V>
  UNISONO_INLINE static V exp(const V& x) {
    return unisono::exp(x);
  }
  template <class V>
  UNISONO_INLINE static V log(const V& x) {
    return unisono::log(x);
  }
};

// The sum of f(0) ... f(n - 1) in double: eight interleaved partial sums, then a tree.
template <class F>
UNISONO_INLINE double fixed_sum(int n, F f) {
  double part[8] = {};
  int i = 0;
  for (; i + 8 <= n; i += 8)
    for (int j = 0; j < 8; ++j) part[j] += f(i + j);
  for (int j = 0; i < n; ++i, ++j) part[j] += f(i);
  return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
}

// sums[cols] += the rows of x[rows][cols], in their order.
template <class T>
void add_rows(T* sums, const T* x, int rows, int cols) {
  for (int r = 0; r < rows; ++r, x += cols)
    for_lanes<T>(cols, [&]<class V>(int i) { store<V>(sums + i, V(load<V>(sums + i) + load<V>(x + i))); });
}

// sums[cols] = the sums over the rows of x[rows][cols], in the order of the rows.
template <class T>
void column_sums(T* sums, const T* x, int rows, int cols) {
  std::fill_n(sums, cols, T(0));
  add_rows(sums, x, rows, cols);
}

// Gives every NaN of x[n] the canonical bits: sums of infinities differ in them between machines.
inline void canonicalise(float* x, int n) {
  for (int i = 0; i < n; ++i) x[i] = canonical(x[i]);
}

// y[rows][cols] = the same vector[cols] in every row: a bias before a product is added to it.
template <class T>
void fill_rows(T* y, const T* vector, int rows, int cols) {
  for (int r = 0; r < rows; ++r) std::copy_n(vector, cols, y + static_cast<std::ptrdiff_t>(r) * cols);
}

}  // namespace unisono
