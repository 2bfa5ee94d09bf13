"""What parity cases are filled with: sizes and kinds of arrays, and the edge cases of each parameter."""

from __future__ import annotations

import random
import struct
from typing import Any

from codegen.expr import SpecError
from codegen.model import Callable, Param

Json = dict[str, Any]

_SIZES = [1, 2, 3, 7, 16, 64, 100, 255, 1000]
_KINDS = ["silence", "impulse", "noise", "tiny", "large", "noise", "wave", "log"]


def sizes(p: Param, axis: int) -> list[int]:
    """The sizes to choose from for a dimension that an array binds."""
    given = p.parity.get("sizes", _SIZES if len(p.dims) == 1 else [1, 2, 3, 8, 13, 20])
    return list(given[axis]) if given and isinstance(given[0], list) else list(given)


def kinds(p: Param) -> list[str]:
    """The kinds of contents to choose from for an array."""
    if "kinds" in p.parity:
        return list(p.parity["kinds"])
    if not p.is_float:
        return ["uniform"]
    if p.min is not None or p.max is not None or "min" in p.parity:
        return ["uniform", "constant", "ramp"]
    every = _KINDS if p.finite else [*_KINDS, "bits", "edges"]
    return [*every, "hard"] if "hard" in p.parity else every


def edges(f: Callable) -> Any:
    """(name, value) of the edge cases: each bound of each parameter, each kind of each array, each least size."""
    for p in f.scalars:
        hints = p.parity
        if "values" in hints:
            yield from ((p.name, v) for v in hints["values"][:4])
        elif p.enum is not None:
            yield from ((p.name, v) for v in p.enum.values)
        elif p.type.name == "bool":
            yield from ((p.name, v) for v in (True, False))
        elif p.check is not None:
            yield from ((p.name, v) for v in (min(p.check.good), max(p.check.good)))
        elif p.type.name == "u32":
            yield from ((p.name, v) for v in (0, 2**32 - 1))
        else:
            bounds = (hints.get("min", p.min), hints.get("max", p.max))
            yield from ((p.name, v) for v in bounds if v is not None)
            if p.zero_means is not None:
                yield (p.name, 0)
    for p in f.arrays:
        yield from ((p.name, kind) for kind in dict.fromkeys(kinds(p)))
        for axis in range(len(p.dims)):
            size = f.size_of(p, axis)
            if size.is_bound:
                yield from ((size.name, n) for n in {min(sizes(p, axis)), max(sizes(p, axis))})


def fill(rng: random.Random, p: Param, kind: str, n: int) -> Json:
    """What tests/parity/README.md calls the fill of an array of n elements."""
    seed = rng.randrange(2**31)
    low, high = (p.parity.get(k, getattr(p, k)) for k in ("min", "max"))
    low, high = (-1.0 if low is None else low), (1.0 if high is None else high)
    if not p.is_float:
        return {"fill": "uniform", "seed": seed, "low": int(low), "high": int(high)}
    if kind == "hard":
        return {"fill": "values", "values": _hard(rng, p.parity["hard"])}
    made: dict[str, Json] = {
        "silence": {"fill": "constant", "value": 0.0},
        "impulse": {"fill": "impulse", "at": rng.randrange(n), "value": 1.0},
        "noise": {"fill": "uniform", "seed": seed, "low": -1.0, "high": 1.0},
        "positive": {"fill": "uniform", "seed": seed, "low": 0.0, "high": 1.0},
        "tiny": {"fill": "uniform", "seed": seed, "low": -(2.0**-135), "high": 2.0**-135},
        "large": {"fill": "uniform", "seed": seed, "low": -(2.0**40), "high": 2.0**40},
        "wave": {"fill": "wave", "period": rng.randrange(2, 200), "value": 0.75},
        "log": {"fill": "log_uniform", "seed": seed, "low_exponent": -30, "high_exponent": 10, "signed": True},
        "log_positive": {"fill": "log_uniform", "seed": seed, "low_exponent": -30, "high_exponent": 10},
        "bits": {"fill": "bits", "seed": seed},
        "edges": {"fill": "edges", "seed": seed},
        "finite_edges": {"fill": "finite_edges", "seed": seed},
        "uniform": {"fill": "uniform", "seed": seed, "low": low, "high": high},
        "constant": {"fill": "constant", "value": rng.uniform(low, high)},
        "ramp": {"fill": "ramp", "low": low, "step": (high - low) / (2 * n)},
    }
    if kind not in made:
        raise SpecError(f"{p.name}: there is no parity kind {kind!r}; there are {', '.join(made)}")
    return made[kind]


def _hard(rng: random.Random, patterns: list[int]) -> list[float]:
    """The floats with these bit patterns, from any of them on."""
    first = rng.randrange(len(patterns))
    return [struct.unpack("<f", struct.pack("<I", bits))[0] for bits in patterns[first:] + patterns[:first]]
