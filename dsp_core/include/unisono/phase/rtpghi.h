// Real-time phase reconstruction: a frame of magnitudes in, a frame of spectrum out a few frames later, without end.
//
// Each new frame is begun by phase gradient heap integration from the frame before it (Průša, Søndergaard: "Real-time
// spectrogram inversion using phase gradient heap integration", DAFx 2016), then settled together with the frames that
// have not gone out yet by Local Weighted Sums (the online stage of Le Roux et al., DAFx 2010).
#pragma once

#include <cstdint>
#include <memory>

#include "unisono/stft.h"

namespace unisono {

struct RtpghiOptions {
  int look_ahead = 4;       // frames that a frame is revisited for, 0 .. 64
  int iterations = 4;       // of Local Weighted Sums for each new frame; 0 is heap integration alone
  float tolerance = 1e-3f;  // bins not above this part of the two newest frames' largest magnitude get random phases
  std::uint32_t seed = 0;   // of these
};

class RtpghiStream {
 public:
  RtpghiStream();
  ~RtpghiStream();

  // False if the parameters are not ok, or n_fft > kMaxLwsOverlap * hop_length. Only this allocates.
  bool configure(const StftParams& params, const RtpghiOptions& options);
  // Forgets all frames.
  void reset();

  int bins() const;
  // How many frames come in before the first goes out.
  int latency() const;
  // How many frames the next n frames complete.
  int ready(int n) const;
  // out[ready(n)][bins] with the magnitudes that came in; magnitude[n][bins], taken as 0 below it (and NaN), as 1e15 above.
  void process(Complex* out, const float* magnitude, int n);
  // How many frames are still to come, if the magnitudes end here.
  int remaining() const;
  // out[remaining()][bins]; then a new stream may begin.
  void finish(Complex* out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same in one go: out[n_frames][bins]. This allocates. False (and nothing written) if the parameters are not ok.
bool rtpghi(Complex* out, const float* magnitude, const StftParams& params, const RtpghiOptions& options, int n_frames);

}  // namespace unisono
