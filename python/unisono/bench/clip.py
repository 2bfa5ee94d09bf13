"""The nine seconds of sound that every measurement works on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .._ops import Saw
from ..audio import SAMPLE_RATE, read_audio

__all__ = ["SECONDS", "bench_clip"]

SECONDS = 9.0
_NOTES = (110.0, 164.81, 220.0, 146.83, 196.0, 130.81)  # Hz: any notes do


def bench_clip(path: Path | None) -> NDArray[np.float32]:
    """Return nine seconds at 44.1 kHz, float32[396900]: of the file (repeated if short), or of a made-up piece."""
    n = int(SECONDS * SAMPLE_RATE)
    if path is not None:
        return np.resize(read_audio(path, sr=SAMPLE_RATE).samples, n).astype(np.float32)
    sound = np.zeros(n, np.float32)
    for i in range(36):
        start = i * n // 36
        t = np.arange(min(n - start, 2 * SAMPLE_RATE)) / SAMPLE_RATE
        wave = Saw(sr=SAMPLE_RATE).process(np.full(len(t), _NOTES[i * i % 6], np.float32))
        sound[start : start + len(t)] += (0.2 * wave * np.exp(-2.5 * t)).astype(np.float32)
    return sound
