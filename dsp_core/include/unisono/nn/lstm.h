// An LSTM layer, forward and backward through time, over [step][row][...] with rows independent of each other.
//
// Gates lie in the order input, forget, cell, output (PyTorch's and Keras'), weights as weight_ih[4 hidden][in] and
// weight_hh[4 hidden][hidden]. Source: Hochreiter and Schmidhuber 1997 with the forget gate of Gers et al. 2000.
#pragma once

#include <string>
#include <vector>

#include "unisono/nn/gate.h"
#include "unisono/nn/matmul.h"
#include "unisono/nn/parameter.h"

namespace unisono {

// What a forward pass keeps for the backward pass. Slot 0 of hidden and cell is the state before the first step.
template <class T>
struct LstmTape {
  std::vector<T> gates;      // [steps][rows][4 hidden]: projections, then activations, then gradients
  std::vector<T> cell;       // [steps + 1][rows][hidden]
  std::vector<T> tanh_cell;  // [steps][rows][hidden]
  std::vector<T> hidden;     // [steps + 1][rows][hidden]

  void reserve(int steps, int rows, int size) {
    const std::size_t n = static_cast<std::size_t>(steps) * rows * size, slot = static_cast<std::size_t>(rows) * size;
    gates.assign(4 * n, T(0));
    cell.assign(n + slot, T(0));
    tanh_cell.assign(n, T(0));
    hidden.assign(n + slot, T(0));
  }
};

namespace detail {

// One row of one step. gates holds the pre-activations and receives the activations.
template <class T>
void lstm_cell(T* hidden, T* cell, T* tanh_cell, T* gates, const T* previous_cell, int size) {
  using A = Gate<T>;
  for_lanes<T>(size, [&]<class V>(int j) {
    const V i = A::sigmoid(load<V>(gates + j));
    const V f = A::sigmoid(load<V>(gates + size + j));
    const V g = A::tanh(load<V>(gates + 2 * size + j));
    const V o = A::sigmoid(load<V>(gates + 3 * size + j));
    const V c = f * load<V>(previous_cell + j) + i * g;
    const V t = A::tanh(c);
    store<V>(gates + j, i);
    store<V>(gates + size + j, f);
    store<V>(gates + 2 * size + j, g);
    store<V>(gates + 3 * size + j, o);
    store<V>(cell + j, c);
    store<V>(tanh_cell + j, t);
    store<V>(hidden + j, V(o * t));
  });
}

// One row of one step backwards. gates holds the activations and receives the gradients of the pre-activations;
// d_cell holds the gradient that arrives from the next step and receives what goes to the previous one.
template <class T>
void lstm_cell_backward(T* gates, T* d_cell, const T* d_hidden, const T* tanh_cell, const T* previous_cell, int size) {
  for_lanes<T>(size, [&]<class V>(int j) {
    const V one = splat<V>(T(1));
    const V i = load<V>(gates + j), f = load<V>(gates + size + j);
    const V g = load<V>(gates + 2 * size + j), o = load<V>(gates + 3 * size + j);
    const V t = load<V>(tanh_cell + j), dh = load<V>(d_hidden + j);
    const V dc = load<V>(d_cell + j) + dh * o * (one - t * t);
    store<V>(gates + j, V(dc * g * (i * (one - i))));
    store<V>(gates + size + j, V(dc * load<V>(previous_cell + j) * (f * (one - f))));
    store<V>(gates + 2 * size + j, V(dc * i * (one - g * g)));
    store<V>(gates + 3 * size + j, V(dh * t * (o * (one - o))));
    store<V>(d_cell + j, V(dc * f));
  });
}

}  // namespace detail

template <class T>
class Lstm {
 public:
  Parameter<T> weight_ih, weight_hh, bias_ih;
  Parameter<T> bias_hh;  // exists only in PyTorch's form, which has two biases that are added

  void configure(const std::string& name, int in, int hidden, bool two_biases) {
    in_ = in;
    hidden_ = hidden;
    weight_ih.configure(name, ".weight_ih", {4 * hidden, in});
    weight_hh.configure(name, ".weight_hh", {4 * hidden, hidden});
    bias_ih.configure(name, ".bias_ih", {4 * hidden});
    if (two_biases) bias_hh.configure(name, ".bias_hh", {4 * hidden});
    bias_.assign(4 * static_cast<std::size_t>(hidden), T(0));
    forward_ih_.reserve(in, 4 * hidden);
    forward_hh_.reserve(hidden, 4 * hidden);
  }
  // For up to `rows` rows in all (steps times batch rows); input_rows is how many rows the layer's input has.
  void reserve_backward(int rows, int input_rows) {
    backward_ih_.reserve(4 * hidden_, in_);
    backward_hh_.reserve(4 * hidden_, hidden_);
    input_.reserve(input_rows, in_);
    states_.reserve(rows, hidden_);
  }
  int in() const { return in_; }
  int hidden() const { return hidden_; }
  int gates() const { return 4 * hidden_; }

  // After the weights have changed.
  void pack_forward(Workers& workers) {
    forward_ih_.pack(workers, matrix(weight_ih.value.data(), gates(), in_).transposed());
    forward_hh_.pack(workers, matrix(weight_hh.value.data(), gates(), hidden_).transposed());
    for (int g = 0; g < gates(); ++g) bias_[g] = bias_ih.value[g] + (bias_hh.exists() ? bias_hh.value[g] : T(0));
  }
  void pack_backward_hidden(Workers& workers) {
    backward_hh_.pack(workers, matrix(weight_hh.value.data(), gates(), hidden_));
  }
  // For the gradients of the inputs from `first` on.
  void pack_backward_input(Workers& workers, int first = 0) {
    backward_ih_.pack(workers, {weight_ih.value.data() + first, gates(), in_ - first, in_, 1});
  }

  // projection[rows][gates] = x[rows][in]·weight_ihᵀ + the biases: on this thread, or shared out.
  void project(T* projection, const T* x, int rows) const {
    fill_rows(projection, bias_.data(), rows, gates());
    matmul(projection, gates(), matrix(x, rows, in_), forward_ih_, true);
  }
  void project(Workers& workers, T* projection, const T* x, int rows) const {
    const int tasks = workers.threads();
    workers.run(tasks, [&](int task) {
      const Slice s = slice_of(rows, task, tasks);
      fill_rows(projection + static_cast<std::ptrdiff_t>(s.begin) * gates(), bias_.data(), s.end - s.begin, gates());
    });
    matmul(workers, projection, gates(), matrix(x, rows, in_), forward_ih_, true);
  }

  // One step of `rows` rows: gates holds the projections and receives the activations; the rest are outputs.
  // hidden may be previous_hidden's memory and cell previous_cell's.
  void step(T* hidden, T* cell, T* tanh_cell, T* gates_, const T* previous_hidden, const T* previous_cell,
            int rows) const {
    matmul(gates_, gates(), matrix(previous_hidden, rows, hidden_), forward_hh_, true);
    cells(hidden, cell, tanh_cell, gates_, previous_cell, rows);
  }

  // The same with the product shared out.
  void step(Workers& workers, T* hidden, T* cell, T* tanh_cell, T* gates_, const T* previous_hidden,
            const T* previous_cell, int rows) const {
    matmul(workers, gates_, gates(), matrix(previous_hidden, rows, hidden_), forward_hh_, true);
    cells(hidden, cell, tanh_cell, gates_, previous_cell, rows);
  }

  // Step t of the given rows of a tape of `total` rows a step, whose gates hold the projections.
  void forward_step(LstmTape<T>& tape, int t, Slice rows, int total) const {
    const std::ptrdiff_t now = static_cast<std::ptrdiff_t>(t) * total + rows.begin, next = now + total;
    step(tape.hidden.data() + next * hidden_, tape.cell.data() + next * hidden_, tape.tanh_cell.data() + now * hidden_,
         tape.gates.data() + now * gates(), tape.hidden.data() + now * hidden_, tape.cell.data() + now * hidden_,
         rows.end - rows.begin);
  }

  // Steps steps - 1 ... 0 of the given rows. d_hidden[steps][total][hidden] holds the gradients that arrive from above
  // and is added to; d_cell[total][hidden] must be zero (or the gradient of the last cell state).
  void backward_steps(LstmTape<T>& tape, T* d_hidden, T* d_cell, int steps, Slice rows, int total) const {
    for (int t = steps - 1; t >= 0; --t) {
      const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(t) * total;
      for (std::ptrdiff_t r = rows.begin; r < rows.end; ++r) {
        const std::ptrdiff_t at = (first + r) * hidden_;
        detail::lstm_cell_backward(tape.gates.data() + (first + r) * gates(), d_cell + r * hidden_, d_hidden + at,
                                   tape.tanh_cell.data() + at, tape.cell.data() + at, hidden_);
      }
      if (t == 0) continue;  // nobody asks for the gradient of the initial state
      matmul(d_hidden + (first - total + rows.begin) * hidden_, hidden_,
             matrix(tape.gates.data() + (first + rows.begin) * gates(), rows.end - rows.begin, gates()), backward_hh_,
             true);
    }
  }

  // dx[rows][in - first] of the gates' gradients, on this thread.
  void backward_input(T* dx, const T* d_gates, int rows) const {
    matmul(dx, backward_ih_.cols(), matrix(d_gates, rows, gates()), backward_ih_, false);
  }

  // The gradients of weight_hh and the biases, from the gates' gradients and the states before each step.
  void backward_recurrent(Workers& workers, const LstmTape<T>& tape, int steps, int rows) {
    states_.pack(workers, matrix(tape.hidden.data(), steps * rows, hidden_));
    const MatrixView<T> d_gates = matrix(tape.gates.data(), steps * rows, gates());
    matmul(workers, weight_hh.gradient.data(), hidden_, d_gates.transposed(), states_, false);
    column_sums(bias_ih.gradient.data(), tape.gates.data(), steps * rows, gates());
    if (bias_hh.exists()) bias_hh.gradient = bias_ih.gradient;
  }
  // The gradient of weight_ih from d_gates[rows][gates] and x[rows][in].
  void backward_weights(Workers& workers, const T* d_gates, const T* x, int rows) {
    input_.pack(workers, matrix(x, rows, in_));
    backward_weights(workers, d_gates, input_);
  }
  void backward_weights(Workers& workers, const T* d_gates, const PackedMatrix<T>& x) {
    matmul(workers, weight_ih.gradient.data(), in_, matrix(d_gates, x.rows(), gates()).transposed(), x, false);
  }

 private:
  void cells(T* hidden, T* cell, T* tanh_cell, T* gates_, const T* previous_cell, int rows) const {
    for (std::ptrdiff_t r = 0; r < rows; ++r)
      detail::lstm_cell(hidden + r * hidden_, cell + r * hidden_, tanh_cell + r * hidden_, gates_ + r * gates(),
                        previous_cell + r * hidden_, hidden_);
  }

  int in_ = 0, hidden_ = 0;
  std::vector<T> bias_;  // bias_ih + bias_hh
  PackedMatrix<T> forward_ih_, forward_hh_, backward_ih_, backward_hh_, input_, states_;
};

}  // namespace unisono
