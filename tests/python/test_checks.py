"""Whatever its place, a number that an operation must not have is found and named; those at the bounds pass."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from unisono import ParameterError, Sine, rfft, stft

LARGEST = float(np.finfo(np.float32).max)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_found_anywhere(bad: float) -> None:
    for at in range(270):  # 270 is a product of 2, 3 and 5 and of no vector's width
        x = np.full(270, -LARGEST, np.float32)
        x[at] = bad
        with pytest.raises(ParameterError, match=rf"\b{at}\b"):
            rfft(x)
    assert np.isfinite(rfft(np.full(270, 1e30, np.float32))).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize(("n_fft", "hop_length", "win_length"), [(16, 4, 16), (16, 16, 3), (27, 5, 27), (64, 64, 64)])
def test_one_sample_that_is_not_finite_is_found_in_frames_and_after_the_last(
    bad: float, center: bool, n_fft: int, hop_length: int, win_length: int
) -> None:
    def transform(x: NDArray[np.float32]) -> object:
        return stft(x, n_fft=n_fft, hop_length=hop_length, win_length=win_length, center=center)

    for at in range(150):
        x = np.full(150, -LARGEST, np.float32)
        x[at] = bad
        with pytest.raises(ParameterError, match=rf"x: .*\b{at}\b"):
            transform(x)
    transform(np.full(150, -LARGEST, np.float32))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1000000.0625, -1000000.0625])
def test_one_number_out_of_range_is_found_anywhere(bad: float) -> None:
    for n in (1, 7, 8, 63, 64, 65, 131):
        for at in range(n):
            frequency = np.full(n, 1e6, np.float32)
            frequency[at] = bad
            with pytest.raises(ParameterError, match=rf"frequency.*\b{at}\b"):
                Sine().process(frequency)
    assert len(Sine().process(np.full(131, -1e6, np.float32))) == 131
