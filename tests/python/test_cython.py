"""`from unisono cimport dsp` compiles without linking, runs without the GIL, and gives the bits that Python gives."""

from __future__ import annotations

import importlib.util
import platform
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from unisono import _ops

SOURCE = """
# cython: language_level=3
from unisono cimport dsp

def sine(float frequency, float[::1] out):
    cdef void* osc = NULL
    cdef Py_ssize_t i
    cdef int status
    with nogil:
        status = dsp.sine_new(&osc, 44100.0, 0.25)
        for i in range(out.shape[0]):
            out[i] = dsp.sine_tick(osc, frequency)
        dsp.sine_free(osc)
    return status

def exp(float[::1] x, float[::1] out):
    cdef int status
    with nogil:
        status = dsp.exp(&out[0], &x[0], <int> x.shape[0])
    return status

def refused(float[::1] x):
    cdef int shape[2]
    status = dsp.stft_sizes(shape, 17, 0, 0, dsp.WINDOW_HANN, 1, dsp.PAD_MODE_CONSTANT, <int> x.shape[0])
    return status, dsp.last_error().decode()
"""

FLUSHING = """
cdef extern from "xmmintrin.h":
    unsigned int _mm_getcsr() nogil
    void _mm_setcsr(unsigned int) nogil

def exp_in_a_host_that_flushes(float[::1] x, float[::1] out, unsigned int mode):
    cdef unsigned int before, after
    with nogil:
        before = _mm_getcsr()
        _mm_setcsr(mode)
        dsp.exp(&out[0], &x[0], <int> x.shape[0])
        after = _mm_getcsr()
        _mm_setcsr(before)
    return after

def ticks_in_a_host_that_flushes(float frequency, float[::1] out, unsigned int mode):
    cdef void* osc = NULL
    cdef Py_ssize_t i
    cdef unsigned int before, after
    with nogil:
        dsp.saw_new(&osc, 44100.0, 0.25, 1)
        before = _mm_getcsr()
        _mm_setcsr(mode)
        for i in range(out.shape[0]):
            out[i] = dsp.saw_tick(osc, frequency)
        after = _mm_getcsr()
        _mm_setcsr(before)
        dsp.saw_free(osc)
    return after
"""
X86 = platform.machine() == "x86_64"

SETUP = """
from setuptools import Extension, setup
from Cython.Build import cythonize
setup(name="user", ext_modules=cythonize([Extension("user", ["user.pyx"], extra_compile_args=["-O1"])], quiet=True))
"""


@pytest.fixture(scope="module")
def user(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """A module as a user of the package would write and build it."""
    pytest.importorskip("Cython")
    pytest.importorskip("setuptools")
    folder = tmp_path_factory.mktemp("user")
    (folder / "user.pyx").write_text(SOURCE + (FLUSHING if X86 else ""))
    (folder / "setup.py").write_text(SETUP)
    command = [sys.executable, "setup.py", "-q", "build_ext", "--inplace"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    spec = importlib.util.spec_from_file_location("user", next(folder.glob("user*.so")))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_oscillator_ticks_in_a_loop_without_the_gil(user: ModuleType) -> None:
    out = np.empty(1000, np.float32)
    assert user.sine(440.0, out) == 0
    want = _ops.Sine(sr=44100.0, phase=0.25).process(np.full(1000, 440.0, np.float32))
    assert out.tobytes() == want.tobytes()


def test_an_operation_gives_the_bits_of_python(user: ModuleType) -> None:
    x = np.linspace(-90, 90, 777, dtype=np.float32)
    out = np.empty_like(x)
    assert user.exp(x, out) == 0
    assert out.tobytes() == _ops.exp(x).tobytes()


def test_an_error_is_a_status_and_a_text(user: ModuleType) -> None:
    status, text = user.refused(np.zeros(100, np.float32))
    assert (status, text) == (1, "n_fft: got 17; must be a product of 2, 3 and 5 from 16 to 65536")


@pytest.mark.skipif(not X86, reason="MXCSR is a register of x86")
@pytest.mark.parametrize("mode", [0x9FC0, 0x3F80, 0x5F80, 0x7F80], ids=["flush", "down", "up", "to zero"])
def test_a_host_that_flushes_or_rounds_otherwise_gets_the_same_bits_and_keeps_its_mode(
    user: ModuleType, mode: int
) -> None:
    x = np.linspace(-103.5, -80.0, 1000, dtype=np.float32)
    out = np.empty_like(x)
    after = user.exp_in_a_host_that_flushes(x, out, mode)
    assert after & ~0x3F == mode & ~0x3F
    want = _ops.exp(x)
    assert out.tobytes() == want.tobytes()
    assert ((want > 0) & (want < 1.17e-38)).sum() > 500
    samples = np.empty(1000, np.float32)
    after = user.ticks_in_a_host_that_flushes(441.7, samples, mode)
    assert after & ~0x3F == mode & ~0x3F
    assert samples.tobytes() == _ops.Saw(sr=44100.0, phase=0.25).process(np.full(1000, 441.7, np.float32)).tobytes()
