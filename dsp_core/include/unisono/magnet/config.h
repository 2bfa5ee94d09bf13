// The presets of MagnetModel: every hyper-parameter of each, in one table.
#pragma once

#include "unisono/nn/adam.h"
#include "unisono/nn/batch_norm.h"
#include "unisono/stft.h"

namespace unisono {

enum class MagnetPreset { standard, icmc2019, magnet2024 };  // "default" is a word of the language

// Whose conventions a faithful preset follows: initial weights, number of LSTM biases, Adam and batch norm.
enum class Framework { pytorch, keras };

// What only the `default` preset has: see stream_engine.h.
struct StreamOptions {
  float input_noise;   // spread of what is added to the inputs in training, so that generation survives its own errors
  int misled_streams;  // streams whose input lies elsewhere in the loop than their clock says: they learn to trust it
  float sampling_spread;  // share of the predicted spread that is drawn at temperature 1
  double jumps;  // a second, at temperature 1: how often generation tries to go on from another place of the loop
  float least_log_sigma;  // the network may not be surer of itself than this
  int primer_frames;      // the end of the loop, kept in the model to warm the state up before generation
  double steps;           // of training, for a loop of loop_frames or less; more in proportion to the root of the loop
  double loop_frames;
  double least_learning_rate, halvings;  // the rate halves so many times over the training
  double largest_norm;                   // of the gradient
};

struct MagnetConfig {
  MagnetPreset preset;
  Framework framework;
  StftParams stft;
  int sequence_length;  // frames that the network sees to predict the next; for `default`, frames in a training step
  int hidden, layers;
  float dropout;    // after each LSTM layer
  bool tanh_layer;  // a dense layer with tanh, as wide as a frame, before the output layer
  int batch_size;   // windows, or streams
  int default_epochs;
  int primer_windows;   // windows of the clip kept in the model for generation to start from
  float reseed_chance;  // a frame, at temperature 1: the next frame is predicted from a primer window instead
  AdamOptions adam;
  BatchNormOptions batch_norm;
  StreamOptions stream;

  int bins() const { return stft_bins(stft); }
};

MagnetConfig magnet_config(MagnetPreset preset);

}  // namespace unisono
