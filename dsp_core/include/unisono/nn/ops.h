// The layers one call at a time: for the bindings, where somebody else keeps the weights. These allocate.
#pragma once

#include <cstdint>

namespace unisono {

// c[m][n] = a[m][k] b[k][n]; each element sums over k = 0, 1, 2 ... in that order.
void matmul(float* c, const float* a, const float* b, int m, int k, int n);

// y[rows][out] = x[rows][in] weight[out][in] transposed + bias[out]
void dense(float* y, const float* x, const float* weight, const float* bias, int rows, int in, int out);

// hidden[steps][rows][size] of x[steps][rows][in], from zero states; weights as in nn/lstm.h, with one bias[4 size].
void lstm(float* hidden, const float* x, const float* weight_ih, const float* weight_hh, const float* bias, int steps,
          int rows, int in, int size);

// y[rows][n] = (x - mean) / sqrt(variance + epsilon) * weight[n] + bias[n], with the statistics of x over the rows.
void batch_norm(float* y, const float* x, const float* weight, const float* bias, float epsilon, int rows, int n);

// y[n] = 0 with probability rate, else x / (1 - rate); element i by (seed, stream, i) alone.
void dropout(float* y, const float* x, float rate, std::uint32_t seed, std::uint32_t stream, int n);

// The mean of (prediction - target)^2; gradient[n] receives its derivative by the prediction.
void mean_squared_error(float* loss, float* gradient, const float* prediction, const float* target, int n);

// One step, number `step` = 1, 2 ..., of Adam in PyTorch's form: the new value[n] and moments m[n], v[n].
void adam(float* new_value, float* new_m, float* new_v, const float* value, const float* m, const float* v,
          const float* gradient, int step, float learning_rate, float beta1, float beta2, float epsilon, int n);

}  // namespace unisono
