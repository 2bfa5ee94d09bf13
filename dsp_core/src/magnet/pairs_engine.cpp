// See pairs_engine.h.
#include "unisono/magnet/pairs_engine.h"

#include <algorithm>

#include "unisono/magnet/streams.h"
#include "unisono/math.h"

namespace unisono {

namespace {

constexpr int kPart = 1;           // of the random streams: the network's own are part 0
constexpr int kBlendEvery = 4;     // one stream of so many learns blends
constexpr float kCodeGain = 3.0f;  // as the network hears codes: what is too soft it learns to do without
// How views differ, at random: the least side of a crop, the range of gains, the largest offset, the most noise.
constexpr float kLeastCrop = 0.6f, kLeastGain = 0.6f, kMostGain = 1.5f, kMostOffset = 0.4f, kMostNoise = 0.1f;

// from + amount (to - from), element by element.
void mix(float* out, const float* from, const float* to, float amount, int n) {
  for_lanes<float>(n, [&]<class V>(int i) {
    const V a = load<V>(from + i);
    store<V>(out + i, V(a + splat<V>(amount) * (load<V>(to + i) - a)));
  });
}

// A code as the network's inputs have it.
void hear(float* inputs, const float* code) {
  for (int i = 0; i < kCodeSize; ++i) inputs[i] = kCodeGain * code[i];
}

// A whole number from 0 to n, for u from 0 to 1.
int at_most(float u, int n) { return std::min(to_i32(u * static_cast<float>(n + 1)), n); }

}  // namespace

// The `default` preset's numbers but for these, found by the retrieval of unseen versions of eight photos.
MagnetConfig pairs_config() {
  MagnetConfig c = magnet_config(MagnetPreset::standard);
  c.stream.misled_streams = 6;
  c.stream.steps = 3000;
  c.stream.halvings = 5;
  c.stream.sampling_spread = 0.4f;
  return c;
}

PairsEngine::PairsEngine(const MagnetConfig& config, int sr, std::uint32_t seed)
    : StreamEngine(config, sr, seed, kCodeSize) {
  const int streams = config.batch_size;
  encoder_.configure(streams);
  encoder_.initialise(seed, stream_for(StreamPurpose::initial_weights, 0, kPart));
  encoder_.add_parameters(parameters_);
  d_codes_.assign(static_cast<std::size_t>(streams) * kCodeSize, 0.0f);
  other_.assign(encoder_.pixels.size(), 0.0f);
  blends_.assign(static_cast<std::size_t>(streams), Blend{});
}

void PairsEngine::add(const std::uint8_t* pixels, int height, int width, const float* samples, int n) {
  constexpr std::size_t kSize = std::size_t{3} * kKeptSide * kKeptSide;
  if (begun_) {
    begun_ = false;
    kept_.clear();
    first_.clear();
    length_of_.clear();
  }
  kept_.resize(kept_.size() + kSize);
  box_average(kept_.data() + (kept_.size() - kSize), pixels, kKeptSide, kKeptSide, height, width);
  const auto bins = static_cast<std::size_t>(config_.bins()), kept = magnitudes_.size();
  const int n_frames = stft_frames(config_.stft, n);
  Stft stft;
  stft.configure(config_.stft);
  magnitudes_.resize(kept + n_frames * bins);
  stft.magnitudes(magnitudes_.data() + kept, samples, 0, n_frames, n);
  FrameBlocks magnitudes(config_.bins(), magnitudes_.data() + kept);
  const int length = loop_length(frame_energies(magnitudes, n_frames), sr_, config_.stft.hop_length);
  magnitudes_.resize(kept + length * bins);
  first_.push_back(frames());
  length_of_.push_back(length);
}

void PairsEngine::begin(Workers& workers) {
  FrameBlocks magnitudes(config_.bins(), magnitudes_.data());
  clip_.analyse(workers, decoder_, magnitudes, frames(), sr_, config_.stft.n_fft);
  std::fill(decoder_.texture.begin(), decoder_.texture.end(), 0.0f);  // each clip has another: none is nearer
  magnitudes_ = {};
  begun_ = true;
  begin_loop(*std::max_element(length_of_.begin(), length_of_.end()));
}

const float* PairsEngine::frame(float* mixed, int stream, int position, bool misled) const {
  const auto of_pair = [&](int pair) {
    const std::ptrdiff_t row = first_[pair] + position % length_of_[pair];
    return clip_.coordinates.data() + row * kLatentSize;
  };
  const Blend& blend = blends_[stream];
  if (misled) return of_pair(blend.seen);
  if (blend.amount == 0.0f) return of_pair(blend.from);
  mix(mixed, of_pair(blend.from), of_pair(blend.to), blend.amount, kLatentSize);
  return mixed;
}

// All follows from the step at which a stream began anew, so there is nothing to keep in a file.
void PairsEngine::draw_blends(std::int32_t step) {
  const int streams = config_.batch_size, n = pairs();
  for (int b = 0; b < streams; ++b) {
    const int turn = (step - b + streams) / streams;  // how often it has begun anew
    const Random random(seed_, stream_for(StreamPurpose::shuffle, turn * streams + b, kPart));
    Blend& blend = blends_[b];
    blend = {(b + turn) % n, 0, 0.0f, at_most(random.uniform(2), n - 1)};
    if (b % kBlendEvery != kBlendEvery - 1 || n == 1) continue;
    blend.to = (blend.from + 1 + at_most(random.uniform(0), n - 2)) % n;
    blend.amount = random.uniform(1);
  }
}

// A crop of any place, mirrored or not, with other brightness and contrast, and noise.
void PairsEngine::draw_view(float* pixels, int pair, const Random& random) const {
  const auto side = [&](int draw) {
    return to_i32(kKeptSide * (kLeastCrop + (1.0f - kLeastCrop) * random.uniform(static_cast<std::uint64_t>(draw))));
  };
  PictureView view{0, 0, side(0), side(1), random.uniform(2) < 0.5f, 1.0f, 0.0f};
  view.gain = kLeastGain + (kMostGain - kLeastGain) * random.uniform(3);
  view.offset = kMostOffset * (2.0f * random.uniform(7) - 1.0f);
  view.x = at_most(random.uniform(4), kKeptSide - view.width);
  view.y = at_most(random.uniform(5), kKeptSide - view.height);
  view_picture(pixels, kept_.data() + std::ptrdiff_t{3} * kKeptSide * kKeptSide * pair, kKeptSide, view);
  const float noise = kMostNoise * random.uniform(6);
  float normal[3 * kEncoderPixels];
  random_normal(normal, random.key[0], random.key[1], 3 * kEncoderPixels);
  for (int i = 0; i < 3 * kEncoderPixels; ++i) pixels[i] += noise * normal[i];
}

void PairsEngine::draw_pictures(Workers& workers, std::int32_t step) {
  constexpr int kSize = 3 * kEncoderPixels;
  const int streams = config_.batch_size;
  workers.run(streams, [&](int b) {
    const Blend& blend = blends_[b];
    float* const pixels = encoder_.pixels.data() + static_cast<std::ptrdiff_t>(b) * kSize;
    float* const other = other_.data() + static_cast<std::ptrdiff_t>(b) * kSize;
    const std::uint32_t first = stream_for(StreamPurpose::views, 2 * (step * streams + b));
    draw_view(pixels, blend.from, Random(seed_, first));
    if (blend.amount == 0.0f) return;
    draw_view(other, blend.to, Random(seed_, first + 1));
    mix(pixels, pixels, other, blend.amount, kSize);
  });
}

float PairsEngine::train_step(Workers& workers, std::int32_t step) {
  const StreamShape& shape = network_.shape();
  const int seen = shape.inputs - kCodeSize;
  draw_blends(step);
  draw_pictures(workers, step);
  draw_batch(workers, step);
  const float* const codes = encoder_.forward(workers, shape.streams);
  for (int row = 0; row < shape.steps * shape.streams; ++row)
    hear(network_.inputs.data() + static_cast<std::ptrdiff_t>(row) * shape.inputs + seen,
         codes + row % shape.streams * kCodeSize);
  const float loss = network_.loss_and_gradient(workers, clip_.importance.data());
  network_.condition_gradient(workers, d_codes_.data(), seen);
  for (float& d : d_codes_) d *= kCodeGain;
  encoder_.backward(workers, d_codes_.data());
  improve(workers, step);
  return loss;
}

const float* PairsEngine::code(Workers& workers, const std::uint8_t* pixels, int height, int width) {
  std::vector<std::uint8_t> kept(std::size_t{3} * kKeptSide * kKeptSide);
  box_average(kept.data(), pixels, kKeptSide, kKeptSide, height, width);
  view_picture(encoder_.pixels.data(), kept.data(), kKeptSide, {0, 0, kKeptSide, kKeptSide, false, 1.0f, 0.0f});
  return encoder_.forward(workers, 1);
}

void PairsEngine::look_at(Workers& workers, const std::uint8_t* pixels, int height, int width) {
  hear(condition_.data(), code(workers, pixels, height, width));
}

}  // namespace unisono
