// SHA-256 (FIPS 180-4) of bytes that come in pieces.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>

namespace parity {

class Sha256 {
 public:
  void update(const void* bytes, size_t n) {
    const auto* p = static_cast<const uint8_t*>(bytes);
    size_ += n;
    while (n-- > 0) {
      block_[filled_++] = *p++;
      if (filled_ == 64) compress();
    }
  }

  uint64_t size() const { return size_; }

  std::string hex() const {
    Sha256 last = *this;
    const uint64_t bits = size_ * 8;
    const uint8_t one = 0x80, zero = 0;
    last.update(&one, 1);
    while (last.filled_ != 56) last.update(&zero, 1);
    for (int i = 7; i >= 0; --i) {
      const auto byte = static_cast<uint8_t>(bits >> (8 * i));
      last.update(&byte, 1);
    }
    std::string text;
    for (const uint32_t word : last.state_) {
      for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[(word >> shift) & 15];
    }
    return text;
  }

 private:
  static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

  void compress() {
    static const std::array<uint32_t, 64> k = constants<64>(3);
    uint32_t w[64];
    for (int i = 0; i < 16; ++i) {
      const uint8_t* b = &block_[4 * static_cast<size_t>(i)];
      w[i] = uint32_t{b[0]} << 24 | uint32_t{b[1]} << 16 | uint32_t{b[2]} << 8 | b[3];
    }
    for (int i = 16; i < 64; ++i) {
      const uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
      const uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    auto s = state_;
    for (int i = 0; i < 64; ++i) {
      const uint32_t t1 = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) +
                          ((s[4] & s[5]) ^ (~s[4] & s[6])) + k[static_cast<size_t>(i)] + w[i];
      const uint32_t t2 =
          (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
      s = {t1 + t2, s[0], s[1], s[2], s[3] + t1, s[4], s[5], s[6]};
    }
    for (size_t i = 0; i < 8; ++i) state_[i] += s[i];
    filled_ = 0;
  }

  // The first 32 bits of the fractional parts of the square or cube roots of the first primes.
  template <size_t N>
  static std::array<uint32_t, N> constants(int power) {
    std::array<uint32_t, N> made{};
    size_t count = 0;
    for (uint32_t n = 2; count < N; ++n) {
      bool prime = true;
      for (uint32_t d = 2; d * d <= n; ++d) prime = prime && n % d != 0;
      if (prime) made[count++] = root_bits(n, power);
    }
    return made;
  }

  static uint32_t root_bits(uint32_t prime, int power) {  // bit by bit, in integers of 160 bits
    uint64_t low = 0;
    for (int bit = 37; bit >= 0; --bit) {
      const uint64_t tried = low | uint64_t{1} << bit;
      if (not_above(tried, prime, power)) low = tried;
    }
    return static_cast<uint32_t>(low);
  }

  static bool not_above(uint64_t x, uint32_t prime, int power) {  // x^power <= prime * 2^(32 power)
    std::array<uint32_t, 6> product{1};
    for (int i = 0; i < power; ++i) product = times(product, x);
    std::array<uint32_t, 6> limit{};
    limit[static_cast<size_t>(power)] = prime;
    for (size_t i = 6; i-- > 0;) {
      if (product[i] != limit[i]) return product[i] < limit[i];
    }
    return true;
  }

  static std::array<uint32_t, 6> times(const std::array<uint32_t, 6>& a, uint64_t x) {
    std::array<uint32_t, 6> sum{};
    const uint32_t halves[2] = {static_cast<uint32_t>(x), static_cast<uint32_t>(x >> 32)};
    for (size_t h = 0; h < 2; ++h) {
      uint64_t carry = 0;
      for (size_t i = 0; i + h < 6; ++i) {
        carry += uint64_t{a[i]} * halves[h] + sum[i + h];
        sum[i + h] = static_cast<uint32_t>(carry);
        carry >>= 32;
      }
    }
    return sum;
  }

  std::array<uint32_t, 8> state_ = constants<8>(2);
  std::array<uint8_t, 64> block_{};
  size_t filled_ = 0;
  uint64_t size_ = 0;
};

}  // namespace parity
