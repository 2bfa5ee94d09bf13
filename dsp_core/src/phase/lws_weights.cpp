// The weights of Local Weighted Sums from the analysis and synthesis windows, in double.
#include "phase/lws_weights.h"

#include "phase/unit_root.h"

namespace unisono::detail {
namespace {

using Samples = std::vector<double>;

// sum over q of v[t + q hop], first <= q; zero past the end.
Samples tail_sums(const Samples& v, int hop, int first) {
  const int n = static_cast<int>(v.size());
  Samples out(v.size(), 0.0);
  for (int t = 0; t < n; ++t) {
    for (int at = t + first * hop; at < n; at += hop) out[t] += v[at];
  }
  return out;
}

// a / OLA(a^2): the least-squares synthesis window; zero where no frame reaches.
Samples synthesis_window(const Samples& a, int hop) {
  const int n = static_cast<int>(a.size());
  Samples power(hop, 0.0), out(a.size(), 0.0);
  for (int t = 0; t < n; ++t) power[t % hop] += a[t] * a[t];
  for (int t = 0; t < n; ++t) {
    if (power[t % hop] > 0.0) out[t] = a[t] / power[t % hop];
  }
  return out;
}

LwsWeights weights(const Samples& a, const Samples& s, int hop, int reach) {
  const int n = static_cast<int>(a.size());
  const int q = (n + hop - 1) / hop;
  std::vector<UnitRoot> roots(n);
  for (int j = 0; j < n; ++j) roots[j] = unit_root(j, n);
  LwsWeights w{q, reach, 0, Samples(q * (reach + 1), 0.0), Samples(q * (reach + 1), 0.0)};
  for (int r = 0; r < q; ++r) {
    for (int t = 0; t + r * hop < n; ++t) {
      const double g = a[t] * s[t + r * hop] / hop;
      for (int k = 0; k <= reach; ++k) {
        const UnitRoot& root = roots[(k * t) % n];
        w.re[r * (reach + 1) + k] += g * root.cos;
        w.im[r * (reach + 1) + k] -= g * root.sin;
      }
    }
  }
  for (int k = 1; k <= reach; ++k) {
    if (w.re[k] * w.re[k] + w.im[k] * w.im[k] > kLwsNegligible * kLwsNegligible) w.own_reach = k;
  }
  return w;
}

}  // namespace

LwsWeightSets lws_weights(const StftParams& params, const float* window, int reach) {
  const int hop = params.hop_length;
  const Samples a(window, window + params.n_fft);
  const Samples s = synthesis_window(a, hop);
  Samples product(a.size());
  for (std::size_t t = 0; t < a.size(); ++t) product[t] = a[t] * s[t];
  const Samples own_first = tail_sums(product, hop, 0), others = tail_sums(product, hop, 1);
  const Samples with_own(own_first.rbegin(), own_first.rend()), without_own(others.rbegin(), others.rend());
  // Up to an overlap of two, the window for past frames alone has nothing in common with them: take the analysis window.
  const bool thin = 2 * hop >= params.n_fft;
  return {weights(a, s, hop, reach), weights(thin ? a : without_own, s, hop, reach), weights(with_own, s, hop, reach)};
}

}  // namespace unisono::detail
