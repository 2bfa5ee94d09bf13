// What the generated Python module is made of: arguments from Python, results to Python, errors, and locks.
#pragma once

#include <complex>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "unisono.h"

namespace py = pybind11;

namespace unisono::python {

using Names = std::vector<const char*>;

// The table of the library that was loaded for this CPU.
const unisono_api& api();
void define_functions(py::module_& m);

[[noreturn]] void raise_parameter_error(const std::string& text);

// An object of the core, freed with the Python object that holds it. One call at a time: others wait.
struct Handle {
  Handle(void* object_, void (*free_)(void*)) : object(object_), free(free_) {}
  ~Handle() { free(object); }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  void* object;
  void (*free)(void*);
  std::mutex mutex;
};

py::object make_handle(void* object, void (*free)(void*));

// An argument array: contiguous, of the right type, kept alive for the call.
template <class T>
struct Input {
  py::array_t<T, py::array::c_style> object;
  const std::conditional_t<std::is_same_v<T, std::complex<float>>, float, T>* data;
  int32_t size(int axis) const { return static_cast<int32_t>(object.shape(axis)); }
};

template <class T>
struct Output {
  py::array object;
  std::conditional_t<std::is_same_v<T, std::complex<float>>, float, T>* data;
};

py::array converted(const char* name, py::handle value, const py::dtype& wanted, int dimensions);
py::array checked_output(py::handle out, const py::dtype& wanted, const py::array::ShapeContainer& shape);

// One call from Python: the arguments by position, checks of their types, and the way into the core.
class Call {
 public:
  // Of a method: `free` is that of its class, by which handles are told apart.
  Call(const char* name, const py::args& args, std::size_t arity, void (*free)(void*) = nullptr);

  int32_t i32(const char* name, int at) const;
  uint32_t u32(const char* name, int at) const;
  float f32(const char* name, int at) const { return static_cast<float>(f64(name, at)); }
  double f64(const char* name, int at) const;
  // `bool` cannot be a name; the generated code says call.bool_.
  int32_t bool_(const char* name, int at) const;
  int32_t choice(const char* name, int at, const Names& names) const;

  template <class T>
  Input<T> array(const char* name, int at, int dimensions) const {
    return input<T>(converted(name, argument(at), py::dtype::of<T>(), dimensions));
  }

  // An array of one dimension, or a single number to be repeated n times.
  Input<float> control(const char* name, int at, int32_t n) const;

  template <class T>
  Output<T> output(int out, const int32_t* sizes, int dimensions) const {
    const py::array::ShapeContainer shape(sizes, sizes + dimensions);
    const bool given = out >= 0 && !argument(out).is_none();
    py::array made = given ? checked_output(argument(out), py::dtype::of<T>(), shape)
                           : static_cast<py::array>(py::array_t<T, py::array::c_style>(shape));
    Output<T> result{std::move(made), nullptr};
    result.data = static_cast<decltype(result.data)>(result.object.mutable_data());
    return result;
  }

  void* object() const { return handle().object; }

  // The lock of the object that is called; waits for it without the GIL.
  std::unique_lock<std::mutex> lock() const;

  // Throws what a status stands for.
  void check(int32_t status) const;

  // Calls the core without the GIL.
  template <class F>
  void run(F&& entry) const {
    int32_t status = 0;
    std::string text;
    {
      const py::gil_scoped_release release;
      const std::unique_lock<std::mutex> lock = self_ ? std::unique_lock(self_->mutex) : std::unique_lock<std::mutex>();
      status = entry();
      if (status != 0) text = api().last_error();
    }
    if (status != 0) raise(status, text);
  }

 private:
  template <class T>
  static Input<T> input(const py::array& array) {
    Input<T> made{array, nullptr};
    made.data = reinterpret_cast<decltype(made.data)>(made.object.data());
    return made;
  }
  py::handle argument(int at) const { return PyTuple_GET_ITEM(args_.ptr(), at); }
  Handle& handle() const { return *self_; }
  [[noreturn]] static void raise(int32_t status, const std::string& text);

  const py::args& args_;
  Handle* self_ = nullptr;
};

}  // namespace unisono::python
