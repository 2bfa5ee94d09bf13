// Mean squared error and its gradient.
#pragma once

#include "unisono/nn/elementwise.h"

namespace unisono {

// gradient[n] = d/d prediction of the mean over `count` elements of (prediction - target)^2, for n of them;
// returns the sum of the squares of these n.
template <class T>
double squared_error(T* gradient, const T* prediction, const T* target, int n, double count) {
  const T scale = static_cast<T>(2.0 / count);
  for_lanes<T>(n, [&]<class V>(int i) {
    store<V>(gradient + i, V((load<V>(prediction + i) - load<V>(target + i)) * splat<V>(scale)));
  });
  return fixed_sum(n, [&](int i) {
    const double d = static_cast<double>(prediction[i]) - static_cast<double>(target[i]);
    return d * d;
  });
}

}  // namespace unisono
