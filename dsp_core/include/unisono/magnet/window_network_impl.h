// The definitions of WindowNetwork; included where it is instantiated (float in the product, double in the tests).
#pragma once

#include <algorithm>

#include "unisono/magnet/streams.h"
#include "unisono/magnet/window_network.h"
#include "unisono/nn/initialise.h"

namespace unisono {

template <class T>
void WindowNetwork<T>::configure(const MagnetConfig& config) {
  config_ = config;
  norm.configure("batch_norm", bins(), config.batch_norm);
  lstms.resize(config.layers);
  for (int l = 0; l < config.layers; ++l)
    lstms[l].configure("lstm." + std::to_string(l), l == 0 ? bins() : config.hidden, config.hidden,
                       config.framework == Framework::pytorch);
  dense.resize(config.tanh_layer ? 2 : 1);
  for (std::size_t d = 0; d < dense.size(); ++d)
    dense[d].configure("dense." + std::to_string(d), d == 0 ? config.hidden : bins(), bins());
}

template <class T>
std::vector<Parameter<T>*> WindowNetwork<T>::parameters() {
  std::vector<Parameter<T>*> all{&norm.weight, &norm.bias};
  for (Lstm<T>& lstm : lstms) {
    all.insert(all.end(), {&lstm.weight_ih, &lstm.weight_hh, &lstm.bias_ih});
    if (lstm.bias_hh.exists()) all.push_back(&lstm.bias_hh);
  }
  for (Dense<T>& d : dense) all.insert(all.end(), {&d.weight, &d.bias});
  return all;
}

template <class T>
void WindowNetwork<T>::reserve_training(int n_frames) {
  const int rows = config_.batch_size, slots = config_.sequence_length * rows, unique = std::min(n_frames, slots);
  const std::size_t states = static_cast<std::size_t>(slots) * config_.hidden;
  layers_.resize(lstms.size());
  for (std::size_t l = 0; l < lstms.size(); ++l) {
    Layer& layer = layers_[l];
    layer.tape.reserve(config_.sequence_length, rows, config_.hidden);
    layer.d_output.assign(states, T(0));
    layer.d_cell.assign(static_cast<std::size_t>(rows) * config_.hidden, T(0));
    layer.mask.assign(drops() ? states : 0, T(0));
    layer.output.assign(drops() ? states : 0, T(0));
    lstms[l].reserve_backward(slots, l == 0 ? 0 : slots);  // the norm packs the first one's
  }
  for (Dense<T>& d : dense) d.reserve_backward(rows);
  slot_of_.assign(n_frames, 0);
  frame_of_.reserve(unique);
  counts_.reserve(unique);
  normalised_.reserve(unique, bins());
  y_.assign(static_cast<std::size_t>(unique) * bins(), T(0));
  for (auto* array : {&projection_, &gate_sums_})
    array->assign(static_cast<std::size_t>(unique) * lstms[0].gates(), T(0));
  for (auto* array : {&features_, &d_features_}) array->assign(static_cast<std::size_t>(rows) * features(), T(0));
  for (auto* array : {&prediction_, &d_prediction_}) array->assign(static_cast<std::size_t>(rows) * bins(), T(0));
  row_loss_.assign(rows, 0.0);
}

template <class T>
void WindowNetwork<T>::prepare_inference(Workers& workers) {
  for (Lstm<T>& lstm : lstms) lstm.pack_forward(workers);
  for (Dense<T>& d : dense) d.pack_forward(workers);
}

template <class T>
void WindowNetwork<T>::pack_for_training(Workers& workers) {
  prepare_inference(workers);
  for (std::size_t l = 0; l < lstms.size(); ++l) {
    lstms[l].pack_backward_hidden(workers);
    if (l > 0) lstms[l].pack_backward_input(workers);
  }
  for (Dense<T>& d : dense) d.pack_backward(workers);
}

// Fills slot_of_, frame_of_ and counts_; slots are in the order of the frames.
template <class T>
void WindowNetwork<T>::find_unique_frames(const WindowBatch<T>& batch) {
  std::fill(slot_of_.begin(), slot_of_.end(), 0);
  for (int b = 0; b < batch.size; ++b)
    for (int t = 0; t < config_.sequence_length; ++t) ++slot_of_[batch.starts[b] + t];
  frame_of_.clear();
  counts_.clear();
  for (int f = 0; f < batch.n_frames; ++f) {
    if (slot_of_[f] == 0) continue;
    counts_.push_back(slot_of_[f]);
    slot_of_[f] = static_cast<std::int32_t>(frame_of_.size());
    frame_of_.push_back(f);
  }
}

template <class T>
const T* WindowNetwork<T>::output_of(int layer, std::ptrdiff_t row) const {
  const Layer& l = layers_[layer];
  return (drops() ? l.output.data() : l.tape.hidden.data() + static_cast<std::ptrdiff_t>(rows_) * config_.hidden) +
         row * config_.hidden;
}

template <class T>
void WindowNetwork<T>::forward_step(int l, int t, Slice rows, const WindowBatch<T>& batch, std::uint32_t seed,
                                    std::int32_t step) {
  Layer& layer = layers_[l];
  const Lstm<T>& lstm = lstms[l];
  const int n = rows.end - rows.begin, last = static_cast<int>(lstms.size()) - 1;
  const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(t) * rows_ + rows.begin;
  T* const gates = layer.tape.gates.data() + first * lstm.gates();
  if (l == 0) {
    for (int b = 0; b < n; ++b) {
      const std::ptrdiff_t slot = slot_of_[batch.starts[rows.begin + b] + t];
      std::copy_n(projection_.data() + slot * lstm.gates(), lstm.gates(), gates + b * lstm.gates());
    }
  } else {
    lstm.project(gates, output_of(l - 1, first), n);
  }
  lstm.forward_step(layer.tape, t, rows, rows_);
  if (!drops() || (l == last && t + 1 < config_.sequence_length)) return;
  const std::ptrdiff_t at = first * config_.hidden;
  const Random random(seed, stream_for(StreamPurpose::dropout, step, l));
  dropout_mask(layer.mask.data() + at, config_.dropout, random, static_cast<std::uint64_t>(at), n * config_.hidden);
  apply_mask(layer.output.data() + at,
             layer.tape.hidden.data() + at + static_cast<std::ptrdiff_t>(rows_) * config_.hidden,
             layer.mask.data() + at, n * config_.hidden);
}

template <class T>
void WindowNetwork<T>::find_features(Workers& workers, T* features, const T* hidden, int rows) const {
  const int n = rows * this->features();
  if (!config_.tanh_layer) {
    std::copy_n(hidden, n, features);
    return;
  }
  dense[0].forward(workers, features, hidden, rows);
  for_lanes<T>(n, [&]<class V>(int i) { store<V>(features + i, Activation<T>::tanh(load<V>(features + i))); });
}

template <class T>
void WindowNetwork<T>::predict(Workers& workers, T* output, const T* features, int rows) const {
  dense.back().forward(workers, output, features, rows);
}

// Prediction, loss and the gradient that enters the last LSTM at its last step. All rows at once: the layers are large.
template <class T>
void WindowNetwork<T>::head(Workers& workers, const WindowBatch<T>& batch) {
  Layer& layer = layers_.back();
  const std::ptrdiff_t first = (steps() - 1) * rows_ * config_.hidden;
  T *const features = features_.data(), *const d_features = d_features_.data();
  find_features(workers, features, last_output(), rows_);
  predict(workers, prediction_.data(), features, rows_);
  for (int b = 0; b < rows_; ++b) {
    const T* target = batch.frames + (batch.starts[b] + steps()) * bins();
    const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(b) * bins();
    row_loss_[b] = squared_error(d_prediction_.data() + row, prediction_.data() + row, target, bins(),
                                 static_cast<double>(rows_) * bins());
  }
  T* const d_output = layer.d_output.data() + first;
  const T* d = d_prediction_.data();
  if (config_.tanh_layer) {
    dense[1].backward_input(workers, d_features, d, rows_);
    for_lanes<T>(rows_ * this->features(), [&]<class V>(int i) {
      const V h = load<V>(features + i);
      store<V>(d_features + i, V(load<V>(d_features + i) * (splat<V>(T(1)) - h * h)));
    });
    d = d_features;
  }
  dense[0].backward_input(workers, d_output, d, rows_);
  if (drops()) apply_mask(d_output, d_output, layer.mask.data() + first, rows_ * config_.hidden);
}

template <class T>
void WindowNetwork<T>::backward_rows(Slice rows) {
  const int n = rows.end - rows.begin, hidden = config_.hidden;
  for (int t = 0; t + 1 < config_.sequence_length; ++t)  // only the last step's output was looked at
    std::fill_n(layers_.back().d_output.data() + (static_cast<std::ptrdiff_t>(t) * rows_ + rows.begin) * hidden,
                n * hidden, T(0));
  for (int l = static_cast<int>(lstms.size()) - 1; l >= 0; --l) {
    Layer& layer = layers_[l];
    std::fill_n(layer.d_cell.data() + static_cast<std::ptrdiff_t>(rows.begin) * hidden, n * hidden, T(0));
    lstms[l].backward_steps(layer.tape, layer.d_output.data(), layer.d_cell.data(), config_.sequence_length, rows,
                            rows_);
    if (l == 0) return;
    Layer& below = layers_[l - 1];
    for (int t = 0; t < config_.sequence_length; ++t) {
      const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(t) * rows_ + rows.begin;
      T* const d_output = below.d_output.data() + first * hidden;
      lstms[l].backward_input(d_output, layer.tape.gates.data() + first * lstms[l].gates(), n);
      if (drops()) apply_mask(d_output, d_output, below.mask.data() + first * hidden, n * hidden);
    }
  }
}

template <class T>
void WindowNetwork<T>::forward_rows(const WindowBatch<T>& batch, Slice rows, std::uint32_t seed, std::int32_t step) {
  const int hidden = config_.hidden, n = rows.end - rows.begin;
  for (Layer& layer : layers_) {
    const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(rows.begin) * hidden;
    std::fill_n(layer.tape.hidden.data() + first, n * hidden, T(0));
    std::fill_n(layer.tape.cell.data() + first, n * hidden, T(0));
  }
  for (int l = 0; l < static_cast<int>(lstms.size()); ++l)
    for (int t = 0; t < config_.sequence_length; ++t) forward_step(l, t, rows, batch, seed, step);
}

// gate_sums_[slot] = the gate gradients of a frame, added up over the windows that it occurs in.
template <class T>
void WindowNetwork<T>::add_up_gates(const WindowBatch<T>& batch, Slice slots) {
  const int gates = lstms[0].gates();
  for (int slot = slots.begin; slot < slots.end; ++slot) {
    T* const sum = gate_sums_.data() + static_cast<std::ptrdiff_t>(slot) * gates;
    std::fill_n(sum, gates, T(0));
    for (int b = 0; b < batch.size; ++b) {
      const int t = frame_of_[slot] - batch.starts[b];
      if (t < 0 || t >= config_.sequence_length) continue;
      const T* const g = layers_[0].tape.gates.data() + (static_cast<std::ptrdiff_t>(t) * rows_ + b) * gates;
      for_lanes<T>(gates, [&]<class V>(int i) { store<V>(sum + i, load<V>(sum + i) + load<V>(g + i)); });
    }
  }
}

template <class T>
void WindowNetwork<T>::weight_gradients(Workers& workers, const WindowBatch<T>& batch) {
  const int unique = static_cast<int>(frame_of_.size()), slots = config_.sequence_length * rows_;
  workers.run((unique + 31) / 32,
              [&](int task) { add_up_gates(batch, Slice{task * 32, std::min(task * 32 + 32, unique)}); });
  for (int l = 0; l < static_cast<int>(lstms.size()); ++l) {
    lstms[l].backward_recurrent(workers, layers_[l].tape, config_.sequence_length, rows_);
    if (l > 0) lstms[l].backward_weights(workers, layers_[l].tape.gates.data(), output_of(l - 1, 0), slots);
  }
  Lstm<T>& first = lstms[0];
  first.backward_weights(workers, gate_sums_.data(), normalised_);
  norm.backward_through(workers, first.weight_ih.gradient.data(), first.weight_ih.value.data(),
                        first.bias_ih.gradient.data(), first.gates());
  dense.back().backward_weights(workers, d_prediction_.data(), features_.data(), rows_);
  if (!config_.tanh_layer) return;
  dense[0].backward_weights(workers, d_features_.data(), last_output(), rows_);
}

template <class T>
T WindowNetwork<T>::loss_and_gradient(Workers& workers, const WindowBatch<T>& batch, std::uint32_t seed,
                                      std::int32_t step) {
  rows_ = batch.size;
  pack_for_training(workers);
  find_unique_frames(batch);
  const int unique = static_cast<int>(frame_of_.size());
  norm.forward_train(workers, y_.data(), normalised_, {batch.frames, frame_of_.data(), counts_.data(), unique});
  lstms[0].project(workers, projection_.data(), y_.data(), unique);
  // Rows of a batch do not meet between the projection and the head, nor on the way back: a thread takes some all the way.
  const int tasks = std::min(rows_, std::max(workers.threads(), (rows_ + 15) / 16));
  workers.run(tasks, [&](int task) { forward_rows(batch, slice_of(rows_, task, tasks), seed, step); });
  head(workers, batch);
  workers.run(tasks, [&](int task) { backward_rows(slice_of(rows_, task, tasks)); });
  weight_gradients(workers, batch);
  double sum = 0;
  for (int b = 0; b < rows_; ++b) sum += row_loss_[b];
  return static_cast<T>(sum / (static_cast<double>(rows_) * bins()));
}

}  // namespace unisono
