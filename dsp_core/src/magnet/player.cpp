// See player.h.
#include "unisono/magnet/player.h"

#include <algorithm>

#include "unisono/audio.h"
#include "unisono/simd.h"

namespace unisono {

namespace {

struct Range {
  float lowest, highest, initial;
};

// In the order of LiveParameter. Shifts are in semitones.
constexpr Range kRanges[kLiveParameters] = {{0.0f, 10.0f, 1.0f},   {0.0f, 4.0f, 1.0f},    {0.0f, 20.0f, 1.0f},
                                            {-24.0f, 24.0f, 0.0f}, {-24.0f, 24.0f, 0.0f}, {0.0f, 1.0f, 0.0f}};

const Range& range_of(LiveParameter parameter) { return kRanges[static_cast<int>(parameter)]; }

float within(const Range& range, float value) { return min(max(value, range.lowest), range.highest); }

// Magnitudes between those of two models: their powers are mixed. Half-way between recordings of equal loudness the sound
// is then as loud as they are (within 0.1 dB on three pairs; a mix of amplitudes is 2 dB softer, the geometric mean, which
// keeps only what both have, 6 dB), and the phases found for it agree as well as with any of these mixes.
void blend(float* a, const float* b, float morph, int n) {
  if (morph == 0.0f) return;
  if (morph == 1.0f) std::copy_n(b, n, a);
  if (morph == 1.0f) return;
  for (int i = 0; i < n; ++i) a[i] = sqrt((1.0f - morph) * (a[i] * a[i]) + morph * (b[i] * b[i]));
}

}  // namespace

void MagnetPlayer::configure(MagnetPreset preset, int sr, int models) {
  stop();
  models_.clear();
  for (int i = 0; i < models; ++i) {
    models_.push_back(std::make_unique<MagnetModel>());
    models_.back()->configure(preset, sr, 0, 1);
  }
  for (int i = 0; i < kLiveParameters; ++i) set_[i] = playing_[i] = kRanges[i].initial;
  const StftParams& stft = models_[0]->stft_params();
  const auto bins = static_cast<std::size_t>(stft_bins(stft));
  shift_.configure(stft_bins(stft));
  samples_.configure(stft);
  magnitudes_.assign(bins, 0.0f);
  others_ = magnitudes_;
  spectrum_.assign(bins, Complex{0.0f, 0.0f});
  ready_.assign(static_cast<std::size_t>(stft.hop_length), 0.0f);
  gains_.assign(static_cast<std::size_t>(latency() / stft.hop_length) + 2, 0.0f);
}

void MagnetPlayer::set_tensor(int model, int i, const float* values) {
  stop();
  models_[static_cast<std::size_t>(model)]->set_tensor(i, values);
}

bool MagnetPlayer::can_start() const {
  return std::all_of(models_.begin(), models_.end(), [](const auto& model) { return model->can_generate(); });
}

void MagnetPlayer::start(std::uint32_t seed, int window_stride) {
  stop();
  for (const auto& model : models_) generators_.push_back(model->generator(seed, window_stride));
  phase_.configure(models_[0]->stft_params(), {.seed = seed});
  samples_.reset();
  std::copy_n(set_, kLiveParameters, playing_);
  next_change_ = 0;
  n_ready_ = taken_ = 0;
  frame_ = made_ = 0;
}

int MagnetPlayer::latency() const {
  const StftParams& stft = models_[0]->stft_params();
  return stft_padding(stft) + (RtpghiOptions{}.look_ahead + 2) * stft.hop_length;
}

float MagnetPlayer::lowest(LiveParameter parameter) const { return range_of(parameter).lowest; }
float MagnetPlayer::highest(LiveParameter parameter) const { return range_of(parameter).highest; }
float MagnetPlayer::initial(LiveParameter parameter) const { return range_of(parameter).initial; }

void MagnetPlayer::set(LiveParameter parameter, float value) {
  const int i = static_cast<int>(parameter);
  set_[i] = playing_[i] = within(kRanges[i], value);
}

void MagnetPlayer::automate(const std::int32_t* frames, const std::int32_t* parameters, const float* values, int n) {
  changes_.clear();
  std::vector<std::uint64_t> order;  // by frame, then as they were given
  for (int i = 0; i < n; ++i)
    order.push_back(static_cast<std::uint64_t>(frames[i]) << 32 | static_cast<std::uint32_t>(i));
  // A total order: no two keys are equal.
  std::sort(order.begin(), order.end());
  for (const std::uint64_t key : order) {
    const auto i = static_cast<std::uint32_t>(key);
    changes_.push_back({frames[i], parameters[i], within(kRanges[parameters[i]], values[i])});
  }
  next_change_ = 0;
  while (next_change_ < changes_.size() && changes_[next_change_].frame < frame_) ++next_change_;
}

void MagnetPlayer::apply_changes() {
  for (; next_change_ < changes_.size() && changes_[next_change_].frame <= frame_; ++next_change_)
    playing_[changes_[next_change_].parameter] = changes_[next_change_].value;
}

void MagnetPlayer::make_magnitudes() {
  const float temperature = value(LiveParameter::temperature), density = value(LiveParameter::density);
  const int bins = static_cast<int>(magnitudes_.size());
  generators_[0]->next(magnitudes_.data(), 1, temperature, density);
  if (generators_.size() > 1) {
    generators_[1]->next(others_.data(), 1, temperature, density);
    blend(magnitudes_.data(), others_.data(), value(LiveParameter::morph), bins);
  }
  shift_.process(magnitudes_.data(), magnitudes_.data(), value(LiveParameter::pitch), value(LiveParameter::formant));
}

void MagnetPlayer::make_frame() {
  apply_changes();
  gain_of(frame_) = value(LiveParameter::gain);
  make_magnitudes();
  ++frame_;
  const int settled = phase_.ready(1);
  phase_.process(spectrum_.data(), magnitudes_.data(), 1);
  n_ready_ = samples_.ready(settled);
  taken_ = 0;
  samples_.process(ready_.data(), spectrum_.data(), settled);
  finish_samples(n_ready_);
}

// Gain, on a line from one frame's centre to the next, and the limiter.
void MagnetPlayer::finish_samples(int n) {
  const int hop = hop_length();
  for (int i = 0; i < n; ++i, ++made_) {
    const std::int64_t frame = made_ / hop;
    const float from = gain_of(frame), to = gain_of(frame + 1);
    ready_[static_cast<std::size_t>(i)] *=
        from + (to - from) * (static_cast<float>(made_ % hop) / static_cast<float>(hop));
  }
  soft_limit(ready_.data(), ready_.data(), n);
}

void MagnetPlayer::process(float* out, int n) {
  while (n > 0) {
    if (taken_ == n_ready_) make_frame();
    const int count = std::min(n, n_ready_ - taken_);
    out = std::copy_n(ready_.begin() + taken_, count, out);
    taken_ += count;
    n -= count;
  }
}

}  // namespace unisono
