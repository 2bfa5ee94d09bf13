"""Ten seconds of new sound with phases, and a second of magnitudes beside PyTorch and TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .._ops import MagnetModel
from . import limits
from .limits import Work
from .timing import Case, Contender
from .training import SEQUENCE, peer_ways

__all__ = ["ONE_STATE", "cases", "of_preset"]

ONE_STATE = "one state"  # carried on, in place of the faithful presets' 40 windows

_SECONDS = 10
_SR, _HOP = 44100, 512
_FRAMES = -(-_SR // _HOP)  # a second
_PHASES = ("lws", "griffin_lim", "pghi")


def cases(samples: NDArray[np.float32], threads: int | None) -> Iterator[Case]:
    """Yield two cases a preset."""
    for preset in ("default", "magnet2024", "icmc2019"):
        yield from of_preset(samples, preset, threads)


def of_preset(samples: NDArray[np.float32], preset: str, threads: int | None) -> Iterator[Case]:
    """Yield sound with phases, and without. An epoch of training comes first; the weights do not change the work.

    Ours and PyTorch's are on one thread; TensorFlow's, which cannot change them, and one more of ours on as many as its
    training.
    """
    model = _model(preset, samples, 1)
    for _ in range(model.steps_per_epoch()):
        model.train_step()
    yield _with_phases(model, preset)
    yield _magnitudes(model, preset, samples, threads or os.cpu_count() or 1)


def _model(preset: str, samples: NDArray[np.float32], threads: int) -> MagnetModel:
    model = MagnetModel(preset=cast(Any, preset), sr=_SR, seed=0, threads=threads)
    model.set_clip(samples)
    return model


def _with_phases(model: MagnetModel, preset: str) -> Case:
    magnitude = model.generate_magnitude(-(-_SECONDS * _SR // _HOP), seed=1)
    frames, n_fft = len(magnitude), model.n_fft()
    found = limits.lws(magnitude, 2 if preset == "icmc2019" else 4, of_model=True)  # windows of two hops there
    work = _frames_work(model, preset, frames) + found + limits.istft(frames, n_fft)
    title = f"generate {_SECONDS} s, {preset}, one thread"
    contenders = [_contender(model, p) for p in _PHASES]
    if preset != "default":
        contenders = [_contender(model, phase, window_stride=0) for phase in ("lws", "pghi")] + contenders
    return Case(title, contenders, work=work, sound=_SECONDS)


def _magnitudes(model: MagnetModel, preset: str, samples: NDArray[np.float32], threads: int) -> Case:
    """A second without phases, by one state that is carried on from frame to frame, as the peers do it.

    Also as the faithful presets were published, and as PyTorch's sliding windows: each frame of a window that began at
    zero.
    """

    def second(of: MagnetModel, window_stride: int) -> object:
        return of.generate_magnitude(_FRAMES, seed=1, window_stride=window_stride)

    contenders = [Contender("unisono", lambda: second(model, 1))]
    if preset != "default":
        shared = _model(preset, samples, threads)
        contenders = [
            Contender(f"unisono, {ONE_STATE}", lambda: second(model, 0)),
            Contender(f"unisono, {ONE_STATE}, {threads} threads", lambda: second(shared, 0)),
            Contender("unisono, as published", lambda: second(model, 1), note=lambda: f"{SEQUENCE} states at once"),
        ]
        for package in ("torch", "tensorflow"):
            bins = model.n_fft() // 2 + 1
            contenders += peer_ways(package, "magnet", "generations", preset, bins, _FRAMES, threads)
    title = f"one second without phases, {preset}, one thread"
    return Case(title, contenders, unit="ms", scale=1e3, work=_frames_work(model, preset, _FRAMES))


def _frames_work(model: MagnetModel, preset: str, frames: int) -> Work:
    """The products of each frame. The weights are read once at least: how often, is a matter of caches.

    From frame to frame a faithful preset needs the product of its last dense layer and its first projection instead of
    the latter.
    """
    bins, gates = model.n_fft() // 2 + 1, 4 * model.hidden_size()
    features = {"default": bins, "icmc2019": bins, "magnet2024": model.hidden_size()}[preset]
    weights = model.parameter_count() - (bins - features) * gates
    return Work(2.0 * weights * frames, 4.0 * (weights + bins * frames))


def _contender(model: MagnetModel, phase: str, window_stride: int = 1) -> Contender:
    name = f"unisono, {phase}" + ("" if window_stride else f", {ONE_STATE}")
    how: dict[str, Any] = {"seed": 1, "phase": phase, "window_stride": window_stride}
    return Contender(name, lambda: model.generate(_SECONDS * _SR, **how))
