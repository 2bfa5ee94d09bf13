// FAST-9 corners: a test of four pixels on many centres at once, then the whole circle where it passes.
#include <algorithm>
#include <cstring>
#include <vector>

#include "unisono/simd.h"
#include "unisono/sonify/picture.h"

namespace unisono {
namespace {

using u8x16 = vec<std::uint8_t, 16>;
using i8x16 = vec<std::int8_t, 16>;

constexpr int kRadius = 3;
constexpr int kArc = 9;

// The circle from its top, clockwise (Rosten and Drummond, figure 1).
constexpr int kCircle[16][2] = {{0, -3}, {1, -3}, {2, -2}, {3, -1}, {3, 0},  {3, 1},   {2, 2},   {1, 3},
                                {0, 3},  {-1, 3}, {-2, 2}, {-3, 1}, {-3, 0}, {-3, -1}, {-2, -2}, {-1, -3}};

bool has_run(std::uint32_t circle) {
  const std::uint32_t twice = circle | circle << 16;
  std::uint32_t run = twice & twice >> 1;  // two in a row, then four, eight, nine
  run &= run >> 2;
  run &= run >> 4;
  run &= twice >> (kArc - 1);
  return (run & 0xffffu) != 0;
}

bool is_corner(const std::uint8_t* centre, const std::ptrdiff_t* offset, int threshold) {
  std::uint32_t brighter = 0, darker = 0;
  for (int k = 0; k < 16; ++k) {
    const int difference = centre[offset[k]] - centre[0];
    brighter |= (difference > threshold ? 1u : 0u) << k;
    darker |= (-difference > threshold ? 1u : 0u) << k;
  }
  return has_run(brighter) || has_run(darker);
}

// Of the four pixels at a right angle, three are brighter, or three darker: 1 a lane, or 0. V is u8x16 or one int.
template <class V, class S>
UNISONO_INLINE auto three_of_four(const V& top, const V& right, const V& bottom, const V& left, const V& low,
                                  const V& high, S mask) {
  const auto brighter = mask(top > high) + mask(right > high) + mask(bottom > high) + mask(left > high);
  const auto darker = mask(top < low) + mask(right < low) + mask(bottom < low) + mask(left < low);
  return (brighter >= 3) | (darker >= 3);
}

// candidate[x] for x in [kRadius, width - kRadius): not 0 where the whole circle has to be looked at.
void find_candidates(std::uint8_t* candidate, const std::uint8_t* row, std::ptrdiff_t stride, int threshold,
                     int width) {
  const auto t = splat<u8x16>(static_cast<std::uint8_t>(threshold));
  const std::ptrdiff_t down = kRadius * stride;
  int x = kRadius;
  for (; x + 16 <= width - kRadius; x += 16) {
    const auto at = [&](std::ptrdiff_t o) { return load<u8x16>(row + x + o); };
    const u8x16 p = at(0);
    const u8x16 high = select(p > 255 - t, splat<u8x16>(255), u8x16(p + t));
    const u8x16 low = select(p < t, u8x16{}, u8x16(p - t));
    const auto ones = [](const auto& m) { return bits_to<i8x16>(m) & 1; };
    const auto hit = three_of_four(at(-down), at(kRadius), at(down), at(-kRadius), low, high, ones);
    store(candidate + x, bits_to<u8x16>(hit));
  }
  for (; x < width - kRadius; ++x) {
    const std::uint8_t* p = row + x;
    const auto one = [](bool m) { return m ? 1 : 0; };
    const int high = p[0] + threshold, low = p[0] - threshold;
    candidate[x] = three_of_four<int>(p[-down], p[kRadius], p[down], p[-kRadius], low, high, one) ? 1 : 0;
  }
}

struct Corner {
  std::int32_t x, y;
};

std::vector<Corner> all_corners(const std::uint8_t* grey, int threshold, int height, int width) {
  std::vector<Corner> found;
  std::vector<std::uint8_t> candidate(static_cast<std::size_t>(width));
  std::ptrdiff_t offset[16];
  for (int k = 0; k < 16; ++k) offset[k] = kCircle[k][1] * static_cast<std::ptrdiff_t>(width) + kCircle[k][0];
  for (int y = kRadius; y < height - kRadius; ++y) {
    const std::uint8_t* row = grey + static_cast<std::ptrdiff_t>(y) * width;
    find_candidates(candidate.data(), row, width, threshold, width);
    const auto* begin = candidate.data();
    for (int x = kRadius; x < width - kRadius; ++x) {
      std::uint64_t eight;
      if (x + 8 <= width - kRadius && (std::memcpy(&eight, begin + x, 8), eight == 0)) {
        x += 7;
      } else if (begin[x] != 0 && is_corner(row + x, offset, threshold)) {
        found.push_back({x, y});
        x += kRadius;
      }
    }
  }
  return found;
}

}  // namespace

void find_corners(std::int32_t* corners, std::int32_t* count, const std::uint8_t* pixels, int threshold,
                  int max_corners, int height, int width) {
  std::vector<std::uint8_t> grey_pixels(static_cast<std::size_t>(height) * static_cast<std::size_t>(width));
  grey(grey_pixels.data(), pixels, height, width);
  const std::vector<Corner> found = all_corners(grey_pixels.data(), threshold, height, width);
  const auto total = static_cast<std::int64_t>(found.size());
  const std::int64_t kept = std::min<std::int64_t>(total, max_corners);
  std::fill(corners, corners + 2 * static_cast<std::ptrdiff_t>(max_corners), -1);
  for (std::int64_t k = 0; k < kept; ++k) {
    const Corner& corner = found[static_cast<std::size_t>(k * total / kept)];
    corners[2 * k] = corner.x;
    corners[2 * k + 1] = corner.y;
  }
  *count = static_cast<std::int32_t>(kept);
}

}  // namespace unisono
