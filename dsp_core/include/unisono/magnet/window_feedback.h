// From one prediction to the next without the frame between them.
//
// From the features z, which the last dense layer makes a frame of, to the gates of the first LSTM there are two affine
// layers and a normalisation, P N(D z + d) + p, and nothing else, for predictions are fed back as they are. That is
// M z + m with a matrix of [gates][features] in place of D and P, [bins][features] and [gates][bins]: of the preset
// magnet2024 it has a tenth of their elements.
#pragma once

#include <vector>

#include "unisono/magnet/window_network.h"

namespace unisono {

class WindowFeedback {
 public:
  // After the network's prepare_inference. Allocates.
  void prepare(Workers& workers, const WindowNetwork<float>& network);
  // projection[gates]: what the first LSTM sees of the frame that is predicted from features[...].
  void project(Workers& workers, float* projection, const float* features) const;

 private:
  PackedMatrix<float> matrix_;  // M, transposed
  std::vector<float> offset_;   // m
};

}  // namespace unisono
