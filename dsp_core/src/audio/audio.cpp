// Limiting and conversion to whole numbers.
#include "unisono/audio.h"

#include <algorithm>
#include <array>

#include "unisono/math.h"
#include "unisono/random.h"
#include "unisono/simd.h"

namespace unisono {
namespace {

constexpr float kKnee = 0.8f;
constexpr float kRoom = 1.0f - kKnee;
constexpr std::uint32_t kDitherStream = 0x64697468u;  // "dith": apart from the streams that sounds draw from

template <class V>
V limit(const V& x) {
  const V a = abs(x);
  const V y = detail::copy_sign(min<V>(kKnee + kRoom * tanh<V>((a - kKnee) / kRoom), splat<V>(1.0f)), x);
  return select(a <= splat<V>(kKnee), x, select(x == x, y, V{}));
}

// value * steps + noise, rounded half to even and saturated; NaN counts as 0.
std::int32_t whole(float value, double steps, double noise) {
  constexpr double magic = 0x1.8p52;  // its spacing is 1, so adding it rounds to whole numbers, half to even
  const double wanted = (value == value ? static_cast<double>(value) * steps : 0.0) + noise;
  return static_cast<std::int32_t>((std::min(std::max(wanted, -steps), steps - 1.0) + magic) - magic);
}

}  // namespace

void soft_limit(float* out, const float* x, int n) {
  int i = 0;
  for (; i + kLanes <= n; i += kLanes) store<f32>(out + i, limit(load<f32>(x + i)));
  for (; i < n; ++i) out[i] = limit(x[i]);
}

void to_pcm16(std::int16_t* out, const float* x, int n) {
  for (int i = 0; i < n; ++i) out[i] = static_cast<std::int16_t>(whole(x[i], 32768.0, 0.0));
}

void to_pcm(std::int32_t* out, const float* x, int bits, bool dither, std::uint32_t seed, int n) {
  const double steps = static_cast<double>(1 << (bits - 1));
  const Random random(seed, kDitherStream);
  for (int i = 0; i < n; i += 2) {
    const auto word = dither ? random.block(static_cast<std::uint64_t>(i / 2)) : std::array<std::uint32_t, 4>{};
    for (int k = 0; k < 2 && i + k < n; ++k) {
      const double noise = (static_cast<double>(word[2 * k]) - static_cast<double>(word[2 * k + 1])) * 0x1p-32;
      out[i + k] = whole(x[i + k], steps, noise);
    }
  }
}

}  // namespace unisono
