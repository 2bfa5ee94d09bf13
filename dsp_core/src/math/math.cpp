// Block forms of the elementary functions: whole vectors, then the rest one by one (the same bits either way).
#include "unisono/math.h"

namespace unisono {
namespace {

template <class F>
void map(float* out, const float* x, int n, F f) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) store<f32>(out + i, f(load<f32>(x + i)));
  for (; i < n; ++i) out[i] = f(x[i]);
}

template <class F>
void map(float* out, const float* x, const float* y, int n, F f) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) store<f32>(out + i, f(load<f32>(x + i), load<f32>(y + i)));
  for (; i < n; ++i) out[i] = f(x[i], y[i]);
}

}  // namespace

float exp(float x) { return exp<float>(x); }
float log(float x) { return log<float>(x); }
float sin(float x) { return sin<float>(x); }
float cos(float x) { return cos<float>(x); }
float tanh(float x) { return tanh<float>(x); }
float sigmoid(float x) { return sigmoid<float>(x); }
float atan2(float y, float x) { return atan2<float>(y, x); }
float pow(float x, float y) { return pow<float>(x, y); }

void exp(float* out, const float* x, int n) {
  map(out, x, n, [](const auto& v) { return exp(v); });
}
void log(float* out, const float* x, int n) {
  map(out, x, n, [](const auto& v) { return log(v); });
}
void sin(float* out, const float* x, int n) {
  map(out, x, n, [](const auto& v) { return sin(v); });
}
void cos(float* out, const float* x, int n) {
  map(out, x, n, [](const auto& v) { return cos(v); });
}
void tanh(float* out, const float* x, int n) {
  map(out, x, n, [](const auto& v) { return tanh(v); });
}
void sigmoid(float* out, const float* x, int n) {
  map(out, x, n, [](const auto& v) { return sigmoid(v); });
}
void sqrt(float* out, const float* x, int n) {
  map(out, x, n, [](const auto& v) {
    const auto y = sqrt(v);
    return detail::unless_nan(y, y);
  });
}
void atan2(float* out, const float* y, const float* x, int n) {
  map(out, y, x, n, [](const auto& a, const auto& b) { return atan2(a, b); });
}
void pow(float* out, const float* x, const float* y, int n) {
  map(out, x, y, n, [](const auto& a, const auto& b) { return pow(a, b); });
}

// Out of line, not in the header: clang 14 hangs on WebAssembly when it vectorises a loop over this.
float sin_phase(std::uint32_t phase) {
  const std::uint32_t quadrant = (phase + 0x20000000u) >> 30;
  const auto rest = static_cast<std::int32_t>(phase - (quadrant << 30));  // -2^29 .. 2^29
  return static_cast<float>(detail::sin_quadrant(rest * (detail::kPi * 0x1p-31), std::uint64_t{quadrant}));
}

}  // namespace unisono
