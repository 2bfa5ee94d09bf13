// Windows against their textbook formulas in double, and their laws.
#include <doctest/doctest.h>

#include "helpers.h"
#include "unisono/window.h"

using namespace unisono;

namespace {

double textbook(WindowKind kind, double turns) {
  const double c1 = std::cos(2 * 3.14159265358979323846 * turns), c2 = std::cos(4 * 3.14159265358979323846 * turns);
  switch (kind) {
  case WindowKind::hann: return 0.5 - 0.5 * c1;
  case WindowKind::hamming: return 0.54 - 0.46 * c1;
  case WindowKind::blackman: return 0.42 - 0.5 * c1 + 0.08 * c2;
  case WindowKind::sqrt_hann: return std::sqrt(0.5 - 0.5 * c1);
  case WindowKind::rectangular: break;
  }
  return 1;
}

constexpr WindowKind kAll[] = {WindowKind::hann, WindowKind::hamming, WindowKind::blackman, WindowKind::rectangular,
                               WindowKind::sqrt_hann};

}  // namespace

TEST_CASE("windows follow their formulas, periodic and symmetric") {
  for (const WindowKind kind : kAll) {
    for (const int n : {2, 3, 16, 25, 1000, 2048}) {
      for (const bool periodic : {true, false}) {
        std::vector<float> w(static_cast<std::size_t>(n));
        window(w.data(), kind, periodic, n);
        double worst = 0;
        for (int i = 0; i < n; ++i) {
          worst = std::max(
              worst, std::fabs(w[static_cast<std::size_t>(i)] - textbook(kind, double(i) / (periodic ? n : n - 1))));
        }
        CHECK(worst < 4e-8);
      }
    }
  }
}

TEST_CASE("a window of one sample is 1") {
  for (const WindowKind kind : kAll) {
    float w = 0;
    window(&w, kind, true, 1);
    CHECK(w == 1.0f);
    window(&w, kind, false, 1);
    CHECK(w == 1.0f);
  }
}

TEST_CASE("symmetric windows are exactly symmetric; hann begins at exactly 0") {
  for (const WindowKind kind : kAll) {
    std::vector<float> w(101);
    window(w.data(), kind, false, 101);
    CHECK(test::same_bits(w, std::vector<float>(w.rbegin(), w.rend())));
  }
  float w[16];
  window(w, WindowKind::hann, true, 16);
  CHECK(test::bits(w[0]) == 0);
  CHECK(w[8] == 1.0f);
}
