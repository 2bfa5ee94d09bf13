"""An epoch of the faithful presets beside PyTorch and Keras: same frames, windows, batches, layers, loss, optimiser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from .peers import missing
from .timing import Case, Contender

__all__ = ["BATCH", "SEQUENCE", "cases"]

SEQUENCE, BATCH = 40, 64  # frames in a window, windows in a batch
_ENGINES = (("torch", "torch_magnet"), ("tensorflow", "keras_magnet"))


def cases(samples: NDArray[np.float32], threads: int | None) -> Iterator[Case]:
    """Yield an epoch of each faithful preset with the peers, and of the default preset alone."""
    threads = threads or os.cpu_count() or 1
    for preset in ("magnet2024", "icmc2019"):
        contenders = [_ours(samples, preset, threads)]
        frames = _frames(samples, 2048 if preset == "magnet2024" else 1024)
        for package, module in _ENGINES:
            contenders += _peer(package, module, preset, frames, threads)
        windows = len(frames) - SEQUENCE - 1
        yield Case(f"one epoch of {preset}, {windows} windows, {threads} threads", contenders)
    yield Case(f"one epoch of default, {threads} threads", [_ours(samples, "default", threads)])


def _frames(samples: NDArray[np.float32], win_length: int) -> NDArray[np.float32]:
    """Magnitudes, float32[frames, 1025]."""
    spectrogram = _ops.stft(samples, n_fft=2048, hop_length=512, win_length=win_length)
    return np.ascontiguousarray(np.abs(spectrogram), np.float32)


def _ours(samples: NDArray[np.float32], preset: str, threads: int) -> Contender:
    model = _ops.MagnetModel(preset=cast(Any, preset), sr=44100, seed=0, threads=threads)
    model.set_clip(samples)
    steps = model.steps_per_epoch()

    def epoch() -> None:
        for _ in range(steps):
            model.train_step()

    return Contender("unisono", epoch, note=lambda: f"{steps} batches")


def _peer(package: str, module: str, preset: str, frames: NDArray[np.float32], threads: int) -> list[Contender]:
    """Return a peer's ways to run an epoch, several where the fastest depends on the machine."""
    if missing(package):
        return [Contender(package, None, missing(package))]
    from importlib import import_module

    ways: dict[str, Callable[[], object]] = import_module(f".{module}", __package__).epochs(preset, frames, threads)
    return [Contender(name, work) for name, work in ways.items()]
