// The test program: doctest's runner, unless this processor lacks the instructions it was compiled for.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>

namespace {

bool processor_can_run_this() {
#if defined(__AVX512F__)
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
#elif defined(__AVX2__)
  return __builtin_cpu_supports("avx2");
#else
  return true;
#endif
}

}  // namespace

int main(int argc, char** argv) {
  if (!processor_can_run_this()) {
    std::puts("skipped: this processor lacks the instructions that this build uses");
    return 77;
  }
  doctest::Context context(argc, argv);
  return context.run();
}
