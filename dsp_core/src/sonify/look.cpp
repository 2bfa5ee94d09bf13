// Colour by Ottosson's OKLab (2020), contrast by differences of neighbours at five scales.
#include "unisono/sonify/look.h"

#include <algorithm>
#include <vector>

#include "unisono/math.h"
#include "unisono/sonify/picture.h"

namespace unisono {
namespace {

constexpr int kCellSide = kLookSide / kCellsASide;
constexpr float kTau = 0x1.921fb6p+2f;
constexpr float kRedHue = 29.234f / 360.0f;  // the hue of sRGB's red in OKLab, turns
constexpr float kHalfContrast = 20.0f;       // grey levels between neighbours that count as contrast 1/2
constexpr float kHalfTexture = 10.0f;
constexpr int kHueBins = 48;
constexpr float kGreyPrior = 0.002f;  // chroma below which a picture has no hue of its own and is taken as red

// Eyes adapt to a picture's brightness, if not wholly: what is measured is multiplied by (usual / mean)^kAdaptation.
constexpr float kAdaptation = 0.85f, kMostAdaptation = 3.0f;
constexpr float kUsualLightness = 0.6f, kUsualGrey = 115.0f;

float adaptation(float usual, float mean) {
  if (mean * kMostAdaptation <= usual) mean = usual / kMostAdaptation;
  return unisono::pow(usual / mean, kAdaptation);
}

struct Lab {
  float lightness, a, b;
};

// sRGB to linear light (IEC 61966-2-1); level 0 to 255, fractions too.
float linear(float level) {
  const float c = level / 255.0f;
  return c <= 0.04045f ? c / 12.92f : unisono::pow((c + 0.055f) / 1.055f, 2.4f);
}

// Matrices from Ottosson: A perceptual color space for image processing, 2020.
Lab oklab(float red, float green, float blue) {
  const float r = linear(red), g = linear(green), b = linear(blue), third = 1.0f / 3.0f;
  const float l = unisono::pow(0.4122214708f * r + 0.5363325363f * g + 0.0514459929f * b, third);
  const float m = unisono::pow(0.2119034982f * r + 0.6806995451f * g + 0.1073969566f * b, third);
  const float s = unisono::pow(0.0883024619f * r + 0.2817188376f * g + 0.6299787005f * b, third);
  return {0.2104542553f * l + 0.7936177850f * m - 0.0040720468f * s,
          1.9779984951f * l - 2.4285922050f * m + 0.4505937099f * s,
          0.0259040371f * l + 0.7827717662f * m - 0.8086757660f * s};
}

// A square of values: pixels summed over boxes of 4^level.
struct Level {
  int side;
  std::vector<std::int32_t> value;
  std::int32_t at(int y, int x) const { return value[static_cast<std::size_t>(y * side + x)]; }
};

std::int32_t distance(std::int32_t a, std::int32_t b) { return a > b ? a - b : b - a; }

// Differences to the right and downwards.
std::int32_t difference(const Level& level, int y, int x) {
  const std::int32_t here = level.at(y, x);
  return distance(level.at(y, std::min(x + 1, level.side - 1)), here) +
         distance(level.at(std::min(y + 1, level.side - 1), x), here);
}

Level halved(const Level& fine) {
  Level coarse{fine.side / 2, {}};
  for (int y = 0; y < coarse.side; ++y) {
    for (int x = 0; x < coarse.side; ++x) {
      coarse.value.push_back(fine.at(2 * y, 2 * x) + fine.at(2 * y, 2 * x + 1) + fine.at(2 * y + 1, 2 * x) +
                             fine.at(2 * y + 1, 2 * x + 1));
    }
  }
  return coarse;
}

float saturating(float x, float half) { return x / (x + half); }

void measure_texture(Look& look, Level level, float adapted) {
  float area = 1.0f;  // pixels summed in a value
  for (std::size_t scale = 0; scale < kTextures; ++scale, area *= 4.0f) {
    for (std::size_t side = 0; side < 2; ++side) {
      const int begin = side == 0 ? 0 : level.side / 2;
      std::int64_t sum = 0;
      for (int y = 0; y < level.side; ++y) {
        for (int x = begin; x < begin + level.side / 2; ++x) sum += difference(level, y, x);
      }
      const float values = static_cast<float>(level.side * level.side / 2);
      look.texture[side][scale] = saturating(adapted * static_cast<float>(sum) / (values * area), kHalfTexture);
    }
    level = halved(level);
  }
}

Lab mean_colour(const std::vector<std::uint8_t>& rgb, int cell_y, int cell_x) {
  int sum[3] = {0, 0, 0};
  for (int y = cell_y * kCellSide; y < (cell_y + 1) * kCellSide; ++y) {
    for (int x = cell_x * kCellSide; x < (cell_x + 1) * kCellSide; ++x) {
      for (int c = 0; c < 3; ++c) sum[c] += rgb[static_cast<std::size_t>(3 * (y * kLookSide + x) + c)];
    }
  }
  constexpr float scale = 1.0f / (kCellSide * kCellSide);
  return oklab(static_cast<float>(sum[0]) * scale, static_cast<float>(sum[1]) * scale,
               static_cast<float>(sum[2]) * scale);
}

float cell_contrast(const Level& level, float adapted, int cell_y, int cell_x) {
  int sum = 0;
  for (int y = cell_y * kCellSide; y < (cell_y + 1) * kCellSide; ++y) {
    for (int x = cell_x * kCellSide; x < (cell_x + 1) * kCellSide; ++x) sum += difference(level, y, x);
  }
  return saturating(adapted * static_cast<float>(sum) / (kCellSide * kCellSide), kHalfContrast);
}

Cell cell_of(const Lab& lab, float contrast) {
  const float chroma = unisono::sqrt(lab.a * lab.a + lab.b * lab.b);
  float hue = unisono::atan2(lab.b, lab.a) / kTau - kRedHue;
  if (hue < 0.0f) hue += 1.0f;
  if (hue < 0.0f) hue += 1.0f;
  return {min(max(lab.lightness, 0.0f), 1.0f), chroma, hue, contrast};
}

// The middle of the third of the circle of hues that holds most colour, cells weighted by chroma.
float dominant_hue(const Look& look) {
  float weight[kHueBins] = {};
  weight[0] = kGreyPrior * static_cast<float>(look.cells.size());
  for (const Cell& cell : look.cells) {
    const int bin = std::min(static_cast<int>(cell.hue * kHueBins), kHueBins - 1);
    weight[bin] += cell.chroma;
  }
  int best = 0;
  float most = -1.0f;
  for (int middle = 0; middle < kHueBins; ++middle) {
    float sum = 0.0f;
    for (int d = -8; d <= 8; ++d) {
      sum += static_cast<float>(9 - distance(d, 0)) * weight[(middle + d + kHueBins) % kHueBins];
    }
    if (sum > most) {
      most = sum;
      best = middle;
    }
  }
  return static_cast<float>(best) / kHueBins;
}

using Colours = std::array<Lab, kCellsASide * kCellsASide>;

void adapt(Colours& colours) {
  float sum = 0.0f;
  for (const Lab& lab : colours) sum += lab.lightness;
  const float adapted = adaptation(kUsualLightness, sum / static_cast<float>(colours.size()));
  for (Lab& lab : colours) lab = {adapted * lab.lightness, adapted * lab.a, adapted * lab.b};
}

// By insertion: they are few, and equals stay as they were.
template <class Iterator, class Less>
void sort_few(Iterator first, Iterator last, const Less& less) {
  for (Iterator i = first; i != last; ++i) std::rotate(std::upper_bound(first, i, *i, less), i, i + 1);
}

void find_path(Look& look, const Colours& colours) {
  constexpr int span = kCellsASide / kRegionsASide;
  Lab sum[kRegions] = {}, all{0.0f, 0.0f, 0.0f};
  std::array<std::size_t, kRegions> filled{};
  look.regions = {};
  for (int i = 0; i < kCellsASide * kCellsASide; ++i) {
    const int region = i / kCellsASide / span * kRegionsASide + i % kCellsASide / span;
    const Lab& lab = colours[static_cast<std::size_t>(i)];
    sum[region] = {sum[region].lightness + lab.lightness, sum[region].a + lab.a, sum[region].b + lab.b};
    all = {all.lightness + lab.lightness, all.a + lab.a, all.b + lab.b};
    Region& to = look.regions[static_cast<std::size_t>(region)];
    to.contrast += look.cells[static_cast<std::size_t>(i)].contrast;
    to.cells[filled[static_cast<std::size_t>(region)]++] = i;
  }
  constexpr float count = span * span;
  for (int r = 0; r < kRegions; ++r) {
    const auto away = [&](float mean, float total) { return (mean - total / kRegions) / count; };
    const float dl = away(sum[r].lightness, all.lightness), da = away(sum[r].a, all.a), db = away(sum[r].b, all.b);
    Region& region = look.regions[static_cast<std::size_t>(r)];
    region.contrast /= count;
    sort_few(region.cells.begin(), region.cells.end(), [&](int a, int b) {
      return look.cells[static_cast<std::size_t>(a)].lightness < look.cells[static_cast<std::size_t>(b)].lightness;
    });
    // Chroma spans a third of what lightness does; the three weigh alike.
    region.salience = region.contrast + unisono::sqrt(dl * dl + 9.0f * (da * da + db * db));
    look.path[static_cast<std::size_t>(r)] = r;
  }
  sort_few(look.path.begin(), look.path.end(), [&](int a, int b) {
    return look.regions[static_cast<std::size_t>(a)].salience > look.regions[static_cast<std::size_t>(b)].salience;
  });
}

}  // namespace

void look_at(Look& look, const std::uint8_t* pixels, int height, int width) {
  std::vector<std::uint8_t> rgb(3 * kLookSide * kLookSide), greys(kLookSide * kLookSide);
  box_average(rgb.data(), pixels, kLookSide, kLookSide, height, width);
  grey(greys.data(), rgb.data(), kLookSide, kLookSide);
  const Level level{kLookSide, {greys.begin(), greys.end()}};
  std::int32_t brightness = 0;
  for (const std::uint8_t value : greys) brightness += value;
  const float adapted_grey = adaptation(kUsualGrey, static_cast<float>(brightness) / (kLookSide * kLookSide));
  Colours colours;
  for (std::size_t i = 0; i < colours.size(); ++i) {
    colours[i] = mean_colour(rgb, static_cast<int>(i) / kCellsASide, static_cast<int>(i) % kCellsASide);
  }
  adapt(colours);
  look.contrast = look.chroma = 0.0f;
  for (std::size_t i = 0; i < colours.size(); ++i) {
    const int y = static_cast<int>(i) / kCellsASide, x = static_cast<int>(i) % kCellsASide;
    look.cells[i] = cell_of(colours[i], cell_contrast(level, adapted_grey, y, x));
    look.contrast += look.cells[i].contrast;
    look.chroma += look.cells[i].chroma;
  }
  look.contrast /= static_cast<float>(colours.size());
  look.chroma /= static_cast<float>(colours.size());
  look.hue = dominant_hue(look);
  find_path(look, colours);
  measure_texture(look, level, adapted_grey);
}

}  // namespace unisono
