// A dense layer, y = x·Wᵀ + b, with weight[out][in] as in PyTorch's Linear.
#pragma once

#include <string>

#include "unisono/nn/elementwise.h"
#include "unisono/nn/matmul.h"
#include "unisono/nn/parameter.h"

namespace unisono {

template <class T>
class Dense {
 public:
  Parameter<T> weight, bias;

  void configure(const std::string& name, int in, int out) {
    weight.configure(name, ".weight", {out, in});
    bias.configure(name, ".bias", {out});
    in_ = in;
    out_ = out;
    forward_.reserve(in, out);
  }
  void reserve_backward(int rows) {
    backward_.reserve(out_, in_);
    input_.reserve(rows, in_);
  }
  int in() const { return in_; }
  int out() const { return out_; }

  // After the weights have changed: before forward, and before backward_input.
  void pack_forward(Workers& workers) { forward_.pack(workers, weights().transposed()); }
  void pack_backward(Workers& workers) { backward_.pack(workers, weights()); }

  // y[rows][out] of x[rows][in]: on this thread, or shared out.
  void forward(T* y, const T* x, int rows) const {
    fill_rows(y, bias.value.data(), rows, out_);
    matmul(y, out_, matrix(x, rows, in_), forward_, true);
  }
  void forward(Workers& workers, T* y, const T* x, int rows) const {
    fill_rows(y, bias.value.data(), rows, out_);
    matmul(workers, y, out_, matrix(x, rows, in_), forward_, true);
  }
  // dx[rows][in] of dy[rows][out]: on this thread, or shared out.
  void backward_input(T* dx, const T* dy, int rows) const { matmul(dx, in_, matrix(dy, rows, out_), backward_, false); }
  void backward_input(Workers& workers, T* dx, const T* dy, int rows) const {
    matmul(workers, dx, in_, matrix(dy, rows, out_), backward_, false);
  }
  // The gradients of weight and bias.
  void backward_weights(Workers& workers, const T* dy, const T* x, int rows) {
    input_.pack(workers, matrix(x, rows, in_));
    matmul(workers, weight.gradient.data(), in_, matrix(dy, rows, out_).transposed(), input_, false);
    column_sums(bias.gradient.data(), dy, rows, out_);
  }

 private:
  MatrixView<T> weights() const { return matrix(weight.value.data(), out_, in_); }

  int in_ = 0, out_ = 0;
  PackedMatrix<T> forward_, backward_, input_;
};

}  // namespace unisono
