"""How near a sound is to the clip it should repeat: aligned log-mel distance, levels, spectral-peak fingerprints.

All at 16 kHz, in double, by NumPy: measurements, outside the promise of equal bits.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

__all__ = [
    "RATE",
    "fingerprint_shares",
    "linear_predictor",
    "log_mel",
    "mel_distance",
    "residual",
    "strangest_second",
    "worst_second",
]

Floats = NDArray[np.float64]

RATE = 16000
_DYNAMICS = 60.0  # dB under the loudest
_QUIETEST = 1e-6


def spectra(x: Floats, n_fft: int, win: int, hop: int) -> Floats:
    """Return magnitudes [bins][frames], frames centred on multiples of the hop, periodic Hann windows."""
    window = np.zeros(n_fft)
    window[(n_fft - win) // 2 : (n_fft + win) // 2] = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(win) / win)
    frames = sliding_window_view(np.pad(x, n_fft // 2), n_fft)[::hop]
    return np.asarray(np.abs(np.fft.rfft(frames * window, axis=1)).T)


def _mel_filters() -> Floats:
    """Return [64][513]: triangles of equal area from 40 to 7600 Hz, equally spaced in Slaney's mel (as librosa's)."""

    def to_mel(f: float) -> float:
        return f * 3 / 200 if f < 1000 else 15 + 27 * math.log(f / 1000) / math.log(6.4)

    mel = np.linspace(to_mel(40.0), to_mel(7600.0), 66)
    corner = np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * math.log(6.4) / 27))
    frequency = np.arange(513) * RATE / 1024
    rising = (frequency - corner[:-2, None]) / np.diff(corner)[:-1, None]
    falling = (corner[2:, None] - frequency) / np.diff(corner)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (corner[2:] - corner[:-2]))[:, None])


def log_mel(x: Floats) -> Floats:
    """Return dB [64][frames], every 10 ms, windows of 32 ms; not below 60 dB under the sound's own loudest."""
    db = 10.0 * np.log10(_mel_filters() @ spectra(x, 1024, 512, 160) ** 2 + 1e-10)
    return np.asarray(np.maximum(db, db.max() - _DYNAMICS))


def mel_distance(output: Floats, clip: Floats) -> float:
    """Return the mean difference in dB of the two as they lie, without matching their gains."""
    a, b = log_mel(output), log_mel(clip)
    floor = max(a.max(), b.max()) - _DYNAMICS
    return float(np.abs(np.maximum(a, floor) - np.maximum(b, floor)).mean())


def _levels(x: Floats) -> Floats:
    """Return the RMS of each second in dB."""
    starts = range(0, max(1, len(x) - RATE // 2), RATE)
    return np.array([20 * math.log10(max(_QUIETEST, math.sqrt(np.mean(x[i : i + RATE] ** 2)))) for i in starts])


def _furthest(differences: Floats) -> float:
    return float(differences[np.argmax(np.abs(differences))])


def worst_second(output: Floats, clip: Floats) -> float:
    """Return the largest difference in dB, with its sign, between the RMS of a second of the one and of the other."""
    return _furthest(_levels(output) - _levels(clip))


def strangest_second(output: Floats, clip: Floats) -> float:
    """Return in dB, with its sign, how far a second's RMS lies at most from all that the clip's seconds have."""
    found, known = _levels(output), _levels(clip)
    return _furthest(found - np.clip(found, known.min(), known.max()))


def _largest_around(x: Floats, size: int, axis: int) -> Floats:
    pad = [(0, 0), (0, 0)]
    pad[axis] = (size // 2, size // 2)
    return np.asarray(sliding_window_view(np.pad(x, pad, mode="symmetric"), size, axis=axis).max(axis=-1))


def _hashes(x: Floats) -> dict[tuple[int, int, int], list[int]]:
    """Pairs of spectral peaks (bin, bin, frames between) and when they occur; after Wang (Shazam), ISMIR 2003.

    A peak is the largest of 15 bins by 7 frames and within 50 dB of the loudest; each makes pairs with the next 8 that
    are 2 to 40 frames of 16 ms later.
    """
    db = 20.0 * np.log10(spectra(x, 1024, 1024, 256) + 1e-6)
    top = _largest_around(_largest_around(db, 15, 0), 7, 1)
    bins, frames = np.nonzero((db == top) & (db > db.max() - 50.0))
    order = np.argsort(frames, kind="stable")
    peaks = list(zip(bins[order].tolist(), frames[order].tolist(), strict=True))
    found: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for i, (f, t) in enumerate(peaks):
        later = [(g, u - t) for g, u in peaks[i + 1 : i + 400] if 2 <= u - t <= 40][:8]
        for g, dt in later:
            found[f, g, dt].append(t)
    return found


def fingerprint_shares(output: Floats, clip: Floats) -> tuple[float, float]:
    """Return the shares of the output's hashes that the clip has anywhere, and at the best single offset (32 ms)."""
    ours, theirs = _hashes(output), _hashes(clip)
    total = sum(len(times) for times in ours.values())
    if total == 0:
        return 0.0, 0.0
    common = [key for key in ours if key in theirs]
    hits = sum(len(ours[key]) for key in common)
    offsets = [b - a for key in common for a in ours[key] for b in theirs[key]]
    if not offsets:
        return 0.0, 0.0
    counts = np.bincount(np.array(offsets) - min(offsets))
    best = np.convolve(counts, np.ones(5), "same" if len(counts) >= 5 else "full").max()
    return hits / total, float(best) / total


def linear_predictor(x: Floats, order: int) -> Floats:
    """Return a[order] that best predicts x[t] from x[t - 1] ... in the autocorrelation sense."""
    r = np.fft.irfft(np.abs(np.fft.rfft(x, 2 * len(x))) ** 2)[: order + 1]
    r[0] = r[0] * (1 + 1e-9) + 1e-12
    a, error = np.zeros(order), r[0]
    for i in range(order):
        k = (r[i + 1] - a[:i] @ r[i:0:-1]) / error
        a[:i] -= k * a[:i][::-1].copy()
        a[i] = k
        error *= 1 - k * k
    return a


def residual(x: Floats, a: Floats) -> Floats:
    """Return what a linear predictor leaves of x."""
    return np.asarray(np.convolve(x, np.concatenate([[1.0], -a]))[: len(x)])
