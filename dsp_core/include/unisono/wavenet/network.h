// WaveNet small enough for one clip: dilated gated causal convolutions that read the past sample, the past residual and
// the linear prediction of the next sample, and say as a Gaussian where the next residual lies.
//
// Source: van den Oord et al., WaveNet, 2016; the residual of linear prediction after Valin and Skoglund, LPCNet, 2019.
// Here every gate also sees a learned embedding of the position in the clip, interpolated between its frames.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "unisono/nn/parameter.h"

namespace unisono {

inline constexpr int kWaveInputs = 3;     // past sample, past residual, prediction
inline constexpr int kWaveChannels = 16;  // of the residual path
inline constexpr int kWaveGates = 2 * kWaveChannels;
inline constexpr int kWaveSkips = 32;
inline constexpr int kWaveLayers = 20;    // dilations 1, 2, 4 ... 512, twice
inline constexpr int kWavePosition = 16;  // values of the embedding
inline constexpr int kWaveReach = 2046;   // the sum of the dilations: samples before the one at work that it hears

inline constexpr float kWaveLeastLogScale = -9.0f;  // of a compressed residual, which goes from -1 to 1

inline constexpr int wave_dilation(int layer) { return 1 << (layer % 10); }

// Where in the clip a sample lies: between embedding `frame` and the next, by `share` of the way.
template <class T>
struct WavePosition {
  std::int32_t frame;
  T share;
};

// A stretch of sound as the network sees it: kWaveReach samples of before, then n that are predicted. Frames never fall.
template <class T>
struct WaveCrop {
  std::vector<T> inputs;                  // [kWaveReach + n][kWaveInputs]
  std::vector<WavePosition<T>> position;  // [kWaveReach + n]
  std::vector<T> target;                  // [n]
  int n = 0;

  void reserve(int most);
  void resize(int samples);  // within what was reserved
};

enum WaveParameter {
  kInputWeight,
  kInputBias,
  kGatePast,
  kGateNow,
  kGatePosition,
  kGateBias,
  kResidualWeight,
  kResidualBias,
  kSkipWeight,
  kSkipBias,
  kHiddenWeight,
  kHiddenBias,
  kOutWeight,
  kOutBias,
  kPosition,
  kWaveParameters
};  // clang-format would give each a line

template <class T>
class WaveNetwork {
 public:
  // Matrices are [in][out] but the last; one parameter holds all layers.
  Parameter<T> input_weight, input_bias;                       // [3][16], [16]
  Parameter<T> gate_past, gate_now, gate_position, gate_bias;  // [layers][16][32] three times, [layers][32]
  Parameter<T> residual_weight, residual_bias;                 // [layers][16][16], [layers][16]
  Parameter<T> skip_weight, skip_bias;                         // [layers][16][32], [32]
  Parameter<T> hidden_weight, hidden_bias;                     // [32][32], [32]
  Parameter<T> out_weight, out_bias;                           // [2][32], [2]: mean, raw log-scale
  Parameter<T> position;                                       // [frames][16]

  // Without frames the network does not know where in the clip it is.
  void configure(int frames);
  void initialise(std::uint32_t seed);
  std::array<Parameter<T>*, kWaveParameters> parameters();
  int frames() const { return position.shape[0]; }
};

// One crop there and back on one thread, with the memory for it.
template <class T>
class WavePass {
 public:
  static constexpr int kChunk = 128;  // samples that go through all layers together: what they need stays near

  std::array<std::vector<T>, kWaveParameters> gradient;
  std::vector<T> output;  // a chunk after the other, [2][samples of the chunk]: means, then raw log-scales

  // For crops of up to `longest` samples that touch up to `most_frames` frames of position.
  void reserve(WaveNetwork<T>& net, int longest, int most_frames);

  // The sum over the crop of the negative log-likelihood in nats without its constant. gradient_scale is what the
  // gradients will be multiplied by; with 0 there is no way back.
  double forward(const WaveNetwork<T>& net, const WaveCrop<T>& crop, T gradient_scale);
  // After forward.
  void backward(const WaveNetwork<T>& net, const WaveCrop<T>& crop);

 private:
  struct Span {
    int begin, end;
  };
  int chunks() const;
  Span chunk(int i) const;
  void conditions(const WaveNetwork<T>& net, const WaveCrop<T>& crop);
  void layer_forward(const WaveNetwork<T>& net, const WaveCrop<T>& crop, int layer, Span span);
  double head(const WaveNetwork<T>& net, const WaveCrop<T>& crop, Span span, T scale);
  void head_backward(const WaveNetwork<T>& net, Span span);
  void layer_backward(const WaveCrop<T>& crop, int layer, Span span);
  void condition_gradient(const WaveCrop<T>& crop, int layer, int begin, int n);
  void gather_conditions(const WaveNetwork<T>& net);

  T* x(int layer, int t) { return x_.data() + (static_cast<std::ptrdiff_t>(layer) * total_ + t) * kWaveChannels; }
  T* gates(int layer, int t) { return gates_.data() + (static_cast<std::ptrdiff_t>(layer) * total_ + t) * kWaveGates; }

  int total_ = 0;                     // samples, with those of before
  int first_frame_ = 0, frames_ = 0;  // of the position that the crop touches
  std::vector<T> x_;                  // [layers + 1][total][channels]
  std::vector<T> gates_;              // [layers][total][gates]: tanh and sigmoid; on the way back, their gradients
  std::vector<T> condition_, d_condition_;   // [layers][frames][gates]: what bias and position give the gates
  std::vector<T> gated_, d_gated_, d_x_;     // [chunk][channels]
  std::vector<T> skip_, hidden_, d_hidden_;  // [chunk][skips]
  std::vector<T> d_skip_;                    // [n][skips]
  std::vector<T> d_output_;                  // [2][chunk]
  std::vector<T> loss_, ones_;               // [chunk]
  std::vector<T> past_t_, now_t_, residual_t_, skip_t_, position_t_, hidden_t_;  // weights, transposed
};

}  // namespace unisono
