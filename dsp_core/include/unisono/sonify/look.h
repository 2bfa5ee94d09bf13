// What the perceptual mapping sees in a picture: colour and contrast of small cells, texture by scale, salient regions.
#pragma once

#include <array>
#include <cstdint>

namespace unisono {

inline constexpr int kLookSide = 192;   // the picture is averaged to this square first, so its size does not matter
inline constexpr int kCellsASide = 48;  // cells of 4 x 4 of those pixels
inline constexpr int kRegionsASide = 3;
inline constexpr int kRegions = kRegionsASide * kRegionsASide;
inline constexpr int kTextures = 5;  // scales, each twice as coarse as the one before

// The mean colour of a cell in OKLab, and how much its pixels differ from their neighbours.
struct Cell {
  float lightness;  // 0 black to 1 white
  float chroma;     // 0 grey to about 0.32
  float hue;        // turns from red, 0 to 1
  float contrast;   // 0 flat to 1
};

inline constexpr int kCellsARegion = kCellsASide / kRegionsASide * (kCellsASide / kRegionsASide);

struct Region {
  std::array<int, kCellsARegion> cells;  // from dark to light, so that the order stays when the picture is turned round
  float contrast;                        // mean of its cells
  float salience;                        // contrast, and distance of its mean colour from that of the picture
};

struct Look {
  std::array<Cell, kCellsASide * kCellsASide> cells;  // rows from the top
  std::array<Region, kRegions> regions;
  std::array<int, kRegions> path;                       // regions as the eye would travel: most salient first
  std::array<std::array<float, kTextures>, 2> texture;  // of the left and the right half, finest first, 0 to 1
  float contrast;                                       // means of all cells
  float chroma;
  float hue;  // around which most of the colour lies, turns from red
};

void look_at(Look& look, const std::uint8_t* pixels, int height, int width);

}  // namespace unisono
