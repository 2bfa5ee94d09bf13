"""Fourier transforms and the matrix product: in a loop of C, and called from Python."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from . import limits
from .compiled import address, aligned, fftw, loops, pffft, waist
from .peers import missing
from .timing import Case, Contender

__all__ = ["cases"]

_CALLS = 200  # transforms within one timing
_FRAMES = 256
_SIDE = 768  # of the matrices
_FFTW_MEASURE, _PFFFT_REAL = 0, 0


def cases(samples: NDArray[np.float32]) -> Iterator[Case]:
    """Yield transforms one by one, many at once, and a product."""
    for n in (512, 1024, 2048, 4096):
        yield _in_a_loop(n)
    for n in (1024, 2048):
        yield _from_python(n)
    yield _batch(2048)
    yield _stft(samples)
    yield _matmul()


class _Buffers:
    """What every contender works on again and again, in the caches."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.x, self.out, self.scratch = aligned(n), aligned(n + 2), aligned(n)
        self.x[:] = np.random.default_rng(0).standard_normal(n)

    def at(self, *names: str) -> tuple[ctypes.c_void_p, ...]:
        """Return the addresses of these arrays."""
        return tuple(address(getattr(self, name)) for name in names)


def _in_a_loop(n: int) -> Case:
    library, buffers = loops(), _Buffers(n)
    ways: dict[str, Callable[[ctypes.CDLL, _Buffers], Callable[[], Any] | str]] = {
        "unisono, C waist": _waist,
        "unisono, C++": _core,
        "FFTW": _fftw,
        "PFFFT": _pffft,
    }
    contenders = []
    for name, way in ways.items():
        work = library if isinstance(library, str) else way(library, buffers)
        contenders.append(Contender(name, None, work) if isinstance(work, str) else Contender(name, work))
    title = f"real FFT of {n} float32, one after another in a loop of C"
    return Case(title, contenders, per=_CALLS, unit="us", scale=1e6, work=limits.rfft(n) * _CALLS)


def _waist(library: ctypes.CDLL, buffers: _Buffers) -> Callable[[], Any]:
    return lambda: library.waist_rfft(waist("rfft"), *buffers.at("out", "x"), buffers.n, _CALLS)


def _core(library: ctypes.CDLL, buffers: _Buffers) -> Callable[[], Any] | str:
    if not hasattr(library, "core_fft_new"):
        return "needs the core's headers: run in a checkout"
    plan = _pointer(library.core_fft_new, buffers.n)
    return lambda: library.core_rfft(plan, *buffers.at("out", "x"), _CALLS)


def _fftw(library: ctypes.CDLL, buffers: _Buffers) -> Callable[[], Any] | str:
    peer = fftw()
    if isinstance(peer, str):
        return peer
    signal = buffers.x.copy()
    plan = _pointer(peer.fftwf_plan_dft_r2c_1d, buffers.n, *buffers.at("x", "out"), _FFTW_MEASURE)
    buffers.x[:] = signal  # measuring has written into it
    execute = address(peer.fftwf_execute_dft_r2c)
    return lambda: library.fftw_rfft(execute, plan, *buffers.at("out", "x"), _CALLS)


def _pffft(library: ctypes.CDLL, buffers: _Buffers) -> Callable[[], Any] | str:
    peer = pffft()
    if isinstance(peer, str):
        return peer
    plan, transform = _pointer(peer.pffft_new_setup, buffers.n, _PFFFT_REAL), address(peer.pffft_transform_ordered)
    return lambda: library.pffft_rfft(transform, plan, *buffers.at("out", "x", "scratch"), _CALLS)


def _pointer(function: Any, *arguments: Any) -> ctypes.c_void_p:
    """Call what returns an object; plans live as long as the process."""
    function.restype = ctypes.c_void_p
    return ctypes.c_void_p(function(*arguments))


def _from_python(n: int) -> Case:
    x = np.random.default_rng(0).standard_normal(n).astype(np.float32)
    out = np.empty(n // 2 + 1, np.complex64)
    contenders = [
        Contender("unisono.rfft", lambda: _ops.rfft(x)),
        Contender("unisono.rfft, out=", lambda: _ops.rfft(x, out=out)),
        Contender("numpy.fft.rfft", lambda: np.fft.rfft(x)),
        _scipy("scipy.fft.rfft", x),
    ]
    return Case(f"real FFT of {n} float32, one call", contenders, unit="us", scale=1e6, work=limits.rfft(n))


def _scipy(name: str, x: NDArray[np.float32]) -> Contender:
    if missing("scipy"):
        return Contender(name, None, missing("scipy"))
    from scipy import fft

    return Contender(name, lambda: fft.rfft(x))


def _batch(n: int) -> Case:
    """Frames side by side without a window: an STFT whose hop is its size."""
    frames = np.random.default_rng(0).standard_normal((_FRAMES, n)).astype(np.float32)
    signal, out = frames.reshape(-1), np.empty((_FRAMES, n // 2 + 1), np.complex64)

    def ours() -> None:
        _ops.stft(signal, n_fft=n, hop_length=n, window="rectangular", center=False, out=out)

    contenders = [
        Contender("unisono.stft, out=", ours),
        Contender("numpy.fft.rfft", lambda: np.fft.rfft(frames)),
        _scipy("scipy.fft.rfft", frames),
    ]
    title, work = f"batch of {_FRAMES} real FFTs of {n}", limits.rfft(n) * _FRAMES
    return Case(title, contenders, per=_FRAMES, unit="us each", scale=1e6, work=work)


def _stft(samples: NDArray[np.float32]) -> Case:
    contenders = [Contender("unisono.stft", lambda: _ops.stft(samples, n_fft=2048, hop_length=512))]
    if missing("librosa"):
        contenders.append(Contender("librosa.stft", None, missing("librosa")))
    else:
        import librosa

        contenders.append(Contender("librosa.stft", lambda: librosa.stft(samples, n_fft=2048, hop_length=512)))
    work = (limits.rfft(2048) + limits.Work(2048, 0)) * (1 + len(samples) // 512)
    return Case(f"STFT 2048/512 of {len(samples) / 44100:.0f} s", contenders, unit="ms", scale=1e3, work=work)


def _matmul() -> Case:
    """NumPy's product has fused operations, and threads where its BLAS takes them; ours has neither."""
    a, b = np.random.default_rng(0).standard_normal((2, _SIDE, _SIDE)).astype(np.float32)
    out = np.empty_like(a)
    contenders = [
        Contender("unisono.matmul, out=", lambda: _ops.matmul(a, b, out=out)),
        Contender("numpy.matmul, out=", lambda: np.matmul(a, b, out=out)),
    ]
    work = limits.matmul(_SIDE, _SIDE, _SIDE)
    return Case(f"product of two {_SIDE} x {_SIDE} matrices", contenders, unit="ms", scale=1e3, work=work)
