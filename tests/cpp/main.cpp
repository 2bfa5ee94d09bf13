// The test program: doctest's runner, unless this processor lacks the instructions it was compiled for.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

namespace {

bool processor_can_run_this() {
#if defined(__AVX512F__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#elif defined(__AVX2__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2");
#else
  return true;
#endif
}

// Before all static objects: compilers make those with the same instructions.
__attribute__((constructor(101))) void leave_unless_processor_can_run_this() {
  if (processor_can_run_this()) return;
  std::fputs("skipped: this processor lacks the instructions that this build uses\n", stderr);
  std::_Exit(77);
}

}  // namespace

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  return context.run();
}
