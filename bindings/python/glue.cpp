// Arguments from Python, results to Python, errors.
#include "glue.h"

#include <cmath>

namespace unisono::python {
namespace {

std::string shown(py::handle value) {
  std::string text = py::repr(value);
  return text.size() <= 60 ? text : text.substr(0, 57) + "...";
}

[[noreturn]] void refuse(const char* name, py::handle value, const std::string& wanted) {
  raise_parameter_error(std::string(name) + ": got " + shown(value) + "; must be " + wanted);
}

int64_t integer(const char* name, py::handle value, int64_t low, int64_t high) {
  const auto wanted = [&] { return "an integer from " + std::to_string(low) + " to " + std::to_string(high); };
  if (PyBool_Check(value.ptr()) || !PyIndex_Check(value.ptr())) refuse(name, value, "an integer");
  const py::object index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!index) throw py::error_already_set();
  int overflow = 0;
  const long long x = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0 || x < low || x > high) refuse(name, value, wanted());
  return x;
}

bool is_integer_array(py::handle value) {
  if (!py::isinstance<py::array>(value)) return false;
  const char kind = py::reinterpret_borrow<py::array>(value).dtype().kind();
  return kind == 'i' || kind == 'u' || kind == 'b';
}

std::string shape_text(const py::array& array) {
  std::string text = "(";
  for (py::ssize_t i = 0; i < array.ndim(); ++i) text += (i ? ", " : "") + std::to_string(array.shape(i));
  return text + (array.ndim() == 1 ? ",)" : ")");
}

std::string dtype_text(const py::dtype& dtype) { return py::str(dtype); }

// The value as an array of whatever type numpy finds for it.
py::array any_array(const char* name, py::handle value) {
  py::array array = py::array::ensure(value);
  if (!array) {
    PyErr_Clear();
    refuse(name, value, "an array of numbers");
  }
  return array;
}

[[noreturn]] void refuse_kind(const char* name, const py::array& array, const py::dtype& wanted, const char* hint) {
  raise_parameter_error(std::string(name) + ": got an array of " + dtype_text(array.dtype()) +
                        "; must be an array of " + dtype_text(wanted) + hint);
}

// Lists of integers pass as floats, arrays of integers do not: samples of 16 bits are a common mistake.
void check_kind(const char* name, py::handle value, const py::array& array, const py::dtype& wanted) {
  const char from = array.dtype().kind(), to = wanted.kind();
  const bool real = from == 'f' || from == 'i' || from == 'u' || from == 'b';
  if (to == 'f' && is_integer_array(value)) {
    refuse_kind(name, array, wanted, " (samples of 16 bits are divided by 32768 first)");
  }
  const bool ok = to == 'f' ? real : to == 'c' ? real || from == 'c' : from == 'i' || from == 'u' || array.size() == 0;
  if (!ok) refuse_kind(name, array, wanted, "");
}

}  // namespace

py::array converted(const char* name, py::handle value, const py::dtype& wanted, int dimensions) {
  py::array array = any_array(name, value);
  check_kind(name, value, array, wanted);
  if (array.ndim() != dimensions) {
    raise_parameter_error(std::string(name) + ": got shape " + shape_text(array) + "; must have " +
                          std::to_string(dimensions) + (dimensions == 1 ? " dimension" : " dimensions"));
  }
  for (int axis = 0; axis < dimensions; ++axis) {
    if (array.shape(axis) > INT32_MAX) raise_parameter_error(std::string(name) + ": is too large");
  }
  const int flags = py::detail::npy_api::NPY_ARRAY_C_CONTIGUOUS_ | py::detail::npy_api::NPY_ARRAY_ALIGNED_ |
                    py::detail::npy_api::NPY_ARRAY_FORCECAST_;
  py::dtype dtype = wanted;
  PyObject* made =
      py::detail::npy_api::get().PyArray_FromAny_(array.ptr(), dtype.release().ptr(), 0, 0, flags, nullptr);
  if (!made) throw py::error_already_set();
  return py::reinterpret_steal<py::array>(made);
}

py::array checked_output(py::handle out, const py::dtype& wanted, const py::array::ShapeContainer& shape) {
  if (!py::isinstance<py::array>(out)) refuse("out", out, "an array of " + dtype_text(wanted));
  py::array array = py::reinterpret_borrow<py::array>(out);
  const bool fits = array.ndim() == static_cast<py::ssize_t>(shape->size()) &&
                    std::equal(shape->begin(), shape->end(), array.shape());
  if (!array.dtype().is(wanted) && !array.dtype().equal(wanted)) {
    raise_parameter_error("out: got an array of " + dtype_text(array.dtype()) + "; must be " + dtype_text(wanted));
  }
  if (!fits) {
    const py::array wanted_shape(py::dtype::of<char>(), shape);
    raise_parameter_error("out: got shape " + shape_text(array) + "; must be " + shape_text(wanted_shape));
  }
  if (!array.writeable() || !(array.flags() & py::array::c_style)) {
    raise_parameter_error("out: must be writable and contiguous");
  }
  return array;
}

Call::Call(const char* name, const py::args& args, std::size_t arity, void (*free)(void*)) : args_(args) {
  if (args.size() != arity) {
    throw py::type_error(std::string(name) + " takes " + std::to_string(arity) + " arguments, got " +
                         std::to_string(args.size()));
  }
  if (free == nullptr) return;
  if (py::isinstance<Handle>(args[0])) self_ = args[0].cast<Handle*>();
  if (self_ == nullptr || self_->free != free)
    throw py::type_error(std::string(name) + " wants a handle of its own class");
}

int32_t Call::i32(const char* name, int at) const {
  return static_cast<int32_t>(integer(name, argument(at), INT32_MIN, INT32_MAX));
}

uint32_t Call::u32(const char* name, int at) const {
  return static_cast<uint32_t>(integer(name, argument(at), 0, UINT32_MAX));
}

double Call::f64(const char* name, int at) const {
  const py::handle value = argument(at);
  const double x = PyBool_Check(value.ptr()) || PyUnicode_Check(value.ptr()) ? -1.0 : PyFloat_AsDouble(value.ptr());
  if (x == -1.0 && (PyErr_Occurred() || PyBool_Check(value.ptr()) || PyUnicode_Check(value.ptr()))) {
    PyErr_Clear();
    refuse(name, value, "a number");
  }
  return x;
}

int32_t Call::bool_(const char* name, int at) const {
  const py::handle value = argument(at);
  const bool numpy_bool = std::string(Py_TYPE(value.ptr())->tp_name).find("numpy.bool") == 0;
  if (!PyBool_Check(value.ptr()) && !numpy_bool) refuse(name, value, "true or false");
  return PyObject_IsTrue(value.ptr());
}

int32_t Call::choice(const char* name, int at, const Names& names) const {
  const py::handle value = argument(at);
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (PyUnicode_Check(value.ptr()) && PyUnicode_CompareWithASCIIString(value.ptr(), names[i]) == 0) {
      return static_cast<int32_t>(i);
    }
    all += (i ? ", " : "") + std::string(names[i]);
  }
  refuse(name, value, "one of " + all);
}

Input<float> Call::control(const char* name, int at, int32_t n) const {
  const py::handle value = argument(at);
  const bool number = PyFloat_Check(value.ptr()) || PyLong_Check(value.ptr()) ||
                      (py::isinstance<py::array>(value) && py::reinterpret_borrow<py::array>(value).ndim() == 0);
  if (!number) return array<float>(name, at, 1);
  py::array_t<float, py::array::c_style> repeated(n);
  std::fill_n(repeated.mutable_data(), n, f32(name, at));
  return input<float>(repeated);
}

std::unique_lock<std::mutex> Call::lock() const {
  std::unique_lock lock(handle().mutex, std::try_to_lock);
  if (!lock) {
    const py::gil_scoped_release release;
    lock.lock();
  }
  return lock;
}

void Call::check(int32_t status) const {
  if (status != 0) raise(status, api().last_error());
}

py::object make_handle(void* object, void (*free)(void*)) {
  return py::cast(new Handle(object, free), py::return_value_policy::take_ownership);
}

}  // namespace unisono::python
