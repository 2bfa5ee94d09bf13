// Griffin-Lim, plain and with momentum.
#include "unisono/phase/griffin_lim.h"

#include <utility>
#include <vector>

#include "phase/direction.h"
#include "unisono/random.h"

namespace unisono {
namespace {

constexpr std::uint32_t kPhaseStream = 0x67726966u;  // a stream of random numbers of its own

// est[n] -= weight * previous[n]
void extrapolate(Complex* est, const Complex* previous, float weight, std::int64_t n) {
  float* e = &est->re;
  const float* p = &previous->re;
  for (std::int64_t i = 0; i < 2 * n; ++i) e[i] -= weight * p[i];
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
  std::vector<Complex> projected(n), previous(n, Complex{0.0f, 0.0f});
  detail::with_magnitude(out, spectrogram, scaled.data(), n);
  for (int i = 0; i < n_iter; ++i) {
    stft.synthesis(signal.data(), out, n_frames, static_cast<int>(signal.size()));
    stft.analysis(projected.data(), signal.data(), n_frames, static_cast<int>(signal.size()));
    // Only the direction counts, so c + m (c - p) is taken as c - m / (1 + m) p.
    std::swap(projected, previous);
    std::copy(previous.begin(), previous.end(), out);
    if (i > 0) extrapolate(out, projected.data(), momentum / (1.0f + momentum), n);
    detail::with_magnitude(out, out, scaled.data(), n);
  }
  for (std::int64_t i = 0; i < n; ++i) out[i] = {out[i].re / scale, out[i].im / scale};
  return true;
}

bool griffin_lim(Complex* out, const float* magnitude, const StftParams& params, int n_iter, float momentum,
                 std::uint32_t seed, int n_frames) {
  const std::int64_t n = static_cast<std::int64_t>(n_frames) * stft_bins(params);
  const Random random(seed, kPhaseStream);
  std::vector<Complex> start(n);
  for (std::int64_t i = 0; i < n; i += 4) {
    const auto words = random.block(static_cast<std::uint64_t>(i) / 4);
    for (std::int64_t j = 0; j < 4 && i + j < n; ++j) start[i + j] = detail::phasor(words[j]);
  }
  return griffin_lim_refine(out, start.data(), magnitude, params, n_iter, momentum, n_frames);
}

}  // namespace unisono
