// Local Weighted Sums: the order in which frames are visited, and with which weights and thresholds.
#include "unisono/phase/lws.h"

#include <algorithm>
#include <vector>

#include "phase/lws_grid.h"
#include "phase/lws_pipeline.h"
#include "phase/lws_weights.h"
#include "unisono/math.h"

namespace unisono {
namespace {

using detail::LwsGrid;
using detail::LwsHearing;
using detail::LwsPipeline;
using detail::LwsWeightSets;

std::vector<float> thresholds(const LwsSchedule& schedule, double mean) {
  std::vector<float> out(schedule.iterations);
  for (int i = 0; i < schedule.iterations; ++i) {
    const float decay = exp(-schedule.beta * pow(static_cast<float>(i), schedule.gamma));
    out[i] = static_cast<float>(schedule.alpha * mean * decay);
  }
  return out;
}

// Sweeps over all frames. Up to kTogether of them go through the frames at once, each q frames behind the one before it,
// beyond which it hears nothing: the result is that of one after the other, but the frames stay in the cache.
void sweep(LwsPipeline& passes, const LwsHearing& hearing, const std::vector<float>& limits, int n_frames) {
  constexpr int kTogether = 4;
  const int q = hearing.weights->q, n_sweeps = static_cast<int>(limits.size());
  for (int first = 0; first < n_sweeps; first += kTogether) {
    const int together = std::min(kTogether, n_sweeps - first);
    for (int t = 0; t < n_frames + q * (together - 1); ++t) {
      for (int i = 0; i < together; ++i) {
        const int m = t - q * i;
        if (m >= 0 && m < n_frames) passes.add(m, hearing, limits[static_cast<std::size_t>(first + i)]);
      }
    }
  }
}

// Each new frame is guessed from the past, then settled together with the look_ahead frames before it.
void online(LwsPipeline& passes, const LwsWeightSets& sets, const std::vector<float>& limits, int look_ahead,
            int n_frames) {
  if (limits.empty()) return;
  for (int m = 0; m < n_frames; ++m) {
    passes.add(m, {&sets.past, 0, false}, 0.0f);
    for (const float limit : limits) {
      for (int l = m > look_ahead ? m - look_ahead : 0; l < m; ++l) passes.add(l, {&sets.full, m - l, true}, limit);
      passes.add(m, {&sets.past_and_own, 0, true}, limit);
    }
  }
}

// What a bin hears of others, h, is n_fft / hop times its projection onto the consistent spectrograms, less the bin x itself.
// The reflection, twice the projection less x, has the direction of h - (n_fft / (2 hop) - 1) x.
float away_from_itself(const StftParams& params, float reflection) {
  const float whole = static_cast<float>(params.n_fft) / static_cast<float>(2 * params.hop_length) - 1.0f;
  return whole > 0.0f ? reflection * whole : 0.0f;
}

}  // namespace

LwsOptions lws_options(LwsPreset preset) {
  LwsOptions options;
  if (preset == LwsPreset::speech) {
    options.no_future.iterations = options.online.iterations = 0;
  } else {
    options.batch = {16, 1.0f, 0.2f, 1.0f};
    options.batch_reflection = 1.0f;
  }
  return options;
}

LwsOptions lws_options(LwsPreset preset, int no_future_iterations, int online_iterations, int batch_iterations,
                       int look_ahead, int reach, LwsEdges edges, float online_alpha, float online_beta,
                       float online_gamma, float batch_alpha, float batch_beta, float batch_gamma,
                       float batch_reflection) {
  const LwsOptions base = lws_options(preset);
  const auto schedule = [](const LwsSchedule& otherwise, int iterations, float alpha, float beta, float gamma) {
    return LwsSchedule{iterations < 0 ? otherwise.iterations : iterations, alpha < 0.0f ? otherwise.alpha : alpha,
                       beta < 0.0f ? otherwise.beta : beta, gamma};
  };
  LwsOptions options;
  options.no_future = schedule(base.no_future, no_future_iterations, online_alpha, online_beta, online_gamma);
  options.online = schedule(base.online, online_iterations, online_alpha, online_beta, online_gamma);
  options.batch = schedule(base.batch, batch_iterations, batch_alpha, batch_beta, batch_gamma);
  options.batch_reflection = batch_reflection < 0.0f ? base.batch_reflection : batch_reflection;
  options.look_ahead = look_ahead;
  options.reach = reach;
  options.edges = edges;
  return options;
}

bool lws_refine(Complex* out, const Complex* spectrogram, const StftParams& params, const LwsOptions& options,
                int n_frames) {
  Stft stft;
  if (!stft.configure(params) || params.n_fft > std::int64_t{kMaxLwsOverlap} * params.hop_length) return false;
  if (options.reach < 1 || options.reach > kMaxLwsReach) return false;
  if (n_frames == 0) return true;
  const LwsWeightSets sets = detail::lws_weights(params, stft.window(), options.reach);
  LwsGrid grid;
  grid.configure(params, n_frames, sets.full.q - 1);
  grid.load(spectrogram);
  LwsPipeline passes;
  passes.configure(params, &grid, sets.full.q, options.reach);
  const auto begin_stage = [&](int own_reach, float away = 0.0f) {
    passes.begin_stage({own_reach, away});
    if (options.edges == LwsEdges::hold) grid.hold_edges();
  };
  begin_stage(0);
  sweep(passes, {&sets.past, 0, false}, thresholds(options.no_future, grid.mean()), n_frames);
  begin_stage(std::max(sets.full.own_reach, sets.past_and_own.own_reach));
  online(passes, sets, thresholds(options.online, grid.mean()), options.look_ahead, n_frames);
  begin_stage(sets.full.own_reach, away_from_itself(params, options.batch_reflection));
  sweep(passes, {&sets.full, sets.full.q - 1, true}, thresholds(options.batch, grid.mean()), n_frames);
  passes.finish();
  grid.store(out);
  return true;
}

bool lws(Complex* out, const float* magnitude, const StftParams& params, const LwsOptions& options, int n_frames) {
  const int bins = stft_bins(params);
  std::vector<Complex> start(static_cast<std::size_t>(n_frames) * bins);
  Complex* to = start.data();
  for (int m = 0; m < n_frames; ++m, to += bins, magnitude += bins) {  // phase zero at the centre n_fft / 2: (-1)^bin
    for (int n = 0; n < bins; ++n) to[n] = {n % 2 == 0 ? magnitude[n] : -magnitude[n], 0.0f};
  }
  return lws_refine(out, start.data(), params, options, n_frames);
}

}  // namespace unisono
