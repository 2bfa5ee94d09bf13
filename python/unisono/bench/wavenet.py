"""WaveNet: a step of training beside PyTorch, and generation, both at 16 kHz."""

from __future__ import annotations

import os
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .._ops import WavenetModel
from ..audio import SAMPLE_RATE
from .limits import Work
from .timing import Case, Contender
from .training import peer_ways

__all__ = ["SR", "at_16_khz", "generation", "training"]

SR = 16000
_SECONDS = 4
_PRODUCTS, _HEARD = 37_888, 1.25  # a sample there; what a crop hears before its own samples costs a quarter more
_CROPS, _SAMPLES = 2, 4096


def at_16_khz(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the clip at 16 kHz."""
    import soxr

    return np.asarray(soxr.resample(samples, SAMPLE_RATE, SR, quality="HQ"), np.float32)


def training(samples: NDArray[np.float32], threads: int | None) -> Iterator[Case]:
    """Yield one step of the optimiser: two crops of 4096 samples."""
    threads = min(threads or os.cpu_count() or 1, _CROPS)
    model = _model(at_16_khz(samples), threads)
    contenders = [
        Contender("unisono", model.train_step),
        *peer_ways("torch", "wavenet", "steps", model.length(), threads),
    ]
    flops = 3 * 2.0 * _PRODUCTS * _HEARD * _CROPS * _SAMPLES  # the way there, and twice as much back
    work = Work(flops, 4.0 * 4 * model.parameter_count(), threads)
    title = f"one step of WaveNet, {_CROPS} x {_SAMPLES} samples, {threads} threads"
    yield Case(title, contenders, unit="ms", scale=1e3, work=work)


def generation(samples: NDArray[np.float32]) -> Iterator[Case]:
    """Yield seconds of sound; the work does not depend on the weights."""
    model = _model(at_16_khz(samples), 1)
    n = _SECONDS * SR
    work = Work(2.0 * _PRODUCTS * n, 4.0 * n)
    contender = Contender("unisono", lambda: model.generate(n, seed=1))
    title = f"one second of WaveNet at {SR // 1000} kHz, one thread"
    yield Case(title, [contender], per=_SECONDS, unit="ms", scale=1e3, work=work)


def _model(samples: NDArray[np.float32], threads: int) -> WavenetModel:
    model = WavenetModel(len(samples), sr=SR, seed=0, threads=threads)
    model.set_clip(samples)
    return model
