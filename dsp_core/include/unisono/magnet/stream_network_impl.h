// The definitions of StreamNetwork; included where it is instantiated (float in the product, double in the tests).
#pragma once

#include <algorithm>

#include "unisono/magnet/stream_network.h"

namespace unisono {

template <class T>
void StreamNetwork<T>::configure(const StreamShape& shape) {
  shape_ = shape;
  lstm.configure("lstm.0", shape.inputs, shape.hidden, false);
  head.configure("head", shape.hidden, 2 * shape.outputs);
  const std::size_t states = static_cast<std::size_t>(shape.streams) * shape.hidden;
  hidden.assign(states, T(0));
  cell.assign(states, T(0));
}

template <class T>
std::vector<Parameter<T>*> StreamNetwork<T>::parameters() {
  return {&lstm.weight_ih, &lstm.weight_hh, &lstm.bias_ih, &head.weight, &head.bias};
}

template <class T>
void StreamNetwork<T>::reserve_training() {
  const StreamShape& s = shape_;
  const auto slots = static_cast<std::size_t>(s.steps) * s.streams;
  inputs.assign(slots * s.inputs, T(0));
  targets.assign(slots * s.outputs, T(0));
  tape_.reserve(s.steps, s.streams, s.hidden);
  lstm.reserve_backward(static_cast<int>(slots), static_cast<int>(slots));
  head.reserve_backward(static_cast<int>(slots));
  output_.assign(2 * slots * s.outputs, T(0));
  d_output_.assign(2 * slots * s.outputs, T(0));
  loss_.assign(slots * s.outputs, T(0));
  d_hidden_.assign(slots * s.hidden, T(0));
  d_cell_.assign(hidden.size(), T(0));
  d_gates_.assign(4 * hidden.size(), T(0));
}

template <class T>
void StreamNetwork<T>::prepare_inference(Workers& workers) {
  lstm.pack_forward(workers);
  head.pack_forward(workers);
}

template <class T>
void StreamNetwork<T>::step(T* output, T* hidden_state, T* cell_state, T* scratch, const T* input) const {
  T* const gates = scratch;
  T* const tanh_cell = scratch + lstm.gates();
  lstm.project(gates, input, 1);
  lstm.step(hidden_state, cell_state, tanh_cell, gates, hidden_state, cell_state, 1);
  head.forward(output, hidden_state, 1);
}

// Streams do not meet before the weights' gradients, so each thread takes some of them all the way.
template <class T>
void StreamNetwork<T>::rows_there_and_back(const T* importance, Slice rows) {
  const int n = rows.end - rows.begin, outputs = shape_.outputs, size = shape_.hidden;
  const std::ptrdiff_t total = shape_.streams;
  const T scale = static_cast<T>(1.0 / (static_cast<double>(shape_.steps) * shape_.streams));
  const std::ptrdiff_t states = static_cast<std::ptrdiff_t>(rows.begin) * size;
  std::copy_n(hidden.data() + states, n * size, tape_.hidden.data() + states);
  std::copy_n(cell.data() + states, n * size, tape_.cell.data() + states);
  std::fill_n(d_cell_.data() + states, n * size, T(0));
  for (int t = 0; t < shape_.steps; ++t) {
    const std::ptrdiff_t first = t * total + rows.begin, next = first + total;
    lstm.project(tape_.gates.data() + first * lstm.gates(), inputs.data() + first * shape_.inputs, n);
    lstm.forward_step(tape_, t, rows, shape_.streams);
    head.forward(output_.data() + first * 2 * outputs, tape_.hidden.data() + next * size, n);
    for (int b = rows.begin; b < rows.end; ++b) {
      const std::ptrdiff_t row = (t * total + b) * outputs;
      gaussian_loss(loss_.data() + row, d_output_.data() + 2 * row, output_.data() + 2 * row, targets.data() + row,
                    importance, T(shape_.least_log_sigma), scale, b < shape_.misled ? T(0) : T(1), outputs);
    }
    head.backward_input(d_hidden_.data() + first * size, d_output_.data() + first * 2 * outputs, n);
  }
  const std::ptrdiff_t last = shape_.steps * total * size;
  std::copy_n(tape_.hidden.data() + last + states, n * size, hidden.data() + states);
  std::copy_n(tape_.cell.data() + last + states, n * size, cell.data() + states);
  lstm.backward_steps(tape_, d_hidden_.data(), d_cell_.data(), shape_.steps, rows, shape_.streams);
}

template <class T>
T StreamNetwork<T>::loss_and_gradient(Workers& workers, const T* importance) {
  prepare_inference(workers);
  lstm.pack_backward_hidden(workers);
  head.pack_backward(workers);
  const int slots = shape_.steps * shape_.streams, tasks = std::min(shape_.streams, workers.threads());
  workers.run(tasks, [&](int task) { rows_there_and_back(importance, slice_of(shape_.streams, task, tasks)); });
  lstm.backward_recurrent(workers, tape_, shape_.steps, shape_.streams);
  lstm.backward_weights(workers, tape_.gates.data(), inputs.data(), slots);
  head.backward_weights(workers, d_output_.data(), tape_.hidden.data() + hidden.size(), slots);
  return static_cast<T>(fixed_sum(slots * shape_.outputs, [&](int i) { return static_cast<double>(loss_[i]); }) /
                        slots);
}

template <class T>
void StreamNetwork<T>::condition_gradient(Workers& workers, T* d_condition, int first) {
  lstm.pack_backward_input(workers, first);
  column_sums(d_gates_.data(), tape_.gates.data(), shape_.steps, static_cast<int>(d_gates_.size()));
  lstm.backward_input(d_condition, d_gates_.data(), shape_.streams);
}

}  // namespace unisono
