// The `default` preset's view of a clip: compressed magnitudes in a few coordinates that matter to the ear, and back.
//
// The logarithm of the magnitudes, weighted by how wide a bin is on the mel scale, is projected on its principal
// components; each coordinate is scaled to unit spread. Decoding is one product and an exponential; what the components
// leave out is put back as noise of the same strength in each bin.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/magnet/frame_blocks.h"
#include "unisono/nn/matmul.h"
#include "unisono/parallel.h"
#include "unisono/random.h"

namespace unisono {

inline constexpr int kLatentSize = 128;

// What decoding needs; kept in the model.
struct LatentDecoder {
  std::vector<float> matrix;     // [kLatentSize][bins]
  std::vector<float> mean;       // [bins]: of the log magnitudes relative to `loudest`
  std::vector<float> texture;    // [bins]: spread of what the coordinates leave out
  std::vector<float> low, high;  // [kLatentSize]: the range of each coordinate in the clip
  float loudest = 1.0f;          // the largest magnitude of the clip

  void configure(int bins);
  // magnitudes[bins] of frame t, from its coordinates[kLatentSize]; normal[bins] is scratch. pack first.
  void pack(Workers& workers);
  void decode(float* magnitudes, float* normal, const float* coordinates, const Random& noise, std::int64_t t) const;
  // The logarithms without texture: mean + coordinates·matrix.
  void decode_logarithms(Workers& workers, float* logarithms, const float* coordinates, int n_frames);

 private:
  PackedMatrix<float> packed_;
};

// A clip as coordinates, made from its magnitudes.
struct LatentClip {
  std::vector<float> coordinates;  // [n_frames][kLatentSize]
  std::vector<float> importance;   // [kLatentSize], sum 1: how much a coordinate's error is to count
  int n_frames = 0;

  // Fills this and the decoder from the first `length` frames of a clip at rate sr.
  void analyse(Workers& workers, LatentDecoder& decoder, FrameBlocks& magnitudes, int length, int sr, int n_fft);

 private:
  void project(Workers& workers, LatentDecoder& decoder, FrameBlocks& y, const std::vector<float>& weights);
};

// The energy of each frame.
std::vector<double> frame_energies(FrameBlocks& magnitudes, int n_frames);

// How many frames of a clip are to be played in a loop: as many as possible from the start without leaving a stretch of
// 5 s across the seam that is quieter, by 2 dB, than the clip's quietest. energy[n] of each frame; window = 5 s in frames.
int loop_length(const double* energy, int n, int window);
int loop_length(const std::vector<double>& energy, int sr, int hop_length);

}  // namespace unisono
