"""Playing live, offline: a model's endless sound with changes at given frames, as the browser plays it."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from ._ops import LiveParameter, MagnetPlayer, ParameterError

if TYPE_CHECKING:
    from .magnet import Model

__all__ = ["Change", "checked_changes", "play", "player", "read_automation"]

Change = tuple[int, LiveParameter, float]
"""At which frame (`hop_length` samples apart), which parameter, its value from then on."""

PARAMETERS: tuple[str, ...] = get_args(LiveParameter)
_LAST_FRAME = 2**31 - 1
_BLOCK = 1 << 18  # samples made at once


def checked_changes(changes: Sequence[Sequence[Any]], on: MagnetPlayer, *, morphs: bool = False) -> list[Change]:
    """Return the changes as tuples, after checking them against a player's ranges.

    Raises
    ------
    ParameterError
        Naming the first that is not a frame, a parameter and a value within its range.
    """
    return [_checked(on, i, change, morphs) for i, change in enumerate(changes)]


def _checked(on: MagnetPlayer, i: int, change: Any, morphs: bool) -> Change:
    where = f"automation: change {i}"
    if isinstance(change, str) or not isinstance(change, Sequence) or len(change) != 3:
        raise ParameterError(f"{where} must be a frame, a parameter and a value")
    frame, name, value = change
    if type(frame) is not int or not 0 <= frame <= _LAST_FRAME:
        raise ParameterError(f"{where}: the frame must be a whole number from 0 to {_LAST_FRAME}")
    if name not in PARAMETERS:
        raise ParameterError(f"{where}: the parameter must be one of {', '.join(PARAMETERS)}")
    low, high = on.lowest(name), on.highest(name)
    if type(value) not in (int, float) or not math.isfinite(value) or not low <= value <= high:
        raise ParameterError(f"{where}: {name} must be from {low:g} to {high:g}")
    if name == "morph" and not morphs:
        raise ParameterError(f"{where}: morph needs a second model")
    return frame, name, float(value)


def read_automation(path: str | os.PathLike[str]) -> list[Any]:
    """Read changes from a JSON file: a list of lists ``[frame, "parameter", value]``, not checked further.

    Raises
    ------
    ParameterError
        If the file is not JSON, or not a list.
    OSError
        If it cannot be read.
    """
    try:
        content = json.loads(Path(path).read_bytes())
    except (ValueError, RecursionError):
        raise ParameterError(f"{path} is not JSON") from None
    if not isinstance(content, list):
        raise ParameterError(f'{path} must hold a list of changes, [[frame, "parameter", value], ...]')
    return content


def player(model: Model, second: Model | None = None) -> MagnetPlayer:
    """Return a player of a model, or of two to morph between; `start` it, then `process`.

    Raises
    ------
    ParameterError
        If the two models differ in preset or sample rate.
    """
    models = [model] if second is None else [model, second]
    if any((m.preset, m.sr) != (model.preset, model.sr) for m in models):
        raise ParameterError("second: must have the preset and the sample rate of the first model")
    made = MagnetPlayer(preset=model.preset, sr=model.sr, models=len(models))
    for which, m in enumerate(models):
        for i in range(m.core.tensor_count()):
            made.set_tensor(which, i, m.core.tensor(i))
    return made


def play(
    model: Model,
    n: int,
    *,
    seed: int = 0,
    temperature: float = 1.0,
    window_stride: int = 1,
    automation: Sequence[Sequence[Any]] = (),
    second: Model | None = None,
) -> NDArray[np.float32]:
    """Return the first n samples that a player makes; see `Model.generate`.

    Raises
    ------
    ParameterError
        If an argument is out of range.
    """
    made = player(model, second)
    if not made.lowest("temperature") <= temperature <= made.highest("temperature"):
        raise ParameterError(f"temperature: got {temperature:g}; must be from 0 to {made.highest('temperature'):g}")
    made.set("temperature", temperature)
    changes = checked_changes(automation, made, morphs=second is not None)
    if changes:
        frames, names, values = zip(*changes, strict=True)
        places = [PARAMETERS.index(name) for name in names]
        made.automate(np.array(frames, np.int32), np.array(places, np.int32), np.array(values, np.float32))
    made.start(seed=seed, window_stride=window_stride)
    out = np.empty(n, np.float32)
    for at in range(0, n, _BLOCK):
        made.process(min(_BLOCK, n - at), out=out[at : at + _BLOCK])
    return out
