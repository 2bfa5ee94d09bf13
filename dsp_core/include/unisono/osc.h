// What every oscillator shares: the integer phase, the contract, and the block form that has tick's bits.
//
// The contract, which an oscillator in osc/<name>.h keeps:
//   void  configure(float sr, options...);            sampling rate in Hz; the phase goes to 0
//   void  reset(float phase);                         phase in turns, [0, 1]; equals a fresh oscillator
//   float tick(float frequency, float controls...);   one sample at the present phase, then the phase moves on
// An oscillator without frequency leaves out `phase` and `frequency`. Any float is safe as frequency or control.
// process(osc, out, frequency, controls..., n) is n ticks, bit for bit, whatever the split into blocks.
#pragma once

#include <cstdint>
#include <type_traits>

#include "unisono/numerics.h"
#include "unisono/simd.h"

namespace unisono {

// Shapes are written once for U = uint32_t (tick) and U = u32 (blocks): these are the types that go with U.
namespace detail {
template <class U>
struct OscTypes {
  using Signed = vec<std::int32_t, sizeof(U) / 4>;
  using Float = vec<float, sizeof(U) / 4>;
};
template <>
struct OscTypes<std::uint32_t> {
  using Signed = std::int32_t;
  using Float = float;
};
}  // namespace detail
template <class U>
using signed_of = typename detail::OscTypes<U>::Signed;
template <class U>
using float_of = typename detail::OscTypes<U>::Float;

// Between int32 and float, lane by lane: to nearest even one way, towards zero the other (the value must fit).
template <class To, class From>
UNISONO_INLINE To convert_lanes(const From& x) {
  static_assert(sizeof(To) == sizeof(From));
  if constexpr (std::is_arithmetic_v<To>) {
    return static_cast<To>(x);
  } else {
    return __builtin_convertvector(x, To);
  }
}

// Frequency to increment, 2^-32 turns a sample. Adding 1.5 * 2^52 to a double rounds it to an integer (nearest, ties to
// even), whose value modulo 2^32 then stands in the low half of the bits: a conversion that vectorises and wraps as the
// phase does. It holds to 2^51, which is 0 modulo 2^32: so are values beyond, infinities and NaN, whose sums have another
// exponent.
inline std::uint32_t wrap_to_u32(double x) {
  const auto bits = unisono::bit_cast<std::uint64_t>(x + 0x1.8p52);
  auto exponent = static_cast<std::uint32_t>(bits >> 32) >> 20;
#ifdef __wasm__
  asm("" : "+r"(exponent));  // LLVM would mask and compare 64 bits, for which V8 needs constants of 64
#endif
  return exponent == 0x433 ? static_cast<std::uint32_t>(bits) : 0;
}
// The same for loops that become vectors, where halves of what lies in a lane are harder to come by.
inline std::uint32_t wrap_lanes_to_u32(double x) {
  const double inside = __builtin_fabs(x) < 0x1p51 ? x : 0.0;
  return static_cast<std::uint32_t>(unisono::bit_cast<std::uint64_t>(inside + 0x1.8p52));
}

// The positions of consecutive samples, one a lane.
UNISONO_INLINE u32 lane_steps(std::uint32_t first, std::uint32_t by) { return first + lane_numbers<u32>() * by; }

// A position in the cycle as a 32-bit fraction of a turn. Integer addition is exact, so single samples and blocks
// agree, a constant frequency never drifts, and frequencies may be negative or above sr (they alias).
class PhaseAccumulator {
 public:
  void configure(float sr) {
    steps_per_hz_ = 0x1p32 / static_cast<double>(sr);
    position_ = 0;
  }
  void reset(float turns) { position_ = wrap_to_u32(static_cast<double>(turns) * 0x1p32); }

  // Frequencies of 2^19 sr and more, infinities and NaN stand still.
  std::uint32_t increment(float frequency) const { return wrap_to_u32(steps(frequency)); }

  // Returns the present position and moves on.
  std::uint32_t advance(std::uint32_t increment) {
    const std::uint32_t present = position_;
    position_ = present + increment;
    return present;
  }

  // Positions and increments of consecutive samples, into room for whole vectors. At one frequency, the common case, there
  // is no running sum.
  void advance(std::uint32_t* position, std::uint32_t* increment, const float* frequency, int n) {
    if (is_constant(frequency, n)) {
      const std::uint32_t each = this->increment(frequency[0]), first = advance(each * static_cast<std::uint32_t>(n));
      const u32 by = each - u32{};
      u32 at = lane_steps(first, each);
      for (int i = 0; i < n; i += kLanes, at += by * static_cast<std::uint32_t>(kLanes)) {
        store(increment + i, by);
        store(position + i, at);
      }
      return;
    }
    for (int i = 0; i < n; ++i) increment[i] = wrap_lanes_to_u32(steps(frequency[i]));
    for (int i = 0; i < n; ++i) position[i] = advance(increment[i]);
  }

 private:
  double steps(float frequency) const { return static_cast<double>(frequency) * steps_per_hz_; }
  static bool is_constant(const float* frequency, int n) {
    const std::uint32_t first = bit_cast<std::uint32_t>(frequency[0]);
    u32 change{};
    int i = 0;
    for (; i + kLanes <= n; i += kLanes) change |= bits_to<u32>(load<f32>(frequency + i)) ^ first;
    std::uint32_t rest = 0;
    for (; i < n; ++i) rest |= bit_cast<std::uint32_t>(frequency[i]) ^ first;
    return rest == 0 && !any(change != 0);
  }

  double steps_per_hz_ = 0x1p32 / 44100.0;
  std::uint32_t position_ = 0;
};

// Whether an oscillator is a function of its phase, on one lane (U = uint32_t) or several (U = u32).
template <class Osc, class U, class... Control>
concept HasShape = requires(const Osc& osc, U u, Control... c) { osc.shape(u, u, c...); };

// The usual base. `Osc` is the oscillator itself (it derives from PhaseOscillator<Osc>) and supplies, without state,
//   template <class U> float_of<U> shape(U position, U increment, float_of<U> controls...) const
template <class Osc>
class PhaseOscillator {
 public:
  void configure(float sr) { phase.configure(sr); }
  void reset(float turns) { phase.reset(turns); }

  template <class... Control>
    requires HasShape<Osc, std::uint32_t, Control...>
  float tick(float frequency, Control... control) {
    const std::uint32_t increment = phase.increment(frequency);
    return static_cast<const Osc*>(this)->shape(phase.advance(increment), increment, control...);
  }

  PhaseAccumulator phase;
};

inline constexpr int kOscBlock = 64;  // samples worked on at a time: their phases stay in the first-level cache

// Block form of an oscillator with a shape on lanes: increments, running sum and shape, each in a loop of its own.
template <class Osc, class... Control>
void process_shape(Osc& osc, float* out, const float* frequency, int n, const Control*... control) {
  std::uint32_t increment[kOscBlock], position[kOscBlock];
  for (int start = 0; start < n; start += kOscBlock) {
    const int m = n - start < kOscBlock ? n - start : kOscBlock;
    osc.phase.advance(position, increment, frequency + start, m);
    int i = 0;
    for (; i + kLanes <= m; i += kLanes) {
      const u32 at = load<u32>(position + i), by = load<u32>(increment + i);
      store(out + start + i, osc.shape(at, by, load<f32>(control + start + i)...));
    }
    for (; i < m; ++i) out[start + i] = osc.shape(position[i], increment[i], control[start + i]...);
  }
}

// `out` may be `frequency` itself; it must not overlap it otherwise.
template <class Osc>
void process(Osc& osc, float* out, const float* frequency, int n) {
  if constexpr (HasShape<Osc, u32>) {
    process_shape(osc, out, frequency, n);
  } else {
    for (int i = 0; i < n; ++i) out[i] = osc.tick(frequency[i]);
  }
}

// With one control.
template <class Osc>
void process(Osc& osc, float* out, const float* frequency, const float* control, int n) {
  if constexpr (HasShape<Osc, u32, f32>) {
    process_shape(osc, out, frequency, n, control);
  } else {
    for (int i = 0; i < n; ++i) out[i] = osc.tick(frequency[i], control[i]);
  }
}

// At one frequency in Hz, which needs no running sum.
template <class Osc>
  requires HasShape<Osc, u32>
void process(Osc& osc, float* out, float frequency, int n) {
  const std::uint32_t increment = osc.phase.increment(frequency);
  const std::uint32_t first = osc.phase.advance(increment * static_cast<std::uint32_t>(n));
  const u32 by = increment - u32{};
  u32 at = lane_steps(first, increment);
  int i = 0;
  for (; i + kLanes <= n; i += kLanes, at += by * static_cast<std::uint32_t>(kLanes)) {
    store(out + i, osc.shape(at, by));
  }
  for (; i < n; ++i) out[i] = osc.shape(first + static_cast<std::uint32_t>(i) * increment, increment);
}

// Without frequency.
template <class Osc>
void process(Osc& osc, float* out, int n) {
  for (int i = 0; i < n; ++i) out[i] = osc.tick();
}

// The integer position in [-2^30, 2^30] (quarter turns * 2^30) that has the same sine as `position`:
// the falling half of the cycle is mirrored onto the rising half, exactly.
template <class U>
UNISONO_INLINE signed_of<U> fold_to_rising_half(U position) {
  const U mirrored = 0x80000000u - position;
  const auto falling = bits_to<signed_of<U>>(U(position + 0x40000000u)) < 0;
  return bits_to<signed_of<U>>(select(falling, mirrored, position));
}

}  // namespace unisono
