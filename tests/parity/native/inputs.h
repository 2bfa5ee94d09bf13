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

using Values = std::function<double(uint32_t i)>;

inline Values log_uniform(const Fill& f) {
  const uint32_t seed = f.seed(), span = static_cast<uint32_t>(f.get("high_exponent") - f.get("low_exponent"));
  const int low = static_cast<int>(f.get("low_exponent"));
  const bool negative = f.get("signed") != 0;
  return [=](uint32_t i) {
    const uint32_t g = hash(i, seed + 1);
    const double size = std::ldexp(1.0 + unit(i, seed), low + static_cast<int>(g % span));
    return negative && g >> 31 == 1 ? -size : size;
  };
}

// Names and numbers of the fill are looked up once, not for each value.
inline Values values_of(const Fill& f, bool integer) {
  const uint32_t seed = f.seed();
  const double low = f.get("low"), high = f.get("high"), step = f.get("step"), scale = f.get("value", 1);
  if (f.kind == "uniform" && integer) {
    return [=](uint32_t i) { return low + hash(i, seed) % static_cast<uint32_t>(high - low + 1); };
  }
  if (f.kind == "uniform") return [=](uint32_t i) { return low + (high - low) * unit(i, seed); };
  if (f.kind == "log_uniform") return log_uniform(f);
  if (f.kind == "constant") return [=, all = f.get("value")](uint32_t) { return all; };
  if (f.kind == "impulse") {
    return [=, at = static_cast<uint32_t>(f.get("at"))](uint32_t i) { return i == at ? scale : 0; };
  }
  if (f.kind == "ramp") return [=](uint32_t i) { return low + i * step; };
  if (f.kind == "wave") {
    return [=, period = f.get("period")](uint32_t i) {
      const double turn = i % static_cast<uint32_t>(period) / period;
      return (1 - 4 * std::abs(turn - 0.5)) * scale;
    };
  }
  return [&f](uint32_t i) { return f.values[i % f.values.size()]; };
}

inline void fill_patterns(std::vector<uint32_t>& bits, const Fill& f) {
  const uint32_t seed = f.seed(), edges = f.kind == "edges" ? kEdgeCount : kFiniteEdges;
  const bool any = f.kind == "bits";
  for (uint32_t i = 0; i < bits.size(); ++i) bits[i] = any ? hash(i, seed) : kEdges[hash(i, seed) % edges];
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
void fill_values(std::vector<uint8_t>& bytes, uint32_t count, const Values& values) {
  for (uint32_t i = 0; i < count; ++i) {
    const T x = static_cast<T>(values(i));
    std::memcpy(&bytes[i * sizeof(T)], &x, sizeof(T));
  }
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
  if (floats && (f.kind == "bits" || f.kind == "edges" || f.kind == "finite_edges")) {
    std::vector<uint32_t> bits(count);
    fill_patterns(bits, f);
    if (count > 0) std::memcpy(bytes.data(), bits.data(), bytes.size());
    return bytes;
  }
  const Values values = values_of(f, !floats);
  if (floats) fill_values<float>(bytes, count, values);
  else if (width == 4) fill_values<int32_t>(bytes, count, values);
  else if (width == 2) fill_values<int16_t>(bytes, count, values);
  else fill_values<uint8_t>(bytes, count, values);
  return bytes;
}

}  // namespace parity
