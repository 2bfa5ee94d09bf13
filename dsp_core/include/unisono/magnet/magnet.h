// MAGNet: a recurrent network that learns the magnitude spectra of one clip and plays on in its style.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "unisono/magnet/engine.h"
#include "unisono/phase/reconstruct.h"

namespace unisono {

// A model with its training. The bits follow from preset, sr, seed, clip and the number of steps, never from threads.
// Only configure, set_clip and generate allocate.
class MagnetModel : public StoredModel {
 public:
  void configure(MagnetPreset preset, int sr, std::uint32_t seed, int threads);

  // Analyses the clip: before training, and again before going on with a model that was loaded.
  // samples[n], n >= min_clip_samples().
  void set_clip(const float* samples, int n);
  bool has_clip() const { return engine_->steps_per_epoch() > 0; }
  int min_clip_samples() const;

  int steps_per_epoch() const { return engine_->steps_per_epoch(); }
  int default_epochs() const { return engine_->default_epochs(); }
  // Steps done. The random state of the training is this number and the seed.
  std::int32_t step() const { return step_; }
  void set_step(std::int32_t step) { step_ = step; }

  // One step of the optimiser on the next batch; returns its loss. Needs a clip.
  float train_step();
  // The mean loss of the last epoch that was finished, 0 before.
  float epoch_loss() const { return progress_[1]; }

  // out[n_samples]: magnitudes, phase, overlap-add and soft_limit. Never needs the clip. window_stride: see
  // WindowGenerator; for the faithful presets.
  void generate(float* out, int n_samples, std::uint32_t seed, float temperature, PhaseKind phase,
                int window_stride = 1);
  // magnitudes[n_frames][bins]
  void generate_magnitude(float* magnitudes, int n_frames, std::uint32_t seed, float temperature,
                          int window_stride = 1);
  // The same some frames at a time, as long as the model is neither changed nor asked for other sound. A NaN may be in it.
  std::unique_ptr<MagnetGenerator> generator(std::uint32_t seed, int window_stride = 1);

  int sr() const { return sr_; }
  const StftParams& stft_params() const { return config_.stft; }
  int n_fft() const { return config_.stft.n_fft; }
  int hop_length() const { return config_.stft.hop_length; }
  int win_length() const { return config_.stft.win_length; }
  int bins() const { return config_.bins(); }
  int hidden_size() const { return config_.hidden; }
  int layers() const { return config_.layers; }

 protected:
  void configure(const MagnetConfig& config, int sr, int threads, std::unique_ptr<MagnetEngine> engine);
  Workers& workers() { return *workers_; }

 private:
  MagnetConfig config_{};
  int sr_ = 0;
  std::unique_ptr<Workers> workers_;
  std::unique_ptr<MagnetEngine> engine_;
  std::int32_t step_ = 0;
  float progress_[2] = {0.0f, 0.0f};  // sum of the losses of the epoch at work; mean loss of the last one finished
};

}  // namespace unisono
