// Phase gradient heap integration.
#include "unisono/phase/pghi.h"

#include <algorithm>
#include <cfloat>
#include <vector>

#include "phase/direction.h"
#include "phase/gradient.h"
#include "phase/loudest_first.h"
#include "unisono/math.h"
#include "unisono/random.h"

namespace unisono {
namespace {

constexpr std::uint32_t kPhaseStream = 0x70676869u;  // a stream of random numbers of its own

class Integrator {
 public:
  Integrator(const float* magnitude, const StftParams& params, float floor, int n_frames)
      : magnitude_(magnitude), bins_(stft_bins(params)), n_frames_(n_frames), floor_(floor) {
    const std::int64_t n = static_cast<std::int64_t>(n_frames) * bins_;
    gradient_.configure(params);
    phase_.resize(n);
    known_.resize(n);
    for (std::int64_t i = 0; i < n; ++i) known_[i] = !(magnitude[i] > floor);
    log_.resize(n);
    for (std::int64_t i = 0; i < n; ++i) log_[i] = std::max(magnitude[i], FLT_MIN);
    take_logs(n);
  }

  // Spreads from every peak over all bins above the floor, loudest first.
  void run() {
    const std::vector<std::uint64_t> all = peaks();
    for (auto peak = all.rbegin(); peak != all.rend(); ++peak) {
      const std::int64_t i = index(*peak);
      if (known_[i]) continue;
      known_[i] = 1;
      queue_.push(*peak);
      while (!queue_.empty()) spread(index(queue_.take()));
    }
  }

  // From the frame's start.
  std::uint32_t phase(std::int64_t i, int b) const { return phase_[i] - gradient_.centre[b]; }

 private:
  void take_logs(std::int64_t n) {
    for (std::int64_t i = 0; i < n; i += 4096)
      log(&log_[i], &log_[i], static_cast<int>(std::min<std::int64_t>(4096, n - i)));
  }

  std::uint64_t key(std::int64_t i) const { return detail::loudness_key(magnitude_[i], static_cast<std::uint32_t>(i)); }
  static std::int64_t index(std::uint64_t key) { return detail::loudness_index(key); }

  // Bins that no neighbour exceeds, the softest first: every connected region starts at one of them.
  std::vector<std::uint64_t> peaks() const {
    std::vector<std::uint64_t> out;
    for (int t = 0; t < n_frames_; ++t) {
      for (int b = 0; b < bins_; ++b) {
        const std::int64_t i = std::int64_t{t} * bins_ + b;
        if (known_[i]) continue;
        const float m = magnitude_[i];
        if (b > 0 && magnitude_[i - 1] > m) continue;
        if (b + 1 < bins_ && magnitude_[i + 1] > m) continue;
        if (t > 0 && magnitude_[i - bins_] > m) continue;
        if (t + 1 < n_frames_ && magnitude_[i + bins_] > m) continue;
        out.push_back(key(i));
      }
    }
    // A total order: equal keys are the same integer.
    std::sort(out.begin(), out.end());
    return out;
  }

  // How fast the phase turns at bin b of frame t beyond the bin's own frequency, in turns a frame.
  double along_time(std::int64_t i, int b) const {
    if (b == 0 || b + 1 == bins_) return 0.0;  // the spectrum is mirrored there
    return gradient_.per_frame * (log_[i + 1] - log_[i - 1]);
  }
  // And from bin to bin, in turns a bin, relative to the centre of the frame.
  double along_frequency(std::int64_t i, int t) const {
    const float before = t > 0 ? log_[i - bins_] : log_[i];
    const float after = t + 1 < n_frames_ ? log_[i + bins_] : log_[i];
    return gradient_.per_bin * (after - before);
  }

  void spread(std::int64_t i) {
    const int t = static_cast<int>(static_cast<std::uint32_t>(i) / static_cast<std::uint32_t>(bins_));
    const int b = static_cast<int>(i - std::int64_t{t} * bins_);
    if (t + 1 < n_frames_ && !known_[i + bins_]) reach(t + 1, b, phase_[i] + step_time(i, i + bins_, b));
    if (t > 0 && !known_[i - bins_]) reach(t - 1, b, phase_[i] - step_time(i, i - bins_, b));
    if (b + 1 < bins_ && !known_[i + 1]) reach(t, b + 1, phase_[i] + step_frequency(i, i + 1, t));
    if (b > 0 && !known_[i - 1]) reach(t, b - 1, phase_[i] - step_frequency(i, i - 1, t));
  }
  std::uint32_t step_time(std::int64_t i, std::int64_t j, int b) const {
    return gradient_.advance[b] + detail::wrap(0.5 * (along_time(i, b) + along_time(j, b)));
  }
  std::uint32_t step_frequency(std::int64_t i, std::int64_t j, int t) const {
    return detail::wrap(0.5 * (along_frequency(i, t) + along_frequency(j, t)));
  }
  // Who has no neighbour left to spread to is not queued.
  void reach(int t, int b, std::uint32_t phase) {
    const std::int64_t i = std::int64_t{t} * bins_ + b;
    phase_[i] = phase;
    known_[i] = 1;
    const bool enclosed = (t + 1 == n_frames_ || known_[i + bins_]) && (t == 0 || known_[i - bins_]) &&
                          (b + 1 == bins_ || known_[i + 1]) && (b == 0 || known_[i - 1]);
    if (!enclosed) queue_.push(key(i));
  }

  const float* magnitude_;
  int bins_, n_frames_;
  float floor_;
  detail::PhaseGradient gradient_;
  std::vector<float> log_;
  std::vector<std::uint32_t> phase_;
  std::vector<std::uint8_t> known_;
  detail::LoudestFirst queue_;
};

}  // namespace

bool pghi(Complex* out, const float* magnitude, const StftParams& params, float tolerance, std::uint32_t seed,
          int n_frames) {
  Stft stft;
  if (!stft.configure(params)) return false;
  const int bins = stft.bins();
  const std::int64_t n = static_cast<std::int64_t>(n_frames) * bins;
  const float largest = n > 0 ? *std::max_element(magnitude, magnitude + n) : 0.0f;
  const float floor = tolerance * largest;
  Integrator integrator(magnitude, params, floor, n_frames);
  integrator.run();
  std::vector<std::uint32_t> turns(bins);
  std::vector<Complex> direction(bins);
  for (int t = 0; t < n_frames; ++t) {
    const std::int64_t first = std::int64_t{t} * bins;
    random_words(turns.data(), seed, kPhaseStream, bins, static_cast<std::uint64_t>(first));
    for (int b = 0; b < bins; ++b) {
      if (magnitude[first + b] > floor) turns[b] = integrator.phase(first + b, b);
    }
    detail::phasors(direction.data(), turns.data(), bins);
    for (int b = 0; b < bins; ++b) {
      const float m = magnitude[first + b];
      out[first + b] = {m * direction[b].re, m * direction[b].im};
    }
  }
  return true;
}

}  // namespace unisono
