// The training of WaveNetModel: crops of the clip and steps of Adam.
#include <algorithm>

#include "unisono/magnet/streams.h"
#include "unisono/nn/adam.h"
#include "unisono/random.h"
#include "unisono/wavenet/desk.h"
#include "unisono/wavenet/network_impl.h"

namespace unisono {

namespace {

constexpr double kHalfLogTwoPi = 0.9189385332046727;  // the Gaussian's constant
// Adam's options were found by trying; the rate rises over the warm-up and falls by half a cosine over the training.
constexpr double kRate = 4e-3, kLeastRate = 4e-5, kBeta2 = 0.99, kLargestNorm = 1.0;
constexpr int kWarmUp = 100;  // steps

}  // namespace

void WaveNetModel::fill_crop(Desk& desk, int start, int n) {
  WaveCrop<float>& crop = desk.crop;
  crop.resize(n);
  const int total = kWaveReach + n, first = start - kWaveReach;
  wave_inputs(crop.inputs.data(), desk.target.data(), clip_.data() + silence() + first, scale_, first,
              desk.scratch.data(), total);
  std::copy_n(desk.target.begin() + kWaveReach, n, crop.target.begin());
  for (int t = 0; t < total; ++t) crop.position[t] = wave_position(first + t, wave_position_hop(sr_));
}

void WaveNetModel::draw_crop(int which) {
  const Random random(seed_, stream_for(StreamPurpose::shuffle, step_, which));
  constexpr int kEdge = kCropSamples / 2;  // a start beyond the clip is moved into it: its ends are seen as often
  const auto places = static_cast<std::uint64_t>(length_ - kCropSamples + 1 + 2 * kEdge);
  const int drawn = static_cast<int>((random.bits(0) * places) >> 32) - kEdge;
  const int start = std::clamp(drawn, 0, length_ - kCropSamples);
  fill_crop(desks_[which], start, kCropSamples);
}

float WaveNetModel::bits(double nats) const {
  return canonical(static_cast<float>((nats + kHalfLogTwoPi + offset_) / detail::kLn2));
}

float WaveNetModel::train_step() {
  open_desks();
  workers_->run(kCrops, [&](int which) {
    draw_crop(which);
    Desk& desk = desks_[which];
    desk.loss = desk.pass.forward(net_, desk.crop, 1.0f / (kCrops * kCropSamples));
    desk.pass.backward(net_, desk.crop);
  });
  const auto parameters = net_.parameters();
  double loss = 0.0;
  for (const Desk& desk : desks_) loss += desk.loss;
  for (int i = 0; i < kWaveParameters; ++i) {
    std::vector<float>& sum = parameters[i]->gradient;
    sum = desks_[0].pass.gradient[i];
    for (int which = 1; which < kCrops; ++which)
      add_rows(sum.data(), desks_[which].pass.gradient[i].data(), 1, parameters[i]->size());
  }
  const double done = std::min(1.0, static_cast<double>(step_) / steps_);
  const double fall = 0.5 + 0.5 * static_cast<double>(cos(static_cast<float>(done * detail::kPi)));
  AdamOptions adam;
  adam.beta2 = kBeta2;
  adam.learning_rate = kLeastRate + (kRate - kLeastRate) * fall;
  adam.learning_rate *= std::min(1.0, (step_ + 1.0) / kWarmUp);
  adam_step<float>(*workers_, parameters, adam, step_ + 1, norm_clip<float>(parameters, kLargestNorm));
  ++step_;
  return bits(loss / (kCrops * kCropSamples));
}

float WaveNetModel::clip_bits() {
  open_desks();
  Desk& desk = desks_[0];
  double nats = 0.0;
  for (int start = 0; start < length_; start += kCropSamples) {
    const int n = std::min(kCropSamples, length_ - start);
    fill_crop(desk, start, n);
    nats += desk.pass.forward(net_, desk.crop, 0.0f);
  }
  return bits(nats / length_);
}

}  // namespace unisono
