// Fills the arrays of the parity cases; ../README.md defines every kind, python/unisono/parity/inputs.py does the same.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace parity {

// A number of a plan: decimal digits, the hexadecimal digits of a double, or 0x and the bits of a float32.
inline double number(const std::string& word) {
  if (word.starts_with("0x") && word.find('p') == std::string::npos) {
    return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(std::strtoul(word.c_str(), nullptr, 16))));
  }
  return std::strtod(word.c_str(), nullptr);
}

inline uint32_t mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x21f0aaadu;
  x ^= x >> 15;
  x *= 0x735a2d97u;
  return x ^ x >> 15;
}

inline uint32_t hash(uint32_t i, uint32_t seed) { return mix(mix(i + 0x9e3779b9u) ^ seed); }
inline double unit(uint32_t i, uint32_t seed) { return (hash(i, seed) >> 8) / 16777216.0; }

inline constexpr uint32_t kEdges[] = {
    0x00000000, 0x80000000, 0x3F800000, 0xBF800000, 0x00000001, 0x80000001, 0x007FFFFF, 0x807FFFFF, 0x00800000,
    0x80800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x3F000000, 0x4B800000, 0x7F800000, 0xFF800000, 0x7FC00000,
};
inline constexpr uint32_t kEdgeCount = 17, kFiniteEdges = 14;

struct Fill {
  std::string dtype, kind;
  uint32_t n = 0;
  std::map<std::string, double, std::less<>> numbers;  // found by a name without a copy of it
  std::vector<double> values;
  std::string data;

  double get(const char* name, double missing = 0) const {
    const auto found = numbers.find(name);
    return found == numbers.end() ? missing : found->second;
  }
  uint32_t seed() const { return static_cast<uint32_t>(static_cast<int64_t>(get("seed"))); }
};

inline double log_uniform(uint32_t i, const Fill& f) {
  const uint32_t g = hash(i, f.seed() + 1);
  const auto low = static_cast<int>(f.get("low_exponent"));
  const auto span = static_cast<uint32_t>(f.get("high_exponent") - f.get("low_exponent"));
  const double size = std::ldexp(1.0 + unit(i, f.seed()), low + static_cast<int>(g % span));
  return f.get("signed") != 0 && g >> 31 == 1 ? -size : size;
}

inline double value(uint32_t i, const Fill& f, bool integer) {
  if (f.kind == "uniform" && integer) {
    return f.get("low") + hash(i, f.seed()) % static_cast<uint32_t>(f.get("high") - f.get("low") + 1);
  }
  if (f.kind == "uniform") return f.get("low") + (f.get("high") - f.get("low")) * unit(i, f.seed());
  if (f.kind == "log_uniform") return log_uniform(i, f);
  if (f.kind == "constant") return f.get("value");
  if (f.kind == "impulse") return i == static_cast<uint32_t>(f.get("at")) ? f.get("value", 1) : 0;
  if (f.kind == "ramp") return f.get("low") + i * f.get("step");
  if (f.kind == "wave") {
    const double period = f.get("period"), turn = i % static_cast<uint32_t>(period) / period;
    return (1 - 4 * std::abs(turn - 0.5)) * f.get("value", 1);
  }
  return f.values[i % f.values.size()];
}

inline uint32_t bit_pattern(uint32_t i, const Fill& f) {
  const uint32_t h = hash(i, f.seed());
  return f.kind == "bits" ? h : kEdges[h % (f.kind == "edges" ? kEdgeCount : kFiniteEdges)];
}

inline std::vector<uint8_t> from_base64(const std::string& text) {
  std::vector<uint8_t> bytes;
  uint32_t buffer = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    const int v = c >= 'a' ? c - 'a' + 26 : c >= 'A' ? c - 'A' : c >= '0' ? c - '0' + 52 : c == '+' ? 62 : 63;
    buffer = buffer << 6 | static_cast<uint32_t>(v);
    held += 6;
    if (held >= 8) bytes.push_back(static_cast<uint8_t>(buffer >> (held -= 8)));
  }
  return bytes;
}

template <class T>
void store(std::vector<uint8_t>& bytes, uint32_t i, T x) {
  std::memcpy(&bytes[i * sizeof(T)], &x, sizeof(T));
}

inline void fill_permutation(std::vector<uint8_t>& bytes, const Fill& f) {
  std::vector<int32_t> order(f.n);
  for (uint32_t i = 0; i < f.n; ++i) order[i] = static_cast<int32_t>(i);
  for (uint32_t i = f.n; i-- > 1;) std::swap(order[i], order[hash(i, f.seed()) % (i + 1)]);
  if (f.n > 0) std::memcpy(bytes.data(), order.data(), bytes.size());
}

// The bytes of the array that a plan describes.
inline std::vector<uint8_t> make_array(const Fill& f) {
  if (f.kind == "base64") return from_base64(f.data);
  const bool floats = f.dtype == "f32" || f.dtype == "c64";
  const uint32_t count = f.dtype == "c64" ? 2 * f.n : f.n;
  const uint32_t width = f.dtype == "i16" ? 2 : f.dtype == "u8" ? 1 : 4;
  std::vector<uint8_t> bytes(size_t{count} * width);
  if (f.kind == "permutation") {
    fill_permutation(bytes, f);
    return bytes;
  }
  const bool patterns = floats && (f.kind == "bits" || f.kind == "edges" || f.kind == "finite_edges");
  for (uint32_t i = 0; i < count; ++i) {
    if (patterns) store(bytes, i, bit_pattern(i, f));
    else if (floats) store(bytes, i, static_cast<float>(value(i, f, false)));
    else if (width == 4) store(bytes, i, static_cast<int32_t>(value(i, f, true)));
    else if (width == 2) store(bytes, i, static_cast<int16_t>(value(i, f, true)));
    else store(bytes, i, static_cast<uint8_t>(value(i, f, true)));
  }
  return bytes;
}

}  // namespace parity
