// Local Weighted Sums written down as the papers have it: one bin at a time, in double, slow and plain.
//
// Bins outside 0 .. n/2 are live conjugate mirrors. Frames outside the spectrogram are silent or held copies of the end
// frames. Phases count from each frame's start, and the weights turn with the bin.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <vector>

#include "unisono/phase/lws.h"

namespace test {

using Z = std::complex<double>;
using Frames = std::vector<std::vector<Z>>;
using Samples = std::vector<double>;

inline Z turn(double turns) { return std::polar(1.0, 2.0 * M_PI * turns); }

struct LwsReference {
  // w[r][k]: of frame m - r, bin n - k, for bin 0 of frame m; bin n turns it by n r hop / n_fft.
  using Weights = std::vector<std::vector<Z>>;

  LwsReference(const unisono::StftParams& params, const Samples& window, const Frames& start, bool hold_edges)
      : n(params.n_fft), hop(params.hop_length), q((n + hop - 1) / hop), s(start), hold(hold_edges) {
    Samples power(static_cast<std::size_t>(hop), 0.0), synthesis = window, product = window;
    for (int t = 0; t < n; ++t) power[at(t % hop)] += window[at(t)] * window[at(t)];
    for (int t = 0; t < n; ++t) synthesis[at(t)] = power[at(t % hop)] > 0 ? window[at(t)] / power[at(t % hop)] : 0.0;
    for (int t = 0; t < n; ++t) product[at(t)] = window[at(t)] * synthesis[at(t)];
    full = weights(window, synthesis);
    past = 2 * hop >= n ? full : weights(reversed_tails(product, 1), synthesis);
    own = weights(reversed_tails(product, 0), synthesis);
    begin_stage();
    double sum = 0.0;
    for (const auto& frame : s) {
      magnitude.emplace_back();
      for (const Z& z : frame) {
        magnitude.back().push_back(std::abs(z));
        sum += std::abs(z);
      }
    }
    mean = sum / static_cast<double>(s.size() * s[0].size());
  }

  void begin_stage() {
    first = s.front();
    last = s.back();
  }

  void batch(const Samples& thresholds, double reflection = 0.0) {
    away = reflection * std::max(0.0, n / 2.0 - hop);  // the weights here are hop times those with 1 for a bin itself
    for (const double limit : thresholds) sweep(full, limit, q - 1, true);
    away = 0.0;
  }
  void no_future(const Samples& thresholds) {
    for (const double limit : thresholds) sweep(past, limit, 0, false);
  }
  void online(const Samples& thresholds, int look_ahead) {
    for (int m = 0; m < static_cast<int>(s.size()); ++m) {
      update(past, m, 0.0, 0, false);
      for (const double limit : thresholds) {
        for (int l = std::max(0, m - look_ahead); l < m; ++l) update(full, l, limit, m - l, true);
        update(own, m, limit, 0, true);
      }
    }
  }

  int n, hop, q, reach = 5;
  Frames s;
  bool hold;
  double mean;
  double away = 0.0;  // the weight of a bin's own value, taken away from what it hears

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  Samples reversed_tails(const Samples& v, int skipped) const {
    Samples out(v.size(), 0.0);
    for (int t = 0; t < n; ++t) {
      for (int i = t + skipped * hop; i < n; i += hop) out[at(n - 1 - t)] += v[at(i)];
    }
    return out;
  }

  Weights weights(const Samples& a, const Samples& b) const {
    Weights w(at(q), std::vector<Z>(at(reach + 1)));
    for (int r = 0; r < q; ++r) {
      for (int k = 0; k <= reach; ++k) {
        Z sum = 0.0;
        for (int t = 0; t + r * hop < n; ++t) sum += a[at(t)] * b[at(t + r * hop)] * turn(-double(k) * t / n);
        w[at(r)][at(k)] = sum * turn(-double(k) * r * hop / n);
      }
    }
    return w;
  }

  Z bin(int m, int b) const {
    const int frames = static_cast<int>(s.size());
    if (!hold && (m < 0 || m >= frames)) return 0.0;
    const std::vector<Z>& row = m < 0 ? first : m >= frames ? last : s[at(m)];
    if (b < 0) return std::conj(row[at(-b)]);
    return b < static_cast<int>(row.size()) ? row[at(b)] : std::conj(row[at(n - b)]);
  }

  void sweep(const Weights& w, double limit, int future, bool centre) {
    for (int m = 0; m < static_cast<int>(s.size()); ++m) update(w, m, limit, future, centre);
  }

  void update(const Weights& w, int m, double limit, int future, bool centre) {
    for (int b = 0; b < static_cast<int>(s[0].size()); ++b) {
      const double a = magnitude[at(m)][at(b)];
      if (!(a > limit * mean)) continue;
      Z sum = -away * s[at(m)][at(b)];
      for (int r = centre ? 0 : 1; r < q; ++r) {
        const Z up = turn(double(b) * r * hop / n), down = turn(-double(b) * r * hop / n);
        for (int k = 0; k <= reach; ++k) {
          if (r == 0 && k == 0) continue;
          const Z here = w[at(r)][at(k)] * up, there = w[at(r)][at(k)] * down;
          sum += here * bin(m - r, b - k);
          if (k > 0) sum += std::conj(there) * bin(m - r, b + k);
          if (r == 0 || r > future) continue;
          sum += std::conj(here) * bin(m + r, b - k);
          if (k > 0) sum += there * bin(m + r, b + k);
        }
      }
      if (std::abs(sum) > 0.0) s[at(m)][at(b)] = a * sum / std::abs(sum);
    }
  }

  Weights full, past, own;
  std::vector<Z> first, last;
  std::vector<std::vector<double>> magnitude;
};

}  // namespace test
