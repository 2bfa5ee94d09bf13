// The module: finds the library for this CPU, defines the errors, and shares the table with Cython.
#include <cstdlib>
#include <cstring>

#include <dlfcn.h>

#include "glue.h"

namespace unisono::python {
namespace {

const unisono_api* table = nullptr;
PyObject* parameter_error = nullptr;
PyObject* state_error = nullptr;

// The best instruction set for this CPU; every build carries these three on x86-64 and `generic` elsewhere. VBMI2 tells the
// CPUs that are at home in AVX-512 (Ice Lake, Zen 4 and later) from those that lower their clock for it.
const char* best_isa() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    return "avx512";
  return __builtin_cpu_supports("avx2") ? "avx2" : "sse2";
#else
  return "generic";
#endif
}

std::string folder_of_this_module() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&best_isa), &info) == 0 || info.dli_fname == nullptr) return ".";
  const std::string path = info.dli_fname;
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

const unisono_api* load(const std::string& isa) {
  const std::string path = folder_of_this_module() + "/libunisono_" + isa + ".so";
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw py::import_error(dlerror());
  const auto get = reinterpret_cast<const unisono_api* (*)()>(dlsym(library, "unisono_get_api"));
  if (get == nullptr) throw py::import_error(path + " is not a library of unisono");
  if (std::strcmp(get()->abi, UNISONO_ABI) != 0) throw py::import_error(path + " was built from another API");
  return get();
}

py::dict build_info() {
  py::dict info;
  std::string text = api().build_info();
  for (const py::handle part : py::str(text).attr("split")(" ")) {
    const py::tuple pair = part.attr("partition")("=");
    if (py::len(pair[1]) > 0) info[pair[0]] = pair[2];
  }
  return info;
}

}  // namespace

const unisono_api& api() { return *table; }

void raise_parameter_error(const std::string& text) {
  PyErr_SetString(parameter_error, text.c_str());
  throw py::error_already_set();
}

void Call::raise(int32_t status, const std::string& text) {
  PyObject* const kind = status == 2 ? PyExc_MemoryError : status == 4 ? state_error : parameter_error;
  PyErr_SetString(kind, text.c_str());
  throw py::error_already_set();
}

}  // namespace unisono::python

PYBIND11_MODULE(_core, m) {
  using namespace unisono::python;
  const char* const wanted = std::getenv("UNISONO_ISA");
  table = load(wanted != nullptr && *wanted != '\0' ? wanted : best_isa());
  parameter_error = PyErr_NewException("unisono.ParameterError", PyExc_ValueError, nullptr);
  state_error = PyErr_NewException("unisono.StateError", PyExc_RuntimeError, nullptr);
  m.attr("ParameterError") = py::handle(parameter_error);
  m.attr("StateError") = py::handle(state_error);
  py::class_<Handle>(m, "Handle");
  m.attr("_api") = py::capsule(table, "unisono.api");
  m.def("build_info", &build_info);
  define_functions(m);
}
