"""Transforms and oscillators beside NumPy, SciPy and librosa."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from .peers import missing
from .timing import Case, Contender

__all__ = ["cases"]

_BLOCK = 128  # samples, what an audio callback asks for


def cases(samples: NDArray[np.float32]) -> Iterator[Case]:
    """Yield the cases of this group."""
    for n in (1024, 2048):
        yield _single_fft(n)
    yield _stft(samples)
    yield _sine_block()
    yield _sine_second()


def _single_fft(n: int) -> Case:
    x = np.random.default_rng(0).standard_normal(n).astype(np.float32)
    out = np.empty(n // 2 + 1, np.complex64)
    contenders = [
        Contender("unisono.rfft", lambda: _ops.rfft(x)),
        Contender("unisono.rfft, out=", lambda: _ops.rfft(x, out=out)),
        Contender("numpy.fft.rfft", lambda: np.fft.rfft(x)),
        _scipy_fft(x),
    ]
    return Case(f"real FFT of {n} float32, one call", contenders, unit="us", scale=1e6)


def _scipy_fft(x: NDArray[np.float32]) -> Contender:
    if missing("scipy"):
        return Contender("scipy.fft.rfft", None, missing("scipy"))
    from scipy import fft

    return Contender("scipy.fft.rfft", lambda: fft.rfft(x))


def _stft(samples: NDArray[np.float32]) -> Case:
    contenders = [Contender("unisono.stft", lambda: _ops.stft(samples, n_fft=2048, hop_length=512))]
    if missing("librosa"):
        contenders.append(Contender("librosa.stft", None, missing("librosa")))
    else:
        import librosa

        contenders.append(Contender("librosa.stft", lambda: librosa.stft(samples, n_fft=2048, hop_length=512)))
    return Case(f"STFT 2048/512 of {len(samples) / 44100:.0f} s", contenders, unit="ms", scale=1e3)


def _sine_block() -> Case:
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
    return Case(f"sine, block of {_BLOCK}, one call", contenders, per=_BLOCK, unit="ns/sample", scale=1e9)


def _sine_second() -> Case:
    n = 44100
    frequency = np.linspace(100.0, 1000.0, n).astype(np.float32)
    sine = _ops.Sine(sr=44100)

    def numpy_sweep() -> None:
        np.sin(2 * np.pi * np.cumsum(frequency / np.float64(44100))).astype(np.float32)

    contenders = [
        Contender("unisono.Sine.process", lambda: sine.process(frequency)),
        Contender("numpy.sin of numpy.cumsum", numpy_sweep),
    ]
    return Case("sine sweep, one second, one call", contenders, per=n, unit="ns/sample", scale=1e9)
