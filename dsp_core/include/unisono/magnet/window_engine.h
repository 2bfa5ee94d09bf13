// The faithful presets: training on shuffled windows, and generation by a sliding window with reseeding, as in the
// MAGNet repository.
#pragma once

#include <algorithm>
#include <vector>

#include "unisono/magnet/engine.h"
#include "unisono/magnet/window_feedback.h"
#include "unisono/magnet/window_frames.h"

namespace unisono {

class WindowEngine final : public MagnetEngine {
 public:
  // Of clips of up to most_kept frames, 6 minutes at 44.1 kHz, all magnitudes are kept, 134 MB.
  WindowEngine(const MagnetConfig& config, std::uint32_t seed, int most_kept = 1 << 15);

  void set_clip(Workers& workers, const float* samples, int n) override;
  int min_frames() const override { return config_.sequence_length + 2; }
  int steps_per_epoch() const override { return (n_windows() + config_.batch_size - 1) / config_.batch_size; }
  int default_epochs() const override { return config_.default_epochs; }
  float train_step(Workers& workers, std::int32_t step) override;
  void prepare(Workers& workers) override;
  std::unique_ptr<MagnetGenerator> generator(Workers& workers, std::uint32_t seed, int window_stride) override;
  void list(TensorList& list) override;

 private:
  class Generator;
  // What the network makes of a primer window, found when it is first asked for.
  struct Primed {
    std::vector<float> features, state;  // after it, and what the layers carry on
    bool known = false;
  };

  // The repository's loop bound, which leaves out the last possible window.
  int n_windows() const { return std::max(0, frames_.n_frames() - config_.sequence_length - 1); }
  void keep_primers(const float* samples, int n);
  void shuffle_for(int epoch);

  MagnetConfig config_;
  std::uint32_t seed_;
  WindowNetwork<float> network_;
  std::vector<Parameter<float>*> parameters_;
  std::vector<float> primers_;  // [primer_windows][sequence_length][bins]

  // Of the weights as they are: since prepare.
  WindowFeedback feedback_;
  std::vector<Primed> primed_;  // [primer_windows]

  int most_kept_;
  WindowFrames frames_;
  std::vector<std::int32_t> order_;  // window starts in the order of epoch order_epoch_
  int order_epoch_ = -1;
};

}  // namespace unisono
