// The faithful presets: training on shuffled windows, and generation by a sliding window with reseeding, as in the
// MAGNet repository.
#pragma once

#include <vector>

#include "unisono/magnet/engine.h"
#include "unisono/magnet/window_network.h"

namespace unisono {

class WindowEngine final : public MagnetEngine {
 public:
  WindowEngine(const MagnetConfig& config, std::uint32_t seed);

  void set_clip(Workers& workers, const float* magnitudes, int n_frames) override;
  int min_frames() const override { return config_.sequence_length + 2; }
  int steps_per_epoch() const override { return (n_windows() + config_.batch_size - 1) / config_.batch_size; }
  int default_epochs() const override { return config_.default_epochs; }
  float train_step(Workers& workers, std::int32_t step) override;
  std::unique_ptr<MagnetGenerator> generator(Workers& workers, std::uint32_t seed) override;
  void list(TensorList& list) override;

 private:
  class Generator;

  // The repository's loop bound, which leaves out the last possible window.
  int n_windows() const { return n_frames_ > 0 ? n_frames_ - config_.sequence_length - 1 : 0; }
  void keep_primers();
  void shuffle_for(int epoch);

  MagnetConfig config_;
  std::uint32_t seed_;
  WindowNetwork<float> network_;
  std::vector<Parameter<float>*> parameters_;
  std::vector<float> primers_;  // [primer_windows][sequence_length][bins]

  std::vector<float> frames_;  // [n_frames][bins]
  int n_frames_ = 0;
  std::vector<std::int32_t> order_;  // window starts in the order of epoch order_epoch_
  int order_epoch_ = -1;
};

}  // namespace unisono
