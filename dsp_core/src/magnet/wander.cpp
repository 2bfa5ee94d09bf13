// See wander.h.
#include "unisono/magnet/wander.h"

#include <algorithm>
#include <limits>

#include "unisono/nn/elementwise.h"
#include "unisono/nn/matmul.h"
#include "unisono/numerics.h"

namespace unisono {

namespace {

constexpr int kHeard = 8;  // frames up to a place that must sound alike, 0.1 s: the join is heard no further back
constexpr int kBefore = kHeard - 1;
constexpr int kMostPlaces =
    1 << 12;               // asked for a link, evenly spread over a longer loop, so that time grows with its length
constexpr int kRows = 64;  // of them compared with all frames at a time
constexpr double kApart = 0.5, kLoudnessSeconds = 2.0;               // s
constexpr double kSofter = 0.794328234724, kLouder = 1.99526231497;  // -1 and +3 dB: how loudly a target may go on
constexpr double kRest = 2.0 / 3.0;  // of the loop: what follows a target must have been silent for so long
constexpr float kNever = std::numeric_limits<float>::max();

int wrapped(int t, int loop) { return (t % loop + loop) % loop; }

// The loop's frames from the last to the first, each coordinate as important as it is, and kBefore more of the loop
// before: row i of heard() is frame i and those before it, side by side, without a copy.
struct Backwards {
  std::vector<float> frames;
  int n_frames, width;

  explicit Backwards(const LoopFrames& loop) : n_frames(loop.n_frames), width(loop.width) {
    frames.reserve(static_cast<std::size_t>(n_frames + kBefore) * width);
    for (int t = n_frames - 1; t > -kHeard; --t) {
      const float* const frame = loop.coordinates + static_cast<std::ptrdiff_t>(wrapped(t, n_frames)) * width;
      for (int k = 0; k < width; ++k) frames.push_back(loop.importance[k] * frame[k]);
    }
  }

  MatrixView<float> heard() const {
    return {frames.data() + static_cast<std::ptrdiff_t>(n_frames - 1) * width, n_frames, kHeard * width, -width, 1};
  }
  // Row i is frame i - kBefore.
  MatrixView<float> single() const {
    const int rows = n_frames + kBefore;
    return {frames.data() + static_cast<std::ptrdiff_t>(rows - 1) * width, rows, width, -width, 1};
  }
};

// The squared length of each row.
std::vector<float> squared_lengths(const MatrixView<float>& rows) {
  std::vector<float> squares(static_cast<std::size_t>(rows.rows));
  for (int t = 0; t < rows.rows; ++t) {
    const float* const row = rows.data + t * rows.row_stride;
    squares[t] = static_cast<float>(
        fixed_sum(rows.cols, [&](int i) { return static_cast<double>(row[i]) * static_cast<double>(row[i]); }));
  }
  return squares;
}

// [n_frames]: the energy of the two seconds after each place.
std::vector<double> coming_energies(const LoopFrames& loop) {
  const int ahead = std::max(1, to_i32(kLoudnessSeconds * loop.frames_per_second));
  std::vector<double> coming(static_cast<std::size_t>(loop.n_frames), 0.0);
  for (int t = 0; t < loop.n_frames; ++t)
    for (int d = 1; d <= ahead; ++d) coming[t] += loop.energy[(t + d) % loop.n_frames];
  return coming;
}

void exclude_around(float* distance, int place, int n_frames, int apart) {
  for (int d = 1 - apart; d < apart; ++d) distance[wrapped(place + d, n_frames)] = kNever;
}

// One link from the distances of its place to all others, which it uses up; returns the least.
float nearest_places(float* link, float* distance, int place, int n_frames, int apart) {
  float least = kNever;
  link[0] = static_cast<float>(place);
  exclude_around(distance, place, n_frames, apart);
  for (int j = 1; j < kLinkSize; ++j) {
    const int nearest = static_cast<int>(std::min_element(distance, distance + n_frames) - distance);
    const bool found = distance[nearest] < kNever;
    link[j] = found ? static_cast<float>(nearest) : -1.0f;
    if (!found) continue;
    least = std::min(least, distance[nearest]);
    exclude_around(distance, nearest, n_frames, apart);
  }
  return least;
}

}  // namespace

void find_links(Workers& workers, float* links, const LoopFrames& loop) {
  const int n = loop.n_frames;
  const int apart = std::clamp(to_i32(kApart * loop.frames_per_second), 1, n);
  const Backwards backwards(loop);
  const MatrixView<float> heard = backwards.heard();
  const std::vector<float> squares = squared_lengths(heard);
  const std::vector<double> coming = coming_energies(loop);
  PackedMatrix<float> packed;
  packed.pack(workers, backwards.single().transposed());

  const int step = (n + kMostPlaces - 1) / kMostPlaces, places = (n + step - 1) / step;
  const std::ptrdiff_t stride = n + 2 * kBefore;
  std::vector<float> found(static_cast<std::size_t>(places) * kLinkSize), least(static_cast<std::size_t>(places)),
      products(static_cast<std::size_t>(kRows) * stride);
  for (int first = 0; first < places; first += kRows) {
    const Slice rows{first, std::min(first + kRows, places)};
    // The products of heard() with itself, one frame of kHeard after the other: d frames back, column by column d earlier.
    for (int d = 0; d < kHeard; ++d) {
      const MatrixView<float> asked{heard.data + d * loop.width, places, loop.width, step * heard.row_stride, 1};
      matmul(workers, products.data() + d, stride, asked.block(rows, {0, asked.cols}), packed, d > 0);
    }
    workers.run(rows.end - first, [&](int r) {
      const int place = (first + r) * step;
      float* const distance = products.data() + r * stride + kBefore;
      for (int t = 0; t < n; ++t) {
        const bool as_loud = coming[t] >= kSofter * coming[place] && coming[t] <= kLouder * coming[place];
        distance[t] = as_loud ? squares[place] + squares[t] - 2.0f * distance[t] : kNever;
      }
      float* const link = found.data() + static_cast<std::ptrdiff_t>(first + r) * kLinkSize;
      least[first + r] = nearest_places(link, distance, place, n, apart);
    });
  }

  std::fill_n(links, kLinks * kLinkSize, -1.0f);
  const int parts = std::min(kLinks, places);
  for (int p = 0; p < parts; ++p) {
    const Slice part = slice_of(places, p, parts);
    const auto best = std::min_element(least.begin() + part.begin, least.begin() + part.end) - least.begin();
    std::copy_n(found.data() + best * kLinkSize, kLinkSize, links + p * kLinkSize);
  }
}

Playhead::Playhead(const float* links, int loop, int frames_per_second, const Random& random)
    : links_(links), loop_(loop), ahead_(std::max(1, frames_per_second / 2)), random_(random),
      link_at_(static_cast<std::size_t>(loop), -1), played_(static_cast<std::size_t>(loop), -1) {
  for (int i = 0; i < kLinks; ++i) {
    const int place = to_i32(static_cast<double>(links[i * kLinkSize]));
    if (place >= 0 && place < loop) link_at_[place] = i;
  }
}

// For how many frames nothing of the half second after a place has been played.
std::int64_t Playhead::rest_at(int place) const {
  std::int64_t latest = -1;
  for (int d = 1; d <= ahead_; ++d) latest = std::max(latest, played_[(place + d) % loop_]);
  return latest < 0 ? std::numeric_limits<std::int64_t>::max() : frame_ - latest;
}

// The place of a link that has rested longest, the most alike of several; -1 if none has rested enough.
int Playhead::target_of(int link) const {
  int target = -1;
  std::int64_t longest = to_i32(kRest * loop_);
  for (int j = 1; j < kLinkSize; ++j) {
    const int place = to_i32(static_cast<double>(links_[link * kLinkSize + j]));
    if (place < 0 || place >= loop_) continue;
    const std::int64_t rest = rest_at(place);
    if (rest <= longest) continue;
    target = place;
    longest = rest;
  }
  return target;
}

void Playhead::advance(float chance) {
  played_[position_] = frame_++;
  const int link = link_at_[position_];
  const bool leaves = link >= 0 && random_.uniform(static_cast<std::uint64_t>(frame_)) < chance;
  const int target = leaves ? target_of(link) : -1;
  position_ = ((target >= 0 ? target : position_) + 1) % loop_;
}

}  // namespace unisono
