// Generation by the `default` preset: the loop's last frames warm the state up; then each frame is drawn from the Gaussians
// that the network predicts, kept within the range that the clip has, and fed back. The clock shows where the playhead
// wanders.
#include <algorithm>

#include "unisono/magnet/stream_engine.h"
#include "unisono/magnet/streams.h"
#include "unisono/magnet/wander.h"
#include "unisono/math.h"
#include "unisono/random.h"

namespace unisono {

class StreamEngine::Generator final : public MagnetGenerator {
 public:
  Generator(const StreamEngine& engine, std::uint32_t seed)
      : engine_(engine), seed_(seed), hidden_(size(engine.network_.shape().hidden)), cell_(hidden_),
        input_(size(engine.network_.shape().inputs)), output_(size(2 * kLatentSize)),
        scratch_(size(engine.network_.scratch_size())), noise_(size(kLatentSize)), frame_(noise_),
        normal_(size(engine.config_.bins())), playhead_(engine.links_.data(), engine.loop(), engine.frames_per_second(),
                                                        Random(seed, stream_for(StreamPurpose::generation, 2))) {
    std::copy(engine.condition_.begin(), engine.condition_.end(), input_.end() - size(condition()));
    warm_up();
  }

  void next(float* magnitudes, int n_frames, float temperature, float density) override {
    for (int i = 0; i < n_frames; ++i, magnitudes += engine_.config_.bins()) next(magnitudes, temperature, density);
  }

 private:
  void next(float* magnitudes, float temperature, float density) {
    if (t_ > 0) playhead_.advance(engine_.leaving_chance(temperature) * density);
    predict(frame_.data(), playhead_.position());
    draw(engine_.config_.stream.sampling_spread * temperature);
    engine_.decoder_.decode(magnitudes, normal_.data(), frame_.data(),
                            Random(seed_, stream_for(StreamPurpose::generation, 1)), t_);
    ++t_;
  }

  int condition() const { return static_cast<int>(engine_.condition_.size()); }
  static std::size_t size(int n) { return static_cast<std::size_t>(n); }

  // All frames of the primer but the last, which the first frame is predicted from.
  void warm_up() {
    const int length = engine_.loop(), primer = engine_.config_.stream.primer_frames;
    const float* const frames = engine_.primer_.data();
    for (int t = 1 - primer; t < 0; ++t)
      predict(frames + (primer - 1 + t) * kLatentSize, (t % length + length) % length);
    std::copy_n(frames + (primer - 1) * kLatentSize, kLatentSize, frame_.begin());
  }

  // The network sees a frame, and the clock of the one that is to follow.
  void predict(const float* frame, int position) {
    std::copy_n(frame, kLatentSize, input_.begin());
    engine_.show_clock(input_.data() + kLatentSize, position);
    engine_.network_.step(output_.data(), hidden_.data(), cell_.data(), scratch_.data(), input_.data());
  }

  // The next frame from what the network has predicted.
  void draw(float spread) {
    random_normal(noise_.data(), seed_, stream_for(StreamPurpose::generation, 0), kLatentSize,
                  static_cast<std::uint64_t>(t_) * kLatentSize);
    const float least = engine_.config_.stream.least_log_sigma;
    const float *const low = engine_.decoder_.low.data(), *const high = engine_.decoder_.high.data();
    for_lanes<float>(kLatentSize, [&]<class V>(int k) {
      V slope;
      const V sigma = exp(log_sigma<float>(slope, load<V>(output_.data() + kLatentSize + k), least));
      const V drawn = load<V>(output_.data() + k) + splat<V>(spread) * sigma * load<V>(noise_.data() + k);
      store<V>(frame_.data() + k, min(max(drawn, load<V>(low + k)), load<V>(high + k)));
    });
  }

  const StreamEngine& engine_;
  std::uint32_t seed_;
  std::vector<float> hidden_, cell_, input_, output_, scratch_, noise_;
  std::vector<float> frame_;   // [kLatentSize]: the newest
  std::vector<float> normal_;  // [bins]
  Playhead playhead_;
  std::int64_t t_ = 0;  // frames made
};

void StreamEngine::prepare(Workers& workers) {
  network_.prepare_inference(workers);
  decoder_.pack(workers);
}

std::unique_ptr<MagnetGenerator> StreamEngine::generator(Workers&, std::uint32_t seed, int) {
  return std::make_unique<Generator>(*this, seed);
}

}  // namespace unisono
