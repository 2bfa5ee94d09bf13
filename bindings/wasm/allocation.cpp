// Memory that begins where a whole vector does, and what is large where a line of the cache does. Emscripten's malloc gives
// multiples of 8 bytes; where that is none of 16, every fourth vector lies in two lines, and a transform takes up to a quarter
// longer. A copy from JavaScript or back takes some processors ten times as long where one end lies a few bytes further in its
// page than the other.
#include <cstddef>

#include "unisono/simd.h"

namespace {
constexpr std::size_t kLine = 64, kLarge = 1024;
}

extern "C" {
void* memalign(std::size_t alignment, std::size_t size);

// All that allocates, C++'s operators and JavaScript included, comes here: the library's malloc is weak.
void* malloc(std::size_t size) { return memalign(size < kLarge ? sizeof(unisono::f32) : kLine, size); }
}
