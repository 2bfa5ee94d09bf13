// Pictures to sound: corners and scaling against plain definitions, blocks of any size, range, what colour and place do.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "helpers.h"
#include "unisono/sonify/classic.h"
#include "unisono/sonify/perceptual.h"
#include "unisono/sonify/picture.h"

using namespace unisono;

namespace {

struct Picture {
  int height, width;
  std::vector<std::uint8_t> rgb;
  const std::uint8_t* data() const { return rgb.data(); }
};

// Small rectangles of random colours on larger ones, with a little noise: tips, dots, edges and flat parts.
Picture blocks(int height, int width, std::uint32_t seed) {
  Picture p{height, width, {}};
  const Random random(seed, 0);
  for (int i = 0; i < height * width * 3; ++i) {
    const int y = i / 3 / width, x = i / 3 % width;
    const auto tile =
        static_cast<std::uint64_t>(((y / 9 + x / 7) % 2 == 0 ? y / 3 * 90 + x / 3 : y / 9 * 90 + x / 7) * 3 + i % 3);
    p.rgb.push_back(
        static_cast<std::uint8_t>(random.bits(tile) % 230 + random.bits(1000000u + static_cast<unsigned>(i)) % 20));
  }
  return p;
}

Picture plain(int red, int green, int blue) {
  Picture p{40, 50, {}};
  for (int i = 0; i < 40 * 50; ++i) {
    for (const int c : {red, green, blue}) p.rgb.push_back(static_cast<std::uint8_t>(c));
  }
  return p;
}

using Corners = std::vector<std::pair<int, int>>;

// The definition, a pixel and a circle at a time.
Corners plain_corners(const Picture& p, int threshold) {
  const auto grey_at = [&](int y, int x) {
    const std::uint8_t* c = p.data() + 3 * (y * p.width + x);
    return static_cast<int>(std::nearbyint(c[0] * 0.299 + c[1] * 0.587 + c[2] * 0.114));
  };
  const int dx[16] = {0, 1, 2, 3, 3, 3, 2, 1, 0, -1, -2, -3, -3, -3, -2, -1};
  Corners found;
  for (int y = 3; y < p.height - 3; ++y) {
    for (int x = 3; x < p.width - 3; ++x) {
      bool corner = false;
      for (const int sign : {1, -1}) {
        const auto differs = [&](int k) {
          const int dy = -dx[(k + 4) % 16];  // the circle's x, a quarter turn on
          return sign * (grey_at(y + dy, x + dx[k % 16]) - grey_at(y, x)) > threshold;
        };
        if (differs(0) + differs(4) + differs(8) + differs(12) < 3) continue;
        for (int k = 0; k < 16 && !corner; ++k) {
          int run = 0;
          while (run < 9 && differs(k + run)) ++run;
          corner = run == 9;
        }
      }
      if (!corner) continue;
      found.emplace_back(x, y);
      x += 3;
    }
  }
  return found;
}

Corners corners_of(const Picture& p, int threshold, int most) {
  std::vector<std::int32_t> xy(2 * static_cast<std::size_t>(most));
  std::int32_t count = -1;
  find_corners(xy.data(), &count, p.data(), threshold, most, p.height, p.width);
  Corners found;
  for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) found.emplace_back(xy[2 * k], xy[2 * k + 1]);
  for (std::size_t i = 2 * static_cast<std::size_t>(count); i < xy.size(); ++i) CHECK(xy[i] == -1);
  return found;
}

std::vector<float> perceptual(const Picture& p, int n, std::uint32_t seed) {
  std::vector<float> sound(2 * static_cast<std::size_t>(n));
  PerceptualSound made;
  made.configure(p.data(), {44100.0f, seed}, p.height, p.width);
  made.process(sound.data(), n);
  return sound;
}

double power(const std::vector<float>& stereo, std::size_t channel) {
  double sum = 0.0;
  for (std::size_t i = channel; i < stereo.size(); i += 2)
    sum += static_cast<double>(stereo[i]) * static_cast<double>(stereo[i]);
  return sum;
}

// Zero crossings: twice the frequency of a sine, and more the brighter a sound is.
int crossings(const std::vector<float>& stereo) {
  int count = 0;
  for (std::size_t i = 2; i < stereo.size(); i += 2) count += (stereo[i] < 0.0f) != (stereo[i - 2] < 0.0f) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("corners are those of the definition, at any size and threshold") {
  for (const auto& [height, width] : {std::pair{90, 131}, {60, 64}, {7, 200}, {40, 19}, {6, 80}, {1, 1}}) {
    for (const int threshold : {0, 10, 40, 120}) {
      const Picture p = blocks(height, width, static_cast<std::uint32_t>(threshold + width));
      CHECK(corners_of(p, threshold, 5000) == plain_corners(p, threshold));
    }
  }
  CHECK(plain_corners(blocks(90, 131, 171), 40).size() > 50);
}

TEST_CASE("too many corners are thinned evenly in the order of the scan") {
  const Picture p = blocks(90, 131, 1);
  const Corners all = corners_of(p, 20, 5000), kept = corners_of(p, 20, 30);
  REQUIRE(all.size() > 60);
  REQUIRE(kept.size() == 30);
  for (std::size_t k = 0; k < 30; ++k) CHECK(kept[k] == all[k * all.size() / 30]);
}

TEST_CASE("scaling averages boxes, rounded half up, and leaves small pictures alone") {
  const Picture p = blocks(30, 47, 2);
  std::vector<std::uint8_t> same(p.rgb.size()), small(3 * 13 * 20);
  scale_picture(same.data(), p.data(), 47, p.height, p.width);
  CHECK(same == p.rgb);
  CHECK(scaled_side(30, 47, 20) == 13);  // 12.77
  scale_picture(small.data(), p.data(), 20, p.height, p.width);
  for (int i = 0; i < 3 * 13 * 20; ++i) {
    const int y = i / 3 / 20, x = i / 3 % 20;
    int sum = 0, count = 0;
    for (int row = y * 30 / 13; row < (y + 1) * 30 / 13; ++row) {
      for (int column = x * 47 / 20; column < (x + 1) * 47 / 20; ++column, ++count) {
        sum += p.rgb[static_cast<std::size_t>(3 * (row * 47 + column) + i % 3)];
      }
    }
    CHECK(small[static_cast<std::size_t>(i)] == std::floor(static_cast<double>(sum) / count + 0.5));
  }
}

TEST_CASE("both mappings give the same samples in blocks of any size") {
  const Picture p = blocks(120, 160, 3);
  constexpr int n = 9000;
  std::vector<float> whole(n), parts(n), stereo_parts(2 * n);
  ClassicSound classic, again;
  classic.configure(p.data(), {}, p.height, p.width);
  again.configure(p.data(), {}, p.height, p.width);
  CHECK(classic.sines() > 50);
  classic.process(whole.data(), n);
  PerceptualSound made;
  made.configure(p.data(), {}, p.height, p.width);
  for (int at = 0, size = 1; at < n; at += size, size = (size * 7 + 3) % 331) {
    size = std::min(size, n - at);
    again.process(parts.data() + at, size);
    made.process(stereo_parts.data() + 2 * at, size);
  }
  CHECK(test::same_bits(whole, parts));
  CHECK(test::same_bits(perceptual(p, n, 0), stereo_parts));
}

TEST_CASE("classic: a mean of 0 is 20 Hz, of 255 500 Hz; colour is lost in the mean; no corners, no sound") {
  CHECK(classic_frequency(0, 0, 0) == 20.0f);
  CHECK(classic_frequency(255, 255, 255) == 500.0f);
  CHECK(classic_frequency(255, 0, 0) == classic_frequency(0, 255, 0));
  std::vector<float> sound(1000, 1.0f);
  const Picture p = plain(200, 100, 50);
  sonify_classic(sound.data(), p.data(), 1000, {}, p.height, p.width);
  CHECK(std::all_of(sound.begin(), sound.end(), [](float x) { return x == 0.0f; }));
}

TEST_CASE("perceptual: finite, alive and never above full scale, for pictures of every kind") {
  for (const Picture& p : {plain(0, 0, 0), plain(255, 255, 255), plain(255, 0, 0), plain(0, 0, 255),
                           blocks(200, 300, 4), blocks(1, 1, 5), blocks(1, 3000, 6)}) {
    const std::vector<float> sound = perceptual(p, 88200, 9);
    CHECK(std::all_of(sound.begin(), sound.end(), [](float x) { return is_finite(x) && std::abs(x) <= 1.0f; }));
    CHECK(power(sound, 0) / 88200.0 > 1e-4);
  }
}

TEST_CASE("perceptual: colour, lightness, side and seed are heard") {
  const int n = 44100;
  CHECK(perceptual(plain(200, 80, 80), n, 1) != perceptual(plain(80, 80, 200), n, 1));
  CHECK(perceptual(plain(200, 80, 80), n, 1) != perceptual(plain(200, 80, 80), n, 2));
  Picture dark = plain(128, 128, 128), light = dark, left{40, 50, {}};
  for (std::size_t i = 0; i < dark.rgb.size(); ++i) {
    const bool top = i < dark.rgb.size() / 4;  // a quarter of the other kind keeps the eye from adapting to all of it
    dark.rgb[i] = top ? 255 : 20;
    light.rgb[i] = top ? 20 : 255;
  }
  CHECK(crossings(perceptual(dark, n, 1)) < crossings(perceptual(light, n, 1)));
  for (int i = 0; i < 40 * 50 * 3; ++i) {
    const int x = i / 3 % 50;
    left.rgb.push_back(x < 25 && i / 3 % 2 == 0 ? 255 : 60);  // stripes on the left half
  }
  Picture right = left;
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 50; ++x) {
      for (int c = 0; c < 3; ++c) {
        right.rgb[static_cast<std::size_t>(3 * (50 * y + x) + c)] =
            left.rgb[static_cast<std::size_t>(3 * (50 * y + 49 - x) + c)];
      }
    }
  }
  const std::vector<float> of_left = perceptual(left, 4 * n, 1), of_right = perceptual(right, 4 * n, 1);
  CHECK(power(of_left, 0) > power(of_left, 1));
  CHECK(power(of_right, 0) < power(of_right, 1));
}
