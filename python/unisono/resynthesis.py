"""A sound from its magnitudes alone: analysis, phase reconstruction, synthesis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _ops
from ._ops import ParameterError, Phase

__all__ = ["resynthesize"]


def resynthesize(
    samples: NDArray[np.float32], *, phase: Phase = "lws", seed: int = 0, n_fft: int = 2048, hop_length: int = 512
) -> tuple[NDArray[np.float32], float]:
    """Forget a sound's phases and find new ones.

    Parameters
    ----------
    samples : ndarray of float32, shape (n,)
        Mono samples.
    phase : str
        "lws", "griffin_lim", "pghi" or "live", the method of live playing (`rtpghi`).
    seed : int
        0 to 4294967295; where the method starts from random phases.
    n_fft, hop_length : int, samples
        Frame and hop of the analysis.

    Returns
    -------
    sound : ndarray of float32, shape (n,)
        The sound with its new phases.
    consistency : float, dB
        How well neighbouring frames agree; higher is better.

    Raises
    ------
    ParameterError
        If an argument is out of range.
    """
    grid: dict[str, Any] = {"n_fft": n_fft, "hop_length": hop_length}
    magnitude = _ops.magnitude(_ops.stft(samples, **grid))
    if phase == "lws":
        spectrogram = _ops.lws(magnitude, **grid)
    elif phase == "griffin_lim":
        spectrogram = _ops.griffin_lim(magnitude, seed=seed, **grid)
    elif phase == "pghi":
        spectrogram = _ops.pghi(magnitude, seed=seed, **grid)
    elif phase == "live":
        spectrogram = _ops.rtpghi(magnitude, seed=seed, **grid)
    else:
        raise ParameterError(f"phase: got {phase!r}; must be one of lws, griffin_lim, pghi, live")
    return _ops.istft(spectrogram, length=len(samples), **grid), float(_ops.consistency(spectrogram, **grid))
