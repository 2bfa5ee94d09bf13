"""`from unisono cimport dsp` compiles without linking, runs without the GIL, and gives the bits that Python gives."""

from __future__ import annotations

import importlib.util
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
    (folder / "user.pyx").write_text(SOURCE)
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
