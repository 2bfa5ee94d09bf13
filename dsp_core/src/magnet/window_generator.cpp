// See window_generator.h.
#include "unisono/magnet/window_generator.h"

#include <algorithm>

namespace unisono {

WindowGenerator::WindowGenerator(const WindowNetwork<float>& network, Workers& workers)
    : network_(network), workers_(workers), length_(network.config().sequence_length),
      hidden_(network.config().hidden) {
  const auto rows = static_cast<std::size_t>(length_);
  normalised_.resize(rows * network.bins());
  hidden_layer_.resize(rows * network.bins());
  projection_.resize(rows * network.lstms[0].gates());
  gates_.resize(projection_.size());
  tanh_cell_.resize(rows * hidden_);
  state_.assign(network.lstms.size(), std::vector<float>(rows * hidden_));
  cell_ = state_;
}

void WindowGenerator::reset() {
  taken_ = 0;
  for (auto* states : {&state_, &cell_})
    for (std::vector<float>& layer : *states) std::fill(layer.begin(), layer.end(), 0.0f);
}

// One step of the given rows through all layers; `same` = all rows see row 0's projection.
void WindowGenerator::advance_rows(Slice rows, bool same) {
  const int n = rows.end - rows.begin, gates = 4 * hidden_;
  const std::ptrdiff_t state = static_cast<std::ptrdiff_t>(rows.begin) * hidden_;
  float* const g = gates_.data() + static_cast<std::ptrdiff_t>(rows.begin) * gates;
  for (std::size_t l = 0; l < network_.lstms.size(); ++l) {
    if (l > 0) network_.lstms[l].project(g, state_[l - 1].data() + state, n);
    else if (same) fill_rows(g, projection_.data(), n, gates);
    else std::copy_n(projection_.data() + static_cast<std::ptrdiff_t>(rows.begin) * gates, n * gates, g);
    network_.lstms[l].step(state_[l].data() + state, cell_[l].data() + state, tanh_cell_.data() + state, g,
                           state_[l].data() + state, cell_[l].data() + state, n);
  }
}

// Frames of `rows` windows, stride apart; or one frame that is the same for all.
void WindowGenerator::advance(const float* frames, std::ptrdiff_t stride, int rows, bool same) {
  const int inputs = same ? 1 : rows;
  for (int r = 0; r < inputs; ++r)
    network_.norm.forward_eval(normalised_.data() + static_cast<std::ptrdiff_t>(r) * network_.bins(),
                               frames + r * stride, 1);
  network_.lstms[0].project(projection_.data(), normalised_.data(), inputs);
  const int tasks = std::min(workers_.threads(), rows);
  workers_.run(tasks, [&](int task) { advance_rows(slice_of(rows, task, tasks), same); });
}

void WindowGenerator::push(float* prediction, const float* frame) {
  const int started = taken_ % length_;  // this frame begins a window, in the row of the one that was last complete
  for (std::size_t l = 0; l < network_.lstms.size(); ++l) {
    std::fill_n(state_[l].data() + static_cast<std::ptrdiff_t>(started) * hidden_, hidden_, 0.0f);
    std::fill_n(cell_[l].data() + static_cast<std::ptrdiff_t>(started) * hidden_, hidden_, 0.0f);
  }
  advance(frame, 0, std::min(taken_ + 1, length_), true);
  if (++taken_ == 2 * length_) taken_ = length_;
  if (taken_ < length_) return;
  const std::ptrdiff_t complete = taken_ % length_;
  network_.head(prediction, hidden_layer_.data(), state_.back().data() + complete * hidden_, 1);
}

void WindowGenerator::predict_windows(float* prediction, const float* windows, int rows) {
  reset();
  const std::ptrdiff_t bins = network_.bins();
  for (int t = 0; t < length_; ++t) advance(windows + t * bins, length_ * bins, rows, false);
  network_.head(prediction, hidden_layer_.data(), state_.back().data(), rows);
  reset();
}

}  // namespace unisono
