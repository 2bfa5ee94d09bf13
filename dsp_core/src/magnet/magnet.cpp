// See magnet.h.
#include "unisono/magnet/magnet.h"

#include <algorithm>
#include <utility>

#include "unisono/audio.h"
#include "unisono/magnet/stream_engine.h"
#include "unisono/magnet/window_engine.h"
#include "unisono/nn/elementwise.h"

namespace unisono {

void MagnetModel::configure(MagnetPreset preset, int sr, std::uint32_t seed, int threads) {
  const MagnetConfig config = magnet_config(preset);
  if (preset == MagnetPreset::standard)
    configure(config, sr, threads, std::make_unique<StreamEngine>(config, sr, seed));
  else configure(config, sr, threads, std::make_unique<WindowEngine>(config, seed));
}

void MagnetModel::configure(const MagnetConfig& config, int sr, int threads, std::unique_ptr<MagnetEngine> engine) {
  config_ = config;
  sr_ = sr;
  step_ = 0;
  workers_ = std::make_unique<Workers>(threads);
  engine_ = std::move(engine);
  std::fill_n(progress_, 2, 0.0f);
  TensorList tensors;
  engine_->list(tensors);
  tensors.add("progress", {2}, progress_);
  store(std::move(tensors));
}

int MagnetModel::min_clip_samples() const { return stft_length(config_.stft, engine_->min_frames()); }

void MagnetModel::set_clip(const float* samples, int n) {
  engine_->set_clip(*workers_, samples, n);
  values_changed();
}

float MagnetModel::train_step() {
  const float loss = canonical(engine_->train_step(*workers_, step_));
  values_changed();
  ++step_;
  progress_[0] = canonical(progress_[0] + loss);
  if (step_ % steps_per_epoch() == 0) {
    progress_[1] = progress_[0] / static_cast<float>(steps_per_epoch());
    progress_[0] = 0.0f;
  }
  return loss;
}

std::unique_ptr<MagnetGenerator> MagnetModel::generator(std::uint32_t seed, int window_stride) {
  if (changed()) engine_->prepare(*workers_);
  settle();
  return engine_->generator(*workers_, seed, window_stride);
}

void MagnetModel::generate_magnitude(float* magnitudes, int n_frames, std::uint32_t seed, float temperature,
                                     int window_stride) {
  generator(seed, window_stride)->next(magnitudes, n_frames, temperature, 1.0f);
  canonicalise(magnitudes, n_frames * bins());
}

void MagnetModel::generate(float* out, int n_samples, std::uint32_t seed, float temperature, PhaseKind phase,
                           int window_stride) {
  const int n_frames = reconstruct_frames(config_.stft, phase, n_samples);
  std::vector<float> magnitudes(static_cast<std::size_t>(n_frames) * bins());
  generate_magnitude(magnitudes.data(), n_frames, seed, temperature, window_stride);
  reconstruct(out, magnitudes.data(), config_.stft, phase, n_frames, n_samples, seed);
  soft_limit(out, out, n_samples);
}

}  // namespace unisono
