// Exact reduction of huge arguments modulo pi / 2 (Payne and Hanek, "Radian reduction for trigonometric functions", 1983).
#include <bit>
#include <cstdint>

#include "unisono/math_kernels.h"

namespace unisono::detail {
namespace {

// 2 / pi in binary after the point: word i holds the bits of weight 2^(-32 i - 1) .. 2^(-32 i - 32) (mpmath, 120 digits).
constexpr std::uint32_t kTwoOverPiBits[] = {0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599,
                                            0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a};

// 32 bits of 2 / pi from `bit` places after the point; before the point there are only zeros.
std::uint32_t window_at(int bit) {
  if (bit < 0) return static_cast<std::uint32_t>(std::uint64_t{kTwoOverPiBits[0]} >> -bit);
  const int word = bit / 32, shift = bit % 32;
  const std::uint64_t pair = (std::uint64_t{kTwoOverPiBits[word]} << 32) | kTwoOverPiBits[word + 1];
  return static_cast<std::uint32_t>(pair >> (32 - shift));
}

}  // namespace

// x = m 2^e with an integer m < 2^24. Bits of 2 / pi heavier than 2^(1 - e) contribute multiples of four quadrants and
// are left out; the next 128 give the quadrant and 126 bits of fraction. The nearest a float comes to a multiple of
// pi / 2 leaves some 30 zeros in front, so 2^-70 of relative accuracy remains.
std::uint64_t reduce_huge(double& r, float x) {
  const std::uint32_t bits = bit_cast<std::uint32_t>(x);
  const int e = static_cast<int>((bits >> 23) & 0xff) - 150;
  const std::uint64_t m = (bits & 0x7fffff) | 0x800000;

  std::uint32_t product[4];  // m * window modulo 2^128, most significant word first; its top two bits are the quadrant
  std::uint64_t carry = 0;
  for (int i = 3; i >= 0; --i) {
    const std::uint64_t p = m * window_at(e - 2 + 32 * i) + carry;
    product[i] = static_cast<std::uint32_t>(p);
    carry = p >> 32;
  }
  std::uint64_t quadrant = product[0] >> 30;
  // Fraction times 2^64 and what follows it; from one half on it counts as negative in the next quadrant.
  const std::uint64_t high =
      (std::uint64_t{product[0] << 2} << 32) | (std::uint64_t{product[1]} << 2) | (product[2] >> 30);
  const std::uint32_t low = (product[2] << 2) | (product[3] >> 30);
  const auto fraction = static_cast<std::int64_t>(high);
  if (fraction < 0) ++quadrant;
  r = (static_cast<double>(fraction) + static_cast<double>(low) * 0x1p-32) * 0x1p-64 * kPiOver2;
  if (bits >> 31) {
    r = -r;
    quadrant = 0 - quadrant;
  }
  return quadrant;
}

}  // namespace unisono::detail
