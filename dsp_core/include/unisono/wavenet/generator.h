// Free-running generation, a sample at a time: each layer remembers as much of its input as its dilation reaches back.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/random.h"
#include "unisono/wavenet/clip.h"

namespace unisono {

// Reads a network and its scale, which must stay as they are. A free model's scale is followed: its frame is found anew in
// what was made, every hop. The constructor allocates, process does not.
class WaveGenerator {
 public:
  // length is that of the clip; generation begins at its beginning, out of silence.
  WaveGenerator(const WaveNetwork<float>& net, const WaveScale& scale, int length, int sr, std::uint32_t seed);

  // The next n samples, as loud as the clip; a NaN may be in them.
  void process(float* out, float temperature, int n);

 private:
  void conditions(int frame);
  void network(const float* inputs, bool settling);
  float next(float temperature, float noise);
  float pulled(float sample);

  const WaveNetwork<float>& net_;
  const WaveScale& scale_;
  WaveScale own_{};                                  // of a free model, with one frame
  int length_, position_hop_, at_ = 0, frame_ = -1;  // of the clip, and of its positions; a free model stays at 0
  std::int64_t drawn_ = 0;
  std::uint32_t seed_;
  std::vector<float> memory_;     // of all layers, one ring after the other
  std::vector<int> ring_, head_;  // where each begins, and where it stands
  std::vector<float> condition_;  // [2][layers][gates]: at this frame, and from it to the next
  std::vector<float> past_;       // the samples before, of which the first memory() are kept when it is full
  int now_;                       // where in it the next comes
  std::vector<float> output_;     // mean, raw log-scale
  float residual_ = 0.0f;
  float memory_rate_;                   // of the running means below, over 20 ms
  float power_ = 0.0f, wanted_ = 0.0f;  // running means of the squares of what was made and of what should be there
};

}  // namespace unisono
