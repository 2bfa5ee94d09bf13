// See window_generator.h.
#include "unisono/magnet/window_generator.h"

#include <algorithm>
#include <limits>

namespace unisono {

// A window is in flight for its length, and on until the next is complete: at most (length - 2) / stride + 2 of them.
WindowGenerator::WindowGenerator(const WindowNetwork<float>& network, Workers& workers, int stride)
    : network_(network), workers_(workers), length_(network.config().sequence_length), hidden_(network.config().hidden),
      stride_(stride > 0 ? stride : std::numeric_limits<std::int64_t>::max()), most_((length_ - 2) / stride_ + 2) {
  const auto rows = static_cast<std::size_t>(most_);
  normalised_.resize(static_cast<std::size_t>(length_) * network.bins());
  gates_.resize(rows * network.lstms[0].gates());
  tanh_cell_.resize(rows * hidden_);
  carried_.assign(2 * network.lstms.size(), std::vector<float>(rows * hidden_));
}

void WindowGenerator::keep(float* state) const {
  for (const std::vector<float>& part : carried_) state = std::copy_n(part.begin(), hidden_, state);
}

void WindowGenerator::resume(const float* state) {
  for (std::vector<float>& part : carried_) {
    std::copy_n(state, hidden_, part.begin());
    state += hidden_;
  }
  taken_ = length_;
}

void WindowGenerator::begin(std::ptrdiff_t row) {
  for (std::vector<float>& part : carried_) std::fill_n(part.data() + row * hidden_, hidden_, 0.0f);
}

void WindowGenerator::advance(Workers& workers, const float* projection, Slice rows) {
  const int n = rows.end - rows.begin, gates = 4 * hidden_;
  const std::ptrdiff_t state = static_cast<std::ptrdiff_t>(rows.begin) * hidden_;
  float* const g = gates_.data() + static_cast<std::ptrdiff_t>(rows.begin) * gates;
  for (std::size_t l = 0; l < network_.lstms.size(); ++l) {
    float *const hidden = carried_[2 * l].data() + state, *const cell = carried_[2 * l + 1].data() + state;
    if (l == 0) fill_rows(g, projection, n, gates);
    else network_.lstms[l].project(workers, g, carried_[2 * l - 2].data() + state, n);
    network_.lstms[l].step(workers, hidden, cell, tanh_cell_.data() + state, g, hidden, cell, n);
  }
}

void WindowGenerator::project(float* projections, const float* frames, int rows) {
  network_.norm.forward_eval(normalised_.data(), frames, rows);
  network_.lstms[0].project(workers_, projections, normalised_.data(), rows);
}

void WindowGenerator::push(float* features, const float* projection) {
  const std::int64_t newest = taken_ / stride_;
  if (taken_ % stride_ == 0) begin(static_cast<std::ptrdiff_t>(newest % most_));  // in the row of one that is over
  const int rows = static_cast<int>(std::min(newest + 1, most_)), threads = workers_.threads();
  if (rows < threads) {
    advance(workers_, projection, {0, rows});
  } else {
    workers_.run(threads, [&](int task) {
      Workers this_thread(1);
      advance(this_thread, projection, slice_of(rows, task, threads));
    });
  }
  if (++taken_ < length_) return;
  const auto complete = static_cast<std::ptrdiff_t>((taken_ - length_) / stride_ % most_);
  network_.find_features(workers_, features, carried_[carried_.size() - 2].data() + complete * hidden_, 1);
}

}  // namespace unisono
