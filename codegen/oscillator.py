"""The contract that all oscillators share: turns an `[osc.NAME]` entry into the class entry it stands for."""

from __future__ import annotations

from typing import Any

from codegen.expr import SpecError
from codegen.model import camel

Table = dict[str, Any]

_KEYS = {"doc", "source", "controls", "options", "frequency", "example", "headers"}
_SR: Table = {
    "name": "sr", "type": "f32", "default": 44100.0, "min": 1000.0, "max": 768000.0, "unit": "Hz",
    "doc": "Sampling rate.", "parity": {"values": [44100.0, 48000.0, 8000.0, 22050.0, 96000.0]},
}  # fmt: skip
_PHASE: Table = {
    "name": "phase", "type": "f32", "default": 0.0, "min": 0.0, "max": 1.0, "unit": "turns",
    "doc": "Where the period begins; 1 is the same as 0.",
}  # fmt: skip
_FREQUENCY: Table = {
    "name": "frequency", "type": "f32", "min": -1e6, "max": 1e6, "unit": "Hz", "doc": "Frequency of each sample.",
    "parity": {"min": -1000.0, "max": 20000.0},
}  # fmt: skip
_COUNT: Table = {
    "name": "n", "type": "i32", "min": 0, "max": 2**31 - 1, "unit": "samples", "doc": "How many samples to make.",
    "parity": {"values": [0, 1, 2, 7, 64, 333]},
}  # fmt: skip
_SIZES = [0, 1, 2, 7, 64, 333]
_SCALAR_KEYS = ("name", "type", "default", "unit", "doc", "parity")


def expand_oscillator(name: str, entry: Table) -> Table:
    """The class entry of an oscillator: constructor, reset, tick, process."""
    for key in entry:
        if key not in _KEYS:
            raise SpecError(f"osc.{name}: unknown key {key!r}; known are {', '.join(sorted(_KEYS))}")
    pitched = entry.get("frequency", True)
    controls: list[Table] = [{"type": "f32", **c} for c in entry.get("controls", [])]
    options: list[Table] = entry.get("options", [])
    configure = ", ".join(["sr", *(o["name"] for o in options)])
    reset = "self->reset(phase);" if pitched else "self->reset();"
    return {
        "doc": entry["doc"],
        "source": entry.get("source", ""),
        "headers": [f"unisono/osc/{name}.h", "unisono/osc.h", *entry.get("headers", [])],
        "cpp": camel(name),
        "oscillator": True,
        "example": entry.get("example", _example(camel(name), pitched)),
        "new": {
            "params": [_SR, *([_PHASE] if pitched else []), *options],
            "call": f"self->configure({configure}); {reset}",
        },
        "method": {
            "reset": {
                "doc": "Starts again, at the given phase." if pitched else "Starts again.",
                "params": [_PHASE] if pitched else [],
            },
            "tick": _tick(pitched, controls),
            "process": _process(pitched, controls),
        },
    }


def _example(name: str, pitched: bool) -> Table:
    python = "np.full(44100, 440.0, np.float32)" if pitched else "44100"
    js = "new Float32Array(44100).fill(440)" if pitched else "44100"
    return {
        "python": f"unisono.{name}(sr=44100.0).process({python})",
        "js": f"new u.{name}({{ sr: 44100 }}).process({js})",
    }


def _tick(pitched: bool, controls: list[Table]) -> Table:
    scalars = [{**{k: c[k] for k in _SCALAR_KEYS if k in c}, "finite": False} for c in controls]
    frequency = {**{k: _FREQUENCY[k] for k in _SCALAR_KEYS if k in _FREQUENCY}, "finite": False}
    return {
        "doc": "Makes one sample. Arguments are not checked; any float is safe.",
        "hot": True,
        "params": [*([{**frequency, "doc": "Frequency."}] if pitched else []), *scalars],
        "returns": [{"name": "sample", "type": "f32", "unit": "sample"}],
    }


def _process(pitched: bool, controls: list[Table]) -> Table:
    arrays = [{**c, "shape": ["n"], "min_n": 0} for c in controls]
    first = {**_FREQUENCY, "shape": ["n"], "min_n": 0}
    first["parity"] = {**_FREQUENCY["parity"], "sizes": _SIZES}
    names = [*(["frequency"] if pitched else []), *(c["name"] for c in controls)]
    return {
        "doc": "Makes the next n samples: the same bits as n calls of tick.",
        "params": [first if pitched else _COUNT, *arrays],
        "returns": [{"name": "samples", "type": "f32", "shape": ["n"], "unit": "sample"}],
        "call": f"unisono::process({', '.join(['*self', 'samples', *names, 'n'])})",
    }
