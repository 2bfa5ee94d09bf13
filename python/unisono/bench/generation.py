"""Ten seconds of new sound with phases, and a second of magnitudes beside PyTorch and TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from .._ops import MagnetModel
from . import limits
from .limits import Work
from .timing import Case, Contender
from .training import SEQUENCE, peer_ways

__all__ = ["cases", "of_preset"]

_SECONDS = 10
_SR, _HOP = 44100, 512
_FRAMES = -(-_SR // _HOP)  # a second
_PHASES = ("lws", "griffin_lim", "pghi")


def cases(samples: NDArray[np.float32]) -> Iterator[Case]:
    """Yield two cases a preset."""
    for preset in ("default", "magnet2024", "icmc2019"):
        yield from of_preset(samples, preset)


def of_preset(samples: NDArray[np.float32], preset: str) -> Iterator[Case]:
    """Yield sound with phases, and without. An epoch of training comes first; the weights do not change the work."""
    model = MagnetModel(preset=cast(Any, preset), sr=_SR, seed=0, threads=1)
    model.set_clip(samples)
    for _ in range(model.steps_per_epoch()):
        model.train_step()
    yield _with_phases(model, preset)
    yield _magnitudes(model, preset)


def _with_phases(model: MagnetModel, preset: str) -> Case:
    magnitude = model.generate_magnitude(-(-_SECONDS * _SR // _HOP), seed=1)
    frames, n_fft = len(magnitude), model.n_fft()
    found = limits.lws(magnitude, 2 if preset == "icmc2019" else 4, of_model=True)  # windows of two hops there
    work = _frames_work(model, preset, frames) + found + limits.istft(frames, n_fft)
    title = f"generate {_SECONDS} s, {preset}, one thread"
    return Case(title, [_contender(model, p) for p in _PHASES], work=work, sound=_SECONDS)


def _magnitudes(model: MagnetModel, preset: str) -> Case:
    """A second without phases. The peers carry one state on from frame to frame.

    Ours does as the faithful presets say, and as PyTorch's sliding windows: each frame comes of a window that began at
    zero.
    """
    states = _states(preset)
    note = f"{states} states at once" if states > 1 else ""
    contenders = [Contender("unisono", lambda: model.generate_magnitude(_FRAMES, seed=1), note=lambda: note)]
    if preset != "default":
        for package in ("torch", "tensorflow"):
            contenders += peer_ways(package, "magnet", "generations", preset, model.n_fft() // 2 + 1, _FRAMES)
    title = f"one second without phases, {preset}, one thread"
    return Case(title, contenders, unit="ms", scale=1e3, work=_frames_work(model, preset, _FRAMES))


def _frames_work(model: MagnetModel, preset: str, frames: int) -> Work:
    """The products of each frame; the weights are read anew for every one."""
    weights = model.parameter_count()
    again = (_states(preset) - 1) * 4 * model.hidden_size() ** 2 * (2 * model.layers() - 1)
    return Work(2.0 * (weights + again), 4.0 * (weights + model.n_fft() // 2 + 1)) * frames


def _states(preset: str) -> int:
    """As many states are on their way as a window has frames."""
    return 1 if preset == "default" else SEQUENCE


def _contender(model: MagnetModel, phase: str) -> Contender:
    return Contender(f"unisono, {phase}", lambda: model.generate(_SECONDS * _SR, seed=1, phase=cast(Any, phase)))
