"""Ten seconds of new sound with phases, and a second of magnitudes beside PyTorch and Keras; one thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from .._ops import MagnetModel
from .limits import Work
from .timing import Case, Contender
from .training import SEQUENCE, peer_ways

__all__ = ["cases"]

_SECONDS = 10
_SR, _HOP = 44100, 512
_FRAMES = -(-_SR // _HOP)  # a second
_PHASES = ("lws", "griffin_lim", "pghi")


def cases(samples: NDArray[np.float32]) -> Iterator[Case]:
    """Yield two cases a preset. One epoch of training comes first; the work does not depend on the weights."""
    presets: tuple[Literal["default", "magnet2024", "icmc2019"], ...] = ("default", "magnet2024", "icmc2019")
    for preset in presets:
        model = MagnetModel(preset=preset, sr=_SR, seed=0, threads=1)
        model.set_clip(samples)
        for _ in range(model.steps_per_epoch()):
            model.train_step()
        yield Case(f"generate {_SECONDS} s, {preset}, one thread", [_contender(model, p) for p in _PHASES])
        yield _magnitudes(model, preset)


def _magnitudes(model: MagnetModel, preset: str) -> Case:
    """A second without phases. The peers carry one state on from frame to frame.

    Ours does as the faithful presets say: each frame comes of a window that began at zero, so that as many states are
    on their way as a window has frames.
    """
    states = 1 if preset == "default" else SEQUENCE
    note = f"{states} states at once" if states > 1 else ""
    contenders = [Contender("unisono", lambda: model.generate_magnitude(_FRAMES, seed=1), note=lambda: note)]
    if preset != "default":
        for package in ("torch", "tensorflow"):
            contenders += peer_ways(package, "magnet", "generations", preset, model.n_fft() // 2 + 1, _FRAMES)
    weights = model.parameter_count()  # read anew for every frame
    again = (states - 1) * 4 * model.hidden_size() ** 2 * (2 * model.layers() - 1)
    work = Work(2.0 * (weights + again), 4.0 * (weights + model.n_fft() // 2 + 1)) * _FRAMES
    title = f"one second without phases, {preset}, one thread"
    return Case(title, contenders, unit="ms", scale=1e3, work=work)


def _contender(model: MagnetModel, phase: str) -> Contender:
    return Contender(f"unisono, {phase}", lambda: model.generate(_SECONDS * _SR, seed=1, phase=cast(Any, phase)))
