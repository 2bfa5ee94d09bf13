// The matrix product against a plain loop, bit for bit: blocking, vectors, transposition and threads never show.
#include <doctest/doctest.h>

#include <vector>

#include "unisono/nn/matmul.h"
#include "unisono/random.h"

using namespace unisono;

namespace {

std::vector<float> random_floats(int n, std::uint32_t stream) {
  std::vector<float> values(static_cast<std::size_t>(n));
  random_normal(values.data(), 3, stream, n);
  return values;
}

// The contract itself: c + a[0] b[0] + a[1] b[1] + ..., each product and each sum rounded.
std::vector<float> plain(const MatrixView<float>& a, const MatrixView<float>& b, std::vector<float> c) {
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < b.cols; ++j) {
      float& sum = c[static_cast<std::size_t>(i * b.cols + j)];
      for (int k = 0; k < a.cols; ++k) {
        const float product = a.data[i * a.row_stride + k * a.col_stride] * b.data[k * b.row_stride + j * b.col_stride];
        sum = sum + product;
      }
    }
  return c;
}

void check(Workers& workers, int m, int k, int n, bool transposed_a, bool transposed_b, bool accumulate) {
  const std::vector<float> left = random_floats(m * k, 1), right = random_floats(k * n, 2),
                           start = random_floats(m * n, 4);
  const MatrixView<float> a = transposed_a ? matrix(left.data(), k, m).transposed() : matrix(left.data(), m, k);
  const MatrixView<float> b = transposed_b ? matrix(right.data(), n, k).transposed() : matrix(right.data(), k, n);
  const std::vector<float> wanted = plain(a, b, accumulate ? start : std::vector<float>(start.size(), 0.0f));
  PackedMatrix<float> packed;
  packed.pack(workers, b);
  std::vector<float> c = start;
  matmul(workers, c.data(), n, a, packed, accumulate);
  CAPTURE(m);
  CAPTURE(k);
  CAPTURE(n);
  CHECK(c == wanted);
  c = start;
  matmul(c.data(), n, a, packed, accumulate);
  CHECK(c == wanted);
}

}  // namespace

TEST_CASE("matmul equals a plain loop over k, bit for bit, for any shape and number of threads") {
  for (const int threads : {1, 2, 3}) {
    Workers workers(threads);
    for (const int m : {1, 2, 5, 6, 7, 13, 40})
      for (const int n : {1, 7, 8, 15, 16, 17, 31, 33, 64})
        for (const int k : {1, 2, 9}) check(workers, m, k, n, m % 2 == 0, n % 2 == 0, k % 2 == 0);
    check(workers, 13, 1500, 300, true, false, true);  // more than one block of k, of columns and of rows
    check(workers, 70, 700, 530, false, true, false);
  }
}

TEST_CASE("matmul: what lies beyond the rows and columns of C is left alone") {
  Workers workers(1);
  const std::vector<float> a = random_floats(6, 5), b = random_floats(9, 6);
  PackedMatrix<float> packed;
  packed.pack(workers, matrix(b.data(), 3, 3));
  std::vector<float> c(4 * 5, 7.0f);  // 2 x 3 inside rows of 5
  matmul(c.data(), 5, matrix(a.data(), 2, 3), packed, false);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 5; ++j)
      if (i >= 2 || j >= 3) CHECK(c[static_cast<std::size_t>(i * 5 + j)] == 7.0f);
}

TEST_CASE("Workers runs each task exactly once, however many there are, again and again") {
  for (const int threads : {1, 2, 5}) {
    Workers workers(threads);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> done(static_cast<std::size_t>(round % 17), 0);
      workers.run(static_cast<int>(done.size()), [&](int i) { ++done[static_cast<std::size_t>(i)]; });
      for (const int times : done) CHECK(times == 1);
    }
  }
}

TEST_CASE("slice_of cuts without gaps or overlaps, at multiples of the grain") {
  for (const int n : {0, 1, 6, 7, 64, 100})
    for (const int parts : {1, 2, 3, 7})
      for (const int grain : {1, 6}) {
        int at = 0;
        for (int p = 0; p < parts; ++p) {
          const Slice s = slice_of(n, p, parts, grain);
          CHECK(s.begin == at);
          CHECK((s.end % grain == 0 || s.end == n));
          at = s.end;
        }
        CHECK(at == n);
      }
}
