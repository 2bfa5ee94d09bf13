"""Photo to sound: `sonify` for a file or an array of pixels, and the recipe that makes the same sound again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from . import _ops
from ._version import BITS, __version__
from .audio import SAMPLE_RATE
from .pictures import Pixels, picture_sha256, read_picture

if TYPE_CHECKING:
    from .pairs import PictureModel

__all__ = ["Mapping", "sonify", "sonify_recipe"]

Mapping = Literal["classic", "perceptual", "learned"]
_MAX_SECONDS = 3600.0


def sonify(
    image: str | os.PathLike[str] | NDArray[np.uint8],
    *,
    seconds: float = 20.0,
    mapping: Mapping = "perceptual",
    seed: int = 0,
    sr: int | None = None,
    model: PictureModel | None = None,
) -> NDArray[np.float32]:
    """Make sound of a picture.

    Parameters
    ----------
    image : path, or ndarray of uint8, shape (height, width, 3), (height, width, 4) or (height, width)
        A PNG, JPEG or WebP file, or sRGB pixels, rows from the top. Of four channels the last is opacity: what is
        transparent shows white.
    seconds : float
        How much, above 0 and up to 3600.
    mapping : {"perceptual", "classic", "learned"}
        ``perceptual``: every pixel counts, with its colour and its place (`sonify_perceptual`). ``classic``: one sine
        for each of at most 200 corners (`sonify_classic`); silent if there are none. ``learned``: what `model` makes of
        it; of a picture between two, see `blend_pictures`.
    seed : int
        0 to 4294967295; another seed, another sound of the same picture.
    sr : int, Hz
        1000 to 768000; 44100, or the model's, if left out. The learned mapping knows no other than the model's.
    model : PictureModel, optional
        For the learned mapping: from `load_pairs` or `train_pairs`.

    Returns
    -------
    ndarray of float32
        Shape (n, 2), left and right, for ``perceptual``; (n,) for the others. The same pixels, options and seed give
        the same bits everywhere.

    Raises
    ------
    PictureFileError
        If the file cannot be read as a picture.
    ParameterError
        If the pixels or an option are not as above.
    """
    pixels = read_picture(image) if isinstance(image, str | os.PathLike) else _rgb(image)
    if mapping not in get_args(Mapping):
        raise _ops.ParameterError(f"mapping: got {mapping!r}; must be one of {', '.join(get_args(Mapping))}")
    if not 0.0 < seconds <= _MAX_SECONDS:
        raise _ops.ParameterError(f"seconds: got {seconds}; must be above 0 and at most {_MAX_SECONDS:g}")
    if (model is not None) != (mapping == "learned"):
        raise _ops.ParameterError("model: goes with the mapping 'learned', which needs one")
    if model is not None:
        if sr not in (None, model.sr):
            raise _ops.ParameterError(f"sr: got {sr}; the model's is {model.sr}")
        return model.sonify(pixels, seconds, seed=seed)
    sr = SAMPLE_RATE if sr is None else sr
    make = _ops.sonify_classic if mapping == "classic" else _ops.sonify_perceptual
    return make(pixels, round(seconds * sr), sr=sr, seed=seed)


def _rgb(image: NDArray[np.uint8]) -> Pixels:
    pixels = np.asarray(image)
    if pixels.dtype != np.uint8 or pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)):
        raise _ops.ParameterError(
            f"image: got {pixels.dtype} of shape {pixels.shape}; must be a path, or uint8 of shape (height, width), "
            "(height, width, 3) or (height, width, 4)"
        )
    if pixels.ndim == 2:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    if pixels.shape[2] == 3:
        return pixels
    colour, opacity = pixels[:, :, :3].astype(np.uint32), pixels[:, :, 3:].astype(np.uint32)
    return ((colour * opacity + 255 * (255 - opacity) + 127) // 255).astype(np.uint8)


def sonify_recipe(
    pixels: Pixels,
    name: str,
    *,
    seconds: float,
    mapping: Mapping,
    seed: int,
    sr: int = SAMPLE_RATE,
    model: PictureModel | None = None,
) -> dict[str, Any]:
    """Return what a WAV file says about how it was made: this picture, and the arguments of `sonify`."""
    return {
        "unisono": __version__,
        "bits": BITS,
        "made_by": "sonify",
        "picture": name,
        "picture_sha256": picture_sha256(pixels),
        "picture_size": [pixels.shape[1], pixels.shape[0]],
        "mapping": mapping,
        "seconds": seconds,
        "seed": seed,
        "sr": sr if model is None else model.sr,
        **({} if model is None else {"model_sha256": model.sha256}),
    }
