"""The elementary functions against mpmath: rounded correctly, but for near ties."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

import unisono

Floats = NDArray[np.float32]
ROOT = Path(__file__).parents[2]
LIMIT = 0.500002  # units in the last place


def every_exponent(n: int) -> Floats:
    """n finite floats with bit patterns evenly apart, so that every exponent and both signs occur."""
    bits = (np.arange(n, dtype=np.uint64) * (2**32 // n) + 12345).astype(np.uint32)
    x = bits.view(np.float32)
    return x[np.isfinite(x)]


def ulps(y: np.float32, exact: Any) -> float:
    """Distance of y from the exact value in units of the last place of the nearest float."""
    exponent = max(int(mpmath.floor(mpmath.log(abs(exact), 2))), -126)
    return float(abs(mpmath.mpf(float(y)) - exact) / mpmath.mpf(2) ** (exponent - 23))


def worst(result: Floats, arguments: list[Floats], reference: Callable[..., Any]) -> tuple[float, list[float]]:
    """The largest error, and where; overflow, underflow and zeros are judged by the nearest float."""
    largest, where = 0.0, [0.0]
    for y, *x in zip(result, *arguments, strict=True):
        at = [float(v) for v in x]
        exact = reference(*map(mpmath.mpf, at))
        if abs(exact) >= mpmath.mpf(2) ** 128 * (1 - mpmath.mpf(2) ** -25):
            error = 0.0 if np.isinf(y) and (y > 0) == (exact > 0) else np.inf
        elif exact == 0 or abs(exact) < mpmath.mpf(2) ** -150:
            error = 0.0 if y == 0 else np.inf
        else:
            error = ulps(y, exact)
        if error > largest:
            largest, where = error, at
    return largest, where


REFERENCES: dict[str, tuple[Callable[..., Any], Callable[[Floats], Floats]]] = {
    "exp": (mpmath.exp, lambda x: x[abs(x) < 200]),
    "log": (mpmath.log, lambda x: x[x > 0]),
    "sin": (mpmath.sin, lambda x: x),
    "cos": (mpmath.cos, lambda x: x),
    "tanh": (mpmath.tanh, lambda x: x[abs(x) < 1000]),
    "sigmoid": (lambda x: 1 / (1 + mpmath.exp(-x)), lambda x: x[abs(x) < 1000]),
    "sqrt": (mpmath.sqrt, lambda x: x[x >= 0]),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_functions_of_one_argument_are_within_half_a_unit_of_the_last_place(name: str) -> None:
    reference, domain = REFERENCES[name]
    x = domain(every_exponent(4000))
    with mpmath.workdps(80):  # enough for the sine of 3e38
        error, where = worst(getattr(unisono, name)(x), [x], reference)
    assert error <= LIMIT, where


def test_the_sine_of_the_floats_nearest_to_multiples_of_pi() -> None:
    # J.-M. Muller, "Elementary Functions": 16367173 * 2^72 lies nearest to a multiple of pi / 2 among the floats.
    x = np.array([16367173 * 2.0**72, np.pi, 2 * np.pi, 355, 1e22, 2.0**27, 2.0**27 + 16, 3.4e38], dtype=np.float32)
    with mpmath.workdps(120):
        assert worst(unisono.sin(x), [x], mpmath.sin)[0] <= LIMIT
        assert worst(unisono.cos(x), [x], mpmath.cos)[0] <= LIMIT


def test_atan2_is_within_half_a_unit_of_the_last_place() -> None:
    y, x = every_exponent(3001), np.roll(every_exponent(3001), 977)
    with np.errstate(over="ignore"):
        y[::3] = (x * np.linspace(-3, 3, len(x), dtype=np.float32))[::3]  # quotients of moderate size too
    keep = np.isfinite(y) & (y != 0)
    y, x = y[keep], x[keep]
    with mpmath.workdps(120):
        error, where = worst(unisono.atan2(y, x), [y, x], mpmath.atan2)
    assert error <= LIMIT, where


def test_pow_is_within_half_a_unit_of_the_last_place() -> None:
    x = np.abs(every_exponent(3001))
    x = x[(x > 0) & (x != 1)]
    y = (np.linspace(-103, 88, len(x)) / np.log(x.astype(np.float64))).astype(np.float32)  # every size of result
    x[::7], y[::7] = 1 + np.linspace(-0.3, 0.3, len(x[::7])), np.linspace(-200, 200, len(x[::7]))
    with mpmath.workdps(60):
        error, where = worst(unisono.pow(x, y), [x, y], mpmath.power)
    assert error <= LIMIT, where


@pytest.mark.parametrize("name", REFERENCES)
def test_every_nan_that_comes_out_is_the_canonical_one(name: str) -> None:
    x = np.array([0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF, 0x7FDEADBE], dtype=np.uint32).view(np.float32)
    assert set(getattr(unisono, name)(np.repeat(x, 5)).view(np.uint32)) == {0x7FC00000}


def table(name: str) -> list[Any]:
    """The coefficients of one polynomial, read from the source."""
    source = (ROOT / "dsp_core/include/unisono/math_kernels.h").read_text()
    found = re.search(rf"\b{name}\[\] = \{{(.*?)\}};", source, re.DOTALL)
    assert found
    return [mpmath.mpf(float.fromhex(c.strip())) for c in found[1].split(",")]


def remainder(first: int, term: Callable[[int], Any], z: Any) -> Any:
    """The power series of term(k) z^(k - first) from k = first on."""
    return mpmath.fsum(term(k) * z ** (k - first) for k in range(first, first + 60))


POLYNOMIALS: dict[str, tuple[Any, float, Callable[[Any], Any]]] = {
    "kExp": ((-0.3466, 0.3466), 4.7e-13, lambda r: remainder(2, lambda k: 1 / mpmath.factorial(k), r)),
    "kLog": ((0.0, 0.02944), 3.2e-16, lambda z: remainder(1, lambda k: mpmath.mpf(2) / (2 * k + 1), z)),
    "kSin": ((0.0, 0.61686), 2.1e-17, lambda z: remainder(1, lambda k: (-1) ** k / mpmath.factorial(2 * k + 1), z)),
    "kCos": ((0.0, 0.61686), 1.3e-18, lambda z: remainder(2, lambda k: (-1) ** k / mpmath.factorial(2 * k), z)),
    "kAtan": ((0.0, 0.17158), 2.4e-14, lambda z: remainder(1, lambda k: mpmath.mpf((-1) ** k) / (2 * k + 1), z)),
}


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_the_polynomials_have_the_stated_error_on_their_interval(name: str) -> None:
    (low, high), bound, exact = POLYNOMIALS[name]
    coefficients = table(name)[::-1]
    with mpmath.workdps(40):
        points = [mpmath.mpf(low) + (mpmath.mpf(high) - low) * i / 400 for i in range(401)]
        error = max(abs(mpmath.polyval(coefficients, z) - exact(z)) for z in points)
    rounding = float(max(map(abs, coefficients))) * 2.0**-52  # of the coefficients themselves
    assert error <= 1.05 * bound + rounding
