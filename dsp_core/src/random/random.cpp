// Random numbers in blocks: the counter's words in a small buffer, then the arithmetic in vectors.
#include "unisono/random.h"

#include <utility>

#include "unisono/math_kernels.h"
#include "unisono/simd.h"

namespace unisono {
namespace {

constexpr std::uint32_t kNormalDomain = 1;
constexpr int kBlock = 256;  // values a round; a multiple of 4

// Box and Muller: radius from w0, angle from w1; (cos, sin) make the pair. The radius's argument is never 0.
template <class D>
UNISONO_INLINE void box_muller(D& a, D& b, const D& w0, const D& w1) {
  const D u = (w0 + 0.5) * 0x1p-32;
  const D radius = sqrt<D>(-2.0 * detail::log_kernel(u));
  const D t = w1 * 0x1p-30 + detail::kMagic;  // quarter turns
  const D r = (w1 * 0x1p-30 - (t - detail::kMagic)) * detail::kPiOver2;
  const auto quadrant = bits_to<bits_t<D>>(t);
  a = radius * detail::sin_quadrant<D>(r, quadrant + std::uint64_t{1});
  b = radius * detail::sin_quadrant<D>(r, quadrant);
}

// The four normals of one counter block, as double.
void normal_block(double* out, const std::array<std::uint32_t, 4>& w) {
  box_muller<double>(out[0], out[1], w[0], w[1]);
  box_muller<double>(out[2], out[3], w[2], w[3]);
}

// out[kBlock] = normals of the blocks counter, counter + 1, ...
void normal_run(float* out, const Random& random, std::uint64_t counter) {
  using D = vec<double, kLanes / 2>;
  double w0[kBlock / 2], w1[kBlock / 2], a[kBlock / 2], b[kBlock / 2];
  for (int i = 0; i < kBlock / 4; ++i) {
    const auto w = random.domain_block(counter + static_cast<std::uint64_t>(i), kNormalDomain);
    w0[2 * i] = w[0];
    w1[2 * i] = w[1];
    w0[2 * i + 1] = w[2];
    w1[2 * i + 1] = w[3];
  }
  for (int i = 0; i < kBlock / 2; i += lanes_v<D>) {
    D va, vb;
    box_muller(va, vb, load<D>(w0 + i), load<D>(w1 + i));
    store(a + i, va);
    store(b + i, vb);
  }
  for (int i = 0; i < kBlock / 2; ++i) {
    out[2 * i] = static_cast<float>(a[i]);
    out[2 * i + 1] = static_cast<float>(b[i]);
  }
}

}  // namespace

float Random::normal(std::uint64_t i) const {
  double four[4];
  normal_block(four, domain_block(i >> 2, kNormalDomain));
  return static_cast<float>(four[i & 3]);
}

void random_uniform(float* out, std::uint32_t seed, std::uint32_t stream, int n, std::uint64_t first) {
  const Random random(seed, stream);
  int i = 0;
  for (; i < n && ((first + static_cast<std::uint64_t>(i)) & 3) != 0; ++i) {
    out[i] = random.uniform(first + static_cast<std::uint64_t>(i));
  }
  for (; i + 4 <= n; i += 4) {
    const auto w = random.block((first + static_cast<std::uint64_t>(i)) >> 2);
    for (int j = 0; j < 4; ++j) out[i + j] = static_cast<float>(w[static_cast<std::size_t>(j)] >> 8) * 0x1p-24f;
  }
  for (; i < n; ++i) out[i] = random.uniform(first + static_cast<std::uint64_t>(i));
}

void random_normal(float* out, std::uint32_t seed, std::uint32_t stream, int n, std::uint64_t first) {
  const Random random(seed, stream);
  int i = 0;
  for (; i < n && ((first + static_cast<std::uint64_t>(i)) & 3) != 0; ++i) {
    out[i] = random.normal(first + static_cast<std::uint64_t>(i));
  }
  for (; i + kBlock <= n; i += kBlock) normal_run(out + i, random, (first + static_cast<std::uint64_t>(i)) >> 2);
  for (; i < n; ++i) out[i] = random.normal(first + static_cast<std::uint64_t>(i));
}

void shuffle(std::int32_t* order, int n, std::uint32_t seed, std::uint32_t stream) {
  const Random random(seed, stream);
  for (int i = n - 1; i > 0; --i) {
    const std::uint64_t bound = static_cast<std::uint64_t>(i) + 1;
    std::swap(order[i], order[(random.bits(static_cast<std::uint64_t>(i)) * bound) >> 32]);
  }
}

}  // namespace unisono
