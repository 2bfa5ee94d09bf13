// Sliding-window prediction, one frame at a time, for the price of a batch: all windows that contain the newest frame
// advance together.
//
// The repository runs the whole window of 40 frames from a zero state for each new frame. A frame lies in 40 such
// windows, so 40 states in flight, each one window old by another number of frames, take one step a frame; one of them
// is then complete and gives the prediction. The bits are those of running each window by itself.
//
// Windows may also begin only every so many frames, and go on until the next is complete: the fewer there are, the less
// there is to do. One that never ends is a stateful network.
#pragma once

#include <cstdint>
#include <vector>

#include "unisono/magnet/window_network.h"

namespace unisono {

class WindowGenerator {
 public:
  // A window begins every `stride` frames; 0: only one ever does.
  WindowGenerator(const WindowNetwork<float>& network, Workers& workers, int stride);

  // Forgets all frames.
  void reset() { taken_ = 0; }
  // What the layers of the first window carry on, [layers][state, cell][hidden]; and going on from there, as after so many
  // frames that it is complete.
  void keep(float* state) const;
  void resume(const float* state);
  // projections[rows][gates] of frames[rows][bins], rows <= sequence_length: what the first LSTM sees of them.
  void project(float* projections, const float* frames, int rows);
  // Takes the next frame's projection; once sequence_length were taken, features[...] are what the network predicts the
  // frame after it from.
  void push(float* features, const float* projection);

 private:
  void begin(std::ptrdiff_t row);
  // One more step of the states in these rows. Many rows are shared out among the threads, each layer of few.
  void advance(Workers& workers, const float* projection, Slice rows);

  const WindowNetwork<float>& network_;
  Workers& workers_;
  int length_, hidden_;
  std::int64_t stride_, most_;               // frames from window to window; windows in flight
  std::int64_t taken_ = 0;                   // frames since the beginning
  std::vector<float> normalised_;            // [length][bins]
  std::vector<float> gates_, tanh_cell_;     // [most][...], for the layer at work
  std::vector<std::vector<float>> carried_;  // each layer's state, then its cell: [most][hidden]
};

}  // namespace unisono
