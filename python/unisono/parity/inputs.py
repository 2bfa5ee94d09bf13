"""Fills the arrays of the parity cases; tests/parity/README.md defines every kind, web/inputs.mjs does the same."""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

EDGE_BITS = np.array(
    [
        0x00000000, 0x80000000, 0x3F800000, 0xBF800000, 0x00000001, 0x80000001, 0x007FFFFF, 0x807FFFFF, 0x00800000,
        0x80800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x3F000000, 0x4B800000, 0x7F800000, 0xFF800000, 0x7FC00000,
    ],
    dtype=np.uint32,
)  # fmt: skip
FINITE_EDGES = len(EDGE_BITS) - 3
DTYPES = {"f32": np.float32, "c64": np.complex64, "i32": np.int32, "i16": np.int16, "u8": np.uint8}

Spec = dict[str, Any]
Uint32s = NDArray[np.uint32]


def _mix(x: Uint32s) -> Uint32s:
    x = x ^ (x >> np.uint32(16))
    x = x * np.uint32(0x21F0AAAD)
    x = x ^ (x >> np.uint32(15))
    x = x * np.uint32(0x735A2D97)
    return x ^ (x >> np.uint32(15))


def hashes(n: int, seed: int) -> Uint32s:
    """The first n values of the integer hash for a seed."""
    index = np.arange(n, dtype=np.uint32) + np.uint32(0x9E3779B9)
    return _mix(_mix(index) ^ np.uint32(seed & 0xFFFFFFFF))


def _units(n: int, seed: int) -> NDArray[np.float64]:
    return (hashes(n, seed) >> np.uint32(8)).astype(np.float64) / 16777216.0


def _log_uniform(n: int, spec: Spec) -> NDArray[np.float64]:
    g = hashes(n, spec["seed"] + 1)
    k = spec["low_exponent"] + (g % np.uint32(spec["high_exponent"] - spec["low_exponent"])).astype(np.int32)
    size = np.ldexp(1.0 + _units(n, spec["seed"]), k)
    return np.asarray(np.where(g >> np.uint32(31) == 1, -size, size) if spec.get("signed") else size, np.float64)


def _wave(n: int, spec: Spec) -> NDArray[np.float64]:
    turn = (np.arange(n) % spec["period"]) / np.float64(spec["period"])
    return np.asarray((1.0 - 4.0 * np.abs(turn - 0.5)) * spec.get("value", 1), np.float64)


def _impulse(n: int, spec: Spec) -> NDArray[np.float64]:
    out = np.zeros(n)
    if spec.get("at", 0) < n:
        out[spec.get("at", 0)] = spec.get("value", 1)
    return out


def _permutation(n: int, seed: int) -> list[int]:
    order = list(range(n))
    h = hashes(n, seed)
    for i in range(n - 1, 0, -1):
        j = int(h[i]) % (i + 1)
        order[i], order[j] = order[j], order[i]
    return order


def _numbers(n: int, spec: Spec, integer: bool) -> Any:
    """The n values before the one rounding to the array's type."""
    kind = spec["fill"]
    if kind == "uniform" and integer:
        return spec["low"] + (hashes(n, spec["seed"]) % np.uint32(spec["high"] - spec["low"] + 1)).astype(np.int64)
    if kind == "uniform":
        return spec["low"] + (spec["high"] - spec["low"]) * _units(n, spec["seed"])
    if kind == "log_uniform":
        return _log_uniform(n, spec)
    if kind == "constant":
        return np.full(n, spec["value"], dtype=np.float64)
    if kind == "impulse":
        return _impulse(n, spec)
    if kind == "ramp":
        return spec["low"] + np.arange(n) * np.float64(spec["step"])
    if kind == "wave":
        return _wave(n, spec)
    if kind == "values":
        return np.resize(np.array(spec["values"], dtype=np.float64), n) if n else np.zeros(0)
    if kind == "permutation":
        return np.array(_permutation(n, spec["seed"]))
    raise ValueError(f"unknown fill {kind}")


def _bit_patterns(n: int, spec: Spec) -> Uint32s:
    h = hashes(n, spec["seed"])
    if spec["fill"] == "bits":
        return h
    return np.asarray(EDGE_BITS[h % np.uint32(len(EDGE_BITS) if spec["fill"] == "edges" else FINITE_EDGES)])


def make_array(spec: Spec) -> NDArray[Any]:
    """The array that a case's array entry describes."""
    dtype = DTYPES[spec["dtype"]]
    floats = spec["dtype"] in ("f32", "c64")
    if spec["fill"] == "base64":
        return np.frombuffer(base64.b64decode(spec["data"]), dtype).reshape(spec["shape"])
    n = math.prod(spec["shape"]) * (2 if spec["dtype"] == "c64" else 1)
    if spec["fill"] == "array":  # within this process only
        return np.asarray(spec["array"], dtype)
    flat: NDArray[Any]
    if floats and spec["fill"] in ("bits", "edges", "finite_edges"):
        flat = _bit_patterns(n, spec).view(dtype)
    elif floats:
        with np.errstate(over="ignore"):
            flat = np.asarray(_numbers(n, spec, False)).astype(np.float32).view(dtype)
    else:
        flat = np.asarray(_numbers(n, spec, True)).astype(dtype)
    return np.ascontiguousarray(flat.reshape(spec["shape"]))


def make_argument(value: Any) -> Any:
    """An argument of a case: an array if it has a dtype, a float32 given by its bits, or a plain scalar."""
    if not isinstance(value, dict):
        return value
    if "dtype" in value:
        return make_array(value)
    return struct.unpack(">f", bytes.fromhex(value["bits"]))[0]
