// Short-time Fourier transform: windowed frames one way, least-squares overlap-add the other.
//
// Overlap-add runs in the order of the frames, so every output sample is one sum in one order. The sum of squared
// windows that it is divided by depends on the sample's place only; away from the ends it repeats every hop.
#include "unisono/stft.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "stft/gather.h"
#include "unisono/simd.h"

namespace unisono {
namespace {

// Below this a sum of squared windows counts as zero (numpy's smallest normal float, as librosa's istft has it).
constexpr double kTiny = 0x1p-126;

bool params_ok(const StftParams& p) {
  return fft_size_ok(p.n_fft) && p.hop_length >= 1 && p.hop_length <= p.n_fft && p.win_length >= 1 &&
         p.win_length <= p.n_fft;
}

void multiply(float* out, const float* a, const float* b, int n) {
  for (int i = 0; i < n; ++i) out[i] = a[i] * b[i];
}
void add(float* out, const float* a, int n) {
  for (int i = 0; i < n; ++i) out[i] += a[i];
}

}  // namespace

int stft_frames(const StftParams& p, int n) {
  const std::int64_t extra = std::int64_t{n} + 2 * stft_padding(p) - p.n_fft;
  return extra < 0 ? 0 : static_cast<int>(1 + extra / p.hop_length);
}

int stft_length(const StftParams& p, int n_frames) {
  if (n_frames <= 0) return 0;
  return p.n_fft + (n_frames - 1) * p.hop_length - 2 * stft_padding(p);
}

// Here, and not again wherever there is a plan: a page waits for every byte.
Stft::Stft() = default;
Stft::~Stft() = default;

bool Stft::configure(const StftParams& params) {
  if (!params_ok(params)) return false;
  params_ = params;
  const auto n_fft = static_cast<std::size_t>(params.n_fft);
  window_.assign(n_fft, 0.0f);
  unisono::window(window_.data() + (params.n_fft - params.win_length) / 2, params.window, true, params.win_length);
  frame_.assign(n_fft, 0.0f);
  sum_.assign(n_fft, 0.0f);
  gain_.resize(static_cast<std::size_t>(params.hop_length));
  spectrum_.resize(static_cast<std::size_t>(bins()));
  const int depth = (params.n_fft - 1) / params.hop_length;  // frames before the first that is complete
  for (int i = 0; i < params.hop_length; ++i) {
    gain_[static_cast<std::size_t>(i)] = edge_gain(std::int64_t{depth} * params.hop_length + i, depth + 1);
  }
  return fft_.configure(params.n_fft);
}

void Stft::forward_frame(Complex* spectrum, const float* frame, const Upcoming& next) {
  if (params_.window != WindowKind::rectangular || params_.win_length != params_.n_fft) {  // else all ones
    multiply(frame_.data(), frame, window_.data(), params_.n_fft);
    frame = frame_.data();
  }
  fft_.forward(spectrum, frame, next);
}

void Stft::inverse_frame(float* frame, const Complex* spectrum, const Upcoming& next) {
  fft_.inverse(frame, spectrum, next);
  multiply(frame, frame, window_.data(), params_.n_fft);
}

// The spectrum of frame t of x[n].
void Stft::analysis_frame(Complex* spectrum, const float* x, int t, int n, const Upcoming& next) {
  const std::int64_t start = std::int64_t{t} * params_.hop_length - stft_padding(params_);
  if (start >= 0 && start + params_.n_fft <= n) {
    forward_frame(spectrum, x + start, next);
  } else {
    detail::gather(frame_.data(), {x, 0, n}, start, params_);
    forward_frame(spectrum, frame_.data(), next);
  }
}

void Stft::analysis(Complex* spectrogram, const float* x, int n_frames, int n) {
  for (int t = 0; t < n_frames; ++t, spectrogram += bins()) {
    const std::int64_t unread = std::int64_t{t} * params_.hop_length - stft_padding(params_) + params_.n_fft;
    analysis_frame(spectrogram, x, t, n, {x + std::min<std::int64_t>(unread, n), spectrogram + bins()});
  }
}

void Stft::magnitudes(float* magnitudes, const float* x, int first, int n_frames, int n) {
  for (int t = first; t < first + n_frames; ++t, magnitudes += bins()) {
    analysis_frame(spectrum_.data(), x, t, n);
    magnitude(magnitudes, spectrum_.data(), bins());
  }
}

// 1 / (sum of squared windows) at sample `at` of n_frames frames of which the first begins at 0; the sum in double.
float Stft::edge_gain(std::int64_t at, std::int64_t n_frames) const {
  const std::int64_t hop = params_.hop_length, n_fft = params_.n_fft;
  const std::int64_t first = at < n_fft ? 0 : (at - n_fft) / hop + 1;
  const std::int64_t last = at / hop < n_frames ? at / hop : n_frames - 1;
  double power = 0.0;
  for (std::int64_t t = first; t <= last; ++t) {
    const double w = static_cast<double>(window_[static_cast<std::size_t>(at - t * hop)]);
    power += w * w;
  }
  return power > kTiny ? static_cast<float>(1.0 / power) : 1.0f;
}

float Stft::gain(std::int64_t at, std::int64_t n_frames) const {
  const std::int64_t hop = params_.hop_length;
  const bool inner = at >= (params_.n_fft - 1) / hop * hop && at < n_frames * hop;  // all frames overlap
  return inner ? gain_[static_cast<std::size_t>(at % hop)] : edge_gain(at, n_frames);
}

// Sends the finished sums of samples [at, at + count) of the frames' grid, sum[count], to their places in out[n].
void Stft::emit(float* out, const float* sum, std::int64_t at, int count, int n_frames, int n) const {
  const std::int64_t hop = params_.hop_length;
  const std::int64_t to = at - stft_padding(params_);
  const int begin = to < 0 ? static_cast<int>(to + count < 0 ? count : -to) : 0;
  const int end = to + count > n ? static_cast<int>(n > to ? n - to : 0) : count;
  const bool inner = at >= (params_.n_fft - 1) / hop * hop && at + count <= n_frames * hop;  // all frames overlap
  if (inner) {
    for (int i = begin; i < end; ++i) out[to + i] = sum[i] * gain_[static_cast<std::size_t>(i)];
  } else {
    for (int i = begin; i < end; ++i) out[to + i] = sum[i] * edge_gain(at + i, n_frames);
  }
}

void Stft::begin_synthesis() { std::memset(sum_.data(), 0, sizeof(float) * sum_.size()); }

void Stft::synthesis_frame(float* out, const Complex* spectrum, int t, int n_frames, int n) {
  const int n_fft = params_.n_fft, hop = params_.hop_length;
  inverse_frame(frame_.data(), spectrum, {.read = spectrum + bins()});
  add(sum_.data(), frame_.data(), n_fft);
  const std::int64_t at = std::int64_t{t} * hop;
  emit(out, sum_.data(), at, hop, n_frames, n);
  if (t + 1 == n_frames) emit(out, sum_.data() + hop, at + hop, n_fft - hop, n_frames, n);
  std::memmove(sum_.data(), sum_.data() + hop, sizeof(float) * static_cast<std::size_t>(n_fft - hop));
  std::memset(sum_.data() + (n_fft - hop), 0, sizeof(float) * static_cast<std::size_t>(hop));
}

void Stft::synthesis(float* out, const Complex* spectrogram, int n_frames, int n) {
  begin_synthesis();
  for (int t = 0; t < n_frames; ++t) {
    synthesis_frame(out, spectrogram + static_cast<std::ptrdiff_t>(t) * bins(), t, n_frames, n);
  }
  const std::int64_t hop = params_.hop_length;
  const std::int64_t reached = n_frames > 0 ? (n_frames - 1) * hop + params_.n_fft - stft_padding(params_) : 0;
  for (std::int64_t i = reached; i < n; ++i) out[i] = 0.0f;
}

bool stft(Complex* out, const float* x, const StftParams& params, int n) {
  Stft plan;
  if (!plan.configure(params)) return false;
  plan.analysis(out, x, stft_frames(params, n), n);
  return true;
}

bool istft(float* out, const Complex* spectrogram, const StftParams& params, int n_frames, int n) {
  Stft plan;
  if (!plan.configure(params)) return false;
  plan.synthesis(out, spectrogram, n_frames, n);
  return true;
}

void magnitude(float* out, const Complex* in, int n) {
  for (int i = 0; i < n; ++i) {
    const double re = static_cast<double>(in[i].re), im = static_cast<double>(in[i].im);
    out[i] = canonical(static_cast<float>(sqrt(re * re + im * im)));
  }
}

}  // namespace unisono
