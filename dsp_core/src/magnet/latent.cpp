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

int rows_of(Slice frames) { return frames.end - frames.begin; }

// Means of the columns, summed in double in the order of the frames.
void column_means(float* means, FrameBlocks& x, int n_frames) {
  const int cols = x.width();
  std::vector<double> sums(static_cast<std::size_t>(cols), 0.0);
  Slice frames{0, 0};
  while (const float* row = x.next(frames, n_frames))
    for (int t = frames.begin; t < frames.end; ++t, row += cols)
      for (int c = 0; c < cols; ++c) sums[c] += static_cast<double>(row[c]);
  for (int c = 0; c < cols; ++c) means[c] = static_cast<float>(sums[c] / n_frames);
}

// The standard deviation of each column.
void column_spreads(float* spreads, FrameBlocks& x, int n_frames) {
  const int cols = x.width();
  column_means(spreads, x, n_frames);
  std::vector<double> squares(static_cast<std::size_t>(cols), 0.0);
  Slice frames{0, 0};
  while (const float* row = x.next(frames, n_frames))
    for (int t = frames.begin; t < frames.end; ++t, row += cols)
      for (int c = 0; c < cols; ++c) {
        const double d = static_cast<double>(row[c]) - static_cast<double>(spreads[c]);
        squares[c] += d * d;
      }
  for (int c = 0; c < cols; ++c) spreads[c] = static_cast<float>(sqrt(squares[c] / n_frames));
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

// basis[bins][kLatentSize]: the principal directions of y[n_frames][bins], by orthogonal iteration on its covariance.
std::vector<float> principal_directions(Workers& workers, FrameBlocks& y, int n_frames) {
  const int bins = y.width();
  PackedMatrix<float> right;
  std::vector<float> covariance(static_cast<std::size_t>(bins) * bins);
  Slice frames{0, 0};
  while (const float* const rows = y.next(frames, n_frames)) {
    const MatrixView<float> block = matrix(rows, rows_of(frames), bins);
    right.pack(workers, block);
    matmul(workers, covariance.data(), bins, block.transposed(), right, frames.begin > 0);
  }

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
std::vector<float> coordinate_scales(const std::vector<float>& coordinates, int n_frames) {
  std::vector<float> scale(kLatentSize);
  FrameBlocks rows(kLatentSize, coordinates.data());
  column_spreads(scale.data(), rows, n_frames);
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

std::vector<double> frame_energies(FrameBlocks& magnitudes, int n_frames) {
  const int bins = magnitudes.width();
  std::vector<double> energy(static_cast<std::size_t>(n_frames));
  Slice frames{0, 0};
  while (const float* m = magnitudes.next(frames, n_frames))
    for (int t = frames.begin; t < frames.end; ++t, m += bins)
      energy[t] = fixed_sum(bins, [&](int j) { return static_cast<double>(m[j]) * static_cast<double>(m[j]); });
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

void LatentClip::analyse(Workers& workers, LatentDecoder& decoder, FrameBlocks& magnitudes, int length, int sr,
                         int n_fft) {
  n_frames = length;
  const int bins = magnitudes.width();
  decoder.configure(bins);
  float loudest = 0.0f;
  Slice part{0, 0};
  while (const float* const m = magnitudes.next(part, n_frames))
    loudest = std::max(loudest, *std::max_element(m, m + rows_of(part) * bins));
  decoder.loudest = loudest > 0.0f ? loudest : 1.0f;

  const auto take_logarithms = [&](float* y, Slice frames) {
    compress(y, magnitudes.block(frames), decoder.loudest, rows_of(frames) * bins);
  };
  FrameBlocks logarithms(bins, take_logarithms, magnitudes.most());
  column_means(decoder.mean.data(), logarithms, n_frames);
  const std::vector<float> weights = bin_weights(bins, sr, n_fft);
  const auto weigh = [&](float* y, Slice frames) {
    const float* logarithm = logarithms.block(frames);
    for (int t = frames.begin; t < frames.end; ++t, y += bins, logarithm += bins)
      for (int j = 0; j < bins; ++j) y[j] = (logarithm[j] - decoder.mean[j]) * weights[j];
  };
  FrameBlocks weighted(bins, weigh, magnitudes.most());
  project(workers, decoder, weighted, weights);

  const auto leave_out = [&](float* y, Slice frames) {
    decoder.decode_logarithms(workers, y, coordinates.data() + static_cast<std::ptrdiff_t>(frames.begin) * kLatentSize,
                              rows_of(frames));
    const float* const logarithm = logarithms.block(frames);
    for (int i = 0; i < rows_of(frames) * bins; ++i) y[i] = logarithm[i] - y[i];
  };
  FrameBlocks left_out(bins, leave_out, magnitudes.most());
  column_spreads(decoder.texture.data(), left_out, n_frames);
}

// Coordinates of unit spread of y[n_frames][bins], and the way back.
void LatentClip::project(Workers& workers, LatentDecoder& decoder, FrameBlocks& y, const std::vector<float>& weights) {
  const int bins = y.width();
  const std::vector<float> basis = principal_directions(workers, y, n_frames);
  PackedMatrix<float> packed;
  packed.pack(workers, matrix(basis.data(), bins, kLatentSize));
  coordinates.assign(static_cast<std::size_t>(n_frames) * kLatentSize, 0.0f);
  Slice frames{0, 0};
  while (const float* const rows = y.next(frames, n_frames))
    matmul(workers, coordinates.data() + static_cast<std::ptrdiff_t>(frames.begin) * kLatentSize, kLatentSize,
           matrix(rows, rows_of(frames), bins), packed, false);
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
