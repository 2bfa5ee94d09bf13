// See shift.h.
#include "unisono/magnet/shift.h"

#include <algorithm>
#include <cstddef>

#include "unisono/math_kernels.h"
#include "unisono/numerics.h"

namespace unisono {

namespace {

constexpr int kEnvelopeParts =
    128;  // the envelope is smoothed over two boxes of a 128th of the spectrum to either side

double ratio_of(float semitones) { return detail::exp_kernel(static_cast<double>(semitones) / 12.0 * detail::kLn2); }

// The value between two bins; `at` from 0 to n - 1.
template <class T>
double between(const std::vector<T>& values, double at) {
  const int last = static_cast<int>(values.size()) - 1;
  const int i = std::min(to_i32(at), last), next = std::min(i + 1, last);
  const double low = static_cast<double>(values[i]), high = static_cast<double>(values[next]);
  return low + (high - low) * (at - i);
}

}  // namespace

void MagnitudeShift::configure(int bins) {
  bins_ = bins;
  reach_ = std::max(1, bins / kEnvelopeParts);
  const auto size = static_cast<std::size_t>(bins);
  envelope_.assign(size, 0.0);
  sums_.assign(size + 1, 0.0);
  fine_.assign(size, 0.0f);
  moved_ = fine_;
  peaks_.reserve(size + 2);
}

// Means over reach_ bins to either side, twice; near the ends over those that there are. fine = magnitudes / envelope.
void MagnitudeShift::find_envelope(const float* magnitudes) {
  for (int k = 0; k < bins_; ++k) envelope_[k] = static_cast<double>(magnitudes[k]);
  for (int pass = 0; pass < 2; ++pass) {
    for (int k = 0; k < bins_; ++k) sums_[k + 1] = sums_[k] + envelope_[k];
    for (int k = 0; k < bins_; ++k) {
      const int first = std::max(0, k - reach_), end = std::min(bins_, k + reach_ + 1);
      envelope_[k] = (sums_[end] - sums_[first]) / (end - first);
    }
  }
  for (int k = 0; k < bins_; ++k) {
    const bool heard = envelope_[k] > 0.0 && magnitudes[k] > 0.0f;
    fine_[k] = heard ? static_cast<float>(static_cast<double>(magnitudes[k]) / envelope_[k]) : 0.0f;
  }
}

// Bins 0 and bins - 1 count as peaks. A peak lies where the parabola through its three bins does.
void MagnitudeShift::find_peaks() {
  peaks_.clear();
  peaks_.push_back({0.0, 0});
  int lowest = 0;  // bin since the last peak
  const auto add = [&](double at) {
    peaks_.back().valley = lowest;
    peaks_.push_back({at, 0});
  };
  for (int k = 1; k + 1 < bins_; ++k) {
    if (fine_[k] < fine_[lowest]) lowest = k;
    if (!(fine_[k] > fine_[k - 1] && fine_[k] >= fine_[k + 1])) continue;
    const double a = static_cast<double>(fine_[k - 1]), b = static_cast<double>(fine_[k]),
                 c = static_cast<double>(fine_[k + 1]);
    add(k + 0.5 * (a - c) / (a - 2.0 * b + c));
    lowest = k;
  }
  if (fine_[bins_ - 1] < fine_[lowest]) lowest = bins_ - 1;
  add(bins_ - 1);
}

// moved[k] = the louder of what the peaks to either side bring there, each no further than to the valley between them.
void MagnitudeShift::move_peaks(double ratio) {
  std::size_t i = 0;
  for (int k = 0; k < bins_; ++k) {
    while (i + 2 < peaks_.size() && ratio * peaks_[i + 1].at <= k) ++i;
    const Peak &left = peaks_[i], &right = peaks_[i + 1];
    if (ratio * right.at < k) {  // above the highest
      moved_[k] = 0.0f;
      continue;
    }
    const double valley = left.valley, last = bins_ - 1;
    const double from_left = std::clamp(std::min(left.at + (k - ratio * left.at), valley), 0.0, last);
    const double from_right = std::clamp(std::max(right.at - (ratio * right.at - k), valley), 0.0, last);
    moved_[k] = static_cast<float>(std::max(between(fine_, from_left), between(fine_, from_right)));
  }
  fine_.swap(moved_);
}

void MagnitudeShift::process(float* out, const float* magnitudes, float pitch, float formant) {
  if (pitch == 0.0f && formant == 0.0f) {
    if (out != magnitudes) std::copy_n(magnitudes, bins_, out);
    return;
  }
  find_envelope(magnitudes);
  if (pitch != 0.0f) {
    find_peaks();
    move_peaks(ratio_of(pitch));
  }
  const double ratio = ratio_of(formant);
  for (int k = 0; k < bins_; ++k) {
    const double envelope = formant == 0.0f ? envelope_[k] : between(envelope_, std::min(k / ratio, bins_ - 1.0));
    out[k] = static_cast<float>(static_cast<double>(fine_[k]) * envelope);
  }
}

void shift_magnitude(float* out, const float* magnitudes, float pitch, float formant, int n_frames, int bins) {
  MagnitudeShift shift;
  shift.configure(bins);
  for (int t = 0; t < n_frames; ++t, out += bins, magnitudes += bins) shift.process(out, magnitudes, pitch, formant);
}

}  // namespace unisono
