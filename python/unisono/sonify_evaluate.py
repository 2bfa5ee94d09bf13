"""How well sounds keep pictures apart: `unisono sonify --evaluate`, each photo with changed versions of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .audio import SAMPLE_RATE
from .errors import PictureFileError
from .evaluate import magnitudes, mel_filters
from .pictures import SUFFIXES, Pixels, read_picture
from .sonify import Mapping, sonify

__all__ = ["VERSIONS", "Retrieval", "evaluate_mappings", "picture_files", "retrieval_table", "sound_features"]

Floats = NDArray[np.float64]

_BANDS = 40
_DYNAMICS = 1e-8  # bands count down to 80 dB below the loudest value
_N_FFT, _HOP = 2048, 512  # those of evaluate.magnitudes
_CHROMA_HZ = (55.0, 2000.0)
_NOISE = 5.0  # standard deviation, of 255
_BRIGHTER = 1.25


def _mirrored(pixels: Pixels) -> Pixels:
    return pixels[:, ::-1]


def _cropped(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return pixels[height // 10 : height - height // 10, width // 10 : width - width // 10]


def _corner(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return pixels[: height - height // 10, : width - width // 10]


def _brightened(pixels: Pixels) -> Pixels:
    return np.minimum(np.round(pixels * _BRIGHTER), 255.0).astype(np.uint8)


def _noisy(pixels: Pixels) -> Pixels:
    noise = np.random.default_rng(1).normal(0.0, _NOISE, pixels.shape)
    return np.clip(np.round(pixels + noise), 0.0, 255.0).astype(np.uint8)


VERSIONS: dict[str, Callable[[Pixels], Pixels]] = {
    "mirrored": _mirrored,
    "middle 80 %": _cropped,
    "upper left 90 %": _corner,
    "brightened": _brightened,
    "noisy": _noisy,
}
"""What is done to a photo: left for right; cropped to the middle 80 % or the upper left 90 % of height and width; times
1.25; Gaussian noise with a standard deviation of 5 (of 255) added to each value."""


@dataclass(frozen=True)
class Retrieval:
    """How well one mapping keeps photos apart.

    Attributes
    ----------
    mapping : str
        Which.
    nearer : dict of float
        By version: the share of photos whose sound is nearer to that of this version of theirs than to the sound of any
        other photo or any version of one.
    nearest : float
        Share of all sounds whose nearest other sound is of the same photo.
    """

    mapping: Mapping
    nearer: dict[str, float]
    nearest: float

    @property
    def accuracy(self) -> float:
        """The share over all versions."""
        return float(np.mean(list(self.nearer.values())))


def picture_files(folder: Path) -> list[Path]:
    """Return the pictures in a folder, by name.

    Raises
    ------
    PictureFileError
        If there are fewer than two.
    """
    if not folder.is_dir():
        raise PictureFileError(f"{folder} is not a folder")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if len(files) < 2:
        raise PictureFileError(f"{folder} holds {len(files)} pictures; at least 2 can be told apart")
    return files


def sound_features(sound: NDArray[np.float32], *, sr: int = SAMPLE_RATE) -> list[Floats]:
    """Return four groups of figures that say what a sound is like, channels averaged.

    The mean over time of the log-mel values in dB (40 bands, frames of 2048 samples, hop 512, cut off 80 dB below the
    largest), their standard deviation over time, the square root of the share of power in each of the 12 pitch classes
    from 55 to 2000 Hz, and onsets a second: peaks of the mean rise over the bands above its mean by a deviation.
    """
    mono = sound.mean(axis=1) if sound.ndim == 2 else sound
    power = magnitudes(mono) ** 2
    bands = power @ mel_filters(sr, _BANDS).T
    log_mel = 10.0 * np.log10(np.maximum(bands, max(float(bands.max()) * _DYNAMICS, 1e-12)))
    rise = np.maximum(np.diff(log_mel, axis=0), 0.0).mean(axis=1)
    inner = rise[1:-1]
    peaks = (inner > rise[:-2]) & (inner >= rise[2:]) & (inner > rise.mean() + rise.std())
    onsets = np.array([peaks.sum() * sr / len(mono)])
    return [log_mel.mean(axis=0), log_mel.std(axis=0), np.sqrt(_pitch_classes(power, sr)), onsets]


def _pitch_classes(power: Floats, sr: int) -> Floats:
    hz = np.arange(1, _N_FFT // 2 + 1) * sr / _N_FFT
    heard = (hz >= _CHROMA_HZ[0]) & (hz <= _CHROMA_HZ[1])
    pitch_class = np.round(12.0 * np.log2(hz / 440.0) + 9.0).astype(np.int64) % 12
    total = power[:, 1:].sum(axis=0)
    shares = np.array([total[heard & (pitch_class == k)].sum() for k in range(12)])
    return np.asarray(shares / max(float(shares.sum()), 1e-12))


def _distances(features: list[list[Floats]]) -> Floats:
    """Return the distances of all sounds: figures in deviations over all of them, groups weighing alike."""
    groups = []
    for k in range(len(features[0])):
        values = np.array([sound[k] for sound in features])
        deviation = values.std(axis=0)
        groups.append(
            (values - values.mean(axis=0)) / np.where(deviation > 0.0, deviation, 1.0) / values.shape[1] ** 0.5
        )
    rows = np.concatenate(groups, axis=1)
    return np.asarray(np.sqrt(((rows[:, None] - rows[None]) ** 2).sum(axis=2)))


def _retrieval(mapping: Mapping, distances: Floats) -> Retrieval:
    """Sounds are in the order photo by photo, each first as it is and then in its versions."""
    step = 1 + len(VERSIONS)
    photo = np.arange(len(distances)) // step
    nearer: dict[str, list[bool]] = {name: [] for name in VERSIONS}
    for i in range(0, len(distances), step):
        nearest_other = distances[i][photo != photo[i]].min()
        for k, name in enumerate(VERSIONS, 1):
            nearer[name].append(bool(distances[i][i + k] < nearest_other))
    apart = distances + np.where(np.eye(len(distances)) > 0, np.inf, 0.0)
    nearest = float((photo[apart.argmin(axis=1)] == photo).mean())
    return Retrieval(mapping, {name: float(np.mean(hits)) for name, hits in nearer.items()}, nearest)


def evaluate_mappings(
    photos: Iterable[Pixels],
    *,
    seconds: float = 20.0,
    seed: int = 0,
    mappings: tuple[Mapping, ...] = ("classic", "perceptual"),
) -> list[Retrieval]:
    """Measure each mapping over photos and their versions.

    Parameters
    ----------
    photos : iterable of ndarray of uint8, shape (height, width, 3)
        At least two.
    seconds : float
        Length of each sound.
    seed : int
        Of all sounds.
    mappings : tuple of str
        Which to measure.

    Returns
    -------
    list of Retrieval
        Computed in double by NumPy: a measurement, outside the promise of equal bits.
    """
    pictures = [version for photo in photos for version in (photo, *(change(photo) for change in VERSIONS.values()))]
    results = []
    for mapping in mappings:
        sounds = (sonify(p, seconds=seconds, mapping=mapping, seed=seed) for p in pictures)
        results.append(_retrieval(mapping, _distances([sound_features(sound) for sound in sounds])))
    return results


def retrieval_table(results: list[Retrieval]) -> list[str]:
    """Return the results as lines of a table in Markdown."""
    lines = [
        "| nearer to its own version than to anything of another photo | " + " | ".join(r.mapping for r in results)
    ]
    lines.append("|---|" + "---:|" * len(results))
    lines += [f"| {name} | " + " | ".join(f"{100 * r.nearer[name]:.1f} %" for r in results) for name in VERSIONS]
    lines.append("| all versions | " + " | ".join(f"{100 * r.accuracy:.1f} %" for r in results))
    lines.append("| nearest of all other sounds is of the same photo | ")
    lines[-1] += " | ".join(f"{100 * r.nearest:.1f} %" for r in results)
    return [line if line.endswith("|") else line + " |" for line in lines]


def evaluate_folder(folder: Path, *, seconds: float, seed: int) -> list[str]:
    """Read the pictures of a folder and return the table."""
    return retrieval_table(evaluate_mappings(map(read_picture, picture_files(folder)), seconds=seconds, seed=seed))
