"""The functions are still those that were swept over all 2^32 floats: the recorded hashes of slices are found again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import unisono

RESULTS = json.loads(Path(__file__).with_name("results.json").read_text())


def mix(x: np.ndarray) -> np.ndarray:
    """As in sweep.cpp."""
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x21F0AAAD)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x735A2D97)
    return x ^ (x >> np.uint32(15))


def slice_hash(name: str, top: int) -> str:
    """The hash of the results for the 2^24 floats with this top byte."""
    total = 0
    for block in range(16):
        bits = np.arange(1 << 20, dtype=np.uint32) + np.uint32((top << 24) + (block << 20))
        results = getattr(unisono, name)(bits.view(np.float32)).view(np.uint32)
        total += int(mix(results ^ mix(bits)).sum(dtype=np.uint64))
    return f"{total % 2**64:016x}"


@pytest.mark.parametrize("name", ["exp", "log", "sin", "cos", "tanh", "sigmoid", "sqrt"])
def test_what_was_swept_is_what_is_installed(name: str) -> None:
    kept = RESULTS[name]
    assert kept["inputs"] == 2**32
    for top in ("3f", "41", "be"):
        assert slice_hash(name, int(top, 16)) == kept["slices"][top], f"{name}: run tests/sweep/sweep.py"


def test_every_function_is_correctly_rounded_for_every_float() -> None:
    assert {name: entry["misrounded"] for name, entry in RESULTS.items()} == dict.fromkeys(RESULTS, 0)
    assert max(entry["worst_ulp"] for entry in RESULTS.values()) <= 0.5
