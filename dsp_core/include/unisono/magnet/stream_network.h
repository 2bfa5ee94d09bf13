// The network of the `default` preset: one LSTM and a dense layer that predicts each coordinate's mean and spread.
//
// It is trained statefully: a batch is a few streams that go on where the last batch ended, so that each frame is
// predicted once instead of once a window that holds it.
#pragma once

#include <vector>

#include "unisono/nn/dense.h"
#include "unisono/nn/gaussian.h"
#include "unisono/nn/lstm.h"

namespace unisono {

struct StreamShape {
  int inputs, outputs, hidden;  // outputs: how many Gaussians
  int streams, steps;           // a batch
  float least_log_sigma;
  int misled;  // the first streams of a batch, whose errors do not teach the spread
};

template <class T>
class StreamNetwork {
 public:
  Lstm<T> lstm;
  Dense<T> head;  // [2 outputs]: means, then raw spreads

  void configure(const StreamShape& shape);
  void initialise(std::uint32_t seed);
  std::vector<Parameter<T>*> parameters();
  void reserve_training();

  // Where the caller puts a batch: inputs[steps][streams][inputs], targets[steps][streams][outputs], and the states to
  // begin from, hidden and cell [streams][hidden], which receive those after the last step.
  std::vector<T> inputs, targets, hidden, cell;

  // The mean loss a predicted frame, and the gradients of all parameters. importance[outputs] weighs the outputs.
  T loss_and_gradient(Workers& workers, const T* importance);

  // After that: d_condition[streams][inputs - first], the gradients of the inputs from `first` on, which are taken to have
  // been the same at all steps.
  void condition_gradient(Workers& workers, T* d_condition, int first);

  // One step without training, on this thread: output[2 outputs] from input[inputs], and the state moves on.
  // prepare_inference first.
  void prepare_inference(Workers& workers);
  void step(T* output, T* hidden_state, T* cell_state, T* scratch, const T* input) const;
  int scratch_size() const { return lstm.gates() + lstm.hidden(); }

  const StreamShape& shape() const { return shape_; }

 private:
  void rows_there_and_back(const T* importance, Slice rows);

  StreamShape shape_{};
  LstmTape<T> tape_;
  std::vector<T> output_, d_output_;  // [steps][streams][2 outputs]
  std::vector<T> loss_;               // [steps][streams][outputs]
  std::vector<T> d_hidden_, d_cell_;  // [steps][streams][hidden], [streams][hidden]
  std::vector<T> d_gates_;            // [streams][4 hidden]: summed over the steps
};

}  // namespace unisono
