// Memory that begins where a whole vector does. Emscripten's malloc gives multiples of 8 bytes, and of two vectors out of
// four that lie across two lines of the cache each costs twice: a transform a quarter of its time, when it is unlucky.
#include <cstddef>

#include "unisono/simd.h"

extern "C" {
void* memalign(std::size_t alignment, std::size_t size);

// All that allocates, C++'s operators and JavaScript included, comes here: the library's malloc is weak.
void* malloc(std::size_t size) { return memalign(sizeof(unisono::f32), size); }
}
