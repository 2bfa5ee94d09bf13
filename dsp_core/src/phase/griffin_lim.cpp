// Griffin-Lim, plain and with momentum.
#include "unisono/phase/griffin_lim.h"

#include <vector>

#include "phase/direction.h"
#include "unisono/random.h"

namespace unisono {
namespace {

constexpr std::uint32_t kPhaseStream = 0x67726966u;  // a stream of random numbers of its own

// One frame's way through a sweep: its projection c takes the place of the one before, p, and its estimate becomes
// magnitude * direction of c + m (c - p); only the direction counts, so that is taken as c - m / (1 + m) p.
void advance(Complex* estimate, Complex* previous, const Complex* projected, const float* magnitude, float weight,
             int bins) {
  const float* c = &projected->re;
  float *e = &estimate->re, *p = &previous->re;
  for (int i = 0; i < 2 * bins; ++i) {
    e[i] = c[i] - weight * p[i];
    p[i] = c[i];
  }
  detail::with_magnitude(estimate, estimate, magnitude, bins);
}

}  // namespace

bool griffin_lim_refine(Complex* out, const Complex* spectrogram, const float* magnitude, const StftParams& params,
                        int n_iter, float momentum, int n_frames) {
  Stft stft;
  if (!stft.configure(params)) return false;
  if (n_frames == 0) return true;
  const std::int64_t n = static_cast<std::int64_t>(n_frames) * stft.bins();
  const float scale = detail::unit_scale(magnitude, n);
  std::vector<float> scaled(magnitude, magnitude + n), signal(stft_length(params, n_frames));
  for (float& m : scaled) m *= scale;
  std::vector<Complex> projected(stft.bins()), previous(n, Complex{0.0f, 0.0f});
  detail::with_magnitude(out, spectrogram, scaled.data(), n);
  const int depth = (params.n_fft - 1) / params.hop_length;  // of the frames to come that a frame overlaps
  const int length = static_cast<int>(signal.size());
  for (int i = 0; i < n_iter; ++i) {
    const float weight = i > 0 ? momentum / (1.0f + momentum) : 0.0f;
    stft.begin_synthesis();
    // While a frame is near: the signal is ahead of the transform by what a frame overlaps.
    for (int t = 0; t < n_frames + depth; ++t) {
      if (t < n_frames) stft.synthesis_frame(signal.data(), out + std::int64_t{t} * stft.bins(), t, n_frames, length);
      if (t < depth) continue;
      const std::int64_t at = std::int64_t{t - depth} * stft.bins();
      stft.analysis_frame(projected.data(), signal.data(), t - depth, length);
      advance(out + at, &previous[at], projected.data(), &scaled[at], weight, stft.bins());
    }
  }
  for (std::int64_t i = 0; i < n; ++i) out[i] = {out[i].re / scale, out[i].im / scale};
  return true;
}

bool griffin_lim(Complex* out, const float* magnitude, const StftParams& params, int n_iter, float momentum,
                 std::uint32_t seed, int n_frames) {
  const std::int64_t n = static_cast<std::int64_t>(n_frames) * stft_bins(params);
  const int bins = stft_bins(params);
  std::vector<std::uint32_t> turns(bins);
  std::vector<Complex> start(n);
  for (std::int64_t i = 0; i < n; i += bins) {
    random_words(turns.data(), seed, kPhaseStream, bins, static_cast<std::uint64_t>(i));
    detail::phasors(&start[i], turns.data(), bins);
  }
  return griffin_lim_refine(out, start.data(), magnitude, params, n_iter, momentum, n_frames);
}

}  // namespace unisono
