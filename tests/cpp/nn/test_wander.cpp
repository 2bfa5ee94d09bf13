// Links between alike places of a loop, and the playhead that follows them.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

#include "unisono/magnet/wander.h"

using namespace unisono;

namespace {

constexpr int kWidth = 4, kPerSecond = 20, kLoop = 400, kPeriod = 80;  // frames

// A loop that says the same, but for a whisper, every kPeriod frames.
struct Repeating {
  std::vector<float> coordinates, importance = std::vector<float>(kWidth, 1.0f / kWidth);
  std::vector<double> energy = std::vector<double>(kLoop, 1.0);

  Repeating() {
    std::vector<float> period(kPeriod * kWidth), whisper(kLoop * kWidth);
    random_normal(period.data(), 3, 0, kPeriod * kWidth);
    random_normal(whisper.data(), 4, 0, kLoop * kWidth);
    for (int i = 0; i < kLoop * kWidth; ++i) coordinates.push_back(period[i % (kPeriod * kWidth)] + 0.01f * whisper[i]);
  }

  std::vector<float> links(int threads = 1) const {
    Workers workers(threads);
    std::vector<float> found(kLinks * kLinkSize);
    find_links(workers, found.data(),
               {.coordinates = coordinates.data(),
                .importance = importance.data(),
                .energy = energy.data(),
                .n_frames = kLoop,
                .width = kWidth,
                .frames_per_second = kPerSecond});
    return found;
  }
};

std::vector<int> path(const std::vector<float>& links, float chance, int n, std::uint32_t seed = 0) {
  Playhead playhead(links.data(), kLoop, kPerSecond, Random(seed, 0));
  std::vector<int> positions;
  for (int t = 0; t < n; ++t, playhead.advance(chance)) positions.push_back(playhead.position());
  return positions;
}

}  // namespace

TEST_CASE("links lead first to where the same has been heard, and never near by") {
  const std::vector<float> links = Repeating().links();
  for (int i = 0; i < kLinks; ++i) {
    const float* const link = links.data() + i * kLinkSize;
    REQUIRE(link[0] >= 0);
    for (int j = 1; j <= kLoop / kPeriod - 1; ++j) {  // the four other times that it is said
      CHECK(static_cast<int>(link[j] - link[0] + kLoop) % kPeriod == 0);
      CHECK(link[j] != link[0]);
    }
    std::set<float> places(link, link + kLinkSize);
    CHECK(places.size() == kLinkSize);
  }
  CHECK(Repeating().links(2) == links);
}

TEST_CASE("no link leads to where the loop goes on more softly, or much louder") {
  Repeating loop;
  std::fill_n(loop.energy.begin(), kLoop / 2, 4.0);
  const std::vector<float> links = loop.links();
  const auto coming = [&](int place) {
    double sum = 0;
    for (int d = 1; d <= 2 * kPerSecond; ++d) sum += loop.energy[(place + d) % kLoop];
    return sum;
  };
  int targets = 0;
  for (int i = 0; i < kLinks; ++i)
    for (int j = 1; j < kLinkSize; ++j) {
      const int from = static_cast<int>(links[i * kLinkSize]), to = static_cast<int>(links[i * kLinkSize + j]);
      if (to < 0) continue;
      ++targets;
      CHECK(coming(to) > 0.79 * coming(from));
      CHECK(coming(to) < 2.0 * coming(from));
    }
  CHECK(targets > kLinks);
}

TEST_CASE("without chance the playhead plays the loop; with it, another order in which nothing is forgotten") {
  const std::vector<float> links = Repeating().links();
  const std::vector<int> straight = path(links, 0.0f, 2 * kLoop);
  for (int t = 0; t < 2 * kLoop; ++t) CHECK(straight[t] == t % kLoop);

  const std::vector<int> wandering = path(links, 0.1f, 20 * kLoop);
  int jumps = 0;
  for (std::size_t t = 1; t < wandering.size(); ++t) jumps += wandering[t] != (wandering[t - 1] + 1) % kLoop;
  CHECK(jumps > 20);
  CHECK(std::set<int>(wandering.begin(), wandering.end()).size() == kLoop);
  CHECK(path(links, 0.1f, 20 * kLoop) == wandering);
  CHECK(path(links, 0.1f, 20 * kLoop, 1) != wandering);
}

TEST_CASE("what follows a jump has not been heard for two thirds of the loop") {
  const std::vector<int> positions = path(Repeating().links(), 0.5f, 20 * kLoop);
  std::vector<int> last(kLoop, -kLoop);
  for (int t = 1; t < static_cast<int>(positions.size()); ++t) {
    last[positions[t - 1]] = t;
    if (positions[t] != (positions[t - 1] + 1) % kLoop) CHECK(t - last[positions[t]] >= kLoop * 2 / 3);
  }
}

TEST_CASE("links from a damaged file are passed by") {
  std::vector<float> links(kLinks * kLinkSize, 1e30f);
  links[0] = 5.0f;           // leads nowhere
  links[kLinkSize] = -3.0f;  // leaves nowhere
  links[2 * kLinkSize + 1] = -7.0f;
  const std::vector<int> positions = path(links, 1.0f, 2 * kLoop);
  for (int t = 0; t < 2 * kLoop; ++t) CHECK(positions[t] == t % kLoop);
}
