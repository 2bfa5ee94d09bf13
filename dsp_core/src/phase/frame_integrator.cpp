// See frame_integrator.h.
#include "phase/frame_integrator.h"

#include <algorithm>
#include <cfloat>
#include <utility>

#include "unisono/math.h"
#include "unisono/random.h"

namespace unisono::detail {
namespace {

constexpr std::uint32_t kPhaseStream = 0x72747067u;  // a stream of random numbers of its own
constexpr float kMaxMagnitude = 1e15f;               // its square and sums of such are finite

}  // namespace

void FrameIntegrator::configure(const StftParams& params, float tolerance, std::uint32_t seed) {
  gradient_.configure(params);
  tolerance_ = tolerance;
  seed_ = seed;
  bins_ = stft_bins(params);
  const auto bins = static_cast<std::size_t>(bins_);
  for (Frame* frame : {&before_, &now_, &next_}) {
    frame->magnitude.resize(bins);
    frame->logarithm.resize(bins);
  }
  known_.resize(bins);
  found_.resize(bins);
  queue_.reserve(2 * bins);
  peaks_.reserve(bins);
  reset();
}

void FrameIntegrator::reset() {
  number_ = 0;
  for (Frame* frame : {&before_, &now_, &next_}) frame->there = false;
}

void FrameIntegrator::push(const float* magnitude) {
  std::swap(before_, now_);
  std::swap(now_, next_);
  number_ += now_.there;
  next_.there = magnitude != nullptr;
  if (!next_.there) return;
  std::transform(magnitude, magnitude + bins_, next_.magnitude.begin(),
                 [](float m) { return m > 0.0f ? std::min(m, kMaxMagnitude) : 0.0f; });
  next_.largest = *std::max_element(next_.magnitude.begin(), next_.magnitude.end());
  std::transform(next_.magnitude.begin(), next_.magnitude.end(), next_.logarithm.begin(),
                 [](float m) { return std::max(m, FLT_MIN); });
  log(next_.logarithm.data(), next_.logarithm.data(), bins_);
}

// How fast the phase turns at bin b beyond the bin's own frequency, in turns a frame.
double FrameIntegrator::along_time(const Frame& frame, int b) const {
  if (b == 0 || b + 1 == bins_) return 0.0;  // the spectrum is mirrored there
  return gradient_.per_frame * (frame.logarithm[b + 1] - frame.logarithm[b - 1]);
}

// And from bin to bin, in turns a bin.
double FrameIntegrator::along_frequency(int b) const {
  const float before = (before_.there ? before_ : now_).logarithm[b], next = (next_.there ? next_ : now_).logarithm[b];
  return gradient_.per_bin * (next - before);
}

void FrameIntegrator::enter(int b, std::uint32_t phase) {
  found_[b] = phase;
  known_[b] = 1;
  queue_.push(loudness_key(now_.magnitude[b], static_cast<std::uint32_t>(b)));
}

void FrameIntegrator::spread_to(int b, int from) {
  if (b < 0 || b >= bins_ || known_[b]) return;
  const std::uint32_t step = wrap(0.5 * (along_frequency(b) + along_frequency(from)));
  enter(b, b > from ? found_[from] + step : found_[from] - step);
}

// Loud bins first: those of the frame before reach the same bin of this frame, those of this frame their neighbours.
void FrameIntegrator::spread(const std::uint32_t* before) {
  while (!queue_.empty()) {
    const int at = static_cast<int>(loudness_index(queue_.take()));
    if (at < bins_) {
      spread_to(at + 1, at);
      spread_to(at - 1, at);
    } else if (const int b = at - bins_; !known_[b]) {
      enter(b, before[b] + gradient_.advance[b] + wrap(0.5 * (along_time(before_, b) + along_time(now_, b))));
    }
  }
}

// What the frame before does not reach begins at its peaks, with phase 0.
void FrameIntegrator::begin_at_peaks(const std::uint32_t* before) {
  peaks_.clear();
  const std::vector<float>& m = now_.magnitude;
  for (int b = 0; b < bins_; ++b) {
    const bool peak = (b == 0 || !(m[b - 1] > m[b])) && (b + 1 == bins_ || !(m[b + 1] > m[b]));
    if (peak && !known_[b]) peaks_.push_back(loudness_key(m[b], static_cast<std::uint32_t>(b)));
  }
  // A total order: equal keys are the same integer.
  std::sort(peaks_.begin(), peaks_.end());
  for (auto peak = peaks_.rbegin(); peak != peaks_.rend(); ++peak) {
    const int b = static_cast<int>(loudness_index(*peak));
    if (known_[b]) continue;
    enter(b, 0u);
    spread(before);
  }
}

void FrameIntegrator::integrate(std::uint32_t* phase) {
  const float floor = tolerance_ * std::max(now_.largest, before_.there ? before_.largest : 0.0f);
  const std::uint64_t first = (number_ - 1) * static_cast<std::uint64_t>(bins_);
  queue_.clear();
  random_words(found_.data(), seed_, kPhaseStream, bins_, first);
  for (int b = 0; b < bins_; ++b) {
    known_[b] = !(now_.magnitude[b] > floor);
    if (before_.there && before_.magnitude[b] > floor)
      queue_.push(loudness_key(before_.magnitude[b], static_cast<std::uint32_t>(bins_ + b)));
  }
  spread(phase);
  begin_at_peaks(phase);
  std::copy(found_.begin(), found_.end(), phase);
}

}  // namespace unisono::detail
