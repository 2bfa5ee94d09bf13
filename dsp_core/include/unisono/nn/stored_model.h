// What a file keeps of a model: arrays with names, in a fixed order, in the memory where they are at work.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "unisono/nn/parameter.h"

namespace unisono {

struct StoredTensor {
  std::string name;
  std::vector<std::int32_t> shape;
  float* values;
  int size;
};

using Parameters = std::span<Parameter<float>* const>;

// The addresses must stay as they are until the model goes. Arrays without values are left out.
class TensorList {
 public:
  void add(const char* name, std::initializer_list<std::int32_t> shape, float* values);
  void add_values(Parameters parameters);
  // Adam's.
  void add_moments(Parameters parameters);

  std::vector<StoredTensor> tensors;
  int parameter_count = 0;  // floats of add_values

 private:
  void add_each(const char* prefix, Parameters parameters, std::vector<float> Parameter<float>::* which);
};

class StoredModel {
 public:
  int tensor_count() const { return static_cast<int>(list_.tensors.size()); }
  const char* tensor_name(int i) const { return list_.tensors[i].name.c_str(); }
  int tensor_rank(int i) const { return static_cast<int>(list_.tensors[i].shape.size()); }
  int tensor_size(int i) const { return list_.tensors[i].size; }
  void tensor_shape(std::int32_t* dims, int i) const;
  void tensor(float* values, int i) const;
  void set_tensor(int i, const float* values);
  int parameter_count() const { return list_.parameter_count; }
  // A network that has seen neither a clip nor tensors has nothing to begin from.
  bool can_generate() const { return primed_; }

 protected:
  // Of a model that begins anew.
  void store(TensorList list);
  // The values are others than they were, and something to begin from.
  void values_changed() { primed_ = changed_ = true; }
  // Whether they are since they were last found settled: what was made of them is to be made anew.
  bool changed() const { return changed_; }
  void settle() { changed_ = false; }

 private:
  TensorList list_;
  bool primed_ = false, changed_ = true;
};

}  // namespace unisono
