"""Transforms, products and oscillators beside NumPy, SciPy, librosa, FFTW, PFFFT and Maximilian."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from . import oscillators, transforms
from .timing import Case

__all__ = ["cases"]


def cases(samples: NDArray[np.float32]) -> Iterator[Case]:
    """Yield the cases of this group."""
    yield from transforms.cases(samples)
    yield from oscillators.cases()
