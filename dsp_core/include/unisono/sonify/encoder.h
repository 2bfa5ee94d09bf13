// From a picture to a few numbers: patches of 4 x 4 pixels become channels, four neighbours become one, until one is left.
//
// Pixels lie in Z-order (Morton 1966), so the four neighbours of every level lie side by side: each level is a convolution
// whose stride is its width, and that is one dense layer over rows.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "unisono/nn/dense.h"

namespace unisono {

inline constexpr int kEncoderSide = 32;  // pixels that the encoder sees on a side: 4 times a power of two
inline constexpr int kEncoderPixels = kEncoderSide * kEncoderSide;
inline constexpr int kCodeSize = 16;
inline constexpr std::array<int, 4> kEncoderChannels = {16, 32, 32, kCodeSize};  // of each level

// Which pixels of a square picture are looked at, columns x ... x + width - 1, rows likewise, and what becomes of their
// values, -1 for 0 to 1 for 255: times gain, plus offset, but not beyond the ends.
struct PictureView {
  int x, y, width, height;
  bool mirrored;
  float gain, offset;
};

// out[kEncoderPixels][3] in Z-order: the means of the view's boxes. square: [side][side][3].
void view_picture(float* out, const std::uint8_t* square, int side, const PictureView& view);

template <class T>
class PictureEncoder {
 public:
  std::vector<T> pixels;  // [pictures][kEncoderPixels][3]: where the caller puts a batch

  // Room for a batch of up to `pictures`; backward wants a full one.
  void configure(int pictures) {
    pictures_ = pictures;
    int rows = kEncoderPixels / 16, width = 16 * 3;
    for (std::size_t k = 0; k < levels_.size(); ++k, rows /= 4) {
      Level& level = levels_[k];
      level.rows = rows;
      level.dense.configure(std::string("encoder.") + static_cast<char>('0' + k), width, kEncoderChannels[k]);
      level.dense.reserve_backward(pictures * rows);
      level.output.assign(static_cast<std::size_t>(pictures) * rows * kEncoderChannels[k], T(0));
      level.gradient = level.output;
      width = 4 * kEncoderChannels[k];
    }
    pixels.assign(static_cast<std::size_t>(pictures) * kEncoderPixels * 3, T(0));
  }
  // Weights from the streams first_stream, first_stream + 1, ... of the seed.
  void initialise(std::uint32_t seed, std::uint32_t first_stream);
  void add_parameters(std::vector<Parameter<T>*>& list) {
    for (Level& level : levels_) list.insert(list.end(), {&level.dense.weight, &level.dense.bias});
  }

  // codes[pictures][kCodeSize], within (-1, 1), of the first pictures of the batch; valid until the next call.
  const T* forward(Workers& workers, int pictures) {
    const T* x = pixels.data();
    for (Level& level : levels_) {
      const int rows = pictures * level.rows;
      level.dense.pack_forward(workers);
      level.dense.forward(level.output.data(), x, rows);
      T* const y = level.output.data();
      for_lanes<T>(rows * level.dense.out(),
                   [&]<class V>(int i) { store<V>(y + i, Activation<T>::tanh(load<V>(y + i))); });
      x = y;
    }
    return x;
  }

  // The gradients of all parameters, from those of the codes[pictures][kCodeSize] of a full batch.
  void backward(Workers& workers, const T* d_codes) {
    std::copy_n(d_codes, pictures_ * kCodeSize, levels_.back().gradient.data());
    for (std::size_t k = levels_.size(); k-- > 0;) {
      Level& level = levels_[k];
      const int rows = pictures_ * level.rows;
      const T* const y = level.output.data();
      T* const d = level.gradient.data();
      for_lanes<T>(rows * level.dense.out(), [&]<class V>(int i) {
        const V out = load<V>(y + i);
        store<V>(d + i, V(load<V>(d + i) * (splat<V>(T(1)) - out * out)));
      });
      level.dense.backward_weights(workers, d, k > 0 ? levels_[k - 1].output.data() : pixels.data(), rows);
      if (k == 0) return;  // nobody asks for the gradient of the pixels
      level.dense.pack_backward(workers);
      level.dense.backward_input(levels_[k - 1].gradient.data(), d, rows);
    }
  }

 private:
  struct Level {
    int rows;  // a picture
    Dense<T> dense;
    std::vector<T> output, gradient;
  };

  int pictures_ = 0;
  std::array<Level, kEncoderChannels.size()> levels_;
};

}  // namespace unisono
