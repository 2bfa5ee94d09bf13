// Heap integration of one frame, from the phases of the frame before it.
#pragma once

#include <cstdint>
#include <vector>

#include "phase/gradient.h"
#include "phase/loudest_first.h"

namespace unisono::detail {

// Phases are in turns * 2^32, relative to the window's centre.
class FrameIntegrator {
 public:
  void configure(const StftParams& params, float tolerance, std::uint32_t seed);
  void reset();

  // The next frame's magnitudes; nullptr: there is none. What was next becomes the frame at work.
  void push(const float* magnitude);
  // phase[bins] of the frame at work; when called it holds the phases of the frame before.
  void integrate(std::uint32_t* phase);

  const float* magnitude() const { return now_.magnitude.data(); }
  const PhaseGradient& gradient() const { return gradient_; }

 private:
  struct Frame {
    std::vector<float> magnitude, logarithm;
    float largest = 0.0f;
    bool there = false;
  };

  double along_time(const Frame& frame, int b) const;
  double along_frequency(int b) const;
  void enter(int b, std::uint32_t phase);
  void spread(const std::uint32_t* before);
  void spread_to(int b, int from);
  void begin_at_peaks(const std::uint32_t* before);

  PhaseGradient gradient_;
  float tolerance_ = 0.0f;
  std::uint32_t seed_ = 0;
  int bins_ = 0;
  std::uint64_t number_ = 0;  // of the frame at work, from 1 on
  Frame before_, now_, next_;
  std::vector<std::uint8_t> known_;
  std::vector<std::uint32_t> found_;
  LoudestFirst queue_;  // indices below bins are bins of the frame at work, from bins on of the one before
  std::vector<std::uint64_t> peaks_;
};

}  // namespace unisono::detail
