"""How near a sound is to its clip, whether it lives, how much of it is a copy: what `unisono evaluate` prints."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = ["Evaluation", "evaluate"]

Floats = NDArray[np.float64]

_N_FFT = 2048
_HOP = 512
_BANDS = 80
_DYNAMICS = 1e-8  # bands count down to 80 dB below the clip's loudest
_QUIETEST = 1e-6  # RMS is measured down to -120 dB of full scale
_STRETCH_SECONDS = 5.0
_RUN_SECONDS = 0.5
_DRIFT_FRAMES = 2  # a copy that starts between two frames of the clip wavers by one; sustained sounds by another
_GAP_FRAMES = 3
_SIX_DB = 6.02
_CHUNK = 512


@dataclass(frozen=True)
class Evaluation:
    """The figures of one sound beside its clip.

    Both sounds are cut into frames (2048 samples, periodic Hann window, hop 512, zero-padded at the ends); M is the
    magnitude of a frame's spectrum. A frame's log-mel values are those of 80 triangles of unit peak, equally spaced
    in mel (2595 log10(1 + f / 700)) from 0 to half the rate, on M squared, in dB, cut off 80 dB below the clip's
    largest value.

    Attributes
    ----------
    spectral_distance : float, dB
        RMS over bands of the difference between the two sounds' log-mel values averaged over time.
    nearest_distance : float, dB
        Mean of the next two: small only if the output is like the clip and all of the clip is in it.
    nearest_output : float, dB
        RMS-over-bands log-mel distance from each frame of the output to its nearest in the clip, averaged.
    nearest_clip : float, dB
        The same from each frame of the clip to its nearest in the output.
    rms_low, rms_high : float, dB
        RMS of the output's quietest (loudest) stretch of 5 s over that of the clip's quietest (loudest).
    flux_ratio : float
        Mean spectral flux, the length of M's step from frame to frame, of the output over that of the clip.
    copy_share : float, 0 to 1
        Share of the output's frames in runs of at least half a second whose nearest frames move through the clip at
        its own speed: not more than 2 frames ahead or behind, but for gaps of up to 3 frames.
    """

    spectral_distance: float
    nearest_distance: float
    nearest_output: float
    nearest_clip: float
    rms_low: float
    rms_high: float
    flux_ratio: float
    copy_share: float

    @property
    def level_holds(self) -> bool:
        """Whether every 5 s stretch is as loud as the clip's own stretches, within 6 dB: no fading, no blowing up."""
        return self.rms_low >= -_SIX_DB and self.rms_high <= _SIX_DB

    @property
    def moves(self) -> bool:
        """Whether the spectral flux is within a factor of 2 of the clip's: no drone."""
        return 0.5 <= self.flux_ratio <= 2.0

    def as_dict(self) -> dict[str, float]:
        """Return the figures by name."""
        return asdict(self)


def evaluate(clip: NDArray[np.float32], output: NDArray[np.float32], *, sr: int) -> Evaluation:
    """Compare a sound with the clip it should resemble.

    Parameters
    ----------
    clip, output : ndarray of float32, shape (n,) and (m,)
        Mono samples.
    sr : int, Hz
        The rate of both.

    Returns
    -------
    Evaluation
        Computed in double by NumPy: a measurement, outside the promise of equal bits.

    Raises
    ------
    ValueError
        If either is shorter than two frames (1536 samples), or the clip is silent.
    """
    for name, samples in (("clip", clip), ("output", output)):
        if len(samples) < 3 * _HOP:
            raise ValueError(f"the {name} has {len(samples)} samples; at least {3 * _HOP} can be compared")
    clip_mags, output_mags = magnitudes(clip), magnitudes(output)
    clip_mel, output_mel = _log_mel(clip_mags, output_mags, sr)
    index, output_distance = _nearest(output_mel, clip_mel)
    _, clip_distance = _nearest(clip_mel, output_mel)
    clip_levels, output_levels = _levels(clip, sr), _levels(output, sr)
    difference = clip_mel.mean(axis=0) - output_mel.mean(axis=0)
    return Evaluation(
        spectral_distance=float(np.sqrt((difference**2).mean())),
        nearest_distance=float(output_distance.mean() + clip_distance.mean()) / 2.0,
        nearest_output=float(output_distance.mean()),
        nearest_clip=float(clip_distance.mean()),
        rms_low=float(output_levels.min() - clip_levels.min()),
        rms_high=float(output_levels.max() - clip_levels.max()),
        flux_ratio=_flux(output_mags) / max(_flux(clip_mags), _QUIETEST),
        copy_share=_copy_share(index, math.ceil(_RUN_SECONDS * sr / _HOP)),
    )


def magnitudes(samples: NDArray[np.float32]) -> Floats:
    """Return [frames][bins], frames centred on multiples of the hop."""
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(_N_FFT) / _N_FFT)
    padded = np.pad(np.asarray(samples, np.float64), _N_FFT // 2)
    frames = sliding_window_view(padded, _N_FFT)[::_HOP]
    chunks = (frames[i : i + _CHUNK] * window for i in range(0, len(frames), _CHUNK))
    return np.concatenate([np.abs(np.fft.rfft(chunk, axis=1)) for chunk in chunks])


def mel_filters(sr: int, bands: int = _BANDS) -> Floats:
    """Return [bands][bins]: triangles of unit peak with corners equally spaced in mel."""
    top = 2595.0 * math.log10(1.0 + sr / 2.0 / 700.0)
    corner = 700.0 * (10.0 ** (np.linspace(0.0, top, bands + 2) / 2595.0) - 1.0)
    frequency = np.arange(_N_FFT // 2 + 1) * sr / _N_FFT
    rising = (frequency - corner[:-2, None]) / (corner[1:-1] - corner[:-2])[:, None]
    falling = (corner[2:, None] - frequency) / (corner[2:] - corner[1:-1])[:, None]
    return np.asarray(np.maximum(0.0, np.minimum(rising, falling)), np.float64)


def _log_mel(clip: Floats, output: Floats, sr: int) -> tuple[Floats, Floats]:
    """Return both sounds' log-mel values in dB, [frames][bands], above one floor that follows from the clip."""
    filters = mel_filters(sr)
    clip_power, output_power = clip**2 @ filters.T, output**2 @ filters.T
    floor = float(clip_power.max()) * _DYNAMICS
    if floor <= 0.0:
        raise ValueError("the clip is silent: nothing can be near to it")
    return 10.0 * np.log10(np.maximum(clip_power, floor)), 10.0 * np.log10(np.maximum(output_power, floor))


def _nearest(rows: Floats, others: Floats) -> tuple[NDArray[np.int64], Floats]:
    """For each row, return the index of the nearest of `others` and the RMS distance to it."""
    squares = (others * others).sum(axis=1)
    index = np.empty(len(rows), np.int64)
    for i in range(0, len(rows), _CHUNK):  # |a|^2 is the same for every candidate and left out
        index[i : i + _CHUNK] = (squares - 2.0 * rows[i : i + _CHUNK] @ others.T).argmin(axis=1)
    return index, np.sqrt(((rows - others[index]) ** 2).mean(axis=1))


def _levels(samples: NDArray[np.float32], sr: int) -> Floats:
    """Return the RMS in dB of each stretch of 5 s, one every half second; a shorter sound is one stretch."""
    length = min(int(_STRETCH_SECONDS * sr), len(samples))
    total = np.concatenate([[0.0], np.cumsum(np.asarray(samples, np.float64) ** 2)])
    start = np.arange(0, len(samples) - length + 1, sr // 2)
    power = np.maximum(total[start + length] - total[start], 0.0) / length
    return np.asarray(20.0 * np.log10(np.maximum(np.sqrt(power), _QUIETEST)))


def _flux(magnitudes: Floats) -> float:
    return float(np.sqrt((np.diff(magnitudes, axis=0) ** 2).sum(axis=1)).mean())


def _copy_share(index: NDArray[np.int64], shortest: int) -> float:
    """Share of frames in runs of at least `shortest` that move through the clip at its own speed, give or take."""
    lag = (index - np.arange(len(index))).tolist()
    copied = start = 0
    while start < len(lag):
        end = _end_of_run(lag, start)
        is_run = end - start >= shortest
        copied += end - start if is_run else 0
        start = end if is_run else start + 1
    return copied / len(lag)


def _end_of_run(lag: list[int], start: int) -> int:
    """Return where the run from `start` ends: no drift from its lag but for short gaps, at an onset for instance."""
    end = start + 1
    for i in range(start + 1, len(lag)):
        if abs(lag[i] - lag[start]) <= _DRIFT_FRAMES:
            end = i + 1
        elif i - end >= _GAP_FRAMES:
            break
    return end
