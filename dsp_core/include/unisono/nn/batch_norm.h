// Batch normalisation of features over rows that may stand for several equal samples each.
//
// Source: Ioffe and Szegedy 2015. A row with count 3 weighs as three rows, so that a batch of overlapping windows can be
// normalised by its distinct frames with the result of the plain computation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "unisono/nn/elementwise.h"
#include "unisono/nn/matmul.h"
#include "unisono/nn/parameter.h"

namespace unisono {

struct BatchNormOptions {
  double epsilon;
  double momentum;        // the share of a new batch in the running statistics
  bool unbiased_running;  // the running variance takes n / (n - 1) times the batch's, as PyTorch's
};

// Rows of x, by their numbers, and how often each counts.
template <class T>
struct CountedRows {
  const T* x;
  const std::int32_t *numbers, *counts;
  int size;
};

template <class T>
class BatchNorm {
 public:
  Parameter<T> weight, bias;                      // [features]
  std::vector<T> running_mean, running_variance;  // [features]

  void configure(const std::string& name, int features, const BatchNormOptions& options) {
    weight.configure(name, ".weight", {features});
    bias.configure(name, ".bias", {features});
    std::fill(weight.value.begin(), weight.value.end(), T(1));
    running_mean.assign(features, T(0));
    running_variance.assign(features, T(1));
    options_ = options;
  }
  int features() const { return weight.size(); }

  // Batch statistics: normalised = (x - mean) / deviation, y = normalised * weight + bias, [rows.size][features]; normalised
  // as the right-hand side of a product, which is what the way back wants of it. Updates the running statistics.
  void forward_train(Workers& workers, T* y, PackedMatrix<T>& normalised, const CountedRows<T>& rows) {
    normalised.shape(rows.size, features());
    const int tasks = (features() + kColumns - 1) / kColumns;
    workers.run(tasks, [&](int task) {
      const Slice columns = slice_of(features(), task, tasks, PackedMatrix<T>::kPanel);
      train_columns(y, normalised, rows, columns.begin, columns.end - columns.begin);
    });
  }

  // Running statistics.
  void forward_eval(T* y, const T* x, int rows) const {
    for (int r = 0; r < rows; ++r, x += features(), y += features())
      for_lanes<T>(features(), [&]<class V>(int j) {
        const V normalised = (load<V>(x + j) - load<V>(running_mean.data() + j)) / deviation<V>(j);
        store<V>(y + j, V(normalised * load<V>(weight.value.data() + j) + load<V>(bias.value.data() + j)));
      });
  }
  // The linear part of it: what a difference of two x becomes.
  void scale_eval(T* y, const T* x, int rows) const {
    for (int r = 0; r < rows; ++r, x += features(), y += features())
      for_lanes<T>(features(), [&]<class V>(int j) {
        store<V>(y + j, V(load<V>(x + j) / deviation<V>(j) * load<V>(weight.value.data() + j)));
      });
  }

  // The gradients of weight and bias when y goes only into a product with w[outputs][features], and the gradient of w.
  // On entry w_gradient = Gᵀ·normalised, where G[rows][outputs] is the gradient of the product and g_sums its column
  // sums. With dy = G·w, the sums over rows of dy * normalised and dy are sums over outputs, so dy is never computed:
  //   d weight[j] = sum_g w[g][j] (Gᵀ·normalised)[g][j]     d bias[j] = sum_g w[g][j] g_sums[g]
  //   d w[g][j] = (Gᵀ·normalised)[g][j] weight[j] + g_sums[g] bias[j]
  void backward_through(Workers& workers, T* w_gradient, const T* w, const T* g_sums, int outputs) {
    const int tasks = (features() + kColumns - 1) / kColumns;
    workers.run(tasks, [&](int task) {
      const int begin = task * kColumns, n = std::min(kColumns, features() - begin);
      backward_columns(w_gradient + begin, w + begin, g_sums, outputs, begin, n);
    });
  }

 private:
  static constexpr int kColumns = 128;  // features a task

  template <class V>
  UNISONO_INLINE V deviation(int j) const {
    return sqrt<V>(load<V>(running_variance.data() + j) + splat<V>(T(options_.epsilon)));
  }

  void train_columns(T* y, PackedMatrix<T>& normalised, const CountedRows<T>& rows, int begin, int n) {
    const auto row_at = [&](int r) {
      return rows.x + static_cast<std::ptrdiff_t>(rows.numbers[r]) * features() + begin;
    };
    double mean[kColumns] = {}, variance[kColumns] = {};
    double total = 0;
    for (int r = 0; r < rows.size; ++r) {
      const double count = rows.counts[r];
      for_doubles(row_at(r), n, [&]<class D>(int j, const D& x) { store<D>(mean + j, load<D>(mean + j) + count * x); });
      total += count;
    }
    for (int j = 0; j < n; ++j) mean[j] /= total;
    for (int r = 0; r < rows.size; ++r) {
      const double count = rows.counts[r];
      for_doubles(row_at(r), n, [&]<class D>(int j, const D& x) {
        const D d = x - load<D>(mean + j);
        store<D>(variance + j, load<D>(variance + j) + count * (d * d));
      });
    }
    T shift[kColumns], scale[kColumns];
    for (int j = 0; j < n; ++j) {
      variance[j] /= total;
      shift[j] = static_cast<T>(mean[j]);
      scale[j] = static_cast<T>(1.0 / sqrt(variance[j] + options_.epsilon));
    }
    update_running(mean, variance, total, begin, n);
    const T *const weights = weight.value.data() + begin, *const biases = bias.value.data() + begin;
    for (int r = 0; r < rows.size; ++r) {
      const T* const row = row_at(r);
      T* const y_row = y + static_cast<std::ptrdiff_t>(r) * features() + begin;
      for_lanes<T>(n, [&]<class V>(int j) {
        const V z = (load<V>(row + j) - load<V>(shift + j)) * load<V>(scale + j);
        store<V>(normalised.at(r, begin + j), z);
        store<V>(y_row + j, V(z * load<V>(weights + j) + load<V>(biases + j)));
      });
    }
  }

  void update_running(const double* mean, const double* variance, double total, int begin, int n) {
    const double unbias = options_.unbiased_running && total > 1 ? total / (total - 1) : 1.0;
    for (int j = 0; j < n; ++j) {
      T& m = running_mean[begin + j];
      T& v = running_variance[begin + j];
      m = static_cast<T>(m + options_.momentum * (mean[j] - m));
      v = static_cast<T>(v + options_.momentum * (variance[j] * unbias - v));
    }
  }

  void backward_columns(T* w_gradient, const T* w, const T* g_sums, int outputs, int begin, int n) {
    T* d_weight = weight.gradient.data() + begin;
    T* d_bias = bias.gradient.data() + begin;
    std::fill_n(d_weight, n, T(0));
    std::fill_n(d_bias, n, T(0));
    for (int g = 0; g < outputs; ++g, w_gradient += features(), w += features()) {
      for_lanes<T>(n, [&]<class V>(int j) {
        const V product = load<V>(w_gradient + j), w_j = load<V>(w + j), sum = splat<V>(g_sums[g]);
        store<V>(d_weight + j, V(load<V>(d_weight + j) + w_j * product));
        store<V>(d_bias + j, V(load<V>(d_bias + j) + w_j * sum));
        store<V>(w_gradient + j,
                 V(product * load<V>(weight.value.data() + begin + j) + sum * load<V>(bias.value.data() + begin + j)));
      });
    }
  }

  BatchNormOptions options_{};
};

}  // namespace unisono
