// Views of pictures, and the encoder's initial weights. See encoder.h.
#include "unisono/sonify/encoder.h"

#include <algorithm>

#include "unisono/math.h"
#include "unisono/nn/initialise.h"

namespace unisono {

namespace {

// The even bits of a Z-order index.
int every_other_bit(int z) {
  int bits = 0;
  for (int k = 0; (z >> (2 * k)) != 0; ++k) bits |= ((z >> (2 * k)) & 1) << k;
  return bits;
}

}  // namespace

void view_picture(float* out, const std::uint8_t* square, int side, const PictureView& view) {
  for (int z = 0; z < kEncoderPixels; ++z, out += 3) {
    const int column = every_other_bit(z), row = every_other_bit(z >> 1);
    const int across = view.mirrored ? kEncoderSide - 1 - column : column;
    const int left = view.x + across * view.width / kEncoderSide, top = view.y + row * view.height / kEncoderSide;
    const int right = std::max(left + 1, view.x + (across + 1) * view.width / kEncoderSide);
    const int bottom = std::max(top + 1, view.y + (row + 1) * view.height / kEncoderSide);
    int sums[3] = {0, 0, 0};
    for (int y = top; y < bottom; ++y)
      for (const std::uint8_t* p = square + 3 * (y * side + left); p < square + 3 * (y * side + right); p += 3)
        for (int c = 0; c < 3; ++c) sums[c] += p[c];
    const float scale = 1.0f / (127.5f * static_cast<float>((right - left) * (bottom - top)));
    for (int c = 0; c < 3; ++c) {
      const float value = (static_cast<float>(sums[c]) * scale - 1.0f) * view.gain + view.offset;
      out[c] = min(max(value, -1.0f), 1.0f);
    }
  }
}

// Glorot and Bengio 2010, as for any tanh layer; biases 0.
template <>
void PictureEncoder<float>::initialise(std::uint32_t seed, std::uint32_t first_stream) {
  for (Level& level : levels_) {
    Parameter<float>& weight = level.dense.weight;
    initialise_uniform(weight.value.data(), glorot_limit(level.dense.in(), level.dense.out()),
                       Random(seed, first_stream++), weight.size());
  }
}

}  // namespace unisono
