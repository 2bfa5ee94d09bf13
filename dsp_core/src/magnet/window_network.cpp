// The float instance of WindowNetwork, and its initial weights.
#include "unisono/magnet/window_network_impl.h"

namespace unisono {

namespace {

// Every parameter has a random stream of its own.
class Initialiser {
 public:
  explicit Initialiser(std::uint32_t seed) : seed_(seed) {}

  Random next() { return Random(seed_, stream_for(StreamPurpose::initial_weights, count_++)); }
  void uniform(Parameter<float>& p, float limit) { initialise_uniform(p.value.data(), limit, next(), p.size()); }
  void orthogonal(Parameter<float>& p) { initialise_orthogonal(p.value.data(), next(), p.shape[0], p.shape[1]); }
  void glorot(Parameter<float>& p) { uniform(p, glorot_limit(p.shape[1], p.shape[0])); }

 private:
  std::uint32_t seed_;
  int count_ = 0;
};

float inverse_root(int n) { return static_cast<float>(1.0 / sqrt(static_cast<double>(n))); }

// torch.nn.LSTM: everything uniform within 1/sqrt(hidden); torch.nn.Linear: within 1/sqrt(in).
void initialise_pytorch(Initialiser& random, Lstm<float>& lstm) {
  for (Parameter<float>* p : {&lstm.weight_ih, &lstm.weight_hh, &lstm.bias_ih, &lstm.bias_hh})
    random.uniform(*p, inverse_root(lstm.hidden()));
}
void initialise_pytorch(Initialiser& random, Dense<float>& dense) {
  random.uniform(dense.weight, inverse_root(dense.in()));
  random.uniform(dense.bias, inverse_root(dense.in()));
}

// keras.layers.LSTM: glorot_uniform, orthogonal, zeros with unit_forget_bias; Dense: glorot_uniform, zeros.
void initialise_keras(Initialiser& random, Lstm<float>& lstm) {
  random.glorot(lstm.weight_ih);
  random.orthogonal(lstm.weight_hh);
  std::fill_n(lstm.bias_ih.value.begin(), lstm.gates(), 0.0f);
  std::fill_n(lstm.bias_ih.value.begin() + lstm.hidden(), lstm.hidden(), 1.0f);
}
void initialise_keras(Initialiser& random, Dense<float>& dense) {
  random.glorot(dense.weight);
  std::fill(dense.bias.value.begin(), dense.bias.value.end(), 0.0f);
}

}  // namespace

template <>
void WindowNetwork<float>::initialise(std::uint32_t seed) {
  Initialiser random(seed);
  const bool keras = config_.framework == Framework::keras;
  for (Lstm<float>& lstm : lstms) keras ? initialise_keras(random, lstm) : initialise_pytorch(random, lstm);
  for (Dense<float>& d : dense) keras ? initialise_keras(random, d) : initialise_pytorch(random, d);
}

template class WindowNetwork<float>;

}  // namespace unisono
