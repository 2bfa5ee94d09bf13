// The float instance of the network, and its initial weights.
#include "unisono/magnet/streams.h"
#include "unisono/nn/initialise.h"
#include "unisono/wavenet/network_impl.h"

namespace unisono {

// Uniform within 1 / sqrt(fan in), as PyTorch's convolutions have it; the last layer within half of that, and its raw
// log-scale begins at -2, for residuals are mostly small. Positions are drawn wider: they start as different from each other.
template <>
void WaveNetwork<float>::initialise(std::uint32_t seed) {
  const auto uniform = [&](Parameter<float>& p, int index, float limit) {
    initialise_uniform(p.value.data(), limit, Random(seed, stream_for(StreamPurpose::initial_weights, index)),
                       p.size());
  };
  const auto root = [](int fan_in) { return static_cast<float>(1.0 / sqrt(static_cast<double>(fan_in))); };
  uniform(input_weight, kInputWeight, root(kWaveInputs));
  uniform(gate_past, kGatePast, root(2 * kWaveChannels));
  uniform(gate_now, kGateNow, root(2 * kWaveChannels));
  uniform(gate_position, kGatePosition, root(kWavePosition));
  uniform(residual_weight, kResidualWeight, root(kWaveChannels));
  uniform(skip_weight, kSkipWeight, root(kWaveLayers * kWaveChannels));
  uniform(hidden_weight, kHiddenWeight, root(kWaveSkips));
  uniform(out_weight, kOutWeight, 0.5f * root(kWaveSkips));
  uniform(position, kPosition, 0.5f);
  out_bias.value[1] = -2.0f;
}

template struct WaveCrop<float>;
template class WaveNetwork<float>;
template class WavePass<float>;

}  // namespace unisono
