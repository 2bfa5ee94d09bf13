"""WaveNet on one clip in Python: train, generate, save, load; all arithmetic is the core's."""

from __future__ import annotations

import math
import operator
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._ops import ParameterError, WavenetModel
from ._version import BITS, __version__
from .audio import clip_sha256
from .errors import ModelFileError, TrainingError
from .model_file import ModelFile
from .trained_model import TrainedModel, checked_options, default_threads, fill, loaded

__all__ = ["STEPS_A_MINUTE", "WaveNet", "WaveNetProgress", "load_wavenet", "train_wavenet"]

KIND = "wavenet"
STEPS_A_MINUTE = 3000
"""What ``minutes`` mean: the steps that two cores of a server of 2023 do. Bits follow from steps, not from clocks."""

_SILENCE = 1.0 / 32768.0  # one step of a 16-bit file
_ROUND = 100  # steps between two looks at a training
_SHORTEST, _LONGEST = 4096, 1 << 24  # samples of a clip
_DEFAULT_STEPS = 4000
_MOST_STEPS = 1_000_000
_OPTION_TYPES = {"clip": str, "clip_sha256": str, "free": bool, "length": int}


@dataclass(frozen=True)
class WaveNetProgress:
    """Where a training stands after a round of 100 steps.

    Attributes
    ----------
    step, steps : int
        Steps done, and in all.
    bits : float
        Bits a sample, the mean of the round: noise and all that the network hears in training included.
    seconds : float
        Since this call of `train_wavenet` began.
    seconds_left : float
        Estimate from the steps of this call.
    model : WaveNet
        The model as it stands; it may be saved or asked to generate.
    """

    step: int
    steps: int
    bits: float
    seconds: float
    seconds_left: float
    model: WaveNet


class WaveNet(TrainedModel[WavenetModel]):
    """A WaveNet of one clip, trained or on the way there; made by `train_wavenet` or `load_wavenet`."""

    kind = KIND

    def __repr__(self) -> str:
        return f"<unisono.WaveNet of {self.length / self.sr:.2f} s at {self.sr} Hz, {self.step} of {self.steps} steps>"

    @property
    def free(self) -> bool:
        """Whether the network does without the position in the clip."""
        return bool(self._options["free"])

    @property
    def length(self) -> int:
        """Samples of the clip."""
        return int(self._options["length"])

    @property
    def step(self) -> int:
        """Steps done."""
        return int(self._core.step())

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return int(self._options["steps"])

    @property
    def progress(self) -> tuple[int, int, str]:
        """Steps done, of how many."""
        return self.step, self.steps, "steps"

    def take_begun_bits(self) -> float:
        """Return, and forget, what the steps of an interrupted round cost in all: JavaScript stops between any two."""
        return float(self._options.pop("begun_bits", 0.0))

    def generate(self, seconds: float, *, seed: int = 0, temperature: float = 1.0) -> NDArray[np.float32]:
        """Make sound, out of silence; the same arguments give the same bits everywhere.

        Parameters
        ----------
        seconds : float, s
            How long, above 0 and up to 3600. A model that knows the position goes through its clip again and again.
        seed : int
            0 to 4294967295; another seed, another sound.
        temperature : float
            How widely samples are drawn: 0 the likeliest, 1 with 85 % of the spread that the network says, found best.

        Returns
        -------
        ndarray of float32, shape (round(seconds * sr),)
            Mono samples, limited softly to stay within full scale.

        Raises
        ------
        ParameterError
            If an argument is out of range.
        """
        return np.asarray(self._core.generate(self.sample_count(seconds), seed=seed, temperature=temperature))


def train_wavenet(
    samples: NDArray[np.float32],
    *,
    sr: int,
    minutes: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    free: bool = False,
    threads: int | None = None,
    on_round: Callable[[WaveNetProgress], object] | None = None,
    resume: WaveNet | None = None,
    name: str = "",
) -> WaveNet:
    """Train a WaveNet on a clip; the same samples, steps and seed give the same bits everywhere.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        The clip, mono. See `unisono.read_audio`.
    sr : int, Hz
        Its rate; 16000 is what was tried most.
    minutes : float, optional
        How long to train, as two cores of a server do 3000 steps a minute: it takes longer or shorter elsewhere, to the
        same bits.
    steps : int, optional
        The same as a number of steps; 4000 if both are left out.
    seed : int
        0 to 4294967295.
    free : bool
        Without the position in the clip: something similar rather than the same.
    threads : int, optional
        All processors if left out; two have work. Never changes the result.
    on_round : callable, optional
        Called with a `WaveNetProgress` after every 100 steps, for example to save ``progress.model``.
    resume : WaveNet, optional
        A model to continue, in place, to the end it was meant to have; `minutes`, `steps`, `seed` and `free` are those
        it was begun with. The result has the very bits of a training that never stopped.
    name : str
        The clip's name, kept in the model's options.

    Returns
    -------
    WaveNet
        The trained model.

    Raises
    ------
    ParameterError
        If an argument is out of range or not finite.
    TrainingError
        If the clip is silent, too short or too long, `resume` does not fit, or the loss stopped being finite.
    """
    samples = np.ascontiguousarray(samples, np.float32)
    _check_clip(samples, sr)
    if resume is None:
        count = _steps(minutes, steps)
        if not 1 <= count <= _MOST_STEPS:
            raise ParameterError(f"steps: got {count}; must be from 1 to {_MOST_STEPS}")
        model = _begun(samples, operator.index(sr), count, operator.index(seed), free, threads, name)
    else:
        model = resume
        _check_resume(model, samples, sr)
    model.core.set_clip(samples)
    _run(model, on_round)
    return model


def _steps(minutes: float | None, steps: int | None) -> int:
    if steps is not None or minutes is None:
        return _DEFAULT_STEPS if steps is None else operator.index(steps)
    if not 0.0 < minutes <= _MOST_STEPS / STEPS_A_MINUTE:
        raise ParameterError(f"minutes: got {minutes:g}; must be above 0 and at most {_MOST_STEPS // STEPS_A_MINUTE}")
    return max(1, round(minutes * STEPS_A_MINUTE))


def _check_clip(samples: NDArray[np.float32], sr: int) -> None:
    if samples.ndim != 1:
        raise ParameterError(f"samples: got {samples.ndim} dimensions; must be mono, of one")
    if not np.isfinite(samples).all():
        raise ParameterError("samples: must be finite")
    if len(samples) < _SHORTEST:
        least = f"{_SHORTEST / sr:.2f} s at {sr} Hz"
        raise TrainingError(f"the clip is too short: {len(samples)} samples; WaveNet needs {_SHORTEST}, {least}")
    if len(samples) > _LONGEST:
        raise TrainingError(f"the clip is too long: {len(samples)} samples; at most {_LONGEST} can be learnt")
    if np.abs(samples).max() < _SILENCE:
        raise TrainingError("the clip is silent: there is nothing to learn")


def _begun(
    samples: NDArray[np.float32], sr: int, steps: int, seed: int, free: bool, threads: int | None, name: str
) -> WaveNet:
    threads = default_threads() if threads is None else threads
    core = WavenetModel(len(samples), sr=sr, seed=seed, steps=steps, free=free, threads=threads)
    options = {
        "bits": BITS,
        "clip": name,
        "clip_sha256": clip_sha256(samples),
        "free": free,
        "length": len(samples),
        "losses": [],
        "seed": seed,
        "sr": sr,
        "steps": steps,
        "unisono": __version__,
    }
    return WaveNet(core, options)


def _check_resume(model: WaveNet, samples: NDArray[np.float32], sr: int) -> None:
    if sr != model.sr:
        raise TrainingError(f"cannot resume: the model was begun with rate {model.sr}, not {sr}")
    if (bits := model.options.get("bits")) != BITS:
        raise TrainingError(f"cannot resume: the model was begun with bits {bits}, this is bits {BITS}")
    if model.options["clip_sha256"] != clip_sha256(samples):
        raise TrainingError("cannot resume: the model was begun on another clip")


def _run(model: WaveNet, on_round: Callable[[WaveNetProgress], object] | None) -> None:
    core, first, steps = model.core, model.step, model.steps
    clock = time.perf_counter()
    while (step := core.step()) < steps:
        begun = step % _ROUND
        count = min(_ROUND - begun, steps - step)
        bits = sum((float(core.train_step()) for _ in range(count)), model.take_begun_bits()) / (begun + count)
        if not math.isfinite(bits):
            raise TrainingError(f"the loss of step {step + count} is not finite; what was saved before is good")
        step += count
        model.record(losses=[*model.losses, bits])
        if on_round is not None:
            seconds = time.perf_counter() - clock
            on_round(WaveNetProgress(step, steps, bits, seconds, seconds / (step - first) * (steps - step), model))


def load_wavenet(path: str | os.PathLike[str], *, threads: int | None = None) -> WaveNet:
    """Read a WaveNet from a file, which may come from the browser, be damaged, or be made to harm.

    Parameters
    ----------
    path : path
        A ``.wavenet`` file (safetensors).
    threads : int, optional
        For what is done with the model; all processors if left out.

    Raises
    ------
    ModelFileError
        With one line that names the fault.

    Warns
    -----
    BitsWarning
        If another version of the bits made it: what it generates here is not what it generated there.
    """
    return loaded(path, KIND, _from_file, threads)


def _from_file(file: ModelFile, threads: int) -> WaveNet:
    options = checked_options(file.options, _OPTION_TYPES, length="steps")
    begun = options.get("begun_bits", 0.0)
    fits = 0 < options["sr"] < 1 << 20 and _SHORTEST <= options["length"] <= _LONGEST
    if not fits or type(begun) is not float or not math.isfinite(begun):
        raise ModelFileError("is damaged: an option is out of range")
    frames = 0 if options["free"] else (options["length"] - 1) // max(1, options["sr"] // 800) + 2
    position = file.tensors.get("position", np.empty(0))
    if (len(position) if position.ndim else 0) != frames:  # before memory is taken for what a file only claims
        raise ModelFileError("is damaged: its tensor 'position' does not fit the length of its clip")
    try:
        core = WavenetModel(
            options["length"],
            sr=options["sr"],
            seed=options["seed"],
            steps=options["steps"],
            free=options["free"],
            threads=threads,
        )
    except (ParameterError, TypeError, OverflowError) as error:
        raise ModelFileError(f"is damaged: {error}") from None
    fill(core, file, options["step"], "a WaveNet")
    return WaveNet(core, options)
