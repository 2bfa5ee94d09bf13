"""Verification: a receipt's training, or a sound from its recipe, done again; the first difference is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from . import _ops
from ._ops import blend_pictures
from ._version import BITS
from .audio import SAMPLE_RATE, clip_sha256, read_recipe
from .errors import AudioFileError, ReceiptError
from .magnet import Model
from .model_file import model_sha256
from .pairs import PictureModel
from .pictures import Pixels, picture_sha256
from .receipt import Receipt
from .sonify import sonify
from .trained_model import HasTensors, default_threads, tensors_of
from .wav_file import as_stored, read_stored
from .wavenet import WaveNet

__all__ = ["SoundVerdict", "TrainingVerdict", "verify_picture_sound", "verify_sound", "verify_training"]


class TrainingCore(HasTensors, Protocol):
    """What verification needs of a `MagnetModel`, in whichever engine."""

    def set_clip(self, samples: NDArray[np.float32]) -> object: ...
    def steps_per_epoch(self) -> int: ...
    def train_step(self) -> float: ...


@dataclass(frozen=True)
class TrainingVerdict:
    """What training again gave.

    Attributes
    ----------
    epochs : int
        How many were trained again.
    differs : int or None
        The first epoch, from 1, after which the model was another; None if there is none.
    wanted, found : str
        The model's SHA-256 after that epoch, or after the last: in the receipt, and here.
    """

    epochs: int
    differs: int | None
    wanted: str
    found: str


@dataclass(frozen=True)
class SoundVerdict:
    """What making a sound again gave.

    Attributes
    ----------
    samples : int
        How many were compared, those of all channels.
    differs : int or None
        The first sample that differs; None if there is none.
    wanted, found : int
        That sample as it stands in the file, and made here: whole numbers, or the bits of floats.
    """

    samples: int
    differs: int | None
    wanted: int
    found: int


def verify_training(
    receipt: Receipt,
    samples: NDArray[np.float32],
    *,
    threads: int | None = None,
    core: TrainingCore | None = None,
    on_epoch: Callable[[int], object] | None = None,
) -> TrainingVerdict:
    """Train as a receipt says and compare the model with it after every epoch; stop at the first that differs.

    Parameters
    ----------
    receipt : Receipt
        What is claimed.
    samples : ndarray of float32, shape (n,)
        The clip, at the receipt's rate.
    threads : int, optional
        All processors if left out. Never changes the result.
    core : TrainingCore, optional
        A fresh model in another engine (`unisono.parity.wasm_model`); one of this package's if left out.
    on_epoch : callable, optional
        Called with the number of each epoch that agrees.

    Raises
    ------
    ReceiptError
        If the receipt is of another version of the bits or another clip, or has no epochs.
    ParameterError
        If the receipt's options are out of range.
    """
    samples = np.ascontiguousarray(samples, np.float32)
    _check_bits("the receipt", receipt.bits)
    if clip_sha256(samples) != receipt.clip_sha256:
        raise ReceiptError("this is not the clip of the receipt: the hash of its samples is another")
    if not receipt.epochs:
        raise ReceiptError("the receipt holds no epochs: there is nothing to verify")
    if core is None:
        threads = default_threads() if threads is None else threads
        core = _ops.MagnetModel(preset=receipt.preset, sr=receipt.sr, seed=receipt.seed, threads=threads)
    core.set_clip(samples)
    steps, found = core.steps_per_epoch(), ""
    for epoch, wanted in enumerate(receipt.epochs, 1):
        for _ in range(steps):
            core.train_step()
        found = model_sha256(tensors_of(core))
        if found != wanted:
            return TrainingVerdict(epoch, epoch, wanted, found)
        if on_epoch is not None:
            on_epoch(epoch)
    return TrainingVerdict(len(receipt.epochs), None, receipt.epochs[-1], found)


def verify_sound(path: Path, model: Model | WaveNet, second: Model | None = None) -> SoundVerdict:
    """Make a WAV file of ours again from its own recipe, and compare sample by sample.

    Parameters
    ----------
    path : Path
        The WAV file.
    model : Model or WaveNet
        What made it.
    second : Model, optional
        What it morphs to.

    Raises
    ------
    AudioFileError
        If the file cannot be read, carries no recipe of `unisono generate` or `wavenet generate`, or was converted.
    ReceiptError
        If the recipe names another model or another version of the bits.
    ParameterError
        If the recipe's options are out of range.
    """
    recipe = _recipe(path)
    if recipe.get("model_sha256") != model.sha256:
        raise ReceiptError(f"{path} was made by another model ({str(recipe.get('model_sha256'))[:16]!a})")
    wanted = recipe.get("second_sha256")
    if wanted != (None if second is None else second.sha256):
        made = (
            f"morphing to the model {str(wanted)[:16]!a}: give it, --second FILE"
            if wanted
            else "without a second model"
        )
        raise ReceiptError(f"{path} was made {made}")
    return _compared(path, recipe, _made_again(path, recipe, model, second), model.sr)


def verify_picture_sound(
    path: Path, pixels: Pixels, model: PictureModel | None = None, blend: Pixels | None = None
) -> SoundVerdict:
    """Make a WAV file of `unisono sonify` again from the picture and the file's recipe, and compare sample by sample.

    Parameters
    ----------
    path : Path
        The WAV file.
    pixels : ndarray of uint8, shape (height, width, 3)
        The picture, as `read_picture` gives it.
    model : PictureModel, optional
        That the learned mapping needs.
    blend : ndarray of uint8, shape (height, width, 3), optional
        The picture that the sound goes towards.

    Raises
    ------
    AudioFileError
        If the file cannot be read, carries no recipe of `unisono sonify`, or was converted.
    ReceiptError
        If the recipe names other pixels or another version of the bits, or cannot be followed.
    ParameterError
        If the recipe's options are out of range.
    """
    recipe = _recipe(path)
    if recipe.get("made_by") != "sonify":
        raise AudioFileError(f"{path} was not made by `unisono sonify`")
    if recipe.get("picture_sha256") != picture_sha256(pixels):
        name, (height, width) = str(recipe.get("picture"))[:60], pixels.shape[:2]
        sides: Any = recipe.get("picture_size")
        size = " x ".join(str(side)[:6] for side in np.ravel(sides)[:2])
        raise ReceiptError(
            f"{path} was made of other pixels: of {name!a} ({size}) as it was decoded; these are {width} x {height}"
        )
    if recipe.get("blend_sha256") != (None if blend is None else picture_sha256(blend)):
        other = str(recipe.get("blend"))[:60]
        made = f"towards other pixels, of {other!a}: --blend FILE" if "blend_sha256" in recipe else "of one picture"
        raise ReceiptError(f"{path} was made {made}")
    wanted = recipe.get("model_sha256")
    if wanted != (None if model is None else model.sha256):
        made = f"by the model {str(wanted)[:16]!a}: give it, --model FILE" if wanted else "by no model"
        raise ReceiptError(f"{path} was made {made}")
    how = {key: recipe[key] for key in ("seconds", "mapping", "seed", "sr") if key in recipe}
    amount: Any = recipe.get("amount")
    try:
        seen = pixels if blend is None else blend_pictures(pixels, blend, amount=amount)
        sound = sonify(seen, **how, model=model)
    except (TypeError, OverflowError) as error:
        raise ReceiptError(f"{path} carries a recipe that cannot be followed ({error})") from None
    return _compared(path, recipe, sound, how.get("sr", SAMPLE_RATE))


def _recipe(path: Path) -> dict[str, Any]:
    recipe = read_recipe(path)
    if recipe is None:
        raise AudioFileError(f"{path} carries no recipe of Unisono's")
    _check_bits(str(path), recipe.get("bits"))
    return recipe


def _compared(path: Path, recipe: dict[str, Any], sound: NDArray[np.float32], sr: int) -> SoundVerdict:
    format, wanted = read_stored(path, sr=sr, channels=1 if sound.ndim == 1 else sound.shape[1])
    try:
        found = as_stored(sound.reshape(-1), format, recipe.get("dither"))
    except TypeError as error:
        raise ReceiptError(f"{path} carries a recipe that cannot be followed ({error})") from None
    n = min(len(wanted), len(found))
    different = np.flatnonzero(wanted[:n] != found[:n])
    if len(different):
        at = int(different[0])
        return SoundVerdict(n, at, int(wanted[at]), int(found[at]))
    if len(wanted) != len(found):
        raise ReceiptError(f"{path} has {len(wanted)} samples; its recipe makes {len(found)}")
    return SoundVerdict(n, None, 0, 0)


def _made_again(
    path: Path, recipe: dict[str, Any], model: Model | WaveNet, second: Model | None
) -> NDArray[np.float32]:
    given: dict[str, Any] = {} if second is None else {"second": second}
    options = ("seed", "temperature", "phase", "window_stride", "automation")
    how = {key: recipe[key] for key in options if key in recipe} | given
    if "seconds" not in recipe or type(recipe["seconds"]) not in (int, float):
        raise AudioFileError(f"{path} was not made by `unisono generate`: its recipe has no length")
    try:
        return model.generate(recipe["seconds"], **how)
    except (TypeError, OverflowError) as error:
        raise ReceiptError(f"{path} carries a recipe that cannot be followed ({error})") from None


def _check_bits(what: str, bits: Any) -> None:
    if bits != BITS:
        raise ReceiptError(
            f"{what} was made with bits {str(bits)[:20]}, this is bits {BITS}: they need not agree (see CHANGELOG.md); "
            f"verify with a Unisono of bits {str(bits)[:20]}"
        )
