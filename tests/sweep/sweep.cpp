// Sweeps an elementary function over all 2^32 floats beside its correctly rounded values: sweep NAME [FIRST LAST].
//
// The correctly rounded value comes from the C library's double when all reals within 2^-46 of that round to one float, and
// from MPFR with 300 bits otherwise. Prints JSON: one hash for each of the 256 values of the top byte, how many
// results are not correctly rounded, and the largest error in units in the last place with the input where it happens.
#include <mpfr.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "unisono.h"

namespace {

using Core = int32_t (*)(float*, const float*, int32_t);
using Truth = double (*)(double);
using Exact = void (*)(mpfr_t, const mpfr_t);

struct Function {
  const char* name;
  Core core;
  Truth truth;
  Exact exact;
};

void exact_sigmoid(mpfr_t y, const mpfr_t x) {
  mpfr_neg(y, x, MPFR_RNDN);
  mpfr_exp(y, y, MPFR_RNDN);
  mpfr_add_ui(y, y, 1, MPFR_RNDN);
  mpfr_ui_div(y, 1, y, MPFR_RNDN);
}

#define EXACT(name) [](mpfr_t y, const mpfr_t x) { mpfr_##name(y, x, MPFR_RNDN); }
const Function kFunctions[] = {
    {"exp", unisono_exp, [](double x) { return std::exp(x); }, EXACT(exp)},
    {"log", unisono_log, [](double x) { return std::log(x); }, EXACT(log)},
    {"sin", unisono_sin, [](double x) { return std::sin(x); }, EXACT(sin)},
    {"cos", unisono_cos, [](double x) { return std::cos(x); }, EXACT(cos)},
    {"tanh", unisono_tanh, [](double x) { return std::tanh(x); }, EXACT(tanh)},
    {"sigmoid", unisono_sigmoid, [](double x) { return 1.0 / (1.0 + std::exp(-x)); }, exact_sigmoid},
    {"sqrt", unisono_sqrt, [](double x) { return std::sqrt(x); }, EXACT(sqrt)},
};

uint32_t mix(uint32_t x) {  // as in the parity cases
  x ^= x >> 16;
  x *= 0x21f0aaadu;
  x ^= x >> 15;
  x *= 0x735a2d97u;
  return x ^ x >> 15;
}

class Sweep {
 public:
  explicit Sweep(const Function& f) : f_(f) {
    mpfr_init2(x_, 300);
    mpfr_init2(y_, 300);
  }

  // All floats whose bit patterns have this top byte.
  uint64_t run(uint32_t top) {
    constexpr uint32_t block = 1 << 16;
    std::vector<float> x(block), y(block);
    uint64_t hash = 0;
    for (uint32_t first = top << 24, done = 0; done < 1u << 24; done += block, first += block) {
      for (uint32_t i = 0; i < block; ++i) x[i] = std::bit_cast<float>(first + i);
      if (f_.core(y.data(), x.data(), block) != 0) std::exit(2);
      for (uint32_t i = 0; i < block; ++i) hash += mix(std::bit_cast<uint32_t>(y[i]) ^ mix(first + i));
      for (uint32_t i = 0; i < block; ++i) look(x[i], y[i]);
    }
    return hash;
  }

  uint64_t misrounded = 0, hard = 0;
  double worst = 0;  // ulp
  float worst_at = 0;
  std::vector<uint32_t> examples;

 private:
  void look(float x, float y) {
    const double t = f_.truth(static_cast<double>(x));
    if (t != t) {
      if (y == y) wrong(x, 1e9);
      return;
    }
    const float low = static_cast<float>(t * (1 - 0x1p-46)), high = static_cast<float>(t * (1 + 0x1p-46));
    const bool clear = low == high;
    const float right = clear ? static_cast<float>(t) : exact(x);
    hard += !clear;
    if (std::bit_cast<uint32_t>(right) != std::bit_cast<uint32_t>(y)) wrong(x, 0);
    if (std::isinf(right) || std::isinf(y)) {
      if (right != y) measure(x, 1e9);
      return;
    }
    measure(x, std::abs(static_cast<double>(y) - t) / ulp(right));
  }

  void wrong(float x, double error) {
    ++misrounded;
    if (examples.size() < 8) examples.push_back(std::bit_cast<uint32_t>(x));
    measure(x, error);
  }

  void measure(float x, double error) {
    if (error > worst) worst = error, worst_at = x;
  }

  static double ulp(float y) {
    const uint32_t exponent = std::max<uint32_t>(std::bit_cast<uint32_t>(y) >> 23 & 255, 1);
    return std::bit_cast<double>(uint64_t{exponent - 127 - 23 + 1023} << 52);
  }

  float exact(float x) {
    mpfr_set_flt(x_, x, MPFR_RNDN);
    f_.exact(y_, x_);
    return mpfr_get_flt(y_, MPFR_RNDN);
  }

  const Function& f_;
  mpfr_t x_, y_;
};

}  // namespace

int main(int argc, char** argv) {
  const uint32_t first = argc > 2 ? static_cast<uint32_t>(std::atoi(argv[2])) : 0;
  const uint32_t last = argc > 3 ? static_cast<uint32_t>(std::atoi(argv[3])) : 255;
  for (const Function& f : kFunctions) {
    if (argc < 2 || std::string(argv[1]) != f.name) continue;
    Sweep sweep(f);
    std::printf("{\"hashes\": {");
    for (uint32_t top = first; top <= last; ++top) {
      std::printf("%s\"%02x\": \"%016llx\"", top == first ? "" : ", ", top,
                  static_cast<unsigned long long>(sweep.run(top)));
      std::fflush(stdout);
    }
    std::printf(
        "}, \"misrounded\": %llu, \"near_ties\": %llu, \"worst_ulp\": %.7f, \"worst_at\": \"%a\", \"examples\": [",
        static_cast<unsigned long long>(sweep.misrounded), static_cast<unsigned long long>(sweep.hard), sweep.worst,
        static_cast<double>(sweep.worst_at));
    for (size_t i = 0; i < sweep.examples.size(); ++i) std::printf("%s\"%08x\"", i ? ", " : "", sweep.examples[i]);
    std::printf("]}\n");
    return 0;
  }
  std::fprintf(stderr, "usage: sweep exp|log|sin|cos|tanh|sigmoid|sqrt [FIRST_BYTE LAST_BYTE]\n");
  return 2;
}
