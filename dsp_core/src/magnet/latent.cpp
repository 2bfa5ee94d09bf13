// See latent.h.
#include "unisono/magnet/latent.h"

#include <algorithm>

#include "unisono/magnet/streams.h"
#include "unisono/math.h"
#include "unisono/nn/elementwise.h"
#include "unisono/nn/orthogonal.h"

namespace unisono {

namespace {

constexpr float kFloor = 1e-4f;                  // of the loudest magnitude: what lies 80 dB below is all but silence
constexpr int kIterations = 16;                  // of orthogonal iteration; more change nothing that is heard
constexpr float kLeastScale = 1e-4f;             // of the largest coordinate's spread
constexpr double kQuieter = 0.6309573444801932;  // 10^(-2 dB / 10)
constexpr double kMelCorner = 700.0;  // Hz; O'Shaughnessy 1987: mel(f) is linear below it and logarithmic above

// Means of the columns, summed in double in the order of the rows.
void column_means(float* means, const float* x, int rows, int cols) {
  std::vector<double> sums(static_cast<std::size_t>(cols), 0.0);
  for (int r = 0; r < rows; ++r, x += cols)
    for (int c = 0; c < cols; ++c) sums[c] += static_cast<double>(x[c]);
  for (int c = 0; c < cols; ++c) means[c] = static_cast<float>(sums[c] / rows);
}

// The standard deviation of each column.
void column_spreads(float* spreads, const float* x, int rows, int cols) {
  column_means(spreads, x, rows, cols);
  std::vector<double> squares(static_cast<std::size_t>(cols), 0.0);
  for (int r = 0; r < rows; ++r, x += cols)
    for (int c = 0; c < cols; ++c) {
      const double d = static_cast<double>(x[c]) - static_cast<double>(spreads[c]);
      squares[c] += d * d;
    }
  for (int c = 0; c < cols; ++c) spreads[c] = static_cast<float>(sqrt(squares[c] / rows));
}

// The square root of a bin's share of the mel scale.
std::vector<float> bin_weights(int bins, int sr, int n_fft) {
  std::vector<float> weights(static_cast<std::size_t>(bins));
  for (int j = 0; j < bins; ++j) {
    const double frequency = static_cast<double>(j) * sr / n_fft;
    weights[j] = static_cast<float>(1.0 / sqrt(1.0 + frequency / kMelCorner));
  }
  return weights;
}

// basis[bins][kLatentSize]: the principal directions of y[rows][bins], by orthogonal iteration on its covariance.
std::vector<float> principal_directions(Workers& workers, const std::vector<float>& y, int rows, int bins) {
  PackedMatrix<float> right;
  std::vector<float> covariance(static_cast<std::size_t>(bins) * bins);
  right.pack(workers, matrix(y.data(), rows, bins));
  matmul(workers, covariance.data(), bins, matrix(y.data(), rows, bins).transposed(), right, false);

  std::vector<float> basis(static_cast<std::size_t>(bins) * kLatentSize);
  random_normal(basis.data(), 0, stream_for(StreamPurpose::analysis, 0), static_cast<int>(basis.size()));
  for (int i = 0; i < kIterations; ++i) {
    right.pack(workers, matrix(basis.data(), bins, kLatentSize));
    matmul(workers, basis.data(), kLatentSize, matrix(covariance.data(), bins, bins), right, false);
    orthonormalise_columns(basis.data(), bins, kLatentSize);
  }
  return basis;
}

// scale[kLatentSize]: the spread of each coordinate, but not less than a small part of the largest.
std::vector<float> coordinate_scales(const std::vector<float>& coordinates, int rows) {
  std::vector<float> scale(kLatentSize);
  column_spreads(scale.data(), coordinates.data(), rows, kLatentSize);
  const float least = std::max(kLeastScale * *std::max_element(scale.begin(), scale.end()), 1e-6f);
  for (float& s : scale) s = std::max(s, least);
  return scale;
}

// Shares proportional to the square roots of the scales.
std::vector<float> shares(const std::vector<float>& scale) {
  double sum = 0;
  for (const float s : scale) sum += sqrt(static_cast<double>(s));
  std::vector<float> share(scale.size());
  for (std::size_t k = 0; k < scale.size(); ++k)
    share[k] = static_cast<float>(sqrt(static_cast<double>(scale[k])) / sum);
  return share;
}

// y[rows][bins] = log(magnitude / loudest + floor)
void compress(float* y, const float* magnitudes, float loudest, int n) {
  for_lanes<float>(n, [&]<class V>(int i) {
    store<V>(y + i, log(V(load<V>(magnitudes + i) / splat<V>(loudest) + splat<V>(kFloor))));
  });
}

}  // namespace

std::vector<double> frame_energies(const float* magnitudes, int frames, int bins) {
  std::vector<double> energy(static_cast<std::size_t>(frames));
  for (int t = 0; t < frames; ++t, magnitudes += bins)
    energy[t] =
        fixed_sum(bins, [&](int j) { return static_cast<double>(magnitudes[j]) * static_cast<double>(magnitudes[j]); });
  return energy;
}

int loop_length(const double* energy, int n, int window) {
  std::vector<double> before(static_cast<std::size_t>(n) + 1, 0.0);  // before[t] = the energy of frames 0 ... t - 1
  for (int t = 0; t < n; ++t) before[t + 1] = before[t] + energy[t];
  const int stretch = std::min(window, n);
  double quietest = before[stretch];
  for (int t = stretch; t <= n; ++t) quietest = std::min(quietest, before[t] - before[t - stretch]);
  const double allowed = kQuieter * quietest / stretch;
  for (int length = n; length > n / 2; --length) {
    const int part = std::min(window, length);
    bool loud = true;
    for (int start = length - part; loud && start < length; ++start)
      loud = (before[length] - before[start] + before[part - (length - start)]) / part >= allowed;
    if (loud) return length;
  }
  return n;
}

int loop_length(const std::vector<double>& energy, int sr, int hop_length) {
  return loop_length(energy.data(), static_cast<int>(energy.size()),
                     std::max(1, (5 * sr + hop_length / 2) / hop_length));
}

void LatentDecoder::configure(int bins) {
  matrix.assign(static_cast<std::size_t>(kLatentSize) * bins, 0.0f);
  mean.assign(static_cast<std::size_t>(bins), 0.0f);
  texture.assign(static_cast<std::size_t>(bins), 0.0f);
  low.assign(kLatentSize, 0.0f);
  high.assign(kLatentSize, 0.0f);
}

void LatentDecoder::pack(Workers& workers) {
  packed_.pack(workers, unisono::matrix(matrix.data(), kLatentSize, static_cast<int>(mean.size())));
}

void LatentDecoder::decode_logarithms(Workers& workers, float* logarithms, const float* coordinates, int n_frames) {
  const int bins = static_cast<int>(mean.size());
  pack(workers);
  fill_rows(logarithms, mean.data(), n_frames, bins);
  matmul(workers, logarithms, bins, unisono::matrix(coordinates, n_frames, kLatentSize), packed_, true);
}

void LatentDecoder::decode(float* magnitudes, float* normal, const float* coordinates, const Random& noise,
                           std::int64_t t) const {
  const int bins = static_cast<int>(mean.size());
  std::copy(mean.begin(), mean.end(), magnitudes);
  matmul(magnitudes, bins, unisono::matrix(coordinates, 1, kLatentSize), packed_, true);
  random_normal(normal, noise.key[0], noise.key[1], bins, static_cast<std::uint64_t>(t * bins));
  for_lanes<float>(bins, [&]<class V>(int j) {
    const V m = exp(V(load<V>(magnitudes + j) + load<V>(texture.data() + j) * load<V>(normal + j))) - splat<V>(kFloor);
    store<V>(magnitudes + j, V(max(m, V{}) * splat<V>(loudest)));
  });
}

void LatentClip::analyse(Workers& workers, LatentDecoder& decoder, const float* magnitudes, int bins, int frames,
                         int sr, int n_fft, int hop_length) {
  energy = frame_energies(magnitudes, frames, bins);
  analyse_all(workers, decoder, magnitudes, bins, loop_length(energy, sr, hop_length), sr, n_fft);
}

void LatentClip::analyse_all(Workers& workers, LatentDecoder& decoder, const float* magnitudes, int bins, int frames,
                             int sr, int n_fft) {
  n_frames = frames;
  const int size = n_frames * bins;
  decoder.configure(bins);
  const float loudest = *std::max_element(magnitudes, magnitudes + size);
  decoder.loudest = loudest > 0.0f ? loudest : 1.0f;

  std::vector<float> logarithms(static_cast<std::size_t>(size)), weighted(logarithms.size());
  compress(logarithms.data(), magnitudes, decoder.loudest, size);
  column_means(decoder.mean.data(), logarithms.data(), n_frames, bins);
  const std::vector<float> weights = bin_weights(bins, sr, n_fft);
  for (int i = 0; i < size; ++i) weighted[i] = (logarithms[i] - decoder.mean[i % bins]) * weights[i % bins];

  project(workers, decoder, weighted, weights);
  decoder.decode_logarithms(workers, weighted.data(), coordinates.data(), n_frames);
  for (int i = 0; i < size; ++i) logarithms[i] -= weighted[i];
  column_spreads(decoder.texture.data(), logarithms.data(), n_frames, bins);
}

// Coordinates of unit spread of y[n_frames][bins], and the way back.
void LatentClip::project(Workers& workers, LatentDecoder& decoder, const std::vector<float>& y,
                         const std::vector<float>& weights) {
  const int bins = static_cast<int>(weights.size());
  const std::vector<float> basis = principal_directions(workers, y, n_frames, bins);
  PackedMatrix<float> packed;
  packed.pack(workers, matrix(basis.data(), bins, kLatentSize));
  coordinates.assign(static_cast<std::size_t>(n_frames) * kLatentSize, 0.0f);
  matmul(workers, coordinates.data(), kLatentSize, matrix(y.data(), n_frames, bins), packed, false);
  const std::vector<float> scale = coordinate_scales(coordinates, n_frames);
  importance = shares(scale);
  for (int k = 0; k < kLatentSize; ++k) {
    for (int j = 0; j < bins; ++j)
      decoder.matrix[static_cast<std::size_t>(k) * bins + j] =
          basis[static_cast<std::size_t>(j) * kLatentSize + k] * scale[k] / weights[j];
    for (int t = 0; t < n_frames; ++t) {
      float& z = coordinates[static_cast<std::size_t>(t) * kLatentSize + k];
      z /= scale[k];
      decoder.low[k] = t == 0 ? z : std::min(decoder.low[k], z);
      decoder.high[k] = t == 0 ? z : std::max(decoder.high[k], z);
    }
  }
}

}  // namespace unisono
