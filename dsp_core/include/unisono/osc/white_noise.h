// White noise: independent samples, uniform in (-1, 1), each a function of (seed, position) only.
#pragma once

#include "unisono/osc.h"
#include "unisono/random.h"

namespace unisono {

struct WhiteNoise {
  void configure(float /*sr*/, std::uint32_t seed = 0) {
    random = Random(seed, kStream);
    reset();
  }
  void reset() { position = 0; }

  float tick() {
    const std::uint64_t at = position++;
    if ((at & 3) == 0) words = random.block(at >> 2);  // four samples a block of the generator
    return to_sample(words[at & 3]);
  }

  // Odd multiples of 2^-24: symmetrical about 0, which they never hit.
  static float to_sample(std::uint32_t bits) {
    return static_cast<float>(static_cast<std::int32_t>((bits >> 8) * 2u + 1u) - (1 << 24)) * 0x1p-24f;
  }

  static constexpr std::uint32_t kStream = 0x6e6f6973u;  // "nois": apart from the streams that training draws from

  Random random{0, kStream};
  std::uint64_t position = 0;
  std::array<std::uint32_t, 4> words{};
};

}  // namespace unisono
