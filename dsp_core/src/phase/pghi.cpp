// Phase gradient heap integration.
#include "unisono/phase/pghi.h"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <vector>

#include "phase/direction.h"
#include "phase/gradient.h"
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
      push(i);
      while (!heap_.empty()) spread(pop());
    }
  }

  // From the frame's start.
  std::uint32_t phase(std::int64_t i) const { return phase_[i] - gradient_.centre[i % bins_]; }

 private:
  void take_logs(std::int64_t n) {
    for (std::int64_t i = 0; i < n; i += 4096)
      log(&log_[i], &log_[i], static_cast<int>(std::min<std::int64_t>(4096, n - i)));
  }

  std::uint64_t key(std::int64_t i) const { return detail::loudness_key(magnitude_[i], static_cast<std::uint32_t>(i)); }
  static std::int64_t index(std::uint64_t key) { return detail::loudness_index(key); }

  void push(std::int64_t i) {
    heap_.push_back(key(i));
    std::push_heap(heap_.begin(), heap_.end());
  }
  std::int64_t pop() {
    std::pop_heap(heap_.begin(), heap_.end());
    const std::uint64_t top = heap_.back();
    heap_.pop_back();
    return index(top);
  }

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
    const int t = static_cast<int>(i / bins_), b = static_cast<int>(i % bins_);
    if (t + 1 < n_frames_ && !known_[i + bins_]) reach(i + bins_, phase_[i] + step_time(i, i + bins_, b));
    if (t > 0 && !known_[i - bins_]) reach(i - bins_, phase_[i] - step_time(i, i - bins_, b));
    if (b + 1 < bins_ && !known_[i + 1]) reach(i + 1, phase_[i] + step_frequency(i, i + 1, t));
    if (b > 0 && !known_[i - 1]) reach(i - 1, phase_[i] - step_frequency(i, i - 1, t));
  }
  std::uint32_t step_time(std::int64_t i, std::int64_t j, int b) const {
    return gradient_.advance[b] + detail::wrap(0.5 * (along_time(i, b) + along_time(j, b)));
  }
  std::uint32_t step_frequency(std::int64_t i, std::int64_t j, int t) const {
    return detail::wrap(0.5 * (along_frequency(i, t) + along_frequency(j, t)));
  }
  void reach(std::int64_t i, std::uint32_t phase) {
    phase_[i] = phase;
    known_[i] = 1;
    push(i);
  }

  const float* magnitude_;
  int bins_, n_frames_;
  float floor_;
  detail::PhaseGradient gradient_;
  std::vector<float> log_;
  std::vector<std::uint32_t> phase_;
  std::vector<std::uint8_t> known_;
  std::vector<std::uint64_t> heap_;
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
  const Random random(seed, kPhaseStream);
  for (std::int64_t i = 0; i < n; ++i) {
    const bool heard = magnitude[i] > floor;
    const std::uint32_t turns = heard ? integrator.phase(i) : random.bits(static_cast<std::uint64_t>(i));
    const Complex p = detail::phasor(turns);
    out[i] = {magnitude[i] * p.re, magnitude[i] * p.im};
  }
  return true;
}

}  // namespace unisono
