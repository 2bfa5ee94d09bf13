"""A MAGNet model in Python: generate, save, load; all arithmetic is the core's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ._ops import MagnetModel, MagnetPlayer, ParameterError, Phase, Preset
from .errors import ModelFileError
from .live import play, player
from .model_file import KIND, ModelFile
from .trained_model import EpochModel, checked_options, fill, loaded

__all__ = ["Model", "from_file", "load"]

_CLIP_OPTIONS = {"preset": str, "clip": str, "clip_sha256": str}


class Model(EpochModel[MagnetModel]):
    """A MAGNet model, trained or on the way there; made by `train` or `load`."""

    def __repr__(self) -> str:
        return f"<unisono.Model {self.preset!r}, {self.sr} Hz, {self.epochs_done} of {self.epochs} epochs>"

    @property
    def preset(self) -> Preset:
        """Name of the preset, from which all hyper-parameters follow."""
        return cast(Preset, self._options["preset"])

    def generate(
        self,
        seconds: float,
        *,
        seed: int = 0,
        temperature: float = 1.0,
        phase: Phase = "lws",
        window_stride: int = 1,
        automation: Sequence[Sequence[Any]] = (),
        second: Model | None = None,
    ) -> NDArray[np.float32]:
        """Make new sound in the style of the clip; the same arguments give the same bits everywhere.

        Parameters
        ----------
        seconds : float, s
            How long, above 0 and up to 3600.
        seed : int
            0 to 4294967295; another seed, another sound.
        temperature : float
            1 as trained; lower is more likely and calmer, higher wilder.
        phase : str
            How phases are found for the magnitudes: "lws", "griffin_lim", "pghi", or "live", as the browser plays it.
        window_stride : int, frames
            For the faithful presets, 0 to 1000000: how often a window of frames begins. 1, as published: each frame is
            predicted from the last 40. n: from the last 40 to 39 + n, for about an n-th of the work. 0: from all before
            it, in one state that is carried on, as stateful layers do; `default` always does.
        automation : sequence of (frame, parameter, value)
            Only with the phase "live": before which frame (`hop_length` samples apart) which of temperature, gain,
            density, pitch, formant and morph becomes what; see `MagnetPlayer`.
        second : Model, optional
            Only with the phase "live": the model that morph leads to.

        Returns
        -------
        ndarray of float32, shape (round(seconds * sr),)
            Mono samples, limited softly to stay within full scale.

        Raises
        ------
        ParameterError
            If an argument is out of range.
        """
        n = self.sample_count(seconds)
        if phase == "live":
            how: dict[str, Any] = {"automation": automation, "second": second}
            return play(self, n, seed=seed, temperature=temperature, window_stride=window_stride, **how)
        if automation or second is not None:
            raise ParameterError("automation and second: need the phase 'live'")
        made = self._core.generate(n, seed=seed, temperature=temperature, phase=phase, window_stride=window_stride)
        return np.asarray(made)

    def player(self, second: Model | None = None) -> MagnetPlayer:
        """Return a player of this model, or of two to morph between: `start` it, then `process`, `set` and so on.

        Parameters
        ----------
        second : Model, optional
            Where morph leads to; of the same preset and sample rate.

        Raises
        ------
        ParameterError
            If the two models differ in preset or sample rate.
        """
        return player(self, second)


def load(path: str | os.PathLike[str], *, threads: int | None = None) -> Model:
    """Read a model from a file, which may come from the browser, be damaged, or be made to harm.

    Parameters
    ----------
    path : path
        A ``.unisono`` file (safetensors).
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
    return loaded(path, KIND, from_file, threads)


def from_file(file: ModelFile, threads: int) -> Model:
    """Return the model that a file's content describes, after checking it; the errors' lines lack the file's name."""
    options = checked_options(file.options, _CLIP_OPTIONS)
    try:
        core = MagnetModel(preset=options["preset"], sr=options["sr"], seed=options["seed"], threads=threads)
    except (ParameterError, TypeError, OverflowError) as error:
        raise ModelFileError(f"is damaged: {error}") from None
    fill(core, file, options["step"], repr(options["preset"]))
    return Model(core, options)
