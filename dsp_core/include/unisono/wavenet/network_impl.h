// The definitions of WaveNetwork and WavePass; included where they are instantiated (float in the product, double in the
// tests).
#pragma once

#include <algorithm>

#include "unisono/nn/elementwise.h"
#include "unisono/nn/gate.h"
#include "unisono/nn/gaussian.h"
#include "unisono/wavenet/network.h"
#include "unisono/wavenet/product.h"

namespace unisono {

namespace detail {

// y[cols][rows] of x[rows][cols], matrices of them.
template <class T>
void transpose_each(std::vector<T>& y, const std::vector<T>& x, int rows, int cols) {
  y.resize(x.size());
  const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(rows) * cols;
  for (std::ptrdiff_t m = 0; m + size <= static_cast<std::ptrdiff_t>(x.size()); m += size)
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < cols; ++c) y[m + c * rows + r] = x[m + r * cols + c];
}

// x = max(x, 0), and d = 0 where that has cut.
template <class T>
void rectify(T* x, int n) {
  for_lanes<T>(n, [&]<class V>(int i) { store<V>(x + i, max(load<V>(x + i), V{})); });
}
template <class T>
void cut_where_rectified(T* d, const T* x, int n) {
  for_lanes<T>(n, [&]<class V>(int i) { store<V>(d + i, select(load<V>(x + i) > V{}, load<V>(d + i), V{})); });
}

// The sample before which x of a layer is not known in a crop.
inline int wave_start(int layer) {
  int start = 0;
  for (int l = 0; l < layer; ++l) start += wave_dilation(l);
  return start;
}

}  // namespace detail

template <class T>
void WaveCrop<T>::reserve(int most) {
  inputs.reserve(static_cast<std::size_t>(kWaveReach + most) * kWaveInputs);
  position.reserve(static_cast<std::size_t>(kWaveReach + most));
  target.reserve(static_cast<std::size_t>(most));
}

template <class T>
void WaveCrop<T>::resize(int samples) {
  n = samples;
  inputs.resize(static_cast<std::size_t>(kWaveReach + n) * kWaveInputs);
  position.resize(static_cast<std::size_t>(kWaveReach + n));
  target.resize(static_cast<std::size_t>(n));
}

template <class T>
void WaveNetwork<T>::configure(int frames) {
  constexpr int kIn = kWaveInputs, kC = kWaveChannels, kG = kWaveGates, kS = kWaveSkips, kL = kWaveLayers;
  input_weight.configure("input", ".weight", {kIn, kC});
  input_bias.configure("input", ".bias", {kC});
  gate_past.configure("gate", ".past", {kL, kC, kG});
  gate_now.configure("gate", ".now", {kL, kC, kG});
  gate_position.configure("gate", ".position", {frames > 0 ? kL : 0, kWavePosition, kG});
  gate_bias.configure("gate", ".bias", {kL, kG});
  residual_weight.configure("residual", ".weight", {kL, kC, kC});
  residual_bias.configure("residual", ".bias", {kL, kC});
  skip_weight.configure("skip", ".weight", {kL, kC, kS});
  skip_bias.configure("skip", ".bias", {kS});
  hidden_weight.configure("hidden", ".weight", {kS, kS});
  hidden_bias.configure("hidden", ".bias", {kS});
  out_weight.configure("out", ".weight", {2, kS});
  out_bias.configure("out", ".bias", {2});
  position.configure("position", "", {frames, kWavePosition});
}

template <class T>
std::array<Parameter<T>*, kWaveParameters> WaveNetwork<T>::parameters() {
  return {&input_weight,  &input_bias,      &gate_past,     &gate_now,    &gate_position,
          &gate_bias,     &residual_weight, &residual_bias, &skip_weight, &skip_bias,
          &hidden_weight, &hidden_bias,     &out_weight,    &out_bias,    &position};
}

template <class T>
void WavePass<T>::reserve(WaveNetwork<T>& net, int longest, int most_frames) {
  const std::size_t total = static_cast<std::size_t>(kWaveReach) + longest;
  x_.resize(total * (kWaveLayers + 1) * kWaveChannels);
  gates_.resize(total * kWaveLayers * kWaveGates);
  for (auto* chunk : {&gated_, &d_gated_, &d_x_}) chunk->resize(kChunk * kWaveChannels);
  for (auto* chunk : {&skip_, &hidden_, &d_hidden_}) chunk->resize(kChunk * kWaveSkips);
  d_skip_.resize(static_cast<std::size_t>(longest) * kWaveSkips);
  output.resize(2 * static_cast<std::size_t>(longest));
  d_output_.resize(2 * kChunk);
  loss_.resize(kChunk);
  ones_.assign(kChunk, T(1));
  for (auto* c : {&condition_, &d_condition_})
    c->reserve(static_cast<std::size_t>(kWaveLayers) * most_frames * kWaveGates);
  past_t_.reserve(net.gate_past.value.size());
  now_t_.reserve(net.gate_now.value.size());
  residual_t_.reserve(net.residual_weight.value.size());
  skip_t_.reserve(net.skip_weight.value.size());
  position_t_.reserve(net.gate_position.value.size());
  hidden_t_.reserve(net.hidden_weight.value.size());
  const auto list = net.parameters();
  for (int i = 0; i < kWaveParameters; ++i) gradient[i].resize(list[i]->value.size());
}

template <class T>
int WavePass<T>::chunks() const {
  return (kWaveReach + kChunk - 1) / kChunk + (total_ - kWaveReach + kChunk - 1) / kChunk;
}

// Chunk borders are counted from the first sample that is predicted.
template <class T>
typename WavePass<T>::Span WavePass<T>::chunk(int i) const {
  const int begin = kWaveReach + (i - (kWaveReach + kChunk - 1) / kChunk) * kChunk;
  return {std::max(begin, 0), std::min(begin + kChunk, total_)};
}

template <class T>
double WavePass<T>::forward(const WaveNetwork<T>& net, const WaveCrop<T>& crop, T gradient_scale) {
  total_ = kWaveReach + crop.n;
  conditions(net, crop);
  if (gradient_scale != T(0)) {
    for (auto& g : gradient) std::fill(g.begin(), g.end(), T(0));
    detail::transpose_each(hidden_t_, net.hidden_weight.value, kWaveSkips, kWaveSkips);
  }
  fill_rows(x(0, 0), net.input_bias.value.data(), total_, kWaveChannels);
  small_product(x(0, 0), crop.inputs.data(), kWaveInputs, 1, net.input_weight.value.data(), total_, kWaveInputs,
                kWaveChannels, true);
  double loss = 0;
  for (int i = 0; i < chunks(); ++i) {
    const Span span = chunk(i);
    if (span.begin >= kWaveReach)
      fill_rows(skip_.data(), net.skip_bias.value.data(), span.end - span.begin, kWaveSkips);
    for (int l = 0; l < kWaveLayers; ++l) layer_forward(net, crop, l, span);
    if (span.begin >= kWaveReach) loss += head(net, crop, span, gradient_scale);
  }
  return loss;
}

template <class T>
void WavePass<T>::conditions(const WaveNetwork<T>& net, const WaveCrop<T>& crop) {
  first_frame_ = crop.position.front().frame;
  frames_ = crop.position.back().frame + 2 - first_frame_;
  const std::ptrdiff_t layer = static_cast<std::ptrdiff_t>(frames_) * kWaveGates;
  condition_.resize(kWaveLayers * layer);
  d_condition_.assign(kWaveLayers * layer, T(0));
  for (int l = 0; l < kWaveLayers; ++l) {
    T* const c = condition_.data() + l * layer;
    fill_rows(c, net.gate_bias.value.data() + l * kWaveGates, frames_, kWaveGates);
    if (net.frames() > 0)
      small_product(c, net.position.value.data() + static_cast<std::ptrdiff_t>(first_frame_) * kWavePosition,
                    kWavePosition, 1, net.gate_position.value.data() + l * kWavePosition * kWaveGates, frames_,
                    kWavePosition, kWaveGates, true);
  }
}

template <class T>
void WavePass<T>::layer_forward(const WaveNetwork<T>& net, const WaveCrop<T>& crop, int layer, Span span) {
  const int begin = std::max(span.begin, detail::wave_start(layer + 1)), n = span.end - begin;
  if (n <= 0) return;
  const T* const c = condition_.data() + static_cast<std::ptrdiff_t>(layer) * frames_ * kWaveGates;
  T* const z = gates(layer, begin);
  for (int t = 0; t < n; ++t) {
    const WavePosition<T>& at = crop.position[begin + t];
    const T* const left = c + static_cast<std::ptrdiff_t>(at.frame - first_frame_) * kWaveGates;
    for_lanes<T>(kWaveGates, [&]<class V>(int j) {
      const V from = load<V>(left + j), to = load<V>(left + kWaveGates + j);
      store<V>(z + t * kWaveGates + j, V(from + at.share * (to - from)));
    });
  }
  constexpr int kMatrix = kWaveChannels * kWaveGates;
  small_product(z, x(layer, begin - wave_dilation(layer)), kWaveChannels, 1,
                net.gate_past.value.data() + layer * kMatrix, n, kWaveChannels, kWaveGates, true);
  small_product(z, x(layer, begin), kWaveChannels, 1, net.gate_now.value.data() + layer * kMatrix, n, kWaveChannels,
                kWaveGates, true);
  T* const gated = gated_.data();
  for (int t = 0; t < n; ++t)
    for_lanes<T>(kWaveChannels, [&]<class V>(int j) {
      T* const at = z + t * kWaveGates + j;
      const V h = Gate<T>::tanh(load<V>(at)), s = Gate<T>::sigmoid(load<V>(at + kWaveChannels));
      store<V>(at, h);
      store<V>(at + kWaveChannels, s);
      store<V>(gated + t * kWaveChannels + j, V(h * s));
    });
  T* const next = x(layer + 1, begin);
  const T* const now = x(layer, begin);
  const T* const bias = net.residual_bias.value.data() + layer * kWaveChannels;
  for (int t = 0; t < n; ++t)
    for_lanes<T>(kWaveChannels, [&]<class V>(int j) {
      store<V>(next + t * kWaveChannels + j, V(load<V>(now + t * kWaveChannels + j) + load<V>(bias + j)));
    });
  small_product(next, gated, kWaveChannels, 1, net.residual_weight.value.data() + layer * kWaveChannels * kWaveChannels,
                n, kWaveChannels, kWaveChannels, true);
  if (span.begin >= kWaveReach)
    small_product(skip_.data(), gated, kWaveChannels, 1,
                  net.skip_weight.value.data() + layer * kWaveChannels * kWaveSkips, n, kWaveChannels, kWaveSkips,
                  true);
}

// From the sum of the skips to the loss, and, if asked for, back to it.
template <class T>
double WavePass<T>::head(const WaveNetwork<T>& net, const WaveCrop<T>& crop, Span span, T scale) {
  const int n = span.end - span.begin, from = span.begin - kWaveReach;
  detail::rectify(skip_.data(), n * kWaveSkips);
  fill_rows(hidden_.data(), net.hidden_bias.value.data(), n, kWaveSkips);
  small_product(hidden_.data(), skip_.data(), kWaveSkips, 1, net.hidden_weight.value.data(), n, kWaveSkips, kWaveSkips,
                true);
  detail::rectify(hidden_.data(), n * kWaveSkips);
  T* const out = output.data() + 2 * from;
  for (int o = 0; o < 2; ++o) {
    const T* const w = net.out_weight.value.data() + o * kWaveSkips;
    for (int t = 0; t < n; ++t) {
      T sum = net.out_bias.value[o];
      for (int k = 0; k < kWaveSkips; ++k) sum += hidden_[t * kWaveSkips + k] * w[k];
      out[o * n + t] = sum;
    }
  }
  gaussian_loss(loss_.data(), d_output_.data(), out, crop.target.data() + from, ones_.data(), T(kWaveLeastLogScale),
                scale, T(1), n);
  if (scale != T(0)) head_backward(net, span);
  return fixed_sum(n, [&](int i) { return static_cast<double>(loss_[i]); });
}

template <class T>
void WavePass<T>::head_backward(const WaveNetwork<T>& net, Span span) {
  const int n = span.end - span.begin;
  const T* const w = net.out_weight.value.data();
  T *const d_w = gradient[kOutWeight].data(), *const d_hidden = d_hidden_.data();
  for (int t = 0; t < n; ++t) {
    const T d_mean = d_output_[t], d_scale = d_output_[n + t];
    gradient[kOutBias][0] += d_mean;
    gradient[kOutBias][1] += d_scale;
    const T* const h = hidden_.data() + t * kWaveSkips;
    for_lanes<T>(kWaveSkips, [&]<class V>(int k) {
      store<V>(d_w + k, V(load<V>(d_w + k) + d_mean * load<V>(h + k)));
      store<V>(d_w + kWaveSkips + k, V(load<V>(d_w + kWaveSkips + k) + d_scale * load<V>(h + k)));
      store<V>(d_hidden + t * kWaveSkips + k, V(d_mean * load<V>(w + k) + d_scale * load<V>(w + kWaveSkips + k)));
    });
  }
  detail::cut_where_rectified(d_hidden, hidden_.data(), n * kWaveSkips);
  small_product(gradient[kHiddenWeight].data(), skip_.data(), 1, kWaveSkips, d_hidden, kWaveSkips, n, kWaveSkips, true);
  add_rows(gradient[kHiddenBias].data(), d_hidden, n, kWaveSkips);
  T* const d_skip = d_skip_.data() + static_cast<std::ptrdiff_t>(span.begin - kWaveReach) * kWaveSkips;
  small_product(d_skip, d_hidden, kWaveSkips, 1, hidden_t_.data(), n, kWaveSkips, kWaveSkips, false);
  detail::cut_where_rectified(d_skip, skip_.data(), n * kWaveSkips);
  add_rows(gradient[kSkipBias].data(), d_skip, n, kWaveSkips);
}

// Chunks from the last to the first, in each the layers from the last to the first: what a layer's gradient needs of
// later samples is there already.
template <class T>
void WavePass<T>::backward(const WaveNetwork<T>& net, const WaveCrop<T>& crop) {
  detail::transpose_each(past_t_, net.gate_past.value, kWaveChannels, kWaveGates);
  detail::transpose_each(now_t_, net.gate_now.value, kWaveChannels, kWaveGates);
  detail::transpose_each(residual_t_, net.residual_weight.value, kWaveChannels, kWaveChannels);
  detail::transpose_each(skip_t_, net.skip_weight.value, kWaveChannels, kWaveSkips);
  for (int i = chunks() - 1; i >= 0; --i) {
    const Span span = chunk(i);
    const int n = span.end - span.begin;
    std::fill_n(d_x_.data(), n * kWaveChannels, T(0));
    for (int l = kWaveLayers - 1; l >= 0; --l) layer_backward(crop, l, span);
    small_product(gradient[kInputWeight].data(), crop.inputs.data() + span.begin * kWaveInputs, 1, kWaveInputs,
                  d_x_.data(), kWaveInputs, n, kWaveChannels, true);
    add_rows(gradient[kInputBias].data(), d_x_.data(), n, kWaveChannels);
  }
  gather_conditions(net);
}

// On entry d_x_ has the gradient of the layer's output, on return that of its input.
template <class T>
void WavePass<T>::layer_backward(const WaveCrop<T>& crop, int layer, Span span) {
  constexpr int kC = kWaveChannels, kG = kWaveGates, kS = kWaveSkips;
  const int dilation = wave_dilation(layer), start = detail::wave_start(layer);
  const int begin = std::max(span.begin, start + dilation), n = span.end - begin;
  if (n > 0) {
    T *const gated = gated_.data(), *const d_gated = d_gated_.data(), *const z = gates(layer, begin);
    T* const d_x = d_x_.data() + (begin - span.begin) * kC;
    for (int t = 0; t < n; ++t)
      for_lanes<T>(kC, [&]<class V>(int j) {
        store<V>(gated + t * kC + j, V(load<V>(z + t * kG + j) * load<V>(z + t * kG + kC + j)));
      });
    small_product(d_gated, d_x, kC, 1, residual_t_.data() + layer * kC * kC, n, kC, kC, false);
    small_product(gradient[kResidualWeight].data() + layer * kC * kC, gated, 1, kC, d_x, kC, n, kC, true);
    add_rows(gradient[kResidualBias].data() + layer * kC, d_x, n, kC);
    if (span.begin >= kWaveReach) {
      const T* const d_skip = d_skip_.data() + static_cast<std::ptrdiff_t>(begin - kWaveReach) * kS;
      small_product(d_gated, d_skip, kS, 1, skip_t_.data() + layer * kC * kS, n, kS, kC, true);
      small_product(gradient[kSkipWeight].data() + layer * kC * kS, gated, 1, kC, d_skip, kC, n, kS, true);
    }
    for (int t = 0; t < n; ++t)
      for_lanes<T>(kC, [&]<class V>(int j) {
        T* const at = z + t * kG + j;
        const V h = load<V>(at), s = load<V>(at + kC), d = load<V>(d_gated + t * kC + j);
        store<V>(at, V(d * s * (V{} + T(1) - h * h)));
        store<V>(at + kC, V(d * h * s * (V{} + T(1) - s)));
      });
    condition_gradient(crop, layer, begin, n);
    small_product(gradient[kGateNow].data() + layer * kC * kG, x(layer, begin), 1, kC, z, kC, n, kG, true);
    small_product(gradient[kGatePast].data() + layer * kC * kG, x(layer, begin - dilation), 1, kC, z, kC, n, kG, true);
    small_product(d_x, z, kG, 1, now_t_.data() + layer * kC * kG, n, kG, kC, true);
  }
  const int first = std::max(span.begin, start), last = std::min(span.end, total_ - dilation);
  if (first < last)
    small_product(d_x_.data() + (first - span.begin) * kC, gates(layer, first + dilation), kG, 1,
                  past_t_.data() + layer * kC * kG, last - first, kG, kC, true);
}

// The sums of the gates' gradients over each frame, weighed as the frame and the next weigh in each sample.
template <class T>
void WavePass<T>::condition_gradient(const WaveCrop<T>& crop, int layer, int begin, int n) {
  T* const d_c = d_condition_.data() + static_cast<std::ptrdiff_t>(layer) * frames_ * kWaveGates;
  for (int t = 0; t < n;) {
    const int frame = crop.position[begin + t].frame;
    int end = t + 1;
    while (end < n && crop.position[begin + end].frame == frame) ++end;
    T* const left = d_c + static_cast<std::ptrdiff_t>(frame - first_frame_) * kWaveGates;
    const T* const z = gates(layer, begin);
    for_lanes<T>(kWaveGates, [&]<class V>(int j) {
      V all{}, later{};
      for (int i = t; i < end; ++i) {
        const V d = load<V>(z + i * kWaveGates + j);
        all = all + d;
        later = later + crop.position[begin + i].share * d;
      }
      store<V>(left + j, V(load<V>(left + j) + (all - later)));
      store<V>(left + kWaveGates + j, V(load<V>(left + kWaveGates + j) + later));
    });
    t = end;
  }
}

template <class T>
void WavePass<T>::gather_conditions(const WaveNetwork<T>& net) {
  detail::transpose_each(position_t_, net.gate_position.value, kWavePosition, kWaveGates);
  for (int l = 0; l < kWaveLayers; ++l) {
    const T* const d_c = d_condition_.data() + static_cast<std::ptrdiff_t>(l) * frames_ * kWaveGates;
    add_rows(gradient[kGateBias].data() + l * kWaveGates, d_c, frames_, kWaveGates);
    if (net.frames() == 0) continue;
    const std::ptrdiff_t from = static_cast<std::ptrdiff_t>(first_frame_) * kWavePosition;
    constexpr int kMatrix = kWavePosition * kWaveGates;
    small_product(gradient[kGatePosition].data() + l * kMatrix, net.position.value.data() + from, 1, kWavePosition, d_c,
                  kWavePosition, frames_, kWaveGates, true);
    small_product(gradient[kPosition].data() + from, d_c, kWaveGates, 1, position_t_.data() + l * kMatrix, frames_,
                  kWaveGates, kWavePosition, true);
  }
}

}  // namespace unisono
