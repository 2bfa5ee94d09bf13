// See stored_model.h.
#include "unisono/nn/stored_model.h"

#include <algorithm>
#include <utility>

#include "unisono/nn/elementwise.h"

namespace unisono {

void TensorList::add(const char* name, std::initializer_list<std::int32_t> shape, float* values) {
  int size = 1;
  for (const std::int32_t d : shape) size *= d;
  tensors.push_back({name, shape, values, size});
}

void TensorList::add_each(const char* prefix, Parameters parameters, std::vector<float> Parameter<float>::* which) {
  for (Parameter<float>* p : parameters)
    if (p->exists()) tensors.push_back({prefix + p->name, p->shape, (p->*which).data(), p->size()});
}

void TensorList::add_values(Parameters parameters) {
  add_each("", parameters, &Parameter<float>::value);
  for (const Parameter<float>* p : parameters) parameter_count += p->size();
}

void TensorList::add_moments(Parameters parameters) {
  add_each("adam.m.", parameters, &Parameter<float>::first_moment);
  add_each("adam.v.", parameters, &Parameter<float>::second_moment);
}

void StoredModel::tensor_shape(std::int32_t* dims, int i) const {
  std::copy(list_.tensors[i].shape.begin(), list_.tensors[i].shape.end(), dims);
}

void StoredModel::tensor(float* values, int i) const {
  std::copy_n(list_.tensors[i].values, tensor_size(i), values);
  canonicalise(values, tensor_size(i));
}

void StoredModel::set_tensor(int i, const float* values) {
  std::copy_n(values, tensor_size(i), list_.tensors[i].values);
  values_changed();
}

void StoredModel::store(TensorList list) {
  list_ = std::move(list);
  primed_ = false;
  changed_ = true;
}

}  // namespace unisono
