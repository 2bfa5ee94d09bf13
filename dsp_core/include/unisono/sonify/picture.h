// Pictures on their way to sound: scaling by box averages, grey values, FAST corners. Integers only, but for grey.
#pragma once

#include <cstdint>

namespace unisono {

inline constexpr int kPictureSide = 1024;  // longer side, in pixels, of what the mappings look at

// Length of a side after scaling so that the longer one has at most max_side pixels: rounded half up, at least 1.
int scaled_side(int side, int longer, int max_side);

// Each pixel out[y][x] is the mean, rounded half up, of the pixels in rows y h / out_h to (y + 1) h / out_h and the
// columns likewise (bounds rounded down; at least one pixel, so that a smaller picture is repeated). RGB, interleaved.
void box_average(std::uint8_t* out, const std::uint8_t* pixels, int out_h, int out_w, int height, int width);

// The picture so small that its longer side has at most max_side pixels; smaller ones stay as they are.
// out: [scaled_side(height)][scaled_side(width)][3]
void scale_picture(std::uint8_t* out, const std::uint8_t* pixels, int max_side, int height, int width);

inline constexpr int kKeptSide = 128;  // of the square that the learned mapping averages a picture to

// out[kKeptSide][kKeptSide][3]: both pictures as such squares, mixed and rounded half up; amount 0 is the first.
void blend_pictures(std::uint8_t* out, const std::uint8_t* pixels, const std::uint8_t* other, float amount, int height,
                    int width, int other_height, int other_width);

// 0.299 R + 0.587 G + 0.114 B in double, rounded half to even (ITU-R BT.601, what tracking.Image.grayscale keeps).
void grey(std::uint8_t* out, const std::uint8_t* pixels, int height, int width);

// FAST-9 (Rosten and Drummond 2006: of the circle of 16 pixels at radius 3, 9 in a row are all brighter, or all darker,
// than the centre by more than `threshold`) as tracking.js 1.1 has it: three of the four pixels above, below, left and
// right must be so too; rows from top to bottom, each from the left, and the three pixels after a corner are skipped.
// Of all corners in this order it keeps at most max_corners, evenly spread: number k * total / kept for k < kept.
// corners: [max_corners][2], x and y; -1 from `kept` on. count is `kept`.
void find_corners(std::int32_t* corners, std::int32_t* count, const std::uint8_t* pixels, int threshold,
                  int max_corners, int height, int width);

}  // namespace unisono
