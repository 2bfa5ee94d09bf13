// A Gaussian whose mean and spread a network predicts: negative log-likelihood and its gradient.
#pragma once

#include "unisono/nn/elementwise.h"

namespace unisono {

// log sigma of a network's raw output: floor + softplus(raw - floor), which never falls below floor and equals raw far
// above it. slope receives d log sigma / d raw.
template <class T, class V>
UNISONO_INLINE V log_sigma(V& slope, const V& raw, T floor) {
  const V zero{}, one = splat<V>(T(1));
  const V v = raw - splat<V>(floor);
  const V e = Activation<T>::exp(V(-abs(v)));
  slope = select(v >= zero, one, e) / (one + e);
  return splat<V>(floor) + (max(v, zero) + Activation<T>::log(V(one + e)));
}

// For each of n elements, loss = weight * (log sigma + ((target - mean) / sigma)^2 / 2), the negative log-likelihood
// without its constant, and the gradients of scale * loss. output[2 n] and gradient[2 n] hold means, then raw spreads;
// the spreads' gradients are times teach_spread (0 or 1).
template <class T>
void gaussian_loss(T* loss, T* gradient, const T* output, const T* target, const T* weight, T floor, T scale,
                   T teach_spread, int n) {
  for_lanes<T>(n, [&]<class V>(int i) {
    V slope;
    const V spread = log_sigma<T>(slope, load<V>(output + n + i), floor);
    const V precision = Activation<T>::exp(V(-spread));
    const V error = (load<V>(target + i) - load<V>(output + i)) * precision;
    const V w = load<V>(weight + i), share = w * splat<V>(scale), one = splat<V>(T(1));
    store<V>(loss + i, V(w * (spread + splat<V>(T(0.5)) * (error * error))));
    store<V>(gradient + i, V(-(error * precision) * share));
    store<V>(gradient + n + i, V((one - error * error) * slope * share * splat<V>(teach_spread)));
  });
}

}  // namespace unisono
