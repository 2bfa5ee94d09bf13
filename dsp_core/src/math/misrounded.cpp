// The few inputs, of all 2^32, for which a kernel's double rounds to the wrong float. `make sweep` finds no others.
#include <algorithm>

#include "unisono/math_rounding.h"

namespace unisono::detail {
namespace {

// Sorted bit patterns of the inputs whose float must be one more, or less, in magnitude. sigmoid has so many because near 0
// it is so near 1/2 + x/4 that its double is often the very middle between two floats.
constexpr std::uint32_t kExpMore[] = {0x3e777fec, 0x3e78e1cd, 0x3ed3d2a2, 0x401b6c99, 0xbe5f667d,
                                      0xbee0e6cd, 0xbeed01af, 0xbfd04462, 0xbfd4cb8e, 0xc159fa1e};
constexpr std::uint32_t kExpLess[] = {0x3ebf4a81, 0x3f5bc24c, 0x412b7bb4, 0x4162e4fd, 0x416ee114, 0x4288942b,
                                      0x429675e7, 0xbea6154c, 0xbea6d060, 0xbfbfa14b, 0xc01a001d};
constexpr std::uint32_t kLogMore[] = {0x4c5d65a5, 0x65d890d3, 0x6f31a8ec};
constexpr std::uint32_t kSinLess[] = {0x46199998, 0xc6199998};
constexpr std::uint32_t kCosMore[] = {0x5922aa80, 0x6115cb11, 0xd922aa80, 0xe115cb11};
constexpr std::uint32_t kCosLess[] = {0x5f18b878, 0xdf18b878};
constexpr std::uint32_t kTanhMore[] = {0x3ac37de2, 0x3bc8b605, 0x3c4e34b0, 0x3c5a35d5, 0x3c96ae2e,
                                       0x3cd41b91, 0x3dc95db7, 0x3ddca6fc, 0x3dee483b, 0x3df5a762,
                                       0x3dfed139, 0x3e09ebb6, 0x3e3044f2, 0x3e609f1a, 0x3e631b54,
                                       0x3e631b69, 0x3e67e496, 0x3e6cd3e1, 0x3ef6afee};
constexpr std::uint32_t kTanhLess[] = {0x3d35a6ac, 0x3d7c7681, 0x3d80f2b6, 0x3da99442,
                                       0x3e150cd4, 0x3e3aaf8b, 0x3e3e80e9};
constexpr std::uint32_t kSigmoidMore[] = {
    0xb4400000, 0xb4e00000, 0xb5300000, 0xb5700000, 0xb5980000, 0xb5b80000, 0xb5d80000, 0xb5f80000, 0xb60c0000,
    0xb61c0000, 0xb62c0000, 0xb63c0000, 0xb64c0000, 0xb65c0000, 0xb66c0000, 0xb67c0000, 0xb6860000, 0xb68e0000,
    0xb6960000, 0xb69e0000, 0xb6a60000, 0xb6ae0000, 0xb6b60000, 0xb6be0000, 0xb6c60000, 0xb6ce0000, 0xb6d60000,
    0xb6de0000, 0xb6e60000, 0xb6ee0000, 0xb6f60000, 0xb6fe0000, 0xb7570000, 0xb77b0000, 0xb77f0000, 0xb7818000,
    0xb7838000, 0xba928601, 0xbebdc61f, 0xbec3c47e, 0xc0bdd4a0};
constexpr std::uint32_t kSigmoidLess[] = {
    0x34c00000, 0x35600000, 0x35b00000, 0x35f00000, 0x36180000, 0x36380000, 0x36580000, 0x36780000, 0x368c0000,
    0x369c0000, 0x36ac0000, 0x36bc0000, 0x36cc0000, 0x36dc0000, 0x36ec0000, 0x36fc0000, 0x37060000, 0x370e0000,
    0x37160000, 0x371e0000, 0x372e0000, 0x37360000, 0x373e0000, 0x37460000, 0x374e0000, 0x37560000, 0x375e0000,
    0x37660000, 0x3d21bc81, 0xc164ddcb, 0xc197aec8, 0xc1e14a11, 0xc27d58d9, 0xc2910cef};

bool has(std::span<const std::uint32_t> inputs, std::uint32_t x) {
  return std::binary_search(inputs.begin(), inputs.end(), x);
}

}  // namespace

const Misrounded kMisroundedExp{kExpMore, kExpLess}, kMisroundedLog{kLogMore, {}}, kMisroundedSin{{}, kSinLess},
    kMisroundedCos{kCosMore, kCosLess}, kMisroundedTanh{kTanhMore, kTanhLess},
    kMisroundedSigmoid{kSigmoidMore, kSigmoidLess};

float put_right(float y, float x, const Misrounded& known) {
  const auto input = bit_cast<std::uint32_t>(x);
  const std::uint32_t more = has(known.more, input), less = has(known.less, input);
  return bit_cast<float>(bit_cast<std::uint32_t>(y) + more - less);
}

}  // namespace unisono::detail
