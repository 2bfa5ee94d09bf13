# cython: language_level=3
# One call a sample from a Cython loop without the GIL: what a user of `from unisono cimport dsp` writes.
from unisono cimport dsp


def ticks(float frequency, int calls):
    cdef void* sine = NULL
    cdef float total = 0.0
    cdef int i
    with nogil:
        dsp.sine_new(&sine, 44100.0, 0.0)
        for i in range(calls):
            total += dsp.sine_tick(sine, frequency)
        dsp.sine_free(sine)
    return total
