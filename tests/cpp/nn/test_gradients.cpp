// The gradients of whole networks, in double, against central finite differences of their loss.
#include <doctest/doctest.h>

#include "double_precision.h"
#include "unisono/magnet/stream_network_impl.h"
#include "unisono/magnet/window_network_impl.h"

using namespace unisono;

namespace {

// A small network of the kind of the faithful presets: 9 bins, 5 cells, windows of 6 frames.
struct SmallNetwork {
  MagnetConfig config;
  WindowNetwork<double> network;
  Workers workers;
  std::vector<double> frames;
  std::vector<std::int32_t> starts{0, 3, 4, 11, 3, 8, 1};  // overlapping, one twice
  static constexpr int kFrames = 19;

  SmallNetwork(MagnetPreset preset, int threads) : config(magnet_config(preset)), workers(threads) {
    config.stft.n_fft = 16;
    config.hidden = 5;
    config.sequence_length = 6;
    config.batch_size = static_cast<int>(starts.size());
    network.configure(config);
    std::uint32_t stream = 0;
    for (Parameter<double>* p : network.parameters())
      fill_random(p->value, ++stream, 0.4, p->shape.size() == 1 ? 0.3 : 0);
    frames.resize(static_cast<std::size_t>(kFrames) * config.bins());
    fill_random(frames, 99, 2.0, 1.0);
    network.reserve_training(kFrames);
  }
  double loss() {
    const WindowBatch<double> batch{frames.data(), kFrames, starts.data(), config.batch_size};
    return network.loss_and_gradient(workers, batch, 5, 3);
  }
};

// `loss` also leaves the gradients in the parameters.
template <class Loss>
void check_gradients(const std::vector<Parameter<double>*>& parameters, Loss loss) {
  double largest = 0;
  for (Parameter<double>* p : parameters) {
    loss();
    const std::vector<double> gradient = p->gradient;
    for (std::size_t i = 0; i < p->value.size(); ++i) {
      const double value = p->value[i], h = 1e-5;
      p->value[i] = value + h;
      const double above = loss();
      p->value[i] = value - h;
      const double below = loss();
      p->value[i] = value;
      const double numeric = (above - below) / (2 * h);
      CAPTURE(p->name);
      CAPTURE(i);
      CHECK(gradient[i] == doctest::Approx(numeric).epsilon(1e-7).scale(1.0));
      largest = std::max(largest, std::abs(numeric));
    }
  }
  CHECK(largest > 0.1);  // the comparison was not of zeros
}

void check_preset(MagnetPreset preset, int threads) {
  SmallNetwork small(preset, threads);
  check_gradients(small.network.parameters(), [&] { return small.loss(); });
}

}  // namespace

TEST_CASE("magnet2024: gradients of all parameters equal finite differences") {
  check_preset(MagnetPreset::magnet2024, 1);
  check_preset(MagnetPreset::magnet2024, 2);
}

TEST_CASE("icmc2019: gradients of all parameters equal finite differences, through dropout and the tanh layer") {
  check_preset(MagnetPreset::icmc2019, 1);
}

TEST_CASE("default: gradients of all parameters equal finite differences, through the predicted spread") {
  StreamNetwork<double> network;
  network.configure(
      {.inputs = 7, .outputs = 5, .hidden = 6, .streams = 3, .steps = 4, .least_log_sigma = -1.0f, .misled = 0});
  std::uint32_t stream = 0;
  for (Parameter<double>* p : network.parameters()) fill_random(p->value, ++stream, 0.5);
  network.reserve_training();
  fill_random(network.inputs, 50);
  fill_random(network.targets, 51);
  std::vector<double> hidden(network.hidden.size()), cell(network.cell.size()), importance{0.1, 0.4, 0.2, 0.2, 0.1};
  fill_random(hidden, 52, 0.5);
  fill_random(cell, 53, 0.5);
  Workers workers(2);
  check_gradients(network.parameters(), [&] {
    network.hidden = hidden;  // the states move on with each call
    network.cell = cell;
    return network.loss_and_gradient(workers, importance.data());
  });
}
