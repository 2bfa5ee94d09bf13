// Layers by themselves: what each promises beyond its gradients.
#include <doctest/doctest.h>

#include "double_precision.h"
#include "unisono/nn/adam.h"
#include "unisono/nn/batch_norm.h"
#include "unisono/nn/dropout.h"
#include "unisono/nn/gate.h"
#include "unisono/nn/initialise.h"
#include "unisono/nn/lstm.h"
#include "unisono/nn/mse.h"

using namespace unisono;

TEST_CASE("batch norm by distinct rows and their counts equals batch norm of all rows, whatever their order") {
  constexpr int kFeatures = 11;
  const std::vector<std::int32_t> counts{3, 1, 4, 2}, once(10, 1);
  const std::vector<std::int32_t> in_order{0, 1, 2, 3}, backwards{9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
  std::vector<double> distinct(4 * kFeatures);
  fill_random(distinct, 1, 2.0, 5.0);
  std::vector<double> all;
  for (std::size_t r = 0; r < counts.size(); ++r)
    for (int c = 0; c < counts[r]; ++c)
      all.insert(all.end(), distinct.begin() + r * kFeatures, distinct.begin() + (r + 1) * kFeatures);
  const BatchNormOptions options{.epsilon = 1e-5, .momentum = 0.1, .unbiased_running = true};
  BatchNorm<double> a, b;
  a.configure("a", kFeatures, options);
  b.configure("b", kFeatures, options);
  Workers workers(1);
  std::vector<double> y_a(distinct.size()), y_b(all.size());
  PackedMatrix<double> n_a, n_b;
  a.forward_train(workers, y_a.data(), n_a, {distinct.data(), in_order.data(), counts.data(), 4});
  b.forward_train(workers, y_b.data(), n_b, {all.data(), backwards.data(), once.data(), 10});
  for (int j = 0; j < kFeatures; ++j) {
    CHECK(y_a[j] == doctest::Approx(y_b[9 * kFeatures + j]).epsilon(1e-12));  // the first, and the last
    CHECK(y_a[3 * kFeatures + j] == doctest::Approx(y_b[j]).epsilon(1e-12));
    CHECK(a.running_mean[j] == doctest::Approx(b.running_mean[j]).epsilon(1e-12));
    CHECK(a.running_variance[j] == doctest::Approx(b.running_variance[j]).epsilon(1e-12));
    double mean = 0;
    for (int r = 0; r < 10; ++r) mean += all[r * kFeatures + j] / 10;
    CHECK(a.running_mean[j] == doctest::Approx(0.1 * mean).epsilon(1e-12));
  }
}

TEST_CASE("gates are within 5e-7 of tanh and sigmoid, never beyond 1, and NaN for NaN") {
  double worst = 0.0, largest = 0.0;
  for (std::uint64_t bits = 0; bits < 0x1'0000'0000; bits += 1009) {
    const auto x = unisono::bit_cast<float>(static_cast<std::uint32_t>(bits));
    const auto tanh = static_cast<double>(Gate<float>::tanh(x)), sigmoid = static_cast<double>(Gate<float>::sigmoid(x));
    if (x != x) {
      REQUIRE(tanh != tanh);
      REQUIRE(sigmoid != sigmoid);
      continue;
    }
    const auto exact = static_cast<double>(x);
    worst = std::max({worst, std::abs(tanh - std::tanh(exact)), std::abs(sigmoid - 1.0 / (1.0 + std::exp(-exact)))});
    largest = std::max({largest, std::abs(tanh), sigmoid});
  }
  CHECK(worst <= 5e-7);
  CHECK(largest <= 1.0);
}

TEST_CASE("a dropout mask depends on the element's index only, and drops as often as it should") {
  const Random random(5, 6);
  std::vector<float> whole(10000), parts(10000);
  dropout_mask(whole.data(), 0.2f, random, 0, 10000);
  for (int at = 0; at < 10000;) {
    const int n = std::min(1 + at % 37, 10000 - at);
    dropout_mask(parts.data() + at, 0.2f, random, at, n);
    at += n;
  }
  CHECK(whole == parts);
  int dropped = 0;
  for (const float m : whole) {
    CHECK((m == 0.0f || m == 1.0f / 0.8f));
    dropped += m == 0.0f;
  }
  CHECK(dropped == doctest::Approx(2000).epsilon(0.1));  // five standard deviations are 10 %
}

TEST_CASE("initialise_orthogonal: columns of length 1 at right angles") {
  constexpr int kRows = 48, kCols = 12;
  std::vector<float> q(kRows * kCols);
  initialise_orthogonal(q.data(), Random(1, 2), kRows, kCols);
  for (int a = 0; a < kCols; ++a)
    for (int b = 0; b <= a; ++b) {
      double product = 0;
      for (int r = 0; r < kRows; ++r) product += static_cast<double>(q[r * kCols + a]) * q[r * kCols + b];
      CHECK(product == doctest::Approx(a == b ? 1.0 : 0.0).epsilon(1e-6).scale(1.0));
    }
}

TEST_CASE("Adam follows the paper's recursion in both frameworks' forms, over many steps") {
  for (const bool inside : {false, true}) {
    AdamOptions options;
    options.learning_rate = 0.01;
    options.epsilon = 1e-3;
    options.weight_decay = inside ? 0.0 : 0.05;
    options.epsilon_inside = inside;
    Parameter<double> p;
    p.configure("p", "", {3});
    p.value = {1.0, -2.0, 0.5};
    std::vector<double> value = p.value, m(3), v(3);
    Workers workers(1);
    std::vector<Parameter<double>*> list{&p};
    for (int t = 1; t <= 50; ++t) {
      for (int i = 0; i < 3; ++i) p.gradient[i] = std::sin(t + i) * (i + 0.1);
      adam_step<double>(workers, list, options, t);
      for (int i = 0; i < 3; ++i) {
        const double g = p.gradient[i] + options.weight_decay * value[i];
        m[i] = 0.9 * m[i] + 0.1 * g;
        v[i] = 0.999 * v[i] + 0.001 * g * g;
        const double c1 = 1 - std::pow(0.9, t), c2 = 1 - std::pow(0.999, t);
        value[i] -= inside ? 0.01 * std::sqrt(c2) / c1 * m[i] / (std::sqrt(v[i]) + 1e-3)
                           : 0.01 * (m[i] / c1) / (std::sqrt(v[i] / c2) + 1e-3);
        CHECK(p.value[i] == doctest::Approx(value[i]).epsilon(1e-11));
      }
    }
  }
}

TEST_CASE("norm_clip scales gradients to the largest norm, and leaves smaller ones") {
  Parameter<double> p, q;
  p.configure("p", "", {2});
  q.configure("q", "", {1});
  p.gradient = {3.0, 4.0};
  q.gradient = {12.0};
  const std::vector<Parameter<double>*> list{&p, &q};
  CHECK(norm_clip<double>(list, 1.0) == doctest::Approx(1.0 / 13.0).epsilon(1e-6));
  CHECK(norm_clip<double>(list, 100.0) == 1.0);
}

TEST_CASE("LSTM cell: closed form of one unit, and vectors give the bits of scalars") {
  double gates[4] = {0.3, -0.2, 0.5, 1.1}, hidden, cell, tanh_cell;
  const double before = 0.7;
  detail::lstm_cell(&hidden, &cell, &tanh_cell, gates, &before, 1);
  const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  const double wanted = sigmoid(-0.2) * 0.7 + sigmoid(0.3) * std::tanh(0.5);
  CHECK(cell == doctest::Approx(wanted).epsilon(1e-14));
  CHECK(hidden == doctest::Approx(sigmoid(1.1) * std::tanh(wanted)).epsilon(1e-14));

  constexpr int kSize = 37;  // vectors and a rest
  std::vector<float> wide(4 * kSize), previous(kSize), h(kSize), c(kSize), t(kSize);
  random_normal(wide.data(), 1, 1, 4 * kSize);
  random_normal(previous.data(), 1, 2, kSize);
  const std::vector<float> given = wide;
  detail::lstm_cell(h.data(), c.data(), t.data(), wide.data(), previous.data(), kSize);
  for (int j = 0; j < kSize; ++j) {
    float one[4] = {given[j], given[kSize + j], given[2 * kSize + j], given[3 * kSize + j]}, h1, c1, t1;
    detail::lstm_cell(&h1, &c1, &t1, one, previous.data() + j, 1);
    CHECK(h1 == h[j]);
    CHECK(c1 == c[j]);
  }
}

TEST_CASE("squared_error: the sum and its gradient") {
  const double prediction[3] = {1.0, 2.0, 5.0}, target[3] = {0.0, 2.5, 3.0};
  double gradient[3];
  CHECK(squared_error(gradient, prediction, target, 3, 6.0) == doctest::Approx(5.25));
  CHECK(gradient[2] == doctest::Approx(2.0 * 2.0 / 6.0));
}
