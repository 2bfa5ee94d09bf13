// Pictures and their sounds: the encoder's gradients, what it sees, and bits that neither threads nor a pause change.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "double_precision.h"
#include "helpers.h"
#include "unisono/magnet/pairs.h"
#include "unisono/magnet/stream_network_impl.h"

using namespace unisono;

namespace {

std::vector<std::uint8_t> picture(int height, int width, std::uint32_t seed) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(3 * height * width));
  const Random random(seed, 0);
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<std::uint8_t>(random.bits(i / 40 * 3 + i % 3) % 200 + random.bits(100000 + i) % 50);
  return pixels;
}

struct Model : PairsModel {
  explicit Model(int threads = 1, std::uint32_t seed = 1) { configure(44100, seed, threads); }

  void add() {
    for (const int i : {1, 2, 3}) {
      const std::vector<float> x = test::noise(14000 + 3000 * i, static_cast<std::uint32_t>(i));
      add_pair(picture(30 * i, 40, static_cast<std::uint32_t>(i)).data(), x.data(), 30 * i, 40,
               static_cast<int>(x.size()));
    }
    begin();
  }
  void train(int steps) {
    for (int i = 0; i < steps; ++i) train_step();
  }
  std::vector<std::vector<float>> all() const {
    std::vector<std::vector<float>> tensors;
    for (int i = 0; i < tensor_count(); ++i) {
      tensors.emplace_back(static_cast<std::size_t>(tensor_size(i)));
      tensor(tensors.back().data(), i);
    }
    return tensors;
  }
  void take(const Model& other) {
    const std::vector<std::vector<float>> tensors = other.all();
    for (int i = 0; i < tensor_count(); ++i) set_tensor(i, tensors[static_cast<std::size_t>(i)].data());
    set_step(other.step());
  }
  std::vector<float> sound(std::uint32_t seed = 3) {
    std::vector<float> x(9000);
    sonify(x.data(), picture(50, 60, 9).data(), 9000, seed, 1.0f, PhaseKind::pghi, 50, 60);
    return x;
  }
};

// A network that hears the codes of its streams' pictures, in double.
struct Conditioned {
  static constexpr int kStreams = 2, kSteps = 3, kSeen = 4, kInputs = kSeen + kCodeSize;

  StreamNetwork<double> network;
  PictureEncoder<double> encoder;
  std::vector<Parameter<double>*> parameters;
  std::vector<double> hidden, cell, importance{0.5, 0.3, 0.2};
  Workers workers{2};

  Conditioned() {
    network.configure({.inputs = kInputs,
                       .outputs = 3,
                       .hidden = 5,
                       .streams = kStreams,
                       .steps = kSteps,
                       .least_log_sigma = -1.0f,
                       .misled = 0});
    encoder.configure(kStreams);
    encoder.add_parameters(parameters);
    std::uint32_t stream = 0;
    for (Parameter<double>* p : network.parameters()) fill_random(p->value, ++stream, 0.5);
    for (Parameter<double>* p : parameters) fill_random(p->value, ++stream, p->shape.size() == 1 ? 0.1 : 0.2);
    network.reserve_training();
    fill_random(network.inputs, 50);
    fill_random(network.targets, 51);
    fill_random(encoder.pixels, 52, 0.5);
    hidden = network.hidden;
    cell = network.cell;
  }
  // Also leaves the gradients in the encoder's parameters.
  double loss() {
    network.hidden = hidden;  // the states move on with each call
    network.cell = cell;
    const double* const codes = encoder.forward(workers, kStreams);
    for (int row = 0; row < kSteps * kStreams; ++row)
      std::copy_n(codes + row % kStreams * kCodeSize, kCodeSize, network.inputs.data() + row * kInputs + kSeen);
    const double result = network.loss_and_gradient(workers, importance.data());
    std::vector<double> d_codes(kStreams * kCodeSize);
    network.condition_gradient(workers, d_codes.data(), kSeen);
    encoder.backward(workers, d_codes.data());
    return result;
  }
};

}  // namespace

TEST_CASE("pairs: the encoder's gradients, through the sound's loss, equal finite differences") {
  Conditioned c;
  double largest = 0;
  for (Parameter<double>* p : c.parameters) {
    c.loss();
    const std::vector<double> gradient = p->gradient;
    for (std::size_t i = 0; i < gradient.size(); i += 1 + gradient.size() / 150) {  // a share of the large ones
      const double value = p->value[i], h = 1e-5;
      p->value[i] = value + h;
      const double above = c.loss();
      p->value[i] = value - h;
      const double below = c.loss();
      p->value[i] = value;
      const double numeric = (above - below) / (2 * h);
      CAPTURE(p->name);
      CAPTURE(i);
      CHECK(gradient[i] == doctest::Approx(numeric).epsilon(1e-6).scale(0.01));
      largest = std::max(largest, std::abs(numeric));
    }
  }
  CHECK(largest > 0.01);  // the comparison was not of zeros
}

TEST_CASE("pairs: the encoder sees box means in Z-order, mirrored, with gain and offset as asked") {
  constexpr int kSide = 70;
  const std::vector<std::uint8_t> pixels = picture(kSide, kSide, 4);
  std::vector<float> seen(3 * kEncoderPixels);
  for (const PictureView& view :
       {PictureView{0, 0, 70, 70, false, 1.0f, 0.0f}, PictureView{5, 9, 51, 38, true, 1.5f, 0.3f},
        PictureView{20, 30, 12, 7, false, 0.5f, -0.6f}}) {
    view_picture(seen.data(), pixels.data(), kSide, view);
    for (int z = 0; z < kEncoderPixels; ++z) {
      int column = 0, row = 0;
      for (int bit = 0; bit < 5; ++bit) {
        column |= (z >> (2 * bit) & 1) << bit;
        row |= (z >> (2 * bit + 1) & 1) << bit;
      }
      if (view.mirrored) column = kEncoderSide - 1 - column;
      const int left = view.x + column * view.width / kEncoderSide, top = view.y + row * view.height / kEncoderSide;
      const int right = std::max(left + 1, view.x + (column + 1) * view.width / kEncoderSide);
      const int bottom = std::max(top + 1, view.y + (row + 1) * view.height / kEncoderSide);
      for (int c = 0; c < 3; ++c) {
        double mean = 0;
        for (int y = top; y < bottom; ++y)
          for (int x = left; x < right; ++x) mean += pixels[static_cast<std::size_t>(3 * (y * kSide + x) + c)];
        mean /= (bottom - top) * (right - left);
        const double value = (mean / 127.5 - 1.0) * static_cast<double>(view.gain) + static_cast<double>(view.offset);
        const double wanted = std::clamp(value, -1.0, 1.0);
        CHECK(static_cast<double>(seen[static_cast<std::size_t>(3 * z + c)]) ==
              doctest::Approx(wanted).epsilon(1e-5).scale(1.0));
      }
    }
  }
}

TEST_CASE("pairs: training and sound have the same bits with any number of threads") {
  Model one(1), three(3);
  for (Model* m : {&one, &three}) {
    m->add();
    m->train(3);
  }
  CHECK(one.all() == three.all());
  CHECK(test::same_bits(one.sound(), three.sound()));
  CHECK_FALSE(test::same_bits(one.sound(3), one.sound(4)));
}

TEST_CASE("pairs: a model that was saved, loaded and trained on has the bits of one that never stopped") {
  Model whole, begun, resumed;
  whole.add();
  whole.train(40);  // streams have begun anew, some twice
  begun.add();
  begun.train(19);
  resumed.add();
  resumed.take(begun);
  resumed.train(21);
  CHECK(whole.all() == resumed.all());
  Model loaded;
  loaded.take(whole);
  CHECK(test::same_bits(loaded.sound(), whole.sound()));
}

TEST_CASE("pairs: a blend of pictures is the first, the other, or their mean") {
  const std::vector<std::uint8_t> a = picture(kKeptSide, kKeptSide, 1), b = picture(kKeptSide, kKeptSide, 2);
  std::vector<std::uint8_t> out(a.size());
  const auto blended = [&](float amount) {
    blend_pictures(out.data(), a.data(), b.data(), amount, kKeptSide, kKeptSide, kKeptSide, kKeptSide);
    return out;
  };
  CHECK(blended(0.0f) == a);
  CHECK(blended(1.0f) == b);
  blended(0.5f);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(out[i] == (a[i] + b[i] + 1) / 2);
}

TEST_CASE("pairs: tensors made to harm do not lead outside of anything") {
  Model model;
  model.add();
  for (int i = 0; i < model.tensor_count(); ++i) {
    for (const float value : {-3e38f, 3e38f, 0.0f}) {
      const std::vector<float> harm(static_cast<std::size_t>(model.tensor_size(i)), value);
      model.set_tensor(i, harm.data());
    }
  }
  model.set_step(2000000000);
  model.train(2);
  model.sound();
}
