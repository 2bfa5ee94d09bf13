// See ops.h: each wraps a layer on this thread.
#include "unisono/nn/ops.h"

#include <numeric>
#include <vector>

#include "unisono/nn/adam.h"
#include "unisono/nn/batch_norm.h"
#include "unisono/nn/dense.h"
#include "unisono/nn/dropout.h"
#include "unisono/nn/lstm.h"
#include "unisono/nn/mse.h"

namespace unisono {

void matmul(float* c, const float* a, const float* b, int m, int k, int n) {
  Workers alone(1);
  PackedMatrix<float> right;
  right.pack(alone, matrix(b, k, n));
  matmul(c, n, matrix(a, m, k), right, false);
  canonicalise(c, m * n);
}

void dense(float* y, const float* x, const float* weight, const float* bias, int rows, int in, int out) {
  Workers alone(1);
  PackedMatrix<float> right;
  right.pack(alone, matrix(weight, out, in).transposed());
  fill_rows(y, bias, rows, out);
  matmul(y, out, matrix(x, rows, in), right, true);
  canonicalise(y, rows * out);
}

void lstm(float* hidden, const float* x, const float* weight_ih, const float* weight_hh, const float* bias, int steps,
          int rows, int in, int size) {
  Workers alone(1);
  Lstm<float> layer;
  layer.configure("", in, size, false);
  layer.weight_ih.value.assign(weight_ih, weight_ih + static_cast<std::ptrdiff_t>(4) * size * in);
  layer.weight_hh.value.assign(weight_hh, weight_hh + static_cast<std::ptrdiff_t>(4) * size * size);
  layer.bias_ih.value.assign(bias, bias + 4 * size);
  layer.pack_forward(alone);
  const std::ptrdiff_t states = static_cast<std::ptrdiff_t>(rows) * size;
  std::vector<float> gates(static_cast<std::size_t>(4 * states)), cell(static_cast<std::size_t>(states), 0.0f),
      tanh_cell(cell), zeros(cell);
  const float* previous = zeros.data();
  for (int t = 0; t < steps; ++t, previous = hidden, hidden += states) {
    layer.project(gates.data(), x + static_cast<std::ptrdiff_t>(t) * rows * in, rows);
    layer.step(hidden, cell.data(), tanh_cell.data(), gates.data(), previous, cell.data(), rows);
    canonicalise(hidden, rows * size);
  }
}

void batch_norm(float* y, const float* x, const float* weight, const float* bias, float epsilon, int rows, int n) {
  Workers alone(1);
  BatchNorm<float> layer;
  layer.configure("", n, {.epsilon = static_cast<double>(epsilon), .momentum = 0.0, .unbiased_running = false});
  layer.weight.value.assign(weight, weight + n);
  layer.bias.value.assign(bias, bias + n);
  std::vector<std::int32_t> numbers(static_cast<std::size_t>(rows));
  std::iota(numbers.begin(), numbers.end(), 0);
  const std::vector<std::int32_t> once(numbers.size(), 1);
  PackedMatrix<float> normalised;
  layer.forward_train(alone, y, normalised, {x, numbers.data(), once.data(), rows});
  canonicalise(y, rows * n);
}

void dropout(float* y, const float* x, float rate, std::uint32_t seed, std::uint32_t stream, int n) {
  dropout_mask(y, rate, Random(seed, stream), 0, n);
  apply_mask(y, x, y, n);
}

void mean_squared_error(float* loss, float* gradient, const float* prediction, const float* target, int n) {
  *loss = canonical(static_cast<float>(squared_error(gradient, prediction, target, n, n) / n));
  canonicalise(gradient, n);
}

void adam(float* new_value, float* new_m, float* new_v, const float* value, const float* m, const float* v,
          const float* gradient, int step, float learning_rate, float beta1, float beta2, float epsilon, int n) {
  Parameter<float> p;
  p.value.assign(value, value + n);
  p.first_moment.assign(m, m + n);
  p.second_moment.assign(v, v + n);
  p.gradient.assign(gradient, gradient + n);
  AdamOptions options;
  options.learning_rate = static_cast<double>(learning_rate);
  options.beta1 = static_cast<double>(beta1);
  options.beta2 = static_cast<double>(beta2);
  options.epsilon = static_cast<double>(epsilon);
  adam_update(p, options, AdamStep(options, step), 1.0f, Slice{0, n});
  std::copy(p.value.begin(), p.value.end(), new_value);
  std::copy(p.first_moment.begin(), p.first_moment.end(), new_m);
  std::copy(p.second_moment.begin(), p.second_moment.end(), new_v);
  for (float* const result : {new_value, new_m, new_v}) canonicalise(result, n);
}

}  // namespace unisono
