// Random numbers in blocks: the counter's words in a small buffer, then the arithmetic in vectors.
#include "unisono/random.h"

#include <algorithm>
#include <utility>

#include "unisono/math_kernels.h"
#include "unisono/simd.h"

namespace unisono {
namespace {

constexpr std::uint32_t kNormalDomain = 1;
constexpr int kBlock = 128;  // values a round: a frame of MAGNet's noise; a multiple of 4

using Words = vec<std::uint64_t, kLanes / 2>;  // one word of a block in each lane, in its low half

// Products of the low halves of the lanes with c.
template <class W>
UNISONO_INLINE W times(const W& a, std::uint32_t c) {
#if UNISONO_AVX_BUILTINS
  using Ints = vec<int, 8>;
  if constexpr (sizeof(W) == 32)
    return bits_to<W>(__builtin_ia32_pmuludq256(bits_to<Ints>(a), bits_to<Ints>(splat<W>(c))));
#endif
  if constexpr (sizeof(W) > 16) {
    vec<std::uint64_t, lanes_v<W> / 2> lo, hi;
    split<W>(lo, hi, a);
    return join(times(lo, c), times(hi, c));
  } else {
#if defined(__SSE2__)
    return bits_to<W>(_mm_mul_epu32(bits_to<__m128i>(a), _mm_set1_epi64x(c)));
#elif defined(__wasm_simd128__)
    const v128_t v = bits_to<v128_t>(a);
    return bits_to<W>(wasm_u64x2_extmul_low_u32x4(wasm_i32x4_shuffle(v, v, 0, 2, 0, 2), wasm_u32x4_splat(c)));
#else
    return (a & std::uint64_t{0xffffffff}) * std::uint64_t{c};
#endif
  }
}

// out[4 blocks] = domain_block(counter), domain_block(counter + 1), ...: Philox with a block in each lane.
void word_run(std::uint32_t* out, const Random& random, std::uint64_t counter, std::uint32_t domain, int blocks) {
  constexpr int lanes = lanes_v<Words>;
  constexpr std::uint64_t low = 0xffffffff;
  for (int b = 0; b < blocks; b += lanes, counter += lanes) {
    Words c0, c1, c2 = Words{}, c3 = splat<Words>(domain);
    for (int i = 0; i < lanes; ++i) {
      c0[i] = (counter + static_cast<std::uint64_t>(i)) & low;
      c1[i] = (counter + static_cast<std::uint64_t>(i)) >> 32;
    }
    PhiloxKey k = random.key;
    for (int round = 0; round < 10; ++round) {
      const Words p0 = times(c0, kPhiloxMultiplier[0]), p1 = times(c2, kPhiloxMultiplier[1]);
      c0 = (p1 >> 32) ^ c1 ^ std::uint64_t{k[0]};
      c1 = p1 & low;
      c2 = (p0 >> 32) ^ c3 ^ std::uint64_t{k[1]};
      c3 = p0 & low;
      k[0] += kPhiloxWeyl[0];
      k[1] += kPhiloxWeyl[1];
    }
    for (int i = 0; i < lanes && b + i < blocks; ++i) {
      std::uint32_t* word = out + 4 * (b + i);
      word[0] = static_cast<std::uint32_t>(c0[i]);
      word[1] = static_cast<std::uint32_t>(c1[i]);
      word[2] = static_cast<std::uint32_t>(c2[i]);
      word[3] = static_cast<std::uint32_t>(c3[i]);
    }
  }
}

// Box and Muller's radius, from a word (as a double): the argument of the logarithm is never 0.
template <class D>
UNISONO_INLINE D radius(const D& word) {
  return sqrt<D>(-2.0 * detail::log_kernel<D>((word + 0.5) * 0x1p-32));
}

// And the direction, whose cosine and sine make the pair.
template <class D>
UNISONO_INLINE void direction(D& cosine, D& sine, const D& word) {
  const D t = word * 0x1p-30 + detail::kMagic;  // quarter turns
  const D r = (word * 0x1p-30 - (t - detail::kMagic)) * detail::kPiOver2;
  const auto quadrant = bits_to<bits_t<D>>(t);
  cosine = detail::sin_quadrant<D>(r, quadrant + std::uint64_t{1});
  sine = detail::sin_quadrant<D>(r, quadrant);
}

// The four normals of one counter block, as double.
void normal_block(double* out, const std::array<std::uint32_t, 4>& w) {
  for (int pair = 0; pair < 2; ++pair) {
    double c, s;
    direction<double>(c, s, w[static_cast<std::size_t>(2 * pair + 1)]);
    const double r = radius<double>(w[static_cast<std::size_t>(2 * pair)]);
    out[2 * pair] = r * c;
    out[2 * pair + 1] = r * s;
  }
}

// out[kBlock] = normals of the blocks counter, counter + 1, ...
void normal_run(float* out, const Random& random, std::uint64_t counter) {
  using D = vec<double, kLanes / 2>;
  double w0[kBlock / 2], w1[kBlock / 2], a[kBlock / 2], b[kBlock / 2];
  std::uint32_t words[kBlock];
  word_run(words, random, counter, kNormalDomain, kBlock / 4);
  for (int i = 0; i < kBlock / 2; ++i) {
    w0[i] = words[2 * i];
    w1[i] = words[2 * i + 1];
  }
  for (int i = 0; i < kBlock / 2; i += lanes_v<D>) store(w0 + i, radius(load<D>(w0 + i)));
  for (int i = 0; i < kBlock / 2; i += lanes_v<D>) {
    D c, s;
    direction(c, s, load<D>(w1 + i));
    store(a + i, load<D>(w0 + i) * c);
    store(b + i, load<D>(w0 + i) * s);
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

void random_words(std::uint32_t* out, std::uint32_t seed, std::uint32_t stream, int n, std::uint64_t first) {
  const Random random(seed, stream);
  int i = 0;
  for (; i < n && (first + static_cast<std::uint64_t>(i)) % 4 != 0; ++i)
    out[i] = random.bits(first + static_cast<std::uint64_t>(i));
  const int blocks = (n - i) / 4;
  word_run(out + i, random, (first + static_cast<std::uint64_t>(i)) >> 2, 0, blocks);
  for (i += 4 * blocks; i < n; ++i) out[i] = random.bits(first + static_cast<std::uint64_t>(i));
}

void random_uniform(float* out, std::uint32_t seed, std::uint32_t stream, int n, std::uint64_t first) {
  const Random random(seed, stream);
  const int lead = std::min(n, static_cast<int>(-first & 3));  // to the first whole block
  for (int i = 0; i < lead; ++i) out[i] = random.uniform(first + static_cast<std::uint64_t>(i));
  std::uint32_t words[kBlock];
  for (int i = lead; i < n; i += kBlock) {
    const int count = std::min(kBlock, n - i);
    word_run(words, random, (first + static_cast<std::uint64_t>(i)) >> 2, 0, (count + 3) / 4);
    for (int j = 0; j < count; ++j)
      out[i + j] = static_cast<float>(static_cast<std::int32_t>(words[j] >> 8)) * 0x1p-24f;
  }
}

void random_normal(float* out, std::uint32_t seed, std::uint32_t stream, int n, std::uint64_t first) {
  const Random random(seed, stream);
  const int lead = std::min(n, static_cast<int>(-first & 3));
  for (int i = 0; i < lead; ++i) out[i] = random.normal(first + static_cast<std::uint64_t>(i));
  int i = lead;
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
