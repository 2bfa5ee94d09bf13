"""How well a model has learnt its pairs of pictures and sounds: `unisono sonify --evaluate`, `--mapping learned`."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ._ops import blend_pictures
from .errors import ModelFileError
from .pairs import Pair, PictureModel, read_pairs
from .pictures import Pixels
from .sonify_evaluate import VERSIONS, sound_features

__all__ = ["AMOUNTS", "OTHER_VERSIONS", "PairsRetrieval", "evaluate_pairs", "evaluate_pairs_folder"]

Floats = NDArray[np.float64]

AMOUNTS = (0.0, 0.25, 0.5, 0.75, 1.0)
_RMS = 0.1  # all sounds are brought to this level: it shall not decide


def _as_it_is(pixels: Pixels) -> Pixels:
    return pixels


def _darker_gamma(pixels: Pixels) -> Pixels:
    return np.asarray(np.round(255.0 * (pixels / 255.0) ** 1.4).astype(np.uint8))


def _warmer(pixels: Pixels) -> Pixels:
    return np.asarray(np.clip(np.round(pixels * np.array([1.1, 1.0, 0.9])), 0.0, 255.0).astype(np.uint8))


def _blurred(pixels: Pixels) -> Pixels:
    from PIL import Image, ImageFilter

    return np.array(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(3)))


def _compressed(pixels: Pixels) -> Pixels:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=10)
    return np.array(Image.open(file).convert("RGB"))


def _turned(pixels: Pixels) -> Pixels:
    from PIL import Image

    height, width = pixels.shape[:2]
    turned = Image.fromarray(pixels).rotate(7, Image.Resampling.BICUBIC)
    return np.array(turned.crop((width // 8, height // 8, width - width // 8, height - height // 8)))


OTHER_VERSIONS: dict[str, Callable[[Pixels], Pixels]] = {
    "gamma 1.4": _darker_gamma,
    "warmer": _warmer,
    "blurred": _blurred,
    "JPEG of quality 10": _compressed,
    "turned by 7 degrees": _turned,
}
"""What is done to a photo that training never does: colours to the power of 1.4; red times 1.1 and blue times 0.9;
Gaussian blur of 3 pixels; JPEG of quality 10; turned by 7 degrees and cropped to the middle three quarters."""


@dataclass(frozen=True)
class PairsRetrieval:
    """How well pictures find their sounds.

    Attributes
    ----------
    found : dict of float
        By version of the photos: the share whose sound is nearer to their own clip than to any other.
    along : tuple of float
        For `AMOUNTS` of the way from one photo to the next: how far the sound has come from that of the first to that
        of the second, 0 to 1 on the line between their figures, averaged over all photos with their next.
    steps : float
        Share of all these steps that went the right way.
    """

    found: dict[str, float]
    along: tuple[float, ...]
    steps: float

    @property
    def accuracy(self) -> float:
        """The share over all versions."""
        return float(np.mean(list(self.found.values())))


class _Figures:
    """Sounds as points: the figures of `sound_features` at one level, in deviations over the clips, groups alike."""

    def __init__(self, clips: Sequence[NDArray[np.float32]], sr: int) -> None:
        self._sr = sr
        groups = [np.array(group) for group in zip(*map(self._features, clips), strict=True)]
        spreads = [values.std(axis=0) for values in groups]
        self._scales = [np.where(s > 0.0, s, 1.0) * len(s) ** 0.5 for s in spreads]
        self.clips = np.array([self.of(clip) for clip in clips])

    def _features(self, sound: NDArray[np.float32]) -> list[Floats]:
        rms = float(np.sqrt(np.mean(sound.astype(np.float64) ** 2)))
        return sound_features((sound * (_RMS / max(rms, 1e-9))).astype(np.float32), sr=self._sr)

    def of(self, sound: NDArray[np.float32]) -> Floats:
        return np.concatenate([f / s for f, s in zip(self._features(sound), self._scales, strict=True)])

    def nearest(self, sound: NDArray[np.float32]) -> int:
        return int(np.sqrt(((self.of(sound) - self.clips) ** 2).sum(axis=1)).argmin())


def evaluate_pairs(
    model: PictureModel, pairs: Sequence[Pair], *, seconds: float = 10.0, seed: int = 0
) -> PairsRetrieval:
    """Measure a model on the pairs it was trained on, and on versions of the photos that it was not.

    Parameters
    ----------
    model : PictureModel
        From `train_pairs` or `load_pairs`.
    pairs : sequence of Pair
        At least two.
    seconds : float
        Length of each sound.
    seed : int
        Of all sounds.

    Returns
    -------
    PairsRetrieval
        Computed in double by NumPy: a measurement, outside the promise of equal bits.
    """
    figures = _Figures([pair.samples for pair in pairs], model.sr)

    def sound(pixels: Pixels) -> NDArray[np.float32]:
        return model.sonify(np.ascontiguousarray(pixels), seconds, seed=seed)

    found = {}
    for name, change in {"as it is": _as_it_is, **VERSIONS, **OTHER_VERSIONS}.items():
        hits = [figures.nearest(sound(change(pair.pixels))) == i for i, pair in enumerate(pairs)]
        found[name] = float(np.mean(hits))
    ways = []
    for i, pair in enumerate(pairs):
        other = pairs[(i + 1) % len(pairs)].pixels
        points = [figures.of(sound(blend_pictures(pair.pixels, other, amount=amount))) for amount in AMOUNTS]
        way = points[-1] - points[0]
        ways.append([float((point - points[0]) @ way / (way @ way)) for point in points])
    return PairsRetrieval(found, tuple(np.mean(ways, axis=0).tolist()), float((np.diff(ways, axis=1) > 0.0).mean()))


def evaluate_pairs_folder(folder: Path, model: PictureModel, *, seconds: float, seed: int) -> list[str]:
    """Read the pairs of a folder and return the table.

    Raises
    ------
    ModelFileError
        If the model was trained on other pairs.
    """
    pairs = read_pairs(folder, sr=model.sr)
    if [pair.name for pair in pairs] != model.options["pairs"]:
        raise ModelFileError(f"the model was trained on other pairs than those in {folder}")
    result = evaluate_pairs(model, pairs, seconds=seconds, seed=seed)
    lines = ["| the sound of a photo is nearest to its own clip | learned |", "|---|---:|"]
    lines += [f"| {name} | {100.0 * share:.1f} % |" for name, share in result.found.items()]
    lines += [f"| all | {100.0 * result.accuracy:.1f} % |", ""]
    lines += ["| from one photo to the next | " + " | ".join(f"{amount:g}" for amount in AMOUNTS) + " |"]
    lines += ["|---|" + "---:|" * len(AMOUNTS)]
    lines += ["| from one sound to the other | " + " | ".join(f"{t:.2f}" for t in result.along) + " |"]
    return [*lines, "", f"steps that go the right way: {100.0 * result.steps:.1f} %"]
