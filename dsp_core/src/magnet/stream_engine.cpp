// See stream_engine.h.
#include "unisono/magnet/stream_engine.h"

#include <algorithm>

#include "unisono/magnet/streams.h"
#include "unisono/magnet/wander.h"
#include "unisono/math.h"
#include "unisono/nn/adam.h"
#include "unisono/random.h"

namespace unisono {

namespace {

constexpr int kHands[] = {1, 2, 4, 8, 16, 32, 64};  // turns of each hand of the clock in one loop
constexpr int kClock = 2 * 7;                       // sines, then cosines
constexpr int kFramesPerTurn = 4;                   // hands that turn faster stand still
constexpr int kShortestClip = 16;                   // frames

double power_of_two(double x) { return detail::exp_kernel(x * detail::kLn2); }

}  // namespace

StreamEngine::StreamEngine(const MagnetConfig& config, int sr, std::uint32_t seed, int condition)
    : config_(config), sr_(sr), seed_(seed), condition_(static_cast<std::size_t>(condition), 0.0f) {
  network_.configure({.inputs = kLatentSize + kClock + condition,
                      .outputs = kLatentSize,
                      .hidden = config.hidden,
                      .streams = config.batch_size,
                      .steps = config.sequence_length,
                      .least_log_sigma = config.stream.least_log_sigma,
                      .misled = config.stream.misled_streams});
  network_.initialise(seed);
  parameters_ = network_.parameters();
  decoder_.configure(config.bins());
  links_.assign(static_cast<std::size_t>(kLinks) * kLinkSize, -1.0f);
  primer_.assign(static_cast<std::size_t>(config.stream.primer_frames) * kLatentSize, 0.0f);
  positions_.assign(static_cast<std::size_t>(config.batch_size), 0.0f);
  away_ = positions_;
}

int StreamEngine::min_frames() const { return kShortestClip; }

// In an epoch each stream goes once through the loop.
int StreamEngine::steps_per_epoch() const {
  return (clip_.n_frames + config_.sequence_length - 1) / config_.sequence_length;
}

// What a file says is not to be trusted.
int StreamEngine::loop() const { return std::clamp(to_i32(loop_[0]), 1, 1 << 24); }
int StreamEngine::in_loop(float position) const { return std::clamp(to_i32(position), 0, length_ - 1); }

int StreamEngine::frames_per_second() const { return std::max(1, sr_ / config_.stft.hop_length); }

double StreamEngine::total_steps() const {
  return config_.stream.steps * sqrt(std::max(1.0, frames_to_learn() / config_.stream.loop_frames));
}

int StreamEngine::default_epochs() const {
  const int steps = std::max(1, (to_i32(frames_to_learn()) + config_.sequence_length - 1) / config_.sequence_length);
  return to_i32((total_steps() + steps - 1) / steps);
}

void StreamEngine::set_clip(Workers& workers, const float* samples, int n) {
  Stft stft;
  stft.configure(config_.stft);
  const auto analyse = [&](float* magnitudes, Slice frames) {
    stft.magnitudes(magnitudes, samples, frames.begin, frames.end - frames.begin, n);
  };
  FrameBlocks magnitudes(config_.bins(), analyse);
  const std::vector<double> energy = frame_energies(magnitudes, stft_frames(config_.stft, n));
  const int length = loop_length(energy, sr_, config_.stft.hop_length);
  clip_.analyse(workers, decoder_, magnitudes, length, sr_, config_.stft.n_fft);
  find_links(workers, links_.data(),
             {.coordinates = clip_.coordinates.data(),
              .importance = clip_.importance.data(),
              .energy = energy.data(),
              .n_frames = length,
              .width = kLatentSize,
              .frames_per_second = frames_per_second()});
  const int primer = config_.stream.primer_frames;
  for (int i = 0; i < primer; ++i) {
    const std::ptrdiff_t frame = (static_cast<std::ptrdiff_t>(length) * primer - primer + i) % length;
    std::copy_n(clip_.coordinates.data() + frame * kLatentSize, kLatentSize, primer_.data() + i * kLatentSize);
  }
  begin_loop(length);
}

void StreamEngine::begin_loop(int length) {
  length_ = length;
  loop_[0] = static_cast<float>(length);
  for (int b = 0; b < config_.batch_size; ++b)
    positions_[b] = static_cast<float>(static_cast<std::int64_t>(b) * length / config_.batch_size);
  hands_.resize(static_cast<std::size_t>(length) * kClock);
  for (int t = 0; t < length; ++t) show_clock(hands_.data() + static_cast<std::ptrdiff_t>(t) * kClock, t);
  std::fill(away_.begin(), away_.end(), 0.0f);
  std::fill(network_.hidden.begin(), network_.hidden.end(), 0.0f);
  std::fill(network_.cell.begin(), network_.cell.end(), 0.0f);
  network_.reserve_training();
}

const float* StreamEngine::frame(float* /*mixed*/, int /*stream*/, int position, bool /*misled*/) const {
  return clip_.coordinates.data() + static_cast<std::ptrdiff_t>(position) * kLatentSize;
}

// The clock tells where in the loop the frame lies that is to be predicted.
void StreamEngine::show_clock(float* hands, int position) const {
  const auto length = static_cast<std::uint64_t>(loop());
  for (int i = 0; i < kClock / 2; ++i) {
    const auto turns = static_cast<std::uint64_t>(kHands[i]);
    const bool moves = turns * kFramesPerTurn <= length;
    const auto phase =
        static_cast<std::uint32_t>(((static_cast<std::uint64_t>(position) * turns % length) << 32) / length);
    hands[i] = moves ? sin_phase(phase) : 0.0f;
    hands[kClock / 2 + i] = moves ? sin_phase(phase + 0x40000000u) : 0.0f;
  }
}

// Inputs and targets of all streams; one of them begins anew at a random position.
void StreamEngine::draw_batch(Workers& workers, std::int32_t step) {
  const StreamShape& s = network_.shape();
  const int length = length_, anew = step % s.streams;
  const std::uint32_t stream = stream_for(StreamPurpose::noise, step);
  const Random random(seed_, stream_for(StreamPurpose::shuffle, step));
  const auto anywhere = [&](std::uint64_t draw) {
    return static_cast<float>((random.bits(draw) * static_cast<std::uint64_t>(length)) >> 32);
  };
  positions_[anew] = anywhere(0);
  if (anew < s.misled) away_[anew] = anywhere(1);
  std::fill_n(network_.hidden.begin() + anew * s.hidden, s.hidden, 0.0f);
  std::fill_n(network_.cell.begin() + anew * s.hidden, s.hidden, 0.0f);
  workers.run(s.steps, [&](int t) {
    for (int b = 0; b < s.streams; ++b) {
      const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(t) * s.streams + b;
      const int now = in_loop(positions_[b]) + t, next = (now + 1) % length;
      float* const input = network_.inputs.data() + row * s.inputs;
      float mixed[kLatentSize];
      const float* const seen = frame(mixed, b, (now + in_loop(away_[b])) % length, b < s.misled);
      random_normal(input, seed_, stream, kLatentSize, static_cast<std::uint64_t>(row) * kLatentSize);
      for (int k = 0; k < kLatentSize; ++k) input[k] = seen[k] + config_.stream.input_noise * input[k];
      std::copy_n(hands_.data() + static_cast<std::ptrdiff_t>(next) * kClock, kClock, input + kLatentSize);
      std::copy_n(frame(mixed, b, next, false), kLatentSize, network_.targets.data() + row * kLatentSize);
    }
  });
  for (int b = 0; b < s.streams; ++b) positions_[b] = static_cast<float>((in_loop(positions_[b]) + s.steps) % length);
}

float StreamEngine::train_step(Workers& workers, std::int32_t step) {
  draw_batch(workers, step);
  const float loss = network_.loss_and_gradient(workers, clip_.importance.data());
  improve(workers, step);
  return loss;
}

void StreamEngine::improve(Workers& workers, std::int32_t step) {
  const StreamOptions& stream = config_.stream;
  AdamOptions adam = config_.adam;
  adam.learning_rate *= power_of_two(-stream.halvings * step / total_steps());
  adam.learning_rate = std::max(stream.least_learning_rate, adam.learning_rate);
  adam_step<float>(workers, parameters_, adam, step + 1, norm_clip<float>(parameters_, stream.largest_norm));
}

// The chance of leaving the loop at a link, of which there are as many in each second as loop and kLinks make.
float StreamEngine::leaving_chance(float temperature) const {
  const double seconds = static_cast<double>(loop()) / frames_per_second();
  return static_cast<float>(config_.stream.jumps * static_cast<double>(temperature) * seconds /
                            std::min(kLinks, loop()));
}

void StreamEngine::list(TensorList& list) {
  list.add_values(parameters_);
  list.add("latent.decode", {kLatentSize, config_.bins()}, decoder_.matrix.data());
  list.add("latent.mean", {config_.bins()}, decoder_.mean.data());
  list.add("latent.texture", {config_.bins()}, decoder_.texture.data());
  list.add("latent.low", {kLatentSize}, decoder_.low.data());
  list.add("latent.high", {kLatentSize}, decoder_.high.data());
  list.add("latent.loudest", {1}, &decoder_.loudest);
  list.add("loop.frames", {1}, loop_);
  list.add("loop.links", {kLinks, kLinkSize}, links_.data());
  list.add("primer", {config_.stream.primer_frames, kLatentSize}, primer_.data());
  list.add("stream.position", {config_.batch_size}, positions_.data());
  list.add("stream.away", {config_.batch_size}, away_.data());
  list.add("stream.hidden", {config_.batch_size, config_.hidden}, network_.hidden.data());
  list.add("stream.cell", {config_.batch_size, config_.hidden}, network_.cell.data());
  list.add_moments(parameters_);
}

}  // namespace unisono
