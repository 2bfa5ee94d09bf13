// See window_feedback.h.
#include "unisono/magnet/window_feedback.h"

#include <algorithm>

namespace unisono {

void WindowFeedback::prepare(Workers& workers, const WindowNetwork<float>& network) {
  const Dense<float>& last = network.dense.back();
  const Lstm<float>& first = network.lstms[0];
  const int bins = network.bins(), features = network.features(), gates = first.gates();
  PackedMatrix<float> dense;
  dense.pack(workers, matrix(last.weight.value.data(), bins, features));
  std::vector<float> scaled(first.weight_ih.value.size()), product(static_cast<std::size_t>(gates) * features);
  network.norm.scale_eval(scaled.data(), first.weight_ih.value.data(), gates);
  matmul(workers, product.data(), features, matrix(scaled.data(), gates, bins), dense, false);
  matrix_.pack(workers, matrix(product.data(), gates, features).transposed());

  offset_.resize(static_cast<std::size_t>(gates));
  network.norm.forward_eval(scaled.data(), last.bias.value.data(), 1);
  first.project(workers, offset_.data(), scaled.data(), 1);
}

void WindowFeedback::project(Workers& workers, float* projection, const float* features) const {
  std::copy(offset_.begin(), offset_.end(), projection);
  matmul(workers, projection, matrix_.cols(), matrix(features, 1, matrix_.rows()), matrix_, true);
}

}  // namespace unisono
