// MagnetModel: threads, resumption and the shortcuts of generation never change a bit.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "helpers.h"
#include "unisono/magnet/magnet.h"
#include "unisono/magnet/stream_engine.h"
#include "unisono/magnet/window_engine.h"
#include "unisono/magnet/window_feedback.h"
#include "unisono/magnet/window_generator.h"
#include "unisono/random.h"

using namespace unisono;

namespace {

constexpr MagnetPreset kPresets[] = {MagnetPreset::standard, MagnetPreset::icmc2019, MagnetPreset::magnet2024};

// Noise that swells and fades, 0.7 s at 44.1 kHz.
std::vector<float> clip() {
  std::vector<float> x = test::noise(31000, 1);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] *= 0.1f * static_cast<float>(1 + i / 4000 % 3);
  return x;
}

struct Model : MagnetModel {
  explicit Model(MagnetPreset preset, std::uint32_t seed = 1, int threads = 1) {
    configure(preset, 44100, seed, threads);
  }

  std::vector<std::vector<float>> all() const {
    std::vector<std::vector<float>> tensors;
    for (int i = 0; i < tensor_count(); ++i) {
      tensors.emplace_back(static_cast<std::size_t>(tensor_size(i)));
      tensor(tensors.back().data(), i);
    }
    return tensors;
  }
  void take(const std::vector<std::vector<float>>& tensors) {
    for (int i = 0; i < tensor_count(); ++i) set_tensor(i, tensors[static_cast<std::size_t>(i)].data());
  }
  void train(const std::vector<float>& x, int steps) {
    if (!has_clip()) set_clip(x.data(), static_cast<int>(x.size()));
    for (int i = 0; i < steps; ++i) train_step();
  }
  std::vector<float> magnitudes(std::uint32_t seed, float temperature = 1.0f, int frames = 12, int window_stride = 1) {
    std::vector<float> m(static_cast<std::size_t>(frames * bins()));
    generate_magnitude(m.data(), frames, seed, temperature, window_stride);
    return m;
  }
};

}  // namespace

TEST_CASE("training and generation give the same bits with any number of threads") {
  const std::vector<float> x = clip();
  for (const MagnetPreset preset : kPresets) {
    Model one(preset, 5, 1), three(preset, 5, 3);
    one.train(x, 2);
    three.train(x, 2);
    CHECK(one.all() == three.all());
    for (const int window_stride : {1, 20, 0})  // 40 windows in flight, 2, 1
      CHECK(test::same_bits(one.magnitudes(7, 1.0f, 12, window_stride), three.magnitudes(7, 1.0f, 12, window_stride)));
  }
}

TEST_CASE("a model that was saved, loaded and trained on has the bits of one that never stopped") {
  const std::vector<float> x = clip();
  for (const MagnetPreset preset : kPresets) {
    Model whole(preset), begun(preset), resumed(preset, 1);
    whole.train(x, 5);
    begun.train(x, 3);
    resumed.set_clip(x.data(), static_cast<int>(x.size()));
    resumed.take(begun.all());
    resumed.set_step(begun.step());
    resumed.train(x, 2);
    CHECK(whole.all() == resumed.all());
    CHECK(whole.epoch_loss() == resumed.epoch_loss());
  }
}

TEST_CASE("generation needs the tensors only, never the clip") {
  const std::vector<float> x = clip();
  for (const MagnetPreset preset : kPresets) {
    Model trained(preset, 2), loaded(preset, 99);
    trained.train(x, 2);
    CHECK_FALSE(loaded.can_generate());
    loaded.take(trained.all());
    CHECK(loaded.can_generate());
    CHECK(test::same_bits(trained.magnitudes(3), loaded.magnitudes(3)));
    CHECK_FALSE(test::same_bits(trained.magnitudes(3, 5.0f), trained.magnitudes(4, 5.0f)));  // the seed is heard
    std::vector<float> sound(1000), again(1000);
    trained.generate(sound.data(), 1000, 3, 1.0f, PhaseKind::pghi);
    loaded.generate(again.data(), 1000, 3, 1.0f, PhaseKind::pghi);
    CHECK(test::same_bits(sound, again));
  }
}

TEST_CASE("what was made of the weights for generation is made anew when they change") {
  const std::vector<float> x = clip(), other = test::noise(31000, 8);
  for (const MagnetPreset preset : kPresets) {
    Model trained(preset, 2), fresh(preset, 99);
    const auto fresh_magnitudes = [&](const Model& of) {
      fresh.configure(preset, 44100, 99, 1);
      fresh.take(of.all());
      return fresh.magnitudes(3, 50.0f);  // anew from primer windows now and then
    };
    trained.train(x, 1);
    const std::vector<float> first = trained.magnitudes(3, 50.0f);
    CHECK(test::same_bits(first, trained.magnitudes(3, 50.0f)));
    trained.train(x, 1);
    const std::vector<float> second = trained.magnitudes(3, 50.0f);
    CHECK_FALSE(test::same_bits(first, second));
    CHECK(test::same_bits(second, fresh_magnitudes(trained)));
    trained.set_clip(other.data(), static_cast<int>(other.size()));
    const std::vector<float> third = trained.magnitudes(3, 50.0f);
    CHECK_FALSE(test::same_bits(second, third));
    CHECK(test::same_bits(third, fresh_magnitudes(trained)));
    Model donor(preset, 4);
    donor.train(x, 1);
    trained.take(donor.all());
    CHECK(test::same_bits(trained.magnitudes(3, 50.0f), fresh_magnitudes(donor)));
  }
}

TEST_CASE("how many frames are asked for together is not heard") {
  const std::vector<float> x = clip();
  constexpr int kFrames = 70;
  for (const MagnetPreset preset : kPresets) {
    Model model(preset);
    model.train(x, 1);
    const std::vector<float> wanted = model.magnitudes(3, 1.0f, kFrames);
    std::vector<float> found(wanted.size());
    const auto generator = model.generator(3);
    for (int t = 0, n = 1; t < kFrames; t += n, n = std::min(2 * n + 1, kFrames - t))
      generator->next(found.data() + static_cast<std::ptrdiff_t>(t) * model.bins(), n, 1.0f, 1.0f);
    CHECK(test::same_bits(found, wanted));
  }
}

TEST_CASE("the seed decides the initial weights, and steps make the loss fall") {
  const std::vector<float> x = clip();
  for (const MagnetPreset preset : kPresets) {
    Model a(preset, 1), b(preset, 1), c(preset, 2);
    CHECK(a.all() == b.all());
    CHECK(a.all() != c.all());
    a.set_clip(x.data(), static_cast<int>(x.size()));
    const float first = a.train_step();
    for (int i = 1; i < 40; ++i) a.train_step();
    CHECK(a.train_step() < first);
    CHECK(a.step() == 41);
  }
}

namespace {

// Weights as they are after some training, with every part of the normalisation at work.
WindowNetwork<float> small_network(MagnetPreset preset, Workers& workers, int sequence_length) {
  MagnetConfig config = magnet_config(preset);
  config.stft.n_fft = 64;
  config.hidden = 20;
  config.sequence_length = sequence_length;
  WindowNetwork<float> network;
  network.configure(config);
  network.initialise(3);
  random_uniform(network.norm.running_mean.data(), 1, 0, config.bins());
  random_uniform(network.norm.running_variance.data(), 2, 0, config.bins());
  random_uniform(network.norm.weight.value.data(), 3, 0, config.bins());
  random_uniform(network.norm.bias.value.data(), 4, 0, config.bins());
  network.prepare_inference(workers);
  return network;
}

}  // namespace

TEST_CASE("the feedback is what the first LSTM sees of the frame that is predicted") {
  Workers workers(2);
  for (const MagnetPreset preset : {MagnetPreset::icmc2019, MagnetPreset::magnet2024}) {
    const WindowNetwork<float> network = small_network(preset, workers, 7);
    WindowFeedback feedback;
    feedback.prepare(workers, network);
    const std::vector<float> features = test::noise(network.features(), 5);
    const auto bins = static_cast<std::size_t>(network.bins());
    const auto gates = static_cast<std::size_t>(network.lstms[0].gates());
    std::vector<float> frame(bins), normalised(bins), wanted(gates), found(gates);
    network.predict(workers, frame.data(), features.data(), 1);
    network.norm.forward_eval(normalised.data(), frame.data(), 1);
    network.lstms[0].project(workers, wanted.data(), normalised.data(), 1);
    feedback.project(workers, found.data(), features.data());
    CHECK(test::relative_distance(found, wanted) < 1e-6);
  }
}

TEST_CASE("windows in flight find what each finds by itself, however many frames lie from one to the next") {
  constexpr int kFrames = 30, kLength = 7;
  Workers workers(2);
  const WindowNetwork<float> network = small_network(MagnetPreset::icmc2019, workers, kLength);
  const int bins = network.bins(), gates = network.lstms[0].gates();
  const std::vector<float> frames = test::noise(kFrames * bins, 9);
  std::vector<float> projections(static_cast<std::size_t>(kFrames * gates));
  std::vector<float> features(static_cast<std::size_t>(network.features())), wanted(features);
  WindowGenerator any(network, workers, 1);
  for (int t = 0; t < kFrames; ++t) any.project(projections.data() + t * gates, frames.data() + t * bins, 1);
  for (const int stride : {1, 2, 3, 6, 7, 10, 100, 0}) {
    CAPTURE(stride);
    WindowGenerator in_flight(network, workers, stride);
    for (int t = 0; t < kFrames; ++t) {
      in_flight.push(features.data(), projections.data() + t * gates);
      const int last = t + 1 - kLength;  // a window that began here has just become complete
      if (last < 0) continue;
      const int begun = stride == 0 ? 0 : last / stride * stride;
      WindowGenerator alone(network, workers, 0);
      for (int s = begun; s <= t; ++s) alone.push(wanted.data(), projections.data() + s * gates);
      CHECK(test::same_bits(features, wanted));
    }
  }
}

TEST_CASE("a clip's coordinates do not show how many frames were looked at together") {
  constexpr int kFrames = 300, kBins = 257;
  const std::vector<float> x = test::noise(kFrames * kBins, 4);
  Workers workers(2);
  LatentDecoder decoders[2];
  LatentClip clips[2];
  for (const int i : {0, 1}) {
    const auto square = [&](float* rows, Slice frames) {
      std::transform(x.data() + frames.begin * kBins, x.data() + frames.end * kBins, rows,
                     [](float m) { return m * m; });
    };
    FrameBlocks magnitudes(kBins, square, i == 0 ? kFrames : 77);
    clips[i].analyse(workers, decoders[i], magnitudes, kFrames - 1, 44100, 512);
  }
  CHECK(test::same_bits(clips[0].coordinates, clips[1].coordinates));
  CHECK(test::same_bits(clips[0].importance, clips[1].importance));
  CHECK(test::same_bits(decoders[0].matrix, decoders[1].matrix));
  CHECK(test::same_bits(decoders[0].mean, decoders[1].mean));
  CHECK(test::same_bits(decoders[0].texture, decoders[1].texture));
  CHECK(decoders[0].loudest == decoders[1].loudest);
}

TEST_CASE("windows learn the same whether a clip's frames are kept or made again for each batch") {
  const MagnetConfig config = magnet_config(MagnetPreset::magnet2024);
  const std::vector<float> x = test::noise(60000, 5);  // a whole batch and part of another
  Workers workers(2);
  WindowEngine kept(config, 1), made(config, 1, 0);
  TensorList kept_tensors, made_tensors;
  kept.list(kept_tensors);
  made.list(made_tensors);
  for (WindowEngine* engine : {&kept, &made}) engine->set_clip(workers, x.data(), static_cast<int>(x.size()));
  for (int step = 0; step < 3; ++step) CHECK(kept.train_step(workers, step) == made.train_step(workers, step));
  for (std::size_t i = 0; i < kept_tensors.tensors.size(); ++i) {
    const StoredTensor &a = kept_tensors.tensors[i], &b = made_tensors.tensors[i];
    CHECK(std::equal(a.values, a.values + a.size, b.values));
  }
}

TEST_CASE("loop_length leaves a clip that ends as loud as it begins, and cuts off a fade") {
  std::vector<double> even(100, 1.0), fading(100, 1.0);
  CHECK(loop_length(even.data(), 100, 10) == 100);
  for (int t = 80; t < 100; ++t) fading[static_cast<std::size_t>(t)] = 0.05;
  for (int t = 0; t < 5; ++t) fading[static_cast<std::size_t>(t)] = 0.0;  // a quiet start after a quiet end
  const int length = loop_length(fading.data(), 100, 10);
  CHECK(length < 100);
  CHECK(length > 50);
}
