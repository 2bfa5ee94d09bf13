// A named array that training changes: its value, its gradient and Adam's two moments.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace unisono {

template <class T>
struct Parameter {
  std::string name;
  std::vector<std::int32_t> shape;
  std::vector<T> value, gradient, first_moment, second_moment;

  // Its name is that of its layer and its own.
  void configure(std::string_view layer, const char* own, std::initializer_list<std::int32_t> its_shape) {
    (name = layer) += own;
    shape = its_shape;
    std::size_t n = 1;
    for (const std::int32_t d : shape) n *= static_cast<std::size_t>(d);
    for (auto* array : {&value, &gradient, &first_moment, &second_moment}) array->assign(n, T(0));
  }
  int size() const { return static_cast<int>(value.size()); }
  bool exists() const { return !value.empty(); }
};

}  // namespace unisono
