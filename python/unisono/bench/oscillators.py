"""Sines: one call a sample as in the paper's benchmark, a call for each block of an audio callback, and a sweep."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .. import _ops
from . import limits
from .compiled import address, aligned, cython_ticks, fast_loops, loops, maximilian, waist
from .timing import Case, Contender

__all__ = ["cases"]

_BLOCK = 128  # samples, as in loops.cpp
_TICKS, _BLOCKS = 8_000 * _BLOCK, 5_000  # within one timing
_HZ = 100.0  # as in the paper's benchmark
_HEADERS = "needs the core's headers: run in a checkout"


def cases() -> Iterator[Case]:
    """Yield samples one by one, blocks in C and from Python, and a sweep."""
    yield _ticks()
    yield _blocks()
    yield _block_from_python()
    yield _sweep()


def _contender(name: str, library: ctypes.CDLL | str, function: str, work: Callable[[Any], Any]) -> Contender:
    """Return a contender that calls a function of a library with the frequency and more, if the library has it."""
    if isinstance(library, str):
        return Contender(name, None, library)
    if not hasattr(library, function):
        return Contender(name, None, _HEADERS)
    return Contender(name, lambda: work(getattr(library, function)))


def _sine() -> ctypes.c_void_p:
    """Return a sine of the C waist; it lives as long as the process."""
    made = ctypes.c_void_p()
    new = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_float, ctypes.c_float)(waist("sine_new").value or 0)
    new(ctypes.byref(made), 44100.0, 0.0)
    return made


def _ticks() -> Case:
    hz, sine, cython = ctypes.c_float(_HZ), _sine(), cython_ticks()
    contenders = [
        _contender("unisono, C++", loops(), "core_ticks", lambda f: f(hz, _TICKS)),
        _contender("unisono, C waist", loops(), "waist_ticks", lambda f: f(waist("sine_tick"), sine, hz, _TICKS)),
        Contender("unisono, Cython without the GIL", None, cython)
        if isinstance(cython, str)
        else Contender("unisono, Cython without the GIL", lambda: cython.ticks(_HZ, _TICKS)),
        _contender("a call that does nothing", loops(), "calls_of_nothing", lambda f: f(hz, _TICKS)),
        _contender("Maximilian, C++", maximilian(), "maximilian_ticks", lambda f: f(hz, _TICKS)),
        _contender("Maximilian, C++, LTO", maximilian(lto=True), "maximilian_ticks", lambda f: f(hz, _TICKS)),
    ]
    work = limits.sine(_TICKS)
    return Case("sine, one call a sample", contenders, per=_TICKS, unit="ns/sample", scale=1e9, work=work)


def _blocks() -> Case:
    hz, sine, frequency = ctypes.c_float(_HZ), _sine(), aligned(_BLOCK)
    frequency[:] = _HZ

    def checked(blocks: Any) -> None:
        blocks(waist("sine_process"), sine, address(frequency), _BLOCKS)

    contenders = [
        _contender("unisono, C++, one frequency", loops(), "core_blocks", lambda f: f(hz, _BLOCKS)),
        _contender("unisono, C waist, a frequency a sample", loops(), "waist_blocks", checked),
        _contender("sinf in a loop", loops(), "sinf_blocks", lambda f: f(hz, _BLOCKS)),
        _contender("libmvec, fast-math", fast_loops(), "fast_blocks", lambda f: f(hz, _BLOCKS)),
    ]
    title, samples = f"sine, blocks of {_BLOCK} in a loop of C", _BLOCK * _BLOCKS
    return Case(title, contenders, per=samples, unit="ns/sample", scale=1e9, work=limits.sine(samples))


def _block_from_python() -> Case:
    frequency = np.full(_BLOCK, 440.0, np.float32)
    sine, out = _ops.Sine(sr=44100), np.empty(_BLOCK, np.float32)
    ramp, step = np.arange(_BLOCK), 2 * np.pi * 440 / 44100
    phase = 0.0

    def numpy_block() -> None:
        nonlocal phase
        np.sin(phase + step * ramp).astype(np.float32)
        phase = (phase + step * _BLOCK) % (2 * np.pi)

    contenders = [
        Contender("unisono.Sine.process", lambda: sine.process(frequency)),
        Contender("unisono.Sine.process, out=", lambda: sine.process(frequency, out=out)),
        Contender("numpy.sin of a running phase", numpy_block),
    ]
    title, work = f"sine, block of {_BLOCK}, one call", limits.sine(_BLOCK)
    return Case(title, contenders, per=_BLOCK, unit="ns/sample", scale=1e9, work=work)


def _sweep() -> Case:
    n = 44100
    frequency = np.linspace(100.0, 1000.0, n).astype(np.float32)
    sine = _ops.Sine(sr=44100)

    def numpy_sweep() -> None:
        np.sin(2 * np.pi * np.cumsum(frequency / np.float64(44100))).astype(np.float32)

    contenders = [
        Contender("unisono.Sine.process", lambda: sine.process(frequency)),
        Contender("numpy.sin of numpy.cumsum", numpy_sweep),
    ]
    title, work = "sine sweep, one second, one call", limits.sine(n)
    return Case(title, contenders, per=n, unit="ns/sample", scale=1e9, work=work)
