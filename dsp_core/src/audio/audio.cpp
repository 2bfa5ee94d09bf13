// Limiting and conversion to 16-bit samples.
#include "unisono/audio.h"

#include "unisono/math.h"
#include "unisono/simd.h"

namespace unisono {
namespace {

constexpr float kKnee = 0.8f;
constexpr float kRoom = 1.0f - kKnee;

template <class V>
V limit(const V& x) {
  const V a = abs(x);
  const V y = detail::copy_sign(min<V>(kKnee + kRoom * tanh<V>((a - kKnee) / kRoom), splat<V>(1.0f)), x);
  return select(a <= splat<V>(kKnee), x, select(x == x, y, V{}));
}

}  // namespace

void soft_limit(float* out, const float* x, int n) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) store<f32>(out + i, limit(load<f32>(x + i)));
  for (; i < n; ++i) out[i] = limit(x[i]);
}

void to_pcm16(std::int16_t* out, const float* x, int n) {
  constexpr float magic = 0x1.8p23f;  // its spacing is 1, so adding it rounds to whole numbers, half to even
  for (int i = 0; i < n; ++i) {
    const float scaled = x[i] == x[i] ? x[i] * 32768.0f : 0.0f;
    const float clamped = min(max(scaled, -32768.0f), 32767.0f);
    out[i] = static_cast<std::int16_t>(to_i32((clamped + magic) - magic));
  }
}

}  // namespace unisono
