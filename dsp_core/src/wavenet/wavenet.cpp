// WaveNetModel but for its training; see wavenet.h.
#include "unisono/wavenet/wavenet.h"

#include <algorithm>

#include "unisono/audio.h"
#include "unisono/wavenet/desk.h"

namespace unisono {

namespace {
constexpr double kFullScale = 32768.0;  // steps of a 16-bit sample
}

WaveNetModel::WaveNetModel() = default;
WaveNetModel::~WaveNetModel() = default;

void WaveNetModel::configure(int length, int sr, std::uint32_t seed, int steps, bool free, int threads) {
  length_ = length;
  sr_ = sr;
  seed_ = seed;
  steps_ = steps;
  free_ = free;
  workers_ = std::make_unique<Workers>(threads);
  net_.configure(free ? 0 : (length - 1) / wave_hop(sr) + 2);
  net_.initialise(seed);
  for (auto* each : {&scale_.level, &scale_.loudest})
    each->assign(static_cast<std::size_t>(std::max(1, net_.frames())), 0.0f);
  scale_.peak = scale_.residual_peak = 1.0f;
  list_tensors();
}

void WaveNetModel::set_clip(const float* samples) {
  float peak = 0.0f;
  for (int i = 0; i < length_; ++i) peak = max(peak, abs(samples[i]));
  scale_.peak = peak > 0.0f ? peak : 1.0f;
  clip_.assign(static_cast<std::size_t>(kWaveSilence) + length_, 0.0f);
  float* const x = clip_.data() + kWaveSilence;
  for (int i = 0; i < length_; ++i) x[i] = samples[i] / scale_.peak;
  linear_predictor(scale_.predictor, x, kWaveOrder, length_);
  std::vector<float> residual(static_cast<std::size_t>(length_));
  predict_linearly(residual.data(), x, scale_.predictor, length_);
  float largest = 0.0f;
  for (int i = 0; i < length_; ++i) largest = max(largest, residual[i] = abs(x[i] - residual[i]));
  scale_.residual_peak = largest > 0.0f ? largest : 1.0f;
  const double unit = static_cast<double>(scale_.residual_peak);
  offset_ = fixed_sum(length_,
                      [&](int i) {
                        return detail::log_kernel(expansion_slope(static_cast<double>(residual[i]) / unit) * unit *
                                                  kFullScale);
                      }) /
            length_;
  measure_level(scale_, x, residual.data(), net_.frames(), hop(), length_);
  desks_.resize(kCrops);
  for (Desk& desk : desks_) {
    constexpr std::size_t kTotal = kWaveReach + kCropSamples;
    desk.crop.reserve(kCropSamples);
    desk.pass.reserve(net_, kCropSamples, free_ ? 2 : static_cast<int>(kTotal) / hop() + 3);
    desk.target.resize(kTotal);
    desk.scratch.resize(kWaveInputs * kTotal);
  }
  primed_ = true;
}

void WaveNetModel::start(std::uint32_t seed) {
  generator_ = std::make_unique<WaveGenerator>(net_, scale_, length_, sr_, seed);
}

void WaveNetModel::process(float* samples, int n, float temperature) {
  generator_->process(samples, temperature, n);
  soft_limit(samples, samples, n);
}

void WaveNetModel::generate(float* samples, int n_samples, std::uint32_t seed, float temperature) {
  WaveGenerator generator(net_, scale_, length_, sr_, seed);
  generator.process(samples, temperature, n_samples);
  soft_limit(samples, samples, n_samples);
}

// Parameters without values (of a network that does not know the position) are left out.
void WaveNetModel::list_tensors() {
  tensors_.clear();
  const auto add = [&](const std::string& name, const std::vector<std::int32_t>& shape, std::vector<float>& values) {
    if (!values.empty()) tensors_.push_back({name, shape, values.data(), static_cast<int>(values.size())});
  };
  const auto parameters = net_.parameters();
  for (Parameter<float>* p : parameters) add(p->name, p->shape, p->value);
  tensors_.push_back({"clip.predictor", {kWaveOrder}, scale_.predictor, kWaveOrder});
  tensors_.push_back({"clip.peak", {1}, &scale_.peak, 1});
  tensors_.push_back({"clip.residual_peak", {1}, &scale_.residual_peak, 1});
  add("clip.loudest", {static_cast<std::int32_t>(scale_.loudest.size())}, scale_.loudest);
  add("clip.level", {static_cast<std::int32_t>(scale_.level.size())}, scale_.level);
  for (Parameter<float>* p : parameters) add("adam.m." + p->name, p->shape, p->first_moment);
  for (Parameter<float>* p : parameters) add("adam.v." + p->name, p->shape, p->second_moment);
}

void WaveNetModel::tensor_shape(std::int32_t* dims, int i) const {
  std::copy(tensors_[i].shape.begin(), tensors_[i].shape.end(), dims);
}

void WaveNetModel::tensor(float* values, int i) const {
  std::copy_n(tensors_[i].data, tensors_[i].size, values);
  canonicalise(values, tensors_[i].size);
}

void WaveNetModel::set_tensor(int i, const float* values) {
  std::copy_n(values, tensors_[i].size, tensors_[i].data);
  primed_ = true;
}

int WaveNetModel::parameter_count() const {
  int count = 0;
  for (const TensorRef& tensor : tensors_)
    if (tensor.name.rfind("adam.m.", 0) == 0) count += tensor.size;
  return count;
}

}  // namespace unisono
