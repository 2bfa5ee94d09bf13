// See gradient.h.
#include "phase/gradient.h"

namespace unisono::detail {
namespace {

constexpr double kTwoPi = 6.283185307179586;

// gamma / win_length^2 of the Gaussian exp(-pi t^2 / gamma) that is nearest to the window in the least squares sense, both
// with their peaks at 1; nothing is near to the rectangle, so the one that correlates best with it.
double gaussian_width(WindowKind kind) {
  switch (kind) {
  case WindowKind::hann: return 0.25832;
  case WindowKind::hamming: return 0.30363;
  case WindowKind::blackman: return 0.17949;
  case WindowKind::sqrt_hann: return 0.45105;
  case WindowKind::rectangular: return 0.80144;
  }
  return 0.25832;
}

}  // namespace

void PhaseGradient::configure(const StftParams& params) {
  const double hop = params.hop_length, n_fft = params.n_fft, win = params.win_length;
  const double gamma = gaussian_width(params.window) * win * win;
  per_frame = hop * n_fft / (2.0 * gamma * kTwoPi);
  per_bin = -gamma / (2.0 * hop * n_fft * kTwoPi);
  const std::int64_t bins = stft_bins(params);
  const std::int64_t centre2 = (params.n_fft - params.win_length) / 2 * 2 + params.win_length;
  advance.resize(static_cast<std::size_t>(bins));
  centre.resize(advance.size());
  for (std::int64_t b = 0; b < bins; ++b) {
    advance[static_cast<std::size_t>(b)] = wrap_ratio(std::int64_t{params.hop_length} * b, params.n_fft);
    centre[static_cast<std::size_t>(b)] = wrap_ratio(centre2 * b, 2 * std::int64_t{params.n_fft});
  }
}

}  // namespace unisono::detail
