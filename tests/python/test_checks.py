"""Whatever its place, a number that an operation must not have is found and named; those at the bounds pass."""

from __future__ import annotations

import numpy as np
import pytest

from unisono import ParameterError, Sine, rfft

LARGEST = float(np.finfo(np.float32).max)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_number_that_is_not_finite_is_found_anywhere(bad: float) -> None:
    for at in range(270):  # 270 is a product of 2, 3 and 5 and of no vector's width
        x = np.full(270, -LARGEST, np.float32)
        x[at] = bad
        with pytest.raises(ParameterError, match=rf"\b{at}\b"):
            rfft(x)
    assert np.isfinite(rfft(np.full(270, 1e30, np.float32))).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1000000.0625, -1000000.0625])
def test_one_number_out_of_range_is_found_anywhere(bad: float) -> None:
    for n in (1, 7, 8, 63, 64, 65, 131):
        for at in range(n):
            frequency = np.full(n, 1e6, np.float32)
            frequency[at] = bad
            with pytest.raises(ParameterError, match=rf"frequency.*\b{at}\b"):
                Sine().process(frequency)
    assert len(Sine().process(np.full(131, -1e6, np.float32))) == 131
