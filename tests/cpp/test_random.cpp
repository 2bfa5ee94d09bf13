// Random numbers: the published answers of Philox, the shape of the distributions, and independence of blocks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "helpers.h"
#include "unisono/random.h"

using namespace unisono;

TEST_CASE("Philox4x32-10 gives the answers published with it") {  // Random123, kat_vectors
  CHECK(philox4x32_10({0, 0, 0, 0}, {0, 0}) == PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t f = 0xffffffff;
  CHECK(philox4x32_10({f, f, f, f}, {f, f}) == PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("blocks are the single values, from any beginning") {
  const Random random(11, 5);
  for (const std::uint64_t first : {0ull, 1ull, 3ull, 1022ull, 0xfffffffeull, 0x3fffffffeull}) {
    std::vector<float> u(700), n(700), u1(700), n1(700);
    std::vector<std::uint32_t> words(700);
    random_words(words.data(), 11, 5, 700, first);
    random_uniform(u.data(), 11, 5, 700, first);
    random_normal(n.data(), 11, 5, 700, first);
    for (std::size_t i = 0; i < u.size(); ++i) {
      u1[i] = random.uniform(first + i);
      n1[i] = random.normal(first + i);
      CHECK(words[i] == random.bits(first + i));
    }
    CHECK(test::same_bits(u, u1));
    CHECK(test::same_bits(n, n1));
  }
}

TEST_CASE("uniform values lie in [0, 1) and fill it evenly") {
  std::vector<float> u(1 << 20);
  random_uniform(u.data(), 1, 2, 1 << 20);
  CHECK(*std::min_element(u.begin(), u.end()) >= 0.0f);
  CHECK(*std::max_element(u.begin(), u.end()) < 1.0f);
  double chi = 0;
  std::vector<double> count(256);
  for (const float v : u) count[static_cast<std::size_t>(v * 256.0f)] += 1;
  for (const double c : count) chi += (c - 4096) * (c - 4096) / 4096;
  CHECK(chi > 180);  // chi squared with 255 degrees: 1e-4 and 1 - 1e-4 quantiles are 178 and 345
  CHECK(chi < 345);
}

TEST_CASE("normal values have the moments of a normal distribution, and no correlation in pairs") {
  std::vector<float> x(1 << 20);
  random_normal(x.data(), 3, 4, 1 << 20);
  const double n = static_cast<double>(x.size());
  double moment[5] = {}, pair = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double power = 1;
    for (double& m : moment) {
      m += power / n;
      power *= x[i];
    }
    if (i % 2) pair += double{x[i]} * x[i - 1] / (n / 2);
  }
  CHECK(std::fabs(moment[1]) < 0.005);
  CHECK(std::fabs(moment[2] - 1) < 0.007);
  CHECK(std::fabs(moment[3]) < 0.02);
  CHECK(std::fabs(moment[4] - 3) < 0.05);
  CHECK(std::fabs(pair) < 0.007);
}

TEST_CASE("seeds and streams differ") {
  CHECK(Random(1, 0).bits(0) != Random(2, 0).bits(0));
  CHECK(Random(1, 0).bits(0) != Random(1, 1).bits(0));
  CHECK(Random(1, 2).bits(0) != Random(2, 1).bits(0));
}

TEST_CASE("shuffle permutes, and every place is as likely") {
  std::vector<double> sum(10);
  for (std::uint32_t seed = 0; seed < 4000; ++seed) {
    std::vector<std::int32_t> order(10), sorted;
    std::iota(order.begin(), order.end(), 0);
    shuffle(order.data(), 10, seed, 1);
    sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (int i = 0; i < 10; ++i) {
      REQUIRE(sorted[static_cast<std::size_t>(i)] == i);
      sum[static_cast<std::size_t>(i)] += order[static_cast<std::size_t>(i)];
    }
  }
  for (const double s : sum) CHECK(std::fabs(s / 4000 - 4.5) < 0.2);  // standard error 0.045
}
