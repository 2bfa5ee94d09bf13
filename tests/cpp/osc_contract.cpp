// Every oscillator keeps the contract: blocks are ticks, reset is fresh, hostile input is safe, the range holds.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "unisono/osc/cosine.h"
#include "unisono/osc/phasor.h"
#include "unisono/osc/pulse.h"
#include "unisono/osc/saw.h"
#include "unisono/osc/sine.h"
#include "unisono/osc/square.h"
#include "unisono/osc/triangle.h"
#include "unisono/osc/white_noise.h"
#include "unisono/random.h"

using namespace unisono;

namespace {

// Square's shape behind Pulse's interface of two inputs would hide a mistake; so each oscillator is met as it is.
template <class Osc>
constexpr bool kHasFrequency = requires(Osc osc) { osc.tick(1.0f); };
template <class Osc>
constexpr bool kHasControl = requires(Osc osc) { osc.tick(1.0f, 0.5f); };

struct Input {
  std::vector<float> frequency, control;
};

// Frequencies that sweep, jump, turn round and pass sr; widths over the whole range, ends included.
Input make_input(int n) {
  Input in;
  const Random random(7, 1);
  for (int i = 0; i < n; ++i) {
    const float u = random.uniform(static_cast<std::uint64_t>(i));
    in.frequency.push_back(i % 5 == 0 ? 100000.0f * (u - 0.5f) : 20.0f + static_cast<float>(i) * u);
    in.control.push_back(i % 17 == 0 ? 0.0f : i % 19 == 0 ? 1.0f : u);
  }
  return in;
}

template <class Osc>
float tick_at(Osc& osc, const Input& in, std::size_t i) {
  if constexpr (kHasControl<Osc>) return osc.tick(in.frequency[i], in.control[i]);
  else if constexpr (kHasFrequency<Osc>) return osc.tick(in.frequency[i]);
  else return osc.tick();
}

template <class Osc>
void block_at(Osc& osc, float* out, const Input& in, int start, int n) {
  if constexpr (kHasControl<Osc>) process(osc, out, in.frequency.data() + start, in.control.data() + start, n);
  else if constexpr (kHasFrequency<Osc>) process(osc, out, in.frequency.data() + start, n);
  else process(osc, out, n);
}

template <class Osc>
void restart(Osc& osc, float phase) {
  if constexpr (kHasFrequency<Osc> || kHasControl<Osc>) osc.reset(phase);
  else osc.reset();
}

std::uint32_t bits(float x) { return bit_cast<std::uint32_t>(x); }

template <class Osc>
Osc fresh(bool plain) {
  Osc osc;
  if constexpr (requires { osc.band_limited; }) osc.configure(44100.0f, !plain);
  else osc.configure(44100.0f);
  return osc;
}

}  // namespace

#define OSCILLATORS Sine, Cosine, Phasor, Saw, Square, Pulse, Triangle, WhiteNoise

TEST_CASE_TEMPLATE("process is tick, bit for bit, in any block size", Osc, OSCILLATORS) {
  const int n = 1000;
  const Input in = make_input(n);
  for (const bool plain : {false, true}) {
    Osc one = fresh<Osc>(plain);
    restart(one, 0.3f);
    std::vector<float> ticks(n);
    for (int i = 0; i < n; ++i) ticks[static_cast<std::size_t>(i)] = tick_at(one, in, static_cast<std::size_t>(i));
    for (const int block : {1, 2, 3, 5, 16, 63, 64, 65, 128, 999, 1000}) {
      Osc other = fresh<Osc>(plain);
      restart(other, 0.3f);
      std::vector<float> out(n);
      for (int start = 0; start < n; start += block) {
        block_at(other, out.data() + start, in, start, std::min(block, n - start));
      }
      int differing = -1;
      for (std::size_t i = 0; i < out.size() && differing < 0; ++i) {
        if (bits(out[i]) != bits(ticks[i])) differing = static_cast<int>(i);
      }
      CAPTURE(block);
      CHECK(differing == -1);
    }
  }
}

TEST_CASE_TEMPLATE("one frequency for the block is the same frequency at every sample", Osc, Sine, Cosine, Phasor, Saw,
                   Square, Triangle) {
  for (const float frequency : {0.0f, 0.01f, 440.0f, -3000.0f, 22050.0f, 50000.0f}) {
    Osc a = fresh<Osc>(false), b = fresh<Osc>(false);
    for (const int n : {1, 7, 64, 333}) {
      const std::vector<float> held(static_cast<std::size_t>(n), frequency);
      std::vector<float> x(held.size()), y(held.size());
      process(a, x.data(), frequency, n);
      process(b, y.data(), held.data(), n);
      bool equal = true;
      for (std::size_t i = 0; i < x.size(); ++i) equal = equal && bits(x[i]) == bits(y[i]);
      CAPTURE(frequency);
      CAPTURE(n);
      CHECK(equal);
    }
  }
}

TEST_CASE_TEMPLATE("reset equals fresh", Osc, OSCILLATORS) {
  const Input in = make_input(100);
  Osc used = fresh<Osc>(false), unused = fresh<Osc>(false);
  std::vector<float> a(100), b(100);
  block_at(used, a.data(), in, 0, 77);
  restart(used, 0.0f);
  block_at(used, a.data(), in, 0, 100);
  block_at(unused, b.data(), in, 0, 100);
  for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(bits(a[i]) == bits(b[i]));
}

TEST_CASE_TEMPLATE("a whole turn is no turn", Osc, Sine, Cosine, Phasor, Saw, Square, Pulse, Triangle) {
  const Input in = make_input(1);
  Osc a = fresh<Osc>(false), b = fresh<Osc>(false);
  a.reset(0.0f);
  b.reset(1.0f);
  CHECK(bits(tick_at(a, in, 0)) == bits(tick_at(b, in, 0)));
}

TEST_CASE_TEMPLATE("any float is safe: the output stays in [-1, 1] and the oscillator goes on", Osc, OSCILLATORS) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const Input hostile{{nan, inf, -inf, 3.4e38f, -3.4e38f, 1e-45f, -0.0f, 2.3e10f, 440.0f, nan, 440.0f},
                      {nan, inf, -inf, 2.0f, -1.0f, 1e-45f, -0.0f, 0.5f, nan, 1.0f, 0.0f}};
  const int n = static_cast<int>(hostile.frequency.size());
  for (const bool plain : {false, true}) {
    Osc a = fresh<Osc>(plain), b = fresh<Osc>(plain);
    std::vector<float> out(hostile.frequency.size());
    block_at(a, out.data(), hostile, 0, n);
    for (std::size_t i = 0; i < out.size(); ++i) {
      REQUIRE(std::fabs(out[i]) <= 1.0f);
      REQUIRE(bits(out[i]) == bits(tick_at(b, hostile, i)));
    }
  }
}

TEST_CASE_TEMPLATE("the waveform stays in [-1, 1] at every frequency and width", Osc, OSCILLATORS) {
  const Input in = make_input(200000);
  Osc osc = fresh<Osc>(false);
  std::vector<float> out(in.frequency.size());
  block_at(osc, out.data(), in, 0, static_cast<int>(out.size()));
  float low = 1.0f, high = -1.0f;
  for (const float x : out) low = std::min(low, x), high = std::max(high, x);
  CHECK(low >= -1.0f);
  CHECK(high <= 1.0f);
  CHECK(high > 0.9f);  // and it uses the range
}

TEST_CASE("an increment is the same by itself and in a block: for every float's exponent, and where it ends at 2^51") {
  long different = 0;
  const auto compare = [&](double x) { different += wrap_to_u32(x) != wrap_lanes_to_u32(x); };
  for (const double rate : {1.0, 44100.0, 192000.0}) {
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << 32; bits += 4099) {
      compare(static_cast<double>(bit_cast<float>(static_cast<std::uint32_t>(bits))) * (0x1p32 / rate));
    }
  }
  for (const double end : {0x1p51, 0x1p52, 0x1.8p52, 0x1p53}) {
    for (int step = -2000; step <= 2000; ++step) {
      const double x = bit_cast<double>(bit_cast<std::uint64_t>(end) + static_cast<std::uint64_t>(step));
      compare(x);
      compare(-x);
    }
  }
  CHECK(different == 0);
  CHECK(wrap_to_u32(0x1p51 - 1.0) == 0xffffffffu);
  CHECK(wrap_to_u32(-1.0) == 0xffffffffu);
  CHECK(wrap_to_u32(0x1p51 + 3.0) == 0u);
}

TEST_CASE("a phase is exact: an hour at 440 Hz ends where integer arithmetic says") {
  Phasor phasor;
  phasor.configure(44100.0f);
  const std::uint32_t increment = 42852281u;  // round(440 * 2^32 / 44100)
  std::uint32_t expected = 0;
  std::vector<float> out(44100);
  for (int second = 0; second < 3600; ++second) {
    process(phasor, out.data(), 440.0f, 44100);
    expected += increment * 44100u;
  }
  CHECK(phasor.tick(0.0f) == static_cast<float>(expected >> 8) * 0x1p-24f);
}

TEST_CASE("noise k depends on the seed and k alone, never repeats a block, and seeds differ") {
  WhiteNoise a, b;
  a.configure(44100.0f, 5);
  b.configure(8000.0f, 5);
  std::vector<float> x(64), y(64);
  process(a, x.data(), 3);
  process(a, x.data(), 64);  // samples 3 .. 66
  process(b, y.data(), 64);  // samples 0 .. 63
  for (std::size_t i = 3; i < 64; ++i) REQUIRE(x[i - 3] == y[i]);
  CHECK(x[0] != x[4]);
  WhiteNoise c;
  c.configure(44100.0f, 6);
  CHECK(c.tick() != y[0]);
}
