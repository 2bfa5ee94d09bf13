// The perceptual mapping: every pixel of a picture counts, with its colour and its place.
//
//   hue         -> pitch class: red is C, and 30 degrees on is a fifth up; the five fifths around the main hue are the
//                  scale, which is pentatonic; other hues go to its ends; grey takes any of the five
//   lightness   -> register, dark low and light high
//   chroma      -> brightness of timbre: grey is a sine, colour adds overtones
//   contrast    -> density and sharpness of notes; texture at five scales -> noise in five octaves, fine is high
//   left, right -> stereo
//   regions     -> nine voices that enter as the eye would travel, and are louder while it rests on them
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "unisono/random.h"
#include "unisono/sonify/look.h"

namespace unisono {

struct PerceptualParams {
  float sr = 44100.0f;  // Hz
  std::uint32_t seed = 0;
};

// Endless; the same samples in blocks of any size.
class PerceptualSound {
 public:
  void configure(const std::uint8_t* pixels, const PerceptualParams& params, int height, int width);  // allocates
  void process(float* out, int n);  // out: [n][2], left and right

 private:
  static constexpr int kBlock = 64;  // samples made at a time; notes begin with a block
  static constexpr int kMaxTones = 24, kMaxNotes = 64, kMaxPartials = 6, kMaxWays = 8;

  struct Tone {                           // of the scale; in the pad it lasts for ever
    int pitch;                            // MIDI
    int fifth;                            // -2 to 2 from the key
    float hz, level, pan, period, start;  // period of its swell in seconds, and where that begins in turns
    std::array<std::uint32_t, 2> phase, increment;
  };
  struct Way {  // a tone that a cell may sound, and how likely
    int tone;
    float weight;
  };
  struct Ways {
    std::array<Way, kMaxWays> way;
    int count = 0;
    void add(int tone, float weight) {
      if (weight > 0.0f && tone >= 0) way[static_cast<std::size_t>(count++)] = {tone, weight};
    }
  };
  struct Note {
    std::uint32_t phase, increment;
    int age, attack, length, partials;  // samples
    double envelope, decay;
    float left, right;
    std::array<float, kMaxPartials> partial;
  };
  struct Band {  // of noise, in one channel
    double a1, a2, a3, low, band;
    float level, period, start;
  };

  void make_scale();
  Ways ways_of(const Cell& cell) const;
  void add_coloured(Ways& ways, float fifths, float register_, float weight) const;
  void add_class(Ways& ways, int fifth, float register_, float weight) const;
  void add_nearest(Ways& ways, float register_, float weight) const;
  void make_pad();
  void make_noise();
  float swell(float period, float start, std::uint64_t block) const;
  void begin_notes();
  void begin_note(int region, const std::array<float, 3>& chance);
  void render_block();
  void add_pad();
  void add_noise();
  void add_note(Note& note);

  PerceptualParams params_;
  Look look_{};
  int key_ = 0;  // fifths from C
  std::vector<Tone> tones_;
  std::vector<Note> notes_;
  std::array<std::array<Band, kTextures>, 2> bands_{};
  int pulse_ = 1;            // blocks from pulse to pulse
  std::uint64_t block_ = 0;  // number of blocks made
  std::array<float, kBlock> left_{}, right_{};
  int used_ = kBlock;
};

// sound: [n_samples][2], within [-1, 1]; fades out over its last 1.5 s (at most a quarter of it).
void sonify_perceptual(float* sound, const std::uint8_t* pixels, int n_samples, const PerceptualParams& params,
                       int height, int width);

}  // namespace unisono
