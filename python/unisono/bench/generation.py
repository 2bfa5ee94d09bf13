"""Ten seconds of new sound, phase reconstruction included, one thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from .._ops import MagnetModel
from .timing import Case, Contender

__all__ = ["cases"]

_SECONDS = 10


def cases(samples: NDArray[np.float32]) -> Iterator[Case]:
    """Yield one case a preset. One epoch of training comes first; the work does not depend on the weights."""
    presets: tuple[Literal["default", "magnet2024", "icmc2019"], ...] = ("default", "magnet2024", "icmc2019")
    for preset in presets:
        model = MagnetModel(preset=preset, sr=44100, seed=0, threads=1)
        model.set_clip(samples)
        for _ in range(model.steps_per_epoch()):
            model.train_step()
        yield Case(f"generate {_SECONDS} s, {preset}, one thread", [_contender(model, p) for p in _PHASES])


_PHASES = ("lws", "griffin_lim", "pghi")


def _contender(model: MagnetModel, phase: str) -> Contender:
    return Contender(f"unisono, {phase}", lambda: model.generate(_SECONDS * 44100, seed=1, phase=cast(Any, phase)))
