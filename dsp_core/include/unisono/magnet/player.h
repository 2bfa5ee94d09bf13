// Endless sound from one model or two, in blocks of any size, with parameters that may change at any frame.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "unisono/magnet/magnet.h"
#include "unisono/magnet/shift.h"
#include "unisono/phase/rtpghi.h"
#include "unisono/stft/stream.h"

namespace unisono {

enum class LiveParameter { temperature, gain, density, pitch, formant, morph };
inline constexpr int kLiveParameters = 6;

// A change to come: `value` is set just before frame `frame` is made.
struct LiveChange {
  std::int32_t frame;
  int parameter;
  float value;
};

// Sample s is sample s of MagnetModel::generate with PhaseKind::live, whatever the blocks. Frame t is centred on sample
// t * hop. Only configure, start and automate allocate.
class MagnetPlayer {
 public:
  // `models` is 1, or 2 for morphing.
  void configure(MagnetPreset preset, int sr, int models);

  // Tensors as a MagnetModel of this preset has them.
  int models() const { return static_cast<int>(models_.size()); }
  int tensor_count() const { return models_[0]->tensor_count(); }
  int tensor_size(int i) const { return models_[0]->tensor_size(i); }
  void set_tensor(int model, int i, const float* values);

  // Begins with frame 0. Every model needs its tensors first; setting one stops the player.
  bool can_start() const;
  void start(std::uint32_t seed, int window_stride = 1);
  bool started() const { return !generators_.empty(); }
  // The next n samples.
  void process(float* out, int n);

  // From the next frame on; beyond the parameter's range, the end of the range.
  void set(LiveParameter parameter, float value);
  float get(LiveParameter parameter) const { return playing_[static_cast<int>(parameter)]; }
  float lowest(LiveParameter parameter) const;
  float highest(LiveParameter parameter) const;
  float initial(LiveParameter parameter) const;
  // The changes to come, instead of those given before: also after the next start. Those of one frame in their order.
  void automate(const std::int32_t* frames, const std::int32_t* parameters, const float* values, int n);

  // The number of the next frame to be made.
  std::int32_t frame() const { return static_cast<std::int32_t>(frame_); }
  // Samples from the one that goes out, at least, to the centre of the next frame to be made.
  int latency() const;
  int sr() const { return models_[0]->sr(); }
  int hop_length() const { return models_[0]->hop_length(); }

 private:
  void stop() { generators_.clear(); }
  void apply_changes();
  void make_frame();
  void make_magnitudes();
  void finish_samples(int n);
  float value(LiveParameter parameter) const { return playing_[static_cast<int>(parameter)]; }
  float& gain_of(std::int64_t frame) { return gains_[static_cast<std::size_t>(frame) % gains_.size()]; }

  std::vector<std::unique_ptr<MagnetModel>> models_;
  std::vector<std::unique_ptr<MagnetGenerator>> generators_;
  float set_[kLiveParameters], playing_[kLiveParameters];  // playing: with the changes
  std::vector<LiveChange> changes_;
  std::size_t next_change_ = 0;

  MagnitudeShift shift_;
  RtpghiStream phase_;
  IstftStream samples_;
  std::vector<float> magnitudes_, others_;  // [bins], of the first and the second model
  std::vector<Complex> spectrum_;           // [bins]
  std::vector<float> gains_;                // of the newest frames
  std::vector<float> ready_;                // [hop] samples that were made at once
  int n_ready_ = 0, taken_ = 0;
  std::int64_t frame_ = 0, made_ = 0;  // frames, samples
};

}  // namespace unisono
