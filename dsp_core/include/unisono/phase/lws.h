// Local Weighted Sums: phase from magnitude by making each bin agree with its neighbours in time and frequency.
//
// Le Roux, Kameoka, Ono, Sagayama: "Fast signal reconstruction from magnitude STFT spectrogram based on spectrogram
// consistency", DAFx 2010; Le Roux, Vincent: "Consistent Wiener filtering for audio source separation", IEEE SPL 2013.
#pragma once

#include "unisono/numerics.h"
#include "unisono/stft.h"

namespace unisono {

enum class LwsPreset { music, speech };

// What a frame near an end hears from beyond it: nothing, or (as in the lws package, and a few dB worse) the end frame as
// it was when the stage began.
enum class LwsEdges { silence, hold };

// Sweep i of `iterations` updates the bins whose magnitude exceeds alpha * exp(-beta * i^gamma) times the mean magnitude.
struct LwsSchedule {
  int iterations;
  float alpha, beta, gamma;
};

inline constexpr int kMaxLwsReach = 8;
inline constexpr int kMaxLwsOverlap = 64;  // n_fft / hop_length

// Without further words, the settings of the lws package (but for look_ahead and edges).
struct LwsOptions {
  LwsSchedule no_future{1, 1.0f, 0.1f, 1.0f};  // first: sweeps that look at past frames only
  LwsSchedule online{10, 1.0f, 0.1f, 1.0f};    // second: frame by frame, revisiting the last look_ahead frames
  LwsSchedule batch{100, 100.0f, 0.1f, 1.0f};  // third: sweeps over the whole spectrogram
  int look_ahead = 6;  // 3 in the lws package; 6 is more consistent, by 1 dB on average over eight recordings
  int reach = 5;       // how many bins to either side a bin listens to, 1 .. kMaxLwsReach
  LwsEdges edges = LwsEdges::silence;
  // How much of the way from the package's update to reflecting the spectrogram at the consistent ones a batch sweep goes.
  float batch_reflection = 0.0f;
};

// speech = 100 batch iterations, as in the lws package. music = 1 no-future and 10 online ones, as there, and 16 batch
// iterations that reflect: with the package's framing 0 to 2.8 dB more consistent than by its 100, on eight recordings.
LwsOptions lws_options(LwsPreset preset);

// The same with other numbers of iterations, thresholds and reflection, where they are >= 0.
LwsOptions lws_options(LwsPreset preset, int no_future_iterations, int online_iterations, int batch_iterations,
                       int look_ahead, int reach, LwsEdges edges, float online_alpha, float online_beta,
                       float online_gamma, float batch_alpha, float batch_beta, float batch_gamma,
                       float batch_reflection);

// out[n_frames][bins] from magnitude[n_frames][bins] >= 0, starting with phase zero at each frame's centre.
// These allocate. False (and nothing written) if the parameters are not ok, or n_fft > kMaxLwsOverlap * hop_length.
bool lws(Complex* out, const float* magnitude, const StftParams& params, const LwsOptions& options, int n_frames);

// The same with the magnitudes and the start phases of spectrogram[n_frames][bins]; out may be spectrogram.
bool lws_refine(Complex* out, const Complex* spectrogram, const StftParams& params, const LwsOptions& options,
                int n_frames);

}  // namespace unisono
