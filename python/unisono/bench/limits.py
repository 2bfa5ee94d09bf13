"""How far from the limit: the most that this machine can do, the least that a work needs, and the share reached."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import address, aligned, loops

__all__ = [
    "PAUSE",
    "Ceilings",
    "Work",
    "ceilings",
    "griffin_lim",
    "istft",
    "judge",
    "lws",
    "matmul",
    "rfft",
    "sine",
    "streams",
    "windows",
]

_ROUNDS = 4_000_000  # of the multiplications and additions: 5 ms
_TRIAD = 1 << 24  # floats an array: 64 MiB, beyond the caches
PAUSE = 0.05  # seconds before a timing: other libraries' threads spin for a while after their work
_TRIES = 10
_REACH = 5  # of LWS: bins to either side
# Of LWS: alpha, beta, sweeps, and how often each visits a frame. The first of "music" has no threshold.
_MUSIC = ((0.0, 0.0, 1, 1), (1.0, 0.1, 1, 1), (1.0, 0.1, 10, 7), (1.0, 0.2, 16, 1))
_OF_MODELS = ((1.0, 0.3, 10, 1),)
_SINE = 12  # operations a sample: the scaling and the polynomial of unisono/osc/sine.h


@dataclass(frozen=True)
class Work:
    """What a work needs whoever does it: floating-point operations, and bytes in and out of memory once each."""

    flops: float
    bytes: float
    threads: int = 1

    def __mul__(self, times: float) -> Work:
        return Work(self.flops * times, self.bytes * times, self.threads)

    def __add__(self, other: Work) -> Work:
        return Work(self.flops + other.flops, self.bytes + other.bytes, max(self.threads, other.threads))


@dataclass(frozen=True)
class Ceilings:
    """The most that was measured with so many threads, in 1e9 a second."""

    flops: float  # multiplications and additions, unfused, at the package's vector width
    bytes: float  # of a triad over arrays far larger than the caches
    lanes: int
    threads: int


def rfft(n: int) -> Work:
    """A real transform of n floats by the usual count of 2.5 n log2 n."""
    return Work(2.5 * n * log2(n), 4 * n + 8 * (n // 2 + 1))


def matmul(m: int, k: int, n: int) -> Work:
    """A product of an m x k and a k x n matrix."""
    return Work(2.0 * m * k * n, 4.0 * (m * k + k * n + m * n))


def sine(samples: int) -> Work:
    """Samples of a sine from frequencies."""
    return Work(_SINE * samples, 8 * samples)


def griffin_lim(frames: int, n_fft: int, n_iter: int) -> Work:
    """Sweeps with momentum: transforms there and back, two windows, overlap-add, and eleven operations a bin."""
    bins = n_fft // 2 + 1
    one = 2 * rfft(n_fft).flops + 3 * n_fft + 11 * bins
    return Work(frames * n_iter * one, 12 * frames * bins)


def istft(frames: int, n_fft: int) -> Work:
    """Inverse transforms, a window and the overlap-add."""
    return Work(frames * (rfft(n_fft).flops + 3 * n_fft), 4 * frames * (n_fft + 2))


def lws(magnitude: NDArray[np.float32], overlap: int = 4, *, of_model: bool = False) -> Work:
    """LWS, "music" or a model's, of float32[frames, bins]: a bin is counted in those sweeps whose threshold it exceeds.

    A bin takes from each of the other frames that it hears 12 operations for two or four neighbours (one real and one
    imaginary weight, as hops are quarters of turns), 4 for the bin itself, and 24 to hear its own frame and be scaled.
    """
    sorted_bins, mean = np.sort(magnitude, axis=None), float(magnitude.mean())
    updates = 0
    for alpha, beta, sweeps, often in _OF_MODELS if of_model else _MUSIC:
        limits = alpha * mean * np.exp(-beta * np.arange(sweeps))
        updates += often * int(np.sum(magnitude.size - np.searchsorted(sorted_bins, limits, "right")))
    return Work(updates * ((overlap - 1) * (4 + 12 * _REACH) + 24.0), 12 * magnitude.size)


def windows(
    frames: int, bins: int, sizes: tuple[int, int], *, tanh_layer: bool, batches: tuple[int, int], threads: int
) -> Work:
    """An epoch of the faithful presets; sizes are (hidden, layers), batches (windows in one, frames in a window).

    A frame that occurs in several windows of a batch is projected once, and no gradient is taken of the frames.
    """
    (hidden, layers), (batch, steps) = sizes, batches
    count = frames - steps - 1
    recurrent = 2 * hidden * 4 * hidden * (2 * layers - 1)
    head = 2 * hidden * bins + (2 * bins * bins if tanh_layer else 0)
    projection = 2 * bins * 4 * hidden
    full, rest = divmod(count, batch)
    unique = sum(n * _unique(frames, count, size, steps) for n, size in ((full, batch), (bool(rest), rest)) if n)
    weights = 4 * hidden * (bins + hidden * (2 * layers - 1)) + head / 2
    flops = 3 * count * (steps * recurrent + head) + 2 * unique * projection
    adam = (full + bool(rest)) * weights
    return Work(flops + 12 * adam, 4 * frames * bins + 28 * adam, threads)


def _unique(frames: int, count: int, batch: int, steps: int) -> float:
    """Return how many frames a batch of windows, drawn without repetition, is expected to have."""
    starts = np.arange(count)
    cover = np.zeros(frames)
    for t in range(steps):
        np.add.at(cover, starts + t, 1)
    left = np.ones(frames)
    for drawn in range(batch):
        left *= np.maximum(count - cover - drawn, 0) / (count - drawn)
    return float(np.sum(1 - left))


def streams(shapes: dict[str, tuple[int, int]], slots: int, steps: int, threads: int) -> Work:
    """An epoch of `default`: slots are frames times streams in a step; shapes are the weights' by name."""
    flops = sum(2.0 * rows * cols * (2 if "weight_ih" in name else 3) for name, (rows, cols) in shapes.items())
    weights = sum(rows * cols for rows, cols in shapes.values())
    return Work(steps * (slots * flops + 12 * weights), steps * 28 * weights, threads)


@cache
def ceilings(threads: int = 1) -> Ceilings | str:
    """Measure the ceilings, or say why they cannot be."""
    library = loops()
    if isinstance(library, str):
        return library
    import ctypes

    lanes = int(library.lanes())
    factor, summand = ctypes.c_float(1.0), ctypes.c_float(1.0)
    flops = _best(lambda _: library.multiply_add(factor, summand, _ROUNDS), threads) * 14 * lanes * _ROUNDS
    n = _TRIAD // threads
    arrays = [[aligned(n) for _ in "abc"] for _ in range(threads)]

    def triad(i: int) -> None:
        library.triad(*map(address, arrays[i]), factor, n)

    return Ceilings(flops / 1e9, _best(triad, threads) * 12 * n / 1e9, lanes, threads)


def _best(work: Callable[[int], Any], threads: int) -> float:
    """Return how often a second all threads together do the work, at best."""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
        best = float("inf")
        for _ in range(_TRIES):
            time.sleep(PAUSE)
            start = time.perf_counter()
            list(pool.map(work, range(threads)))
            best = min(best, time.perf_counter() - start)
    return threads / best


def judge(work: Work, seconds: float, top: Ceilings | str | None = None) -> dict[str, Any]:
    """Return the rates reached, the ceilings (native ones if left out), and the share of the nearer one."""
    top = top or ceilings(work.threads)
    found: dict[str, Any] = {**asdict(work), "gflops": work.flops / seconds / 1e9, "gbytes": work.bytes / seconds / 1e9}
    if isinstance(top, str):
        return {**found, "missing": top}
    shares = {"arithmetic": found["gflops"] / top.flops, "memory": found["gbytes"] / top.bytes}
    nearer = max(shares, key=lambda name: shares[name])
    return {**found, "ceilings": asdict(top), "of": nearer, "share": shares[nearer]}
