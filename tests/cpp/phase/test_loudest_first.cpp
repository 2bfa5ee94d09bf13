// The queue of heap integration beside a sorted set.
#include <doctest/doctest.h>

#include <set>

#include "phase/loudest_first.h"
#include "unisono/random.h"

using namespace unisono;
using detail::LoudestFirst;

TEST_CASE("whatever comes in, the loudest goes out first, and equals by their index") {
  const Random random(1, 2);
  LoudestFirst queue;
  std::set<std::uint64_t> expected;
  for (std::uint32_t i = 0; i < 20000; ++i) {
    // Phases in which it grows and in which it shrinks to nothing; few magnitudes, so that many are equal.
    const bool grows = i / 500 % 2 == 0;
    if (expected.empty() || random.bits(i) % 4 < (grows ? 3u : 1u)) {
      const std::uint64_t key = detail::loudness_key(static_cast<float>(random.bits(i) >> 8 & 63), i);
      queue.push(key);
      expected.insert(key);
    } else {
      REQUIRE(queue.take() == *expected.rbegin());
      expected.erase(*expected.rbegin());
    }
    REQUIRE(queue.empty() == expected.empty());
  }
  queue.clear();
  CHECK(queue.empty());
  queue.push(detail::loudness_key(1.0f, 7));
  CHECK(detail::loudness_index(queue.take()) == 7);
  CHECK(queue.empty());
}
