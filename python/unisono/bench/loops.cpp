// Loops that `unisono bench` times, compiled when it runs: work of nanoseconds, which calls from Python would drown.
// What is called comes in as a pointer, or is inlined from headers where they are there. All loops do `calls` calls.
#include <cmath>
#include <cstdint>

#if __has_include("unisono/osc/sine.h")
#include "unisono/fft.h"
#include "unisono/osc/sine.h"
#endif
#if __has_include("maximilian.h")
#include "maximilian.h"
#endif

namespace {

constexpr int kBlock = 128;  // samples, what an audio callback asks for
constexpr float kSr = 44100.0f, kTwoPi = 6.2831853f;
alignas(64) float block[kBlock];

void keep(const float* memory) { asm volatile("" ::"r"(memory) : "memory"); }

template <class Tick>
float ticks(int calls, Tick tick) {
  for (int i = 0; i < calls; i += kBlock) {
    for (float& sample : block) sample = tick();
    keep(block);
  }
  float sum = 0.0f;
  for (const float sample : block) sum += sample;
  return sum;
}

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif
typedef float Vector __attribute__((vector_size(4 * kLanes)));

}  // namespace

extern "C" {

// --- this machine's ceilings ---

int lanes() { return kLanes; }

// Seven products and seven sums, none of which waits for another: 14 operations a lane and call, enough for four at a time
// with a latency of three. Each begins with another number, for the compiler makes one of what is the same.
float multiply_add(float factor, float summand, int calls) {
  const Vector by = factor - Vector{}, plus = summand - Vector{};
  Vector products[7], sums[7];
  for (int i = 0; i < 7; ++i) {
    sums[i] = plus * static_cast<float>(i);
    products[i] = sums[i] + plus;
  }
  for (int i = 0; i < calls; ++i)
#pragma GCC unroll 7
    for (int j = 0; j < 7; ++j) {
      products[j] *= by;
      sums[j] += plus;
    }
  Vector all{};
  for (int i = 0; i < 7; ++i) all += products[i] + sums[i];
  return all[0];
}

// STREAM's triad: 12 bytes an element.
void triad(float* __restrict a, const float* __restrict b, const float* __restrict c, float factor, int n) {
  for (int i = 0; i < n; ++i) a[i] = b[i] + factor * c[i];
}

// --- transforms ---

void waist_rfft(int32_t (*rfft)(float*, const float*, int32_t), float* out, const float* in, int n, int calls) {
  for (int i = 0; i < calls; ++i) rfft(out, in, n);
}

void fftw_rfft(void (*execute)(void*, float*, float*), void* plan, float* out, float* in, int calls) {
  for (int i = 0; i < calls; ++i) execute(plan, in, out);
}

void pffft_rfft(void (*transform)(void*, const float*, float*, float*, int), void* plan, float* out, const float* in,
                float* work, int calls) {
  for (int i = 0; i < calls; ++i) transform(plan, in, out, work, 0);
}

// --- oscillators: one call a sample into blocks, as an audio callback has it, and a call for each block ---
// The first take a multiple of the block's length of calls, and return the sum of the last one.

float waist_ticks(float (*tick)(void*, float), void* sine, float frequency, int calls) {
  return ticks(calls, [=] { return tick(sine, frequency); });
}

float calls_of_nothing(float frequency, int calls) {
  float (*volatile tick)(void*, float) = [](void*, float argument) { return argument; };
  return waist_ticks(tick, nullptr, frequency, calls);
}

void waist_blocks(int32_t (*process)(void*, float*, const float*, int32_t), void* sine, const float* frequency,
                  int calls) {
  for (int i = 0; i < calls; ++i) process(sine, block, frequency, kBlock);
}

#if __has_include("unisono/osc/sine.h")
void* core_fft_new(int n) {
  auto* fft = new unisono::RealFft;
  fft->configure(n);
  return fft;
}

void core_fft_free(void* fft) { delete static_cast<unisono::RealFft*>(fft); }

void core_rfft(void* fft, float* out, const float* in, int calls) {
  auto* spectrum = reinterpret_cast<unisono::Complex*>(out);
  for (int i = 0; i < calls; ++i) static_cast<unisono::RealFft*>(fft)->forward(spectrum, in);
}

float core_ticks(float frequency, int calls) {
  unisono::Sine sine;
  sine.configure(kSr);
  return ticks(calls, [&] { return sine.tick(frequency); });
}

void core_blocks(float frequency, int calls) {
  unisono::Sine sine;
  sine.configure(kSr);
  for (int i = 0; i < calls; ++i) {
    unisono::process(sine, block, frequency, kBlock);
    keep(block);
  }
}
#endif

#if __has_include("maximilian.h")
float maximilian_ticks(float frequency, int calls) {
  maxiSettings::setup(44100, 2, 1024);
  maxiOsc osc;
  return ticks(calls, [&] { return static_cast<float>(osc.sinewave(frequency)); });
}
#endif

void sinf_blocks(float frequency, int calls) {
  float phase = 0.0f;
  for (int i = 0; i < calls; ++i) {
    for (float& sample : block) {
      sample = sinf(phase * kTwoPi);
      phase += frequency / kSr;
      if (phase >= 1.0f) phase -= 1.0f;
    }
    keep(block);
  }
}

#ifdef __FAST_MATH__
// Without branches and with a phase of its own for each sample: what lets the compiler call the vector library.
void fast_blocks(float frequency, int calls) {
  float first = 0.0f;
  const float step = frequency / kSr;
  for (int i = 0; i < calls; ++i) {
    for (int j = 0; j < kBlock; ++j) block[j] = sinf((first + static_cast<float>(j) * step) * kTwoPi);
    first += static_cast<float>(kBlock) * step;
    first -= static_cast<float>(static_cast<int>(first));
    keep(block);
  }
}
#endif

}  // extern "C"
