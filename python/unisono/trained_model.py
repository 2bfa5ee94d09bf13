"""What models of every kind share in Python: options, tensors, a file; how a file becomes a model."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ._ops import MagnetModel, PairsModel, ParameterError, WavenetModel
from ._version import BITS, __version__
from .errors import BitsWarning, ModelFileError
from .model_file import KIND, ModelFile, model_sha256, read_model_file, write_model_file

__all__ = ["EpochModel", "TrainedModel", "checked_options", "default_threads", "fill", "loaded", "tensors_of"]

Core = TypeVar("Core", bound=MagnetModel | PairsModel | WavenetModel)
M = TypeVar("M")

_LONGEST_SECONDS = 3600.0
_OPTION_TYPES = {"sr": int, "seed": int, "step": int, "losses": list}


def default_threads() -> int:
    """Return the number of processors this process may use, at most 16; it never changes the result."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, 16)


class HasTensors(Protocol):
    """What has tensors to name and keep: a model of the core, in whichever engine."""

    def tensor_count(self) -> int: ...
    def tensor_name(self, i: int) -> str: ...
    def tensor_shape(self, i: int) -> NDArray[np.int32]: ...
    def tensor(self, i: int) -> NDArray[np.float32]: ...


def tensors_of(core: HasTensors) -> dict[str, NDArray[np.float32]]:
    """Return copies of all tensors by name."""
    return {
        core.tensor_name(i): np.asarray(core.tensor(i)).reshape(tuple(core.tensor_shape(i)))
        for i in range(core.tensor_count())
    }


class TrainedModel(Generic[Core]):
    """What models of every kind have: options, tensors, a file."""

    kind = KIND

    def __init__(self, core: Core, options: Mapping[str, Any]) -> None:
        self._core = core
        self._options = dict(options)

    @property
    def core(self) -> Core:
        """The core's own object."""
        return self._core

    @property
    def sr(self) -> int:
        """Sample rate in Hz of the clip and of what is generated."""
        return int(self._options["sr"])

    @property
    def seed(self) -> int:
        """Seed of the training."""
        return int(self._options["seed"])

    @property
    def progress(self) -> tuple[int, int, str]:
        """How much of the training is done, of how much, in what units."""
        raise NotImplementedError

    @property
    def losses(self) -> list[float]:
        """Mean loss of each epoch, or of each round where there are no epochs."""
        return list(self._options["losses"])

    @property
    def options(self) -> dict[str, Any]:
        """All that the file keeps beside the tensors: how the model was made."""
        return {**self._options, "step": int(self._core.step())}

    @property
    def sha256(self) -> str:
        """The model's name by content; see `unisono.model_file.model_sha256`."""
        return model_sha256(self.tensors())

    def record(self, **changes: Any) -> None:
        """Change options: what a training has to say about the model."""
        self._options.update(changes)

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """Return copies of all tensors by name: weights, optimiser state, what is kept of the clip."""
        return tensors_of(self._core)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file, in one step.

        Raises
        ------
        ModelFileError
            If a tensor is not finite; the file is left as it was.
        OSError
            If the file cannot be written.
        """
        write_model_file(path, self.tensors(), self.options, kind=self.kind)

    def sample_count(self, seconds: float) -> int:
        """Return the number of samples that `seconds` are.

        Raises
        ------
        ParameterError
            If they are not above 0 and at most 3600, or less than one sample.
        """
        if not 0.0 < seconds <= _LONGEST_SECONDS or round(seconds * self.sr) < 1:
            raise ParameterError(f"seconds: got {seconds:g}; must be above 0 and at most {_LONGEST_SECONDS:g}")
        return round(seconds * self.sr)

    def recipe(self, **how: Any) -> dict[str, Any]:
        """Return what a WAV file says about how it was made: this model, and how it was asked."""
        made_of: dict[str, Any] = {
            key: self._options[key] for key in ("preset", "clip", "clip_sha256") if key in self._options
        }
        return {"unisono": __version__, "bits": BITS, "model_sha256": self.sha256, "sr": self.sr, **made_of, **how}


class EpochModel(TrainedModel[Core]):
    """A model whose training has epochs."""

    @property
    def epochs_done(self) -> int:
        """Epochs trained so far."""
        return len(self.losses)

    @property
    def epochs(self) -> int:
        """Epochs wanted in all by the last training."""
        return int(self._options["epochs"])

    @property
    def progress(self) -> tuple[int, int, str]:
        """Epochs done, of how many."""
        return self.epochs_done, self.epochs, "epochs"


def loaded(path: str | os.PathLike[str], kind: str, make: Callable[[ModelFile, int], M], threads: int | None) -> M:
    """Read a model file of one kind, warn of other bits, and put the file's name before a complaint of `make`."""
    file = read_model_file(path, kind=kind)
    if (bits := file.options.get("bits")) != BITS:
        text = f"{path} was made with bits {str(bits)[:20]}, this is bits {BITS}: it sounds different here"
        warnings.warn(text, BitsWarning, stacklevel=3)
    try:
        return make(file, default_threads() if threads is None else threads)
    except ModelFileError as error:
        raise ModelFileError(f"{path} {error}") from None


def fill(core: Core, file: ModelFile, step: int, place: str) -> None:
    """Give a new core object the tensors of a file, after checking them, and its step; errors speak of `place`."""
    names = [core.tensor_name(i) for i in range(core.tensor_count())]
    if set(names) != set(file.tensors):
        odd = min(set(names) ^ set(file.tensors))
        raise ModelFileError(f"is damaged: tensor {odd[:60]!a} is missing or has no place in {place}")
    for i, name in enumerate(names):
        value, shape = file.tensors[name], tuple(int(size) for size in core.tensor_shape(i))
        if value.shape != shape:
            raise ModelFileError(f"is damaged: tensor {name} has shape {value.shape}, not {shape}")
        try:
            core.set_tensor(i, value.reshape(-1))
        except ParameterError as error:
            raise ModelFileError(f"is damaged: tensor {name}: {error}") from None
    try:
        core.set_step(step)
    except ParameterError as error:
        raise ModelFileError(f"is damaged: {error}") from None


def checked_options(options: Mapping[str, Any], types: Mapping[str, type], length: str = "epochs") -> dict[str, Any]:
    """Return a copy after checking the type and range of everything that code relies on, and of `types` beside it.

    `length` is the option that says how long the training is.
    """
    for key, kind in {**types, **_OPTION_TYPES, length: int}.items():
        if type(options.get(key)) is not kind:
            raise ModelFileError(f"is damaged: its option {key!r} is missing or of the wrong type")
    counts = [options[key] for key in ("sr", "seed", "step", length)]
    if not all(0 <= count < 1 << 32 for count in counts) or options["step"] >= 1 << 31:
        raise ModelFileError("is damaged: an option is out of range")
    losses = options["losses"]
    if len(losses) > options[length] or not all(type(x) in (int, float) and math.isfinite(x) for x in losses):
        raise ModelFileError(f"is damaged: its losses are not numbers, or more than its {length}")
    return {**options, "losses": [float(x) for x in losses]}
