// Box averages and grey values.
#include "unisono/sonify/picture.h"

#include <algorithm>
#include <vector>

#include "unisono/math_kernels.h"

namespace unisono {
namespace {

// Where box i of `count` begins among `size` pixels.
int box_start(int i, int count, int size) { return static_cast<int>(static_cast<std::int64_t>(i) * size / count); }

int box_end(int i, int count, int size) {
  return std::max(box_start(i + 1, count, size), box_start(i, count, size) + 1);
}

// Adds the boxes of one row of pixels to the sums of one row of the result.
void add_row(std::uint32_t* sums, const std::uint8_t* row, const int* start, const int* end, int out_w) {
  for (int x = 0; x < out_w; ++x) {
    std::uint32_t r = 0, g = 0, b = 0;
    for (int i = start[x]; i < end[x]; ++i) {
      r += row[3 * i];
      g += row[3 * i + 1];
      b += row[3 * i + 2];
    }
    sums[3 * x] += r;
    sums[3 * x + 1] += g;
    sums[3 * x + 2] += b;
  }
}

}  // namespace

int scaled_side(int side, int longer, int max_side) {
  if (longer <= max_side) return side;
  return static_cast<int>(
      std::max<std::int64_t>(1, (std::int64_t{side} * max_side + longer / 2) / std::int64_t{longer}));
}

void box_average(std::uint8_t* out, const std::uint8_t* pixels, int out_h, int out_w, int height, int width) {
  std::vector<int> start(static_cast<std::size_t>(out_w)), end(start.size());
  std::vector<std::uint32_t> sums(3 * start.size());  // 2^32 / 255 pixels a box are more than a picture may have
  for (int x = 0; x < out_w; ++x) {
    start[static_cast<std::size_t>(x)] = box_start(x, out_w, width);
    end[static_cast<std::size_t>(x)] = box_end(x, out_w, width);
  }
  for (int y = 0; y < out_h; ++y) {
    std::fill(sums.begin(), sums.end(), 0u);
    const int top = box_start(y, out_h, height), bottom = box_end(y, out_h, height);
    for (int i = top; i < bottom; ++i) {
      add_row(sums.data(), pixels + std::int64_t{3} * i * width, start.data(), end.data(), out_w);
    }
    for (int x = 0; x < out_w; ++x) {
      const auto area = static_cast<std::uint32_t>(
          (bottom - top) * (end[static_cast<std::size_t>(x)] - start[static_cast<std::size_t>(x)]));
      std::uint8_t* to = out + 3 * (std::int64_t{y} * out_w + x);
      for (int c = 0; c < 3; ++c) {
        to[c] = static_cast<std::uint8_t>((sums[static_cast<std::size_t>(3 * x + c)] + area / 2) / area);
      }
    }
  }
}

void scale_picture(std::uint8_t* out, const std::uint8_t* pixels, int max_side, int height, int width) {
  const int longer = std::max(height, width);
  const int out_h = scaled_side(height, longer, max_side), out_w = scaled_side(width, longer, max_side);
  if (out_h == height && out_w == width) {
    std::copy(pixels, pixels + std::int64_t{3} * height * width, out);
  } else {
    box_average(out, pixels, out_h, out_w, height, width);
  }
}

void blend_pictures(std::uint8_t* out, const std::uint8_t* pixels, const std::uint8_t* other, float amount, int height,
                    int width, int other_height, int other_width) {
  std::vector<std::uint8_t> second(std::size_t{3} * kKeptSide * kKeptSide);
  box_average(out, pixels, kKeptSide, kKeptSide, height, width);
  box_average(second.data(), other, kKeptSide, kKeptSide, other_height, other_width);
  for (std::size_t i = 0; i < second.size(); ++i) {
    const auto from = static_cast<float>(out[i]), to = static_cast<float>(second[i]);
    out[i] = static_cast<std::uint8_t>(from + amount * (to - from) + 0.5f);
  }
}

void grey(std::uint8_t* out, const std::uint8_t* pixels, int height, int width) {
  const std::int64_t n = std::int64_t{height} * width;
  for (std::int64_t i = 0; i < n; ++i) {
    const std::uint8_t* p = pixels + 3 * i;
    const double value = p[0] * 0.299 + p[1] * 0.587 + p[2] * 0.114;
    out[i] = static_cast<std::uint8_t>(unisono::bit_cast<std::uint64_t>(value + detail::kMagic));  // half to even
  }
}

}  // namespace unisono
