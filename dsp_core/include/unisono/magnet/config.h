// The presets of MagnetModel: every hyper-parameter of each, in one table.
#pragma once

#include "unisono/nn/adam.h"
#include "unisono/nn/batch_norm.h"
#include "unisono/stft.h"

namespace unisono {

enum class MagnetPreset { standard, icmc2019, magnet2024 };  // "default" is a word of the language

// Whose conventions a faithful preset follows: initial weights, number of LSTM biases, Adam and batch norm.
enum class Framework { pytorch, keras };

struct MagnetConfig {
  MagnetPreset preset;
  Framework framework;
  StftParams stft;
  int sequence_length;  // frames that the network sees to predict the next
  int hidden, layers;
  float dropout;    // after each LSTM layer
  bool tanh_layer;  // a dense layer with tanh, as wide as a frame, before the output layer
  int batch_size;
  int default_epochs;
  int primer_windows;   // windows of the clip kept in the model for generation to start from
  float reseed_chance;  // a frame, at temperature 1: the next frame is predicted from a primer window instead
  AdamOptions adam;
  BatchNormOptions batch_norm;

  int bins() const { return stft_bins(stft); }
};

MagnetConfig magnet_config(MagnetPreset preset);

}  // namespace unisono
