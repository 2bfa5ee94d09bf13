// Where WaveNetModel works on one crop: what it hears, and the network's way there and back.
#pragma once

#include "unisono/wavenet/wavenet.h"

namespace unisono {

struct WaveNetModel::Desk {
  WaveCrop<float> crop;
  WavePass<float> pass;
  std::vector<float> target, scratch;  // [total], [3 total] of its samples with what is before them
  double loss = 0.0;
};

}  // namespace unisono
