// The phase methods with the settings that models and resynthesis use.
#include "unisono/phase/reconstruct.h"

#include <vector>

#include "unisono/phase/griffin_lim.h"
#include "unisono/phase/lws.h"
#include "unisono/phase/pghi.h"

namespace unisono {
namespace {

constexpr int kGriffinLimIterations = 32;
constexpr float kGriffinLimMomentum = 0.99f;
constexpr float kPghiTolerance = 1e-6f;

LwsOptions quick_lws() {
  LwsOptions options;
  options.online.iterations = 10;
  options.batch.iterations = 0;
  return options;
}

}  // namespace

bool reconstruct_phase(Complex* out, const float* magnitude, const StftParams& params, PhaseKind kind, int n_frames,
                       std::uint32_t seed) {
  switch (kind) {
  case PhaseKind::lws: return lws(out, magnitude, params, quick_lws(), n_frames);
  case PhaseKind::griffin_lim:
    return griffin_lim(out, magnitude, params, kGriffinLimIterations, kGriffinLimMomentum, seed, n_frames);
  case PhaseKind::pghi: return pghi(out, magnitude, params, kPghiTolerance, seed, n_frames);
  }
  return false;
}

bool reconstruct(float* out, const float* magnitude, const StftParams& params, PhaseKind kind, int n_frames,
                 int n_samples, std::uint32_t seed) {
  std::vector<Complex> spectrogram(static_cast<std::size_t>(n_frames) * stft_bins(params));
  if (!reconstruct_phase(spectrogram.data(), magnitude, params, kind, n_frames, seed)) return false;
  return istft(out, spectrogram.data(), params, n_frames, n_samples);
}

}  // namespace unisono
