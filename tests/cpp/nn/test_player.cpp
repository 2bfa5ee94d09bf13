// MagnetPlayer: the samples of generate, whatever the blocks; changes at their frames; nothing allocated while it plays.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "helpers.h"
#include "unisono/audio.h"
#include "unisono/magnet/player.h"
#include "unisono/phase/reconstruct.h"

using namespace unisono;

namespace {

constexpr MagnetPreset kPresets[] = {MagnetPreset::standard, MagnetPreset::icmc2019, MagnetPreset::magnet2024};

struct Trained : MagnetModel {
  explicit Trained(MagnetPreset preset, std::uint32_t seed = 1) {
    configure(preset, 44100, seed, 1);
    std::vector<float> x = test::noise(31000, seed);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] *= 0.1f * static_cast<float>(1 + i / 4000 % 3);
    set_clip(x.data(), static_cast<int>(x.size()));
    for (int i = 0; i < 3; ++i) train_step();
  }
  std::vector<float> live(int n, std::uint32_t seed, float temperature = 1.0f) {
    std::vector<float> out(static_cast<std::size_t>(n));
    generate(out.data(), n, seed, temperature, PhaseKind::live);
    return out;
  }
  std::vector<float> frames(int n, std::uint32_t seed) {
    std::vector<float> out(static_cast<std::size_t>(n * bins()));
    generate_magnitude(out.data(), n, seed, 1.0f);
    return out;
  }
};

struct Player : MagnetPlayer {
  explicit Player(const MagnetModel& model, const MagnetModel* second = nullptr) {
    configure(preset_of(model), 44100, second ? 2 : 1);
    give(0, model);
    if (second) give(1, *second);
  }
  static MagnetPreset preset_of(const MagnetModel& model) {
    return model.layers() == 1   ? MagnetPreset::standard
           : model.layers() == 3 ? MagnetPreset::icmc2019
                                 : MagnetPreset::magnet2024;
  }
  void give(int which, const MagnetModel& model) {
    for (int i = 0; i < model.tensor_count(); ++i) {
      std::vector<float> values(static_cast<std::size_t>(model.tensor_size(i)));
      model.tensor(values.data(), i);
      set_tensor(which, i, values.data());
    }
  }
  std::vector<float> play(int n, int block) {
    std::vector<float> out(static_cast<std::size_t>(n));
    for (int at = 0; at < n; at += block) process(out.data() + at, std::min(block, n - at));
    return out;
  }
  void change(const std::vector<LiveChange>& changes) {
    std::vector<std::int32_t> frames, parameters;
    std::vector<float> values;
    for (const LiveChange& c : changes) {
      frames.push_back(c.frame);
      parameters.push_back(c.parameter);
      values.push_back(c.value);
    }
    automate(frames.data(), parameters.data(), values.data(), static_cast<int>(changes.size()));
  }
};

constexpr int kMorph = static_cast<int>(LiveParameter::morph), kGain = static_cast<int>(LiveParameter::gain),
              kPitch = static_cast<int>(LiveParameter::pitch), kFormant = static_cast<int>(LiveParameter::formant),
              kTemperature = static_cast<int>(LiveParameter::temperature);

double energy(const std::vector<float>& x, std::size_t from = 0) {
  double sum = 0.0;
  for (std::size_t i = from; i < x.size(); ++i) sum += double{x[i]} * x[i];
  return sum;
}

}  // namespace

TEST_CASE("what is played in blocks of any size is what generate makes, and a short sound begins a long one") {
  for (const MagnetPreset preset : kPresets) {
    CAPTURE(static_cast<int>(preset));
    Trained model(preset);
    Player player(model);
    const std::vector<float> whole = model.live(5000, 7);
    CHECK(energy(whole) > 0.0);
    for (const int block : {128, 5000, 77}) {
      player.start(7);
      CHECK(test::same_bits(player.play(5000, block), whole));
    }
    for (const int n : {1, 511, 512, 513, 2049})
      CHECK(test::same_bits(model.live(n, 7), {whole.begin(), whole.begin() + n}));
    player.set(LiveParameter::temperature, 6.0f);
    player.start(8);
    CHECK(test::same_bits(player.play(3000, 1000), model.live(3000, 8, 6.0f)));
  }
}

TEST_CASE("changes take effect at their frames: the same as magnitudes changed there, rebuilt and amplified offline") {
  Trained model(MagnetPreset::standard);
  Player player(model);
  const int n = 9000, hop = 512, bins = model.bins();
  const int n_frames = reconstruct_frames(model.stft_params(), PhaseKind::live, n);
  std::vector<float> m = model.frames(n_frames, 3), gain(static_cast<std::size_t>(n_frames), 1.0f);
  for (int t = 0; t < n_frames; ++t) {
    float* const frame = m.data() + static_cast<std::ptrdiff_t>(t) * bins;
    shift_magnitude(frame, frame, t >= 9 ? 5.0f : t >= 4 ? -7.0f : 0.0f, t >= 6 ? 3.5f : 0.0f, 1, bins);
    if (t >= 5) gain[static_cast<std::size_t>(t)] = 0.25f;
    if (t >= 12) gain[static_cast<std::size_t>(t)] = 4.0f;
  }
  std::vector<float> expected(static_cast<std::size_t>(n));
  REQUIRE(reconstruct(expected.data(), m.data(), model.stft_params(), PhaseKind::live, n_frames, n, 3));
  for (int s = 0; s < n; ++s) {
    const auto t = static_cast<std::size_t>(s / hop);
    expected[static_cast<std::size_t>(s)] *= gain[t] + (gain[t + 1] - gain[t]) * (static_cast<float>(s % hop) / 512.0f);
  }
  soft_limit(expected.data(), expected.data(), n);
  player.change({{12, kGain, 40.0f},
                 {4, kPitch, -7.0f},
                 {6, kFormant, 3.5f},
                 {5, kGain, 0.25f},
                 {9, kPitch, 9.0f},
                 {9, kPitch, 5.0f}});
  for (const int block : {n, 100}) {
    player.start(3);
    CHECK(test::same_bits(player.play(n, block), expected));
  }
}

TEST_CASE("what was set by hand and noted with the frame's number plays again") {
  Trained model(MagnetPreset::magnet2024);
  Player player(model);
  player.start(5);
  std::vector<float> played;
  std::vector<LiveChange> notes;
  const LiveParameter order[] = {LiveParameter::temperature, LiveParameter::density, LiveParameter::gain,
                                 LiveParameter::pitch};
  for (int i = 0; i < 12; ++i) {
    const std::vector<float> part = player.play(400, 128);
    played.insert(played.end(), part.begin(), part.end());
    const LiveParameter parameter = order[i % 4];
    const float value = static_cast<float>(i) * 0.5f;
    notes.push_back({player.frame(), static_cast<int>(parameter), value});
    player.set(parameter, value);
  }
  Player again(model);
  again.change(notes);
  again.start(5);
  CHECK(test::same_bits(again.play(static_cast<int>(played.size()), 999), played));
  again.start(5);  // the changes are kept
  CHECK(test::same_bits(again.play(static_cast<int>(played.size()), 4800), played));
  Player plain(model);
  plain.start(5);
  CHECK_FALSE(test::same_bits(plain.play(static_cast<int>(played.size()), 4800), played));
}

TEST_CASE("morph goes from the first model to the second, as loud on the way") {
  Trained a(MagnetPreset::standard, 1), b(MagnetPreset::standard, 2);
  Player player(a, &b);
  const int n = 6000;
  player.start(4);
  CHECK(test::same_bits(player.play(n, 512), a.live(n, 4)));
  player.set(LiveParameter::morph, 1.0f);
  player.start(4);
  CHECK(test::same_bits(player.play(n, 512), b.live(n, 4)));
  player.set(LiveParameter::morph, 0.5f);
  player.start(4);
  const std::vector<float> between = player.play(n, 512);
  CHECK_FALSE(test::same_bits(between, a.live(n, 4)));
  const double loudness = energy(between), ends = 0.5 * (energy(a.live(n, 4)) + energy(b.live(n, 4)));
  CHECK(loudness > 0.7 * ends);
  CHECK(loudness < 1.4 * ends);
  player.change({{3, kMorph, 0.0f}, {3, kTemperature, 0.0f}});
  player.start(4);
  CHECK(player.play(n, 512) != between);
}

TEST_CASE("parameters keep to their ranges, and a player must have its tensors and be started") {
  Trained model(MagnetPreset::standard);
  MagnetPlayer player;
  player.configure(MagnetPreset::standard, 44100, 2);
  CHECK_FALSE(player.can_start());
  CHECK_FALSE(player.started());
  for (int i = 0; i < kLiveParameters; ++i) {
    const auto parameter = static_cast<LiveParameter>(i);
    CHECK(player.get(parameter) == player.initial(parameter));
    player.set(parameter, 1e9f);
    CHECK(player.get(parameter) == player.highest(parameter));
    player.set(parameter, -1e9f);
    CHECK(player.get(parameter) == player.lowest(parameter));
  }
  Player one(model);
  CHECK(one.can_start());
  one.start(1);
  CHECK(one.started());
  std::vector<float> x(512);
  one.process(x.data(), 1);
  CHECK((one.frame() - 1) * 512 == one.latency() - 512);  // sample 0 has gone out, the frame made last is centred here
  one.give(0, model);
  CHECK_FALSE(one.started());
}

TEST_CASE("a shift moves peaks with their width: a partial of 40 bins goes up a fifth to 60, an envelope stays") {
  const int bins = 1025;
  std::vector<float> m(bins, 1e-3f), up(bins), formant(bins);
  for (int k = 0; k < bins; ++k) {
    const double d = k - 40.3;
    m[static_cast<std::size_t>(k)] += static_cast<float>(std::exp(-d * d));
  }
  const auto peak = [](const std::vector<float>& x) { return std::max_element(x.begin(), x.end()) - x.begin(); };
  const auto width = [&](const std::vector<float>& x) {
    return std::count_if(x.begin(), x.end(), [&](float v) { return v > 0.1f * x[static_cast<std::size_t>(peak(x))]; });
  };
  const float fifth = 12.0f * static_cast<float>(std::log2(1.5));
  shift_magnitude(up.data(), m.data(), fifth, fifth, 1, bins);
  CHECK(peak(up) == 60);
  CHECK(std::abs(width(up) - width(m)) <= 1);
  shift_magnitude(up.data(), m.data(), -12.0f, -12.0f, 1, bins);
  CHECK(peak(up) == 20);
  shift_magnitude(formant.data(), m.data(), 0.0f, 2.0f, 1, bins);
  CHECK(std::abs(peak(formant) - 40) <= 1);  // its place stays, its loudness follows the envelope
  shift_magnitude(up.data(), m.data(), 0.0f, 0.0f, 1, bins);
  CHECK(test::same_bits(up, m));
}
