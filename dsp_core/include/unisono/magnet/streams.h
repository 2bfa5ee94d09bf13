// Which random stream serves which purpose: (purpose, index) -> stream of unisono::Random.
#pragma once

#include <cstdint>

namespace unisono {

enum class StreamPurpose : std::uint32_t { initial_weights, shuffle, dropout, noise, generation, analysis, views };

// index < 2^20 (a step, an epoch, a parameter), part < 2^8 (a layer): 4, 8 and 20 bits of the stream's number.
inline std::uint32_t stream_for(StreamPurpose purpose, int index, int part = 0) {
  return (static_cast<std::uint32_t>(purpose) << 28) | (static_cast<std::uint32_t>(part) << 20) |
         (static_cast<std::uint32_t>(index) & 0xfffffu);
}

}  // namespace unisono
