// FFT against the definition in double, over all allowed small sizes and some large ones; and its laws.
#include <doctest/doctest.h>

#include "helpers.h"
#include "unisono/fft.h"
#include "unisono/math_kernels.h"

using namespace unisono;

namespace {

struct Wide {
  double re = 0, im = 0;
};

// One value of the transform by its definition; sign -1 forward, +1 inverse (unscaled).
Wide definition(const std::vector<Complex>& x, int k, double sign) {
  const auto n = static_cast<std::int64_t>(x.size());
  Wide sum;
  for (std::int64_t t = 0; t < n; ++t) {
    double c, s;
    detail::root_of_unity(c, s, k * t % n, n);
    s *= -sign;
    const Complex v = x[static_cast<std::size_t>(t)];
    sum.re += v.re * c - v.im * s;
    sum.im += v.re * s + v.im * c;
  }
  return sum;
}

std::vector<int> sizes(int limit) {
  std::vector<int> all;
  for (int n = 1; n <= limit; ++n) {
    if (fft_size_ok(n)) all.push_back(n);
  }
  return all;
}

// Relative distance of some values from the definition; all of them for small sizes.
double error(const std::vector<Complex>& result, const std::vector<Complex>& x, double sign, double scale) {
  const int n = static_cast<int>(x.size());
  double distance = 0, size = 0;
  for (int k = 0; k < static_cast<int>(result.size()); k += 1 + n / 100) {
    const Wide w = definition(x, k, sign);
    const Complex r = result[static_cast<std::size_t>(k)];
    distance += (r.re - w.re * scale) * (r.re - w.re * scale) + (r.im - w.im * scale) * (r.im - w.im * scale);
    size += (w.re * w.re + w.im * w.im) * scale * scale;
  }
  return std::sqrt(distance / size);
}

std::vector<Complex> as_complex(const std::vector<float>& x) {
  std::vector<Complex> z;
  for (const float v : x) z.push_back({v, 0.0f});
  return z;
}

constexpr double kTolerance = 4e-7;  // float's unit roundoff is 6e-8; the error grows with the logarithm of the size

}  // namespace

TEST_CASE("allowed sizes are the products of 2, 3 and 5 from 16 to 65536") {
  for (const int n : {16, 18, 20, 24, 25, 27, 30, 81, 625, 2048, 59049, 62500, 65536}) CHECK(fft_size_ok(n));
  for (const int n : {-16, 0, 1, 2, 15, 17, 19, 21, 22, 26, 28, 49, 2047, 65535, 65537, 131072}) {
    CHECK_FALSE(fft_size_ok(n));
  }
  CHECK(sizes(65536).size() == 273);
  RealFft real;
  ComplexFft complex;
  CHECK_FALSE(real.configure(28));
  CHECK_FALSE(complex.configure(28));
}

TEST_CASE("the complex transform is the definition's, forward and inverse") {
  for (const int n : sizes(1100)) {
    CAPTURE(n);
    const std::vector<Complex> x = test::complex_noise(n, 1);
    std::vector<Complex> y(x.size());
    REQUIRE(fft(y.data(), x.data(), n));
    CHECK(error(y, x, -1.0, 1.0) < kTolerance);
    REQUIRE(ifft(y.data(), x.data(), n));
    CHECK(error(y, x, 1.0, 1.0 / n) < kTolerance);
  }
}

TEST_CASE("the real transform is the definition's, and the inverse brings the signal back") {
  std::vector<int> all = sizes(2600);
  for (const int n : {4096, 6561, 15625, 32768, 59049, 60000, 65536}) all.push_back(n);
  for (const int n : all) {
    CAPTURE(n);
    const std::vector<float> x = test::noise(n, 2);
    std::vector<Complex> spectrum(static_cast<std::size_t>(n / 2 + 1));
    std::vector<float> back(x.size());
    REQUIRE(rfft(spectrum.data(), x.data(), n));
    CHECK(error(spectrum, as_complex(x), -1.0, 1.0) < kTolerance);
    CHECK(spectrum[0].im == 0.0f);
    if (n % 2 == 0) CHECK(spectrum.back().im == 0.0f);
    REQUIRE(irfft(back.data(), spectrum.data(), n));
    CHECK(test::relative_distance(back, x) < kTolerance);
  }
}

TEST_CASE("the inverse real transform ignores the imaginary parts that a real signal cannot have") {
  for (const int n : {16, 27, 40, 2048}) {
    std::vector<Complex> a = test::complex_noise(n / 2 + 1, 4), b = a;
    b[0].im = 123.0f;
    if (n % 2 == 0) b.back().im = -55.0f;
    std::vector<float> x(static_cast<std::size_t>(n)), y(x);
    irfft(x.data(), a.data(), n);
    irfft(y.data(), b.data(), n);
    CHECK(test::same_bits(x, y));
  }
}

TEST_CASE("a complex transform works in place") {
  for (const int n : {16, 45, 1024}) {
    const std::vector<Complex> x = test::complex_noise(n, 6);
    std::vector<Complex> apart(x.size()), in_place = x;
    ComplexFft plan;
    REQUIRE(plan.configure(n));
    plan.forward(apart.data(), x.data());
    plan.forward(in_place.data(), in_place.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      CHECK(test::bits(apart[i].re) == test::bits(in_place[i].re));
      CHECK(test::bits(apart[i].im) == test::bits(in_place[i].im));
    }
  }
}

TEST_CASE("the transforms give these very bits, whatever the vector width") {
  // Fingerprints recorded from the first release; a change here is a change of bits and belongs in the changelog.
  std::uint32_t hash = 2166136261u;  // FNV-1a over words
  const auto take = [&](float v) { hash = (hash ^ test::bits(v)) * 16777619u; };
  for (const int n : sizes(2048)) {
    const std::vector<float> x = test::noise(n, 9);
    std::vector<Complex> spectrum(static_cast<std::size_t>(n / 2 + 1)), z(x.size());
    std::vector<float> back(x.size());
    rfft(spectrum.data(), x.data(), n);
    irfft(back.data(), spectrum.data(), n);
    fft(z.data(), as_complex(x).data(), n);
    for (const Complex c : spectrum) take(c.re), take(c.im);
    for (const Complex c : z) take(c.re), take(c.im);
    for (const float v : back) take(v);
  }
  CHECK(hash == 1377298383u);
}
