// The network of the faithful presets: batch norm, LSTM layers, dense layers; a window of frames in, the next frame out.
//
// A batch of windows at stride 1 holds the same frame up to 40 times. It is normalised and projected into the first
// LSTM's gates once, and its gate gradients are added up before they meet it again, with the result of the plain
// computation.
#pragma once

#include <string>
#include <vector>

#include "unisono/magnet/config.h"
#include "unisono/nn/dense.h"
#include "unisono/nn/dropout.h"
#include "unisono/nn/lstm.h"
#include "unisono/nn/mse.h"

namespace unisono {

// Windows start[i] ... start[i] + sequence_length - 1 of frames[n_frames][bins]; the target is the frame after.
template <class T>
struct WindowBatch {
  const T* frames;
  int n_frames;
  const std::int32_t* starts;
  int size;
};

template <class T>
class WindowNetwork {
 public:
  BatchNorm<T> norm;
  std::vector<Lstm<T>> lstms;
  std::vector<Dense<T>> dense;  // the last has no activation; one before it has tanh

  void configure(const MagnetConfig& config);
  void initialise(std::uint32_t seed);
  // In a fixed order, for the optimiser and for files.
  std::vector<Parameter<T>*> parameters();

  // Allocates for gradient(); batches of up to config.batch_size windows out of n_frames frames.
  void reserve_training(int n_frames);
  // Packs the weights for predictions.
  void prepare_inference(Workers& workers);

  // The loss of a batch and the gradients of all parameters; dropout masks come from (seed, step).
  T loss_and_gradient(Workers& workers, const WindowBatch<T>& batch, std::uint32_t seed, std::int32_t step);

  // features[rows][features()] of the last LSTM's hidden[rows][hidden]: hidden itself, or the layer of tanh.
  void find_features(Workers& workers, T* features, const T* hidden, int rows) const;
  // output[rows][bins] of features.
  void predict(Workers& workers, T* output, const T* features, int rows) const;

  int features() const { return dense.back().in(); }
  int bins() const { return config_.bins(); }
  const MagnetConfig& config() const { return config_; }

 private:
  struct Layer {
    LstmTape<T> tape;
    std::vector<T> mask, output;  // [steps][rows][hidden], only with dropout: the mask, and what the next layer sees
    std::vector<T> d_output;      // [steps][rows][hidden]
    std::vector<T> d_cell;        // [rows][hidden]
  };

  void pack_for_training(Workers& workers);
  void find_unique_frames(const WindowBatch<T>& batch);
  void forward_rows(const WindowBatch<T>& batch, Slice rows, std::uint32_t seed, std::int32_t step);
  void forward_step(int l, int t, Slice rows, const WindowBatch<T>& batch, std::uint32_t seed, std::int32_t step);
  void head(Workers& workers, const WindowBatch<T>& batch);
  void backward_rows(Slice rows);
  void add_up_gates(const WindowBatch<T>& batch, Slice slots);
  void weight_gradients(Workers& workers, const WindowBatch<T>& batch);
  // What layer l hands upwards for row `row` = step * rows_ + batch row: its hidden states, after dropout.
  const T* output_of(int l, std::ptrdiff_t row) const;
  const T* last_output() const { return output_of(static_cast<int>(lstms.size()) - 1, (steps() - 1) * rows_); }
  bool drops() const { return config_.dropout > 0.0f; }
  std::ptrdiff_t steps() const { return config_.sequence_length; }

  MagnetConfig config_{};
  std::vector<Layer> layers_;
  int rows_ = 0;                                           // of the current batch
  std::vector<std::int32_t> frame_of_, slot_of_, counts_;  // slot -> frame; frame -> slot; slot -> occurrences
  PackedMatrix<T> normalised_;                             // [slots][bins], one slot a distinct frame of the batch
  std::vector<T> y_;                                       // [slots][bins]
  std::vector<T> projection_, gate_sums_;                  // [slots][gates of the first LSTM]
  std::vector<T> features_, d_features_;                   // [rows][features()]
  std::vector<T> prediction_, d_prediction_;               // [rows][bins]
  std::vector<double> row_loss_;
};

}  // namespace unisono
