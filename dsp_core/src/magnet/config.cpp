// The table of presets.
#include "unisono/magnet/config.h"

namespace unisono {

namespace {

// What the two faithful presets share: windows of 40 frames at stride 1, batches of 64, Adam at 1e-3, 128 cells a layer.
MagnetConfig faithful(MagnetPreset preset) {
  MagnetConfig c{};
  c.preset = preset;
  c.stft = {.n_fft = 2048,
            .hop_length = 512,
            .win_length = 2048,
            .window = WindowKind::hann,
            .center = true,
            .pad_mode = PadMode::reflect};
  c.sequence_length = 40;
  c.hidden = 128;
  c.batch_size = 64;
  c.default_epochs = 200;  // train.py
  c.primer_windows = 8;
  c.reseed_chance = 0.05f;  // random_chance in generate.py
  c.adam.learning_rate = 1e-3;
  return c;
}

// github.com/Louismac/MAGNet, PyTorch/model.py and train.py (2024), with PyTorch's defaults.
MagnetConfig magnet2024() {
  MagnetConfig c = faithful(MagnetPreset::magnet2024);
  c.framework = Framework::pytorch;
  c.layers = 2;
  c.adam.weight_decay = 1e-4;
  c.adam.epsilon = 1e-8;
  c.batch_norm = {.epsilon = 1e-5, .momentum = 0.1, .unbiased_running = true};
  return c;
}

// The same repository's legacy/train-for-python.ipynb, the model of the ICMC 2019 paper, with Keras' defaults.
MagnetConfig icmc2019() {
  MagnetConfig c = faithful(MagnetPreset::icmc2019);
  c.framework = Framework::keras;
  c.stft.win_length = 1024;
  c.layers = 3;
  c.dropout = 0.2f;
  c.tanh_layer = true;
  c.adam.epsilon = 1e-7;
  c.adam.epsilon_inside = true;
  c.batch_norm = {.epsilon = 1e-3, .momentum = 0.01, .unbiased_running = false};
  return c;
}

// Unisono's own. The numbers were found by the figures of `unisono evaluate` on eight clips.
MagnetConfig standard() {
  MagnetConfig c{};
  c.preset = MagnetPreset::standard;
  c.stft = {.n_fft = 2048, .hop_length = 512, .win_length = 2048};
  c.sequence_length = 32;
  c.hidden = 256;
  c.layers = 1;
  c.batch_size = 16;
  c.adam.learning_rate = 3e-3;
  c.adam.beta2 = 0.99;
  c.stream = {.input_noise = 0.7f,
              .misled_streams = 2,
              .sampling_spread = 0.5f,
              .jumps = 1.0,
              .least_log_sigma = -3.0f,
              .primer_frames = 32,
              .steps = 800,
              .loop_frames = 1000,
              .least_learning_rate = 1e-4,
              .halvings = 3.5,
              .largest_norm = 1.0};
  return c;
}

}  // namespace

MagnetConfig magnet_config(MagnetPreset preset) {
  switch (preset) {
  case MagnetPreset::icmc2019: return icmc2019();
  case MagnetPreset::magnet2024: return magnet2024();
  default: return standard();
  }
}

}  // namespace unisono
