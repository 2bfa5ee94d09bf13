// Counter-based random numbers (Philox4x32-10): any value of any stream at once, in any order, on any thread.
#pragma once

#include <array>
#include <cstdint>

namespace unisono {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

// Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011; multipliers and Weyl
// constants from its table 2 and section 3.3.
inline constexpr std::uint32_t kPhiloxMultiplier[2] = {0xD2511F53u, 0xCD9E8D57u};
inline constexpr std::uint32_t kPhiloxWeyl[2] = {0x9E3779B9u, 0xBB67AE85u};

inline PhiloxCounter philox4x32_10(PhiloxCounter c, PhiloxKey k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{kPhiloxMultiplier[0]} * c[0];
    const std::uint64_t p1 = std::uint64_t{kPhiloxMultiplier[1]} * c[2];
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(p0)};
    k[0] += kPhiloxWeyl[0];
    k[1] += kPhiloxWeyl[1];
  }
  return c;
}

// A random sequence named by (seed, stream). Value i of each kind depends on (seed, stream, i) only.
// bits and uniform are two views of the same words; normal uses words of its own.
struct Random {
  Random(std::uint32_t seed, std::uint32_t stream) : key{seed, stream} {}

  // Words 4 * counter .. 4 * counter + 3 of the sequence.
  std::array<std::uint32_t, 4> block(std::uint64_t counter) const { return domain_block(counter, 0); }

  std::uint32_t bits(std::uint64_t i) const { return block(i >> 2)[i & 3]; }

  // In [0, 1), a multiple of 2^-24.
  float uniform(std::uint64_t i) const { return static_cast<float>(bits(i) >> 8) * 0x1p-24f; }

  // Standard normal by Box and Muller (1958): |value| < 6.8.
  float normal(std::uint64_t i) const;

  std::array<std::uint32_t, 4> domain_block(std::uint64_t counter, std::uint32_t domain) const {
    return philox4x32_10({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32), 0u, domain},
                         key);
  }

  PhiloxKey key;
};

// Values first .. first + n - 1 of the sequence, the same bits as bits(i), uniform(i) and normal(i).
void random_words(std::uint32_t* out, std::uint32_t seed, std::uint32_t stream, int n, std::uint64_t first = 0);
void random_uniform(float* out, std::uint32_t seed, std::uint32_t stream, int n, std::uint64_t first = 0);
void random_normal(float* out, std::uint32_t seed, std::uint32_t stream, int n, std::uint64_t first = 0);

// Reorders order[n] in place (Fisher-Yates); each index is floor(bits * bound / 2^32).
void shuffle(std::int32_t* order, int n, std::uint32_t seed, std::uint32_t stream);

}  // namespace unisono
