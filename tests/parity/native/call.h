// The C waist by name: every function behind one form, which takes its arguments as values of any type.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "unisono.h"

namespace parity {

struct Value {  // an argument or a result, in whatever form the function wants it
  void* pointer = nullptr;
  int64_t integer = 0;
  double real = 0;
};

template <class T>
T as(const Value& v) {
  if constexpr (std::is_pointer_v<T>) return reinterpret_cast<T>(v.pointer);
  else if constexpr (std::is_floating_point_v<T>) return static_cast<T>(v.real);
  else return static_cast<T>(v.integer);
}

template <class T>
Value from(T x) {
  if constexpr (std::is_pointer_v<T>) return {const_cast<void*>(static_cast<const void*>(x)), 0, 0};
  else if constexpr (std::is_floating_point_v<T>) return {nullptr, 0, static_cast<double>(x)};
  else return {nullptr, static_cast<int64_t>(x), static_cast<double>(x)};
}

using Function = Value (*)(const std::vector<Value>&);

template <auto F>
struct Thunk;

template <class R, class... A, R (*F)(A...)>
struct Thunk<F> {
  static Value call(const std::vector<Value>& args) {
    if (args.size() != sizeof...(A)) throw std::runtime_error("wrong number of arguments");
    return call(args, std::index_sequence_for<A...>());
  }
  template <size_t... I>
  static Value call(const std::vector<Value>& args, std::index_sequence<I...>) {
    if constexpr (std::is_void_v<R>) {
      F(as<A>(args[I])...);
      return {};
    } else {
      return from(F(as<A>(args[I])...));
    }
  }
};

inline const std::unordered_map<std::string, Function>& functions() {
  static const std::unordered_map<std::string, Function> table = {
#define F(name) {#name, &Thunk<&unisono_##name>::call},
#include "functions.inc"
#undef F
  };
  return table;
}

}  // namespace parity
