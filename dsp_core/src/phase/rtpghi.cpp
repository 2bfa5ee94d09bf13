// See rtpghi.h.
#include "unisono/phase/rtpghi.h"

#include <algorithm>
#include <vector>

#include "phase/direction.h"
#include "phase/frame_integrator.h"
#include "phase/lws_grid.h"
#include "phase/lws_pipeline.h"
#include "phase/lws_weights.h"
#include "unisono/math.h"
#include "unisono/phase/lws.h"

namespace unisono {
namespace {

// Measured on eight recordings of 4 s at 2048/512, hann, as mean consistency in dB: heap integration alone 14.9; with 4
// iterations at a look-ahead of 1, 2, 3, 4, 6 frames 20.4, 24.4, 25.7, 26.4, 27.0; with 8 iterations at 4 frames 27.2. (The
// music preset of lws on the whole reaches 30.4, its online stage with 10 iterations and 3 frames 24.4, with 6 frames 26.3.)
// Going on from the settled phases rather than from heap integration's own is worth 0.9 dB. A reach of 3 bins is as good as
// 5, and an iteration over the bins above exp(-0.6 i) times the mean magnitude as good as one over all.
constexpr int kReach = 3;
constexpr float kBeta = 0.6f;
constexpr int kLastNumber = (1 << 30) - 1;               // frames are numbered modulo 2^30
constexpr double kTurnsPerRadian = 0.15915494309189535;  // 1 / (2 pi)

}  // namespace

struct RtpghiStream::State {
  RtpghiOptions options;
  StftParams params;
  detail::FrameIntegrator integrator;
  detail::LwsWeightSets sets;
  detail::LwsGrid grid;
  detail::LwsPipeline passes;
  std::vector<float> share;          // [iterations]: of the mean magnitude, that a bin must exceed
  std::vector<double> means;         // [look_ahead + 1]: magnitudes of the frames in the grid that have not gone out
  std::vector<std::uint32_t> phase;  // [bins] of the newest frame, from the window's centre
  std::vector<std::uint32_t> turns;  // [bins] the same from the frame's start
  std::vector<Complex> spectrum;     // [bins]
  std::vector<float> re, im;         // [bins]
  std::int64_t taken = 0, begun = 0, made = 0;  // frames that came in, went into the grid, went out

  void read_phase(int m);
  void begin_frame();
  void settle(int m);
  void put(Complex*& out);
};

RtpghiStream::RtpghiStream() = default;
RtpghiStream::~RtpghiStream() = default;

bool RtpghiStream::configure(const StftParams& params, const RtpghiOptions& options) {
  Stft stft;
  if (!stft.configure(params) || params.n_fft > std::int64_t{kMaxLwsOverlap} * params.hop_length) return false;
  if (options.look_ahead < 0 || options.iterations < 0) return false;
  state_ = std::make_unique<State>();
  State& s = *state_;
  s.options = options;
  s.params = params;
  s.integrator.configure(params, options.tolerance, options.seed);
  s.sets = detail::lws_weights(params, stft.window(), kReach);
  s.grid.configure_ring(params, options.look_ahead + s.sets.full.q);
  s.passes.configure(params, &s.grid, s.sets.full.q, kReach);
  s.passes.begin_stage({.reach = std::max(s.sets.full.own_reach, s.sets.past_and_own.own_reach)});
  for (int i = 0; i < options.iterations; ++i) s.share.push_back(exp(-kBeta * static_cast<float>(i)));
  s.means.assign(static_cast<std::size_t>(options.look_ahead) + 1, 0.0);
  s.phase.resize(static_cast<std::size_t>(stft.bins()));
  s.turns.resize(s.phase.size());
  s.spectrum.assign(s.phase.size(), Complex{0.0f, 0.0f});
  s.re.assign(s.phase.size(), 0.0f);
  s.im = s.re;
  return true;
}

void RtpghiStream::reset() {
  State& s = *state_;
  s.integrator.reset();
  s.grid.clear();
  std::fill(s.means.begin(), s.means.end(), 0.0);
  s.taken = s.begun = s.made = 0;
}

int RtpghiStream::bins() const { return static_cast<int>(state_->phase.size()); }
int RtpghiStream::latency() const { return state_->options.look_ahead + 1; }
int RtpghiStream::ready(int n) const {
  return static_cast<int>(std::max<std::int64_t>(0, state_->taken + n - latency()) - state_->made);
}
int RtpghiStream::remaining() const { return static_cast<int>(state_->taken - state_->made); }

// The phases of frame m as they are by now.
void RtpghiStream::State::read_phase(int m) {
  grid.store_frame(spectrum.data(), m);
  const int bins = static_cast<int>(phase.size());
  for (int b = 0; b < bins; ++b) {
    re[b] = spectrum[b].re;
    im[b] = spectrum[b].im;
  }
  atan2(re.data(), im.data(), re.data(), bins);
  for (int b = 0; b < bins; ++b) phase[b] = detail::wrap(kTurnsPerRadian * re[b]) + integrator.gradient().centre[b];
}

// The integrator's frame at work goes into the grid and is settled together with those before it.
void RtpghiStream::State::begin_frame() {
  const int m = static_cast<int>(begun++ & kLastNumber);
  if (begun > 1) read_phase(m - 1);
  integrator.integrate(phase.data());
  const float* const magnitude = integrator.magnitude();
  for (std::size_t b = 0; b < phase.size(); ++b) turns[b] = phase[b] - integrator.gradient().centre[b];
  detail::phasors(spectrum.data(), turns.data(), static_cast<std::int64_t>(turns.size()));
  for (std::size_t b = 0; b < phase.size(); ++b) {
    spectrum[b] = {magnitude[b] * spectrum[b].re, magnitude[b] * spectrum[b].im};
  }
  means[static_cast<std::size_t>(m) % means.size()] = grid.load_frame(spectrum.data(), m);
  settle(m);
}

void RtpghiStream::State::settle(int m) {
  const int first = std::max(0, m - options.look_ahead);
  double mean = 0.0;
  for (const double one : means) mean += one;
  mean /= m - first + 1;
  for (const float part : share) {
    const auto limit = static_cast<float>(part * mean);
    for (int l = first; l < m; ++l) passes.add(l, {&sets.full, m - l, true}, limit);
    passes.add(m, {&sets.past_and_own, 0, true}, limit);
  }
  passes.finish();
}

// The oldest frame of the grid goes out.
void RtpghiStream::State::put(Complex*& out) {
  grid.store_frame(out, static_cast<int>(made++ & kLastNumber));
  out += phase.size();
}

void RtpghiStream::process(Complex* out, const float* magnitude, int n) {
  State& s = *state_;
  for (int t = 0; t < n; ++t, magnitude += bins()) {
    s.integrator.push(magnitude);
    if (++s.taken > 1) s.begin_frame();
    if (s.taken > latency()) s.put(out);
  }
}

void RtpghiStream::finish(Complex* out) {
  State& s = *state_;
  if (s.taken > s.begun) {
    s.integrator.push(nullptr);
    s.begin_frame();
  }
  while (s.made < s.taken) s.put(out);
  reset();
}

bool rtpghi(Complex* out, const float* magnitude, const StftParams& params, const RtpghiOptions& options,
            int n_frames) {
  RtpghiStream stream;
  if (!stream.configure(params, options)) return false;
  const int first = stream.ready(n_frames);
  stream.process(out, magnitude, n_frames);
  stream.finish(out + static_cast<std::ptrdiff_t>(first) * stream.bins());
  return true;
}

}  // namespace unisono
