"""Trains a model on a clip and continues where a training stopped; all arithmetic is the core's."""

from __future__ import annotations

import math
import operator
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ._ops import MagnetModel, PairsModel, ParameterError, Preset
from ._version import BITS, __version__
from .audio import clip_sha256
from .errors import TrainingError
from .magnet import Model
from .trained_model import EpochModel, default_threads

__all__ = ["Engine", "Progress", "train"]

Engine = Literal["unisono", "tensorflow"]
M = TypeVar("M", bound=EpochModel[Any])

_SILENCE = 1.0 / 32768.0  # one step of a 16-bit file
_MOST_EPOCHS = 100_000


@dataclass(frozen=True)
class Progress(Generic[M]):
    """Where a training stands after an epoch.

    Attributes
    ----------
    epoch, epochs : int
        Epochs finished, and wanted in all.
    loss : float
        Mean loss of the epoch just finished.
    seconds : float
        Since this call of `train` began.
    seconds_left : float
        Estimate from the epochs of this call.
    model : Model, or PictureModel
        The model as it stands; it may be saved or asked for sound.
    """

    epoch: int
    epochs: int
    loss: float
    seconds: float
    seconds_left: float
    model: M


def train(
    samples: NDArray[np.float32],
    *,
    sr: int,
    preset: Preset = "default",
    epochs: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    on_epoch: Callable[[Progress[Model]], object] | None = None,
    resume: Model | None = None,
    name: str = "",
    engine: Engine = "unisono",
) -> Model:
    """Train a model on a clip; the same samples, preset, epochs and seed give the same bits everywhere.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        The clip, mono. See `unisono.read_audio`.
    sr : int, Hz
        Its rate.
    preset : str
        "default", or one of the faithful "icmc2019" and "magnet2024".
    epochs : int, optional
        How many in all, counting those of `resume`; if left out, what `resume` was meant to have, or the preset's own.
    seed : int
        0 to 4294967295.
    threads : int, optional
        All processors if left out. Never changes the result.
    on_epoch : callable, optional
        Called with a `Progress` after each epoch, for example to save ``progress.model``.
    resume : Model, optional
        A model to continue, in place; it must have been trained on the same samples with the same preset and seed.
        The result has the very bits of a training that never stopped.
    name : str
        The clip's name, kept in the model's options.
    engine : str
        "unisono", or "tensorflow" for Keras 3 on TensorFlow, on a GPU where it sees one: the same windows, batches and
        random numbers and the same model file, but not the same bits. Either engine resumes what the other began.

    Returns
    -------
    Model
        The trained model.

    Raises
    ------
    ParameterError
        If an argument is out of range or not finite.
    TrainingError
        If the clip is silent or shorter than the preset needs, `resume` does not fit, or the loss stopped being finite.
    MissingPackageError
        If TensorFlow is asked for and not installed.
    """
    if engine not in ("unisono", "tensorflow"):
        raise ParameterError(f"engine: got {engine!r}; must be 'unisono' or 'tensorflow'")
    keras_device = _keras_device(threads) if engine == "tensorflow" else ""
    samples = np.ascontiguousarray(samples, np.float32)
    if is_silent(samples):
        raise TrainingError("the clip is silent: there is nothing to learn")
    sr, seed = operator.index(sr), operator.index(seed)
    if resume is None:
        model = _begun(samples, sr, preset, seed, default_threads() if threads is None else threads, name)
    else:
        model = resume
        _check_resume(model, samples, sr, preset, seed)
        again(model.core, lambda: model.core.set_clip(samples))
    plan(model, epochs, resuming=resume is not None)
    stepper: _Stepper = model.core
    if keras_device:
        from .keras_training import keras_training

        model.record(engine=keras_device)
        stepper = keras_training(model.core, samples, preset=preset, sr=sr, seed=seed)
    run_epochs(model, stepper, on_epoch)
    return model


def plan(model: EpochModel[Any], epochs: int | None, *, resuming: bool) -> None:
    """Record how many epochs are wanted in all.

    Raises
    ------
    ParameterError
        If they are fewer than are done, or too many.
    """
    if epochs is None:
        epochs = model.epochs if resuming else model.core.default_epochs()
    least = max(1, model.epochs_done)
    if not least <= epochs <= _MOST_EPOCHS:
        raise ParameterError(f"epochs: got {epochs}; must be from {least} to {_MOST_EPOCHS}")
    model.record(epochs=operator.index(epochs))


def is_silent(samples: NDArray[np.float32]) -> bool:
    """Tell whether nothing in a clip reaches one step of a 16-bit file."""
    return samples.ndim == 1 and len(samples) > 0 and max(float(samples.max()), -float(samples.min())) < _SILENCE


class _Stepper(Protocol):
    """What trains: the core, or TensorFlow on its behalf."""

    def step(self) -> int: ...
    def train_step(self) -> float: ...
    def epoch_loss(self) -> float: ...


def _keras_device(threads: int | None) -> str:
    from .keras_training import device

    return device(threads)


def _begun(samples: NDArray[np.float32], sr: int, preset: Preset, seed: int, threads: int, name: str) -> Model:
    core = MagnetModel(preset=preset, sr=sr, seed=seed, threads=threads)
    _check_length(core, samples, sr, preset)
    core.set_clip(samples)
    options = {
        "bits": BITS,
        "clip": name,
        "clip_seconds": len(samples) / sr,
        "clip_sha256": clip_sha256(samples),
        "losses": [],
        "preset": preset,
        "seed": seed,
        "sr": sr,
        "unisono": __version__,
    }
    return Model(core, options)


def _check_length(core: MagnetModel, samples: NDArray[np.float32], sr: int, preset: str) -> None:
    least = core.min_clip_samples()
    if samples.ndim == 1 and len(samples) < least:
        raise TrainingError(
            f"the clip is too short: {len(samples)} samples; {preset} needs {least}, {least / sr:.2f} s at {sr} Hz"
        )


def _check_resume(model: Model, samples: NDArray[np.float32], sr: int, preset: str, seed: int) -> None:
    for what, given, kept in (("preset", preset, model.preset), ("seed", seed, model.seed), ("rate", sr, model.sr)):
        if given != kept:
            raise TrainingError(f"cannot resume: the model was begun with {what} {kept}, not {given}")
    if (bits := model.options.get("bits")) != BITS:
        raise TrainingError(f"cannot resume: the model was begun with bits {bits}, this is bits {BITS}")
    if model.options["clip_sha256"] != clip_sha256(samples):
        raise TrainingError("cannot resume: the model was begun on another clip")


def again(core: MagnetModel | PairsModel, analyse: Callable[[], object]) -> None:
    """Give a loaded model what it learns from back, without losing what it has learnt."""
    step = core.step()
    kept = [core.tensor(i) for i in range(core.tensor_count())]
    analyse()
    for i, values in enumerate(kept):
        core.set_tensor(i, values)
    core.set_step(step)


def run_epochs(model: M, stepper: _Stepper, on_epoch: Callable[[Progress[M]], object] | None) -> None:
    """Train until the epochs that `plan` has recorded are done."""
    core, first, epochs = model.core, model.epochs_done, model.epochs
    steps = core.steps_per_epoch()
    begun = core.step() - first * steps  # steps of an epoch that was interrupted
    if not 0 <= begun < max(1, steps):
        raise TrainingError(f"cannot resume: {core.step()} steps do not fit {first} epochs of {steps}")
    clock = time.perf_counter()
    for epoch in range(first + 1, epochs + 1):
        for _ in range(epoch * steps - stepper.step()):
            stepper.train_step()
        loss = float(stepper.epoch_loss())
        if not math.isfinite(loss):
            raise TrainingError(f"the loss of epoch {epoch} is not finite; what was saved before is good")
        model.record(losses=[*model.losses, loss])
        if on_epoch is not None:
            seconds = time.perf_counter() - clock
            left = seconds / (epoch - first) * (epochs - epoch)
            on_epoch(Progress(epoch, epochs, loss, seconds, left, model))
