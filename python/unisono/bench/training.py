"""An epoch of the faithful presets beside PyTorch and Keras: same frames, windows, batches, layers, loss, optimiser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from . import limits
from .peers import missing
from .timing import Case, Contender

__all__ = ["BATCH", "SEQUENCE", "all_cases", "cases", "peer_ways", "whole"]

SEQUENCE, BATCH = 40, 64  # frames in a window, windows in a batch
_DEFAULT_SLOTS = 32 * 16  # frames times streams in a step of the default preset
_ENGINES = {"torch": "torch", "tensorflow": "keras"}  # packages, and how our modules about them begin


def cases(samples: NDArray[np.float32], threads: int | None) -> Iterator[Case]:
    """Yield an epoch of each faithful preset with the peers, and of the default preset alone."""
    threads = threads or os.cpu_count() or 1
    for preset in ("magnet2024", "icmc2019"):
        contenders = [_ours(samples, preset, threads)]
        frames = _frames(samples, 2048 if preset == "magnet2024" else 1024)
        for package in _ENGINES:
            contenders += peer_ways(package, "magnet", "epochs", preset, frames, threads)
        windows = len(frames) - SEQUENCE - 1
        title = f"one epoch of {preset}, {windows} windows, {threads} threads"
        yield Case(title, contenders, work=_work(samples, preset, len(frames), threads))
    work = _work(samples, "default", 0, threads)
    yield Case(f"one epoch of default, {threads} threads", [_ours(samples, "default", threads)], work=work)


def all_cases(samples: NDArray[np.float32], threads: int | None) -> Iterator[Case]:
    """Yield the epochs, and the whole training of the default preset."""
    yield from cases(samples, threads)
    yield whole(samples, threads)


def whole(samples: NDArray[np.float32], threads: int | None) -> Case:
    """All epochs of the default preset, once."""
    threads = threads or os.cpu_count() or 1
    model = _model(samples, "default", threads)
    epochs = model.default_epochs()

    def train() -> None:
        for _ in range(epochs * model.steps_per_epoch()):
            model.train_step()

    contender = Contender("unisono", train, note=lambda: f"all {epochs} epochs, once; the paper's 1000 took 5.5 h")
    work = _work(samples, "default", 0, threads) * epochs
    return Case(f"default's whole training on the clip, {threads} threads", [contender], once=True, work=work)


def _work(samples: NDArray[np.float32], preset: str, frames: int, threads: int) -> limits.Work:
    model = _model(samples, preset, 1)
    if preset != "default":
        sizes, tanh_layer = (model.hidden_size(), model.layers()), preset == "icmc2019"
        bins = model.n_fft() // 2 + 1
        return limits.windows(frames, bins, sizes, tanh_layer=tanh_layer, batches=(BATCH, SEQUENCE), threads=threads)
    shapes: dict[str, tuple[int, int]] = {}
    for i in range(model.tensor_count()):
        name, shape = model.tensor_name(i), model.tensor_shape(i)
        if len(shape) == 2 and name.startswith(("lstm", "head")):
            shapes[name] = (int(shape[0]), int(shape[1]))
    return limits.streams(shapes, _DEFAULT_SLOTS, model.steps_per_epoch(), threads)


def _frames(samples: NDArray[np.float32], win_length: int) -> NDArray[np.float32]:
    """Magnitudes, float32[frames, 1025]."""
    spectrogram = _ops.stft(samples, n_fft=2048, hop_length=512, win_length=win_length)
    return np.ascontiguousarray(np.abs(spectrogram), np.float32)


def _model(samples: NDArray[np.float32], preset: str, threads: int) -> _ops.MagnetModel:
    model = _ops.MagnetModel(preset=cast(Any, preset), sr=44100, seed=0, threads=threads)
    model.set_clip(samples)
    return model


def _ours(samples: NDArray[np.float32], preset: str, threads: int) -> Contender:
    model = _model(samples, preset, threads)
    steps = model.steps_per_epoch()

    def epoch() -> None:
        for _ in range(steps):
            model.train_step()

    return Contender("unisono", epoch, note=lambda: f"{steps} batches")


def peer_ways(package: str, model: str, what: str, *arguments: Any) -> list[Contender]:
    """Return a peer's ways to do the work, several where the fastest depends on the machine."""
    if missing(package):
        return [Contender(package, None, missing(package))]
    from importlib import import_module

    module = import_module(f".{_ENGINES[package]}_{model}", __package__)
    ways: dict[str, Callable[[], object]] = getattr(module, what)(*arguments)
    return [Contender(name, work) for name, work in ways.items()]
