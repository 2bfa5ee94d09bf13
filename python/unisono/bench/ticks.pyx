# cython: language_level=3
# One call a sample from a Cython loop without the GIL, into blocks: what a user of `from unisono cimport dsp` writes.
from unisono cimport dsp

cdef float block[128]


def ticks(float frequency, int calls):
    cdef void* sine = NULL
    cdef float total = 0.0
    cdef int i, j
    with nogil:
        dsp.sine_new(&sine, 44100.0, 0.0)
        for i in range(calls // 128):
            for j in range(128):
                block[j] = dsp.sine_tick(sine, frequency)
        for j in range(128):
            total += block[j]
        dsp.sine_free(sine)
    return total
