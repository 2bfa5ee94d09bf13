// The float instance of StreamNetwork, and its initial weights.
#include "unisono/magnet/stream_network_impl.h"

#include "unisono/magnet/streams.h"
#include "unisono/nn/initialise.h"

namespace unisono {

// Weights uniform within 1 / sqrt(hidden), the head's within half of that; biases 0, but 1 for the forget gate, so that
// the network remembers from the start (Jozefowicz, Zaremba, Sutskever 2015).
template <>
void StreamNetwork<float>::initialise(std::uint32_t seed) {
  const auto limit = static_cast<float>(1.0 / sqrt(static_cast<double>(shape_.hidden)));
  int count = 0;
  const auto uniform = [&](Parameter<float>& p, float within) {
    initialise_uniform(p.value.data(), within, Random(seed, stream_for(StreamPurpose::initial_weights, count++)),
                       p.size());
  };
  uniform(lstm.weight_ih, limit);
  uniform(lstm.weight_hh, limit);
  uniform(head.weight, 0.5f * limit);
  std::fill_n(lstm.bias_ih.value.begin() + shape_.hidden, shape_.hidden, 1.0f);
}

template class StreamNetwork<float>;

}  // namespace unisono
