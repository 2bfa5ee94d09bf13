"""Photos and their sounds, learnt: pairs from a folder, their training, the model that makes sound of any picture."""

from __future__ import annotations

import hashlib
import operator
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._ops import PairsModel, ParameterError, Phase
from ._version import BITS, __version__
from .audio import SAMPLE_RATE, clip_sha256, read_audio
from .errors import ModelFileError, TrainingError
from .model_file import ModelFile
from .pictures import SUFFIXES, Pixels, picture_sha256, read_picture
from .trained_model import EpochModel, checked_options, default_threads, fill, loaded
from .training import Progress, again, is_silent, plan, run_epochs

__all__ = ["Pair", "PictureModel", "load_pairs", "read_pairs", "train_pairs"]

_SOUNDS = (".wav", ".flac", ".ogg", ".mp3", ".aif", ".aiff", ".opus")
_MOST_PAIRS = 64


@dataclass(frozen=True)
class Pair:
    """A photo and the sound it is to make.

    Attributes
    ----------
    name : str
        What both files are called but for their endings.
    pixels : ndarray of uint8, shape (height, width, 3)
        sRGB, rows from the top.
    samples : ndarray of float32, shape (n,)
        Mono.
    """

    name: str
    pixels: Pixels
    samples: NDArray[np.float32]


def read_pairs(folder: str | os.PathLike[str], *, sr: int = SAMPLE_RATE) -> list[Pair]:
    """Read the pairs in a folder, by name: each picture (PNG, JPEG, WebP) with the sound of the same name.

    Raises
    ------
    TrainingError
        If the folder has fewer than 2 pairs or more than 64, or a picture or a sound without the other.
    PictureFileError, AudioFileError
        If a file cannot be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise TrainingError(f"{folder} is not a folder")
    pictures, sounds = _by_stem(folder, SUFFIXES), _by_stem(folder, _SOUNDS)
    for stem in sorted(pictures.keys() ^ sounds.keys()):
        alone, missing = (pictures[stem], "sound") if stem in pictures else (sounds[stem], "picture")
        raise TrainingError(f"{alone} has no {missing}: a pair is a picture and a sound of the same name")
    if not 2 <= len(pictures) <= _MOST_PAIRS:
        raise TrainingError(f"{folder} holds {_count(len(pictures))}; needed are 2 to {_MOST_PAIRS}")
    return [Pair(stem, read_picture(pictures[stem]), read_audio(sounds[stem], sr=sr).samples) for stem in pictures]


def _count(pairs: int) -> str:
    return f"{pairs} pair{'' if pairs == 1 else 's'} of a picture and a sound"


def _by_stem(folder: Path, suffixes: Sequence[str]) -> dict[str, Path]:
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes and not path.name.startswith("."):
            if path.stem in files:
                raise TrainingError(f"{path} and {files[path.stem].name} have the same name: a pair has one of each")
            files[path.stem] = path
    return files


class PictureModel(EpochModel[PairsModel]):
    """A model that makes sound of pictures; made by `train_pairs` or `load_pairs`."""

    kind = "pairs"

    def __repr__(self) -> str:
        names = ", ".join(self.options["pairs"])
        return f"<unisono.PictureModel of {names}, {self.epochs_done} of {self.epochs} epochs>"

    def sonify(
        self, pixels: Pixels, seconds: float, *, seed: int = 0, temperature: float = 1.0, phase: Phase = "lws"
    ) -> NDArray[np.float32]:
        """Make sound of a picture; the same arguments give the same bits everywhere.

        Parameters
        ----------
        pixels : ndarray of uint8, shape (height, width, 3)
            sRGB, rows from the top.
        seconds : float, s
            How long, above 0 and up to 3600.
        seed : int
            0 to 4294967295; another seed, another sound of the same picture.
        temperature : float
            1 as trained; lower is calmer, higher wilder.
        phase : str
            How phases are found for the magnitudes.

        Returns
        -------
        ndarray of float32, shape (round(seconds * sr),)
            Mono samples within full scale.

        Raises
        ------
        ParameterError
            If an argument is out of range.
        """
        n = self.sample_count(seconds)
        return np.asarray(self._core.sonify(pixels, n, seed=seed, temperature=temperature, phase=phase))


def train_pairs(
    pairs: Sequence[Pair],
    *,
    sr: int = SAMPLE_RATE,
    epochs: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    on_epoch: Callable[[Progress[PictureModel]], object] | None = None,
    resume: PictureModel | None = None,
) -> PictureModel:
    """Train a model on pictures and their sounds; the same pairs, epochs and seed give the same bits everywhere.

    Parameters
    ----------
    pairs : sequence of Pair
        2 to 64, see `read_pairs`. Their order matters to the bits.
    sr : int, Hz
        Rate of the sounds.
    epochs : int, optional
        How many in all, counting those of `resume`; if left out, what `resume` was meant to have, or the default.
    seed : int
        0 to 4294967295.
    threads : int, optional
        All processors if left out. Never changes the result.
    on_epoch : callable, optional
        Called with a `Progress` after each epoch, for example to save ``progress.model``.
    resume : PictureModel, optional
        A model to continue, in place; it must have been trained on the same pairs with the same seed. The result has
        the very bits of a training that never stopped.

    Raises
    ------
    ParameterError
        If an argument is out of range or not finite.
    TrainingError
        If there are fewer than two pairs, a sound is silent or too short, `resume` does not fit, or the loss stopped
        being finite.
    """
    sr, seed = operator.index(sr), operator.index(seed)
    if not 2 <= len(pairs) <= _MOST_PAIRS:
        raise TrainingError(f"there are {_count(len(pairs))}; needed are 2 to {_MOST_PAIRS}")
    if resume is None:
        threads = default_threads() if threads is None else threads
        model = PictureModel(PairsModel(sr=sr, seed=seed, threads=threads), _options(pairs, sr, seed))
        _add(model.core, pairs, sr)
    else:
        model = resume
        _check_resume(model, _options(pairs, sr, seed))
        again(model.core, lambda: _add(model.core, pairs, sr))
    plan(model, epochs, resuming=resume is not None)
    run_epochs(model, model.core, on_epoch)
    return model


def _options(pairs: Sequence[Pair], sr: int, seed: int) -> dict[str, Any]:
    hashes = "".join(picture_sha256(pair.pixels) + clip_sha256(pair.samples) for pair in pairs)
    return {
        "bits": BITS,
        "losses": [],
        "pairs": [pair.name for pair in pairs],
        "pairs_sha256": hashlib.sha256(hashes.encode()).hexdigest(),
        "seed": seed,
        "sr": sr,
        "unisono": __version__,
    }


def _add(core: PairsModel, pairs: Sequence[Pair], sr: int) -> None:
    least = core.min_clip_samples()
    for pair in pairs:
        samples = np.ascontiguousarray(pair.samples, np.float32)
        if is_silent(samples):
            raise TrainingError(f"the sound of {pair.name} is silent: there is nothing to learn")
        if samples.ndim == 1 and len(samples) < least:
            raise TrainingError(f"the sound of {pair.name} is too short: {len(samples)} samples of at least {least}")
        core.add_pair(np.ascontiguousarray(pair.pixels), samples)
    core.begin()


def _check_resume(model: PictureModel, given: dict[str, Any]) -> None:
    for key, what in (("seed", "seed"), ("sr", "rate"), ("bits", "bits")):
        if (kept := model.options.get(key)) != given[key]:
            raise TrainingError(f"cannot resume: the model was begun with {what} {kept}, not {given[key]}")
    if model.options["pairs_sha256"] != given["pairs_sha256"]:
        raise TrainingError("cannot resume: the model was begun on other pairs")


def load_pairs(path: str | os.PathLike[str], *, threads: int | None = None) -> PictureModel:
    """Read a model of pictures and sounds from a file, which may be damaged, or be made to harm.

    Raises
    ------
    ModelFileError
        With one line that names the fault.

    Warns
    -----
    BitsWarning
        If another version of the bits made it: what it makes here is not what it made there.
    """
    return loaded(path, PictureModel.kind, _from_file, threads)


def _from_file(file: ModelFile, threads: int) -> PictureModel:
    options = checked_options(file.options, {"pairs": list, "pairs_sha256": str})
    if not all(type(name) is str for name in options["pairs"]):
        raise ModelFileError("is damaged: the names of its pairs are not texts")
    try:
        core = PairsModel(sr=options["sr"], seed=options["seed"], threads=threads)
    except (ParameterError, TypeError, OverflowError) as error:
        raise ModelFileError(f"is damaged: {error}") from None
    fill(core, file, options["step"], "a model of pairs")
    return PictureModel(core, options)
