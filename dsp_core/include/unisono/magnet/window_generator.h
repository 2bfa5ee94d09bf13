// Sliding-window prediction, one frame at a time, for the price of a batch: all windows that contain the newest frame
// advance together.
//
// The repository runs the whole window of 40 frames from a zero state for each new frame. A frame lies in 40 such
// windows, so 40 states in flight, each one window old by another number of frames, take one step a frame; one of them
// is then complete and gives the prediction. The bits are those of running each window by itself.
#pragma once

#include <vector>

#include "unisono/magnet/window_network.h"

namespace unisono {

class WindowGenerator {
 public:
  WindowGenerator(const WindowNetwork<float>& network, Workers& workers);

  // Forgets all frames.
  void reset();
  // Takes the next frame[bins]; once sequence_length frames were taken, prediction[bins] is the network's next frame.
  void push(float* prediction, const float* frame);
  // prediction[rows][bins] of windows[rows][sequence_length][bins], rows <= sequence_length; forgets all frames.
  void predict_windows(float* prediction, const float* windows, int rows);

 private:
  void advance(const float* frames, std::ptrdiff_t stride, int rows, bool same);
  void advance_rows(Slice rows, bool same);

  const WindowNetwork<float>& network_;
  Workers& workers_;
  int length_, hidden_;
  int taken_ = 0;                                 // frames since reset, up to 2 * length, then kept there modulo length
  std::vector<float> normalised_, projection_;    // [length][bins], [length][gates]
  std::vector<float> gates_, tanh_cell_;          // [length][...], for the layer at work
  std::vector<std::vector<float>> state_, cell_;  // a layer: [length][hidden]
  std::vector<float> hidden_layer_;               // [length][bins]
};

}  // namespace unisono
