// Adam (Kingma and Ba 2015), in the two forms that PyTorch and Keras give it.
#pragma once

#include <cstdint>

#include "unisono/nn/elementwise.h"
#include "unisono/nn/parameter.h"
#include "unisono/parallel.h"

namespace unisono {

struct AdamOptions {
  double learning_rate = 1e-3;
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;      // added to the gradient times the value (L2, not decoupled)
  bool epsilon_inside = false;  // Keras: epsilon is added before the bias correction, in PyTorch after it
};

// The factors of one step, t = 1, 2, ...: value -= rate * m / (sqrt(v) * root_scale + epsilon).
struct AdamStep {
  double rate, root_scale;

  AdamStep(const AdamOptions& o, std::int32_t t) {
    const double c1 = 1.0 - power(o.beta1, t), root_c2 = sqrt(1.0 - power(o.beta2, t));
    rate = o.epsilon_inside ? o.learning_rate * root_c2 / c1 : o.learning_rate / c1;
    root_scale = o.epsilon_inside ? 1.0 : 1.0 / root_c2;
  }

 private:
  static double power(double base, std::int32_t n) {  // by squaring: no state to keep, and no libm
    double result = 1.0;
    for (; n > 0; n >>= 1, base *= base)
      if (n & 1) result *= base;
    return result;
  }
};

// gradient_scale multiplies the gradients first: 1, or what clips their norm.
template <class T>
void adam_update(Parameter<T>& p, const AdamOptions& o, const AdamStep& step, T gradient_scale, Slice part) {
  const T b1 = T(1.0 - o.beta1), b2 = T(1.0 - o.beta2), decay = T(o.weight_decay);
  const T rate = T(step.rate), root_scale = T(step.root_scale), epsilon = T(o.epsilon);
  T* const value = p.value.data() + part.begin;
  T* const m = p.first_moment.data() + part.begin;
  T* const v = p.second_moment.data() + part.begin;
  const T* const gradient = p.gradient.data() + part.begin;
  for_lanes<T>(part.end - part.begin, [&]<class V>(int i) {
    const V old = load<V>(value + i);
    const V g = load<V>(gradient + i) * splat<V>(gradient_scale) + splat<V>(decay) * old;
    const V m_old = load<V>(m + i), v_old = load<V>(v + i);
    const V m_new = m_old + (g - m_old) * splat<V>(b1);
    const V v_new = v_old + (g * g - v_old) * splat<V>(b2);
    store<V>(m + i, m_new);
    store<V>(v + i, v_new);
    store<V>(value + i, V(old - splat<V>(rate) * m_new / (sqrt<V>(v_new) * splat<V>(root_scale) + splat<V>(epsilon))));
  });
}

// min(1, largest / norm), the norm taken over all gradients together (Pascanu, Mikolov, Bengio 2013; with PyTorch's 1e-6).
template <class T, class List>
T norm_clip(const List& parameters, double largest) {
  double squares = 0;
  for (const Parameter<T>* p : parameters) {
    const T* const g = p->gradient.data();
    squares += fixed_sum(p->size(), [&](int i) { return static_cast<double>(g[i]) * static_cast<double>(g[i]); });
  }
  const double factor = largest / (sqrt(squares) + 1e-6);
  return factor < 1.0 ? static_cast<T>(factor) : T(1);
}

// Every parameter of the list (pointers), shared out among the workers.
template <class T, class List>
void adam_step(Workers& workers, const List& parameters, const AdamOptions& options, std::int32_t t,
               T gradient_scale = T(1)) {
  constexpr int kGrain = 1 << 14;
  const AdamStep step(options, t);
  for (Parameter<T>* p : parameters) {
    const int tasks = (p->size() + kGrain - 1) / kGrain;
    workers.run(tasks, [&](int task) {
      adam_update(*p, options, step, gradient_scale, Slice{task * kGrain, std::min((task + 1) * kGrain, p->size())});
    });
  }
}

}  // namespace unisono
