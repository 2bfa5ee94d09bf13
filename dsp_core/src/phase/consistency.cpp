// Measures ||S|| against ||STFT(iSTFT(S)) - S||.
#include "unisono/phase/consistency.h"

#include <algorithm>
#include <vector>

#include "unisono/math_kernels.h"

namespace unisono {
namespace {

constexpr double kDbPerNeper = 4.342944819032518;  // 10 / ln 10

// Sum of |s[i]|^2 (or |s[i] - t[i]|^2) over one frame after the other, in double.
double energy(const Complex* s, const Complex* t, std::int64_t n) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double re = static_cast<double>(s[i].re) - (t ? static_cast<double>(t[i].re) : 0.0);
    const double im = static_cast<double>(s[i].im) - (t ? static_cast<double>(t[i].im) : 0.0);
    sum += re * re + im * im;
  }
  return sum;
}

}  // namespace

float consistency(const Complex* spectrogram, const StftParams& params, int n_frames, int n) {
  Stft stft;
  if (!stft.configure(params) || n_frames == 0) return 0.0f;
  const std::int64_t count = static_cast<std::int64_t>(n_frames) * stft.bins();
  std::vector<float> signal(n);
  std::vector<Complex> projected(count);
  stft.synthesis(signal.data(), spectrogram, n_frames, n);
  stft.analysis(projected.data(), signal.data(), n_frames, n);
  const double whole = energy(spectrogram, nullptr, count);
  const double error = energy(spectrogram, projected.data(), count);
  if (!(whole > 0.0)) return 0.0f;
  if (!(error == error)) return 0.0f;  // overflow on the way
  if (!(error > whole * 1e-30)) return 300.0f;
  return static_cast<float>(kDbPerNeper * (detail::log_kernel(whole) - detail::log_kernel(error)));
}

}  // namespace unisono
