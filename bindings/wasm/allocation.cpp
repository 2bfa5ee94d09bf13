// Memory that begins where a whole vector does. Emscripten's malloc gives multiples of 8 bytes; where that is none of 16, every
// fourth vector lies in two lines of the cache, and a transform takes up to a quarter longer.
#include <cstddef>

#include "unisono/simd.h"

extern "C" {
void* memalign(std::size_t alignment, std::size_t size);

// All that allocates, C++'s operators and JavaScript included, comes here: the library's malloc is weak.
void* malloc(std::size_t size) { return memalign(sizeof(unisono::f32), size); }
}
