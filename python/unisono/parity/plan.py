"""Lowers parity cases to plans: the C calls that any engine can make, whatever language drives it.

A case says what a user types, `{"op": "stft", "args": [...], "options": {...}}`; a plan lists the calls into the C
waist with their arguments in order, `{"f": "stft", "args": [...], "sizes": [...], "outs": [["c64", 2]]}`. The runners
of plans are small: machine.py for Python (native libraries and wasmtime), web/runner.mjs for JavaScript, and
tests/parity/native for everything that has a C++ compiler.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Json", "interface", "lower", "lower_call", "operations", "text_plan"]

Json = dict[str, Any]

_FLOORS = ("math", "random", "window", "fft", "osc", "nn", "stft", "phase", "magnet")  # who may rest upon whom

_SCALARS = {"i32": "i32", "u32": "u32", "f32": "f32", "f64": "f64", "bool": "i32", "enum": "i32"}


@cache
def interface() -> Json:
    """Return what the C waist offers, as codegen wrote it down."""
    text = (Path(__file__).parent / "interface.gen.json").read_text()
    return dict(json.loads(text))


def operations() -> list[str]:
    """Return the names of all operations and classes, those that others rest upon first."""
    rooms = interface()["rooms"]
    known = [*(room for room in _FLOORS if room in rooms), *(room for room in rooms if room not in _FLOORS)]
    return [name for room in known for name in rooms[room]]


def lower(case: Json) -> Json:
    """Return the plan of a case."""
    head = {"id": case["id"], "op": case.get("title") or case.get("op") or case["class"]}
    if "op" in case:
        return {**head, "steps": [lower_call(interface()["ops"][case["op"]], "op", case)]}
    methods = interface()["classes"][case["class"]]
    new = {"args": [], "options": case.get("new", {})}
    steps = [lower_call(methods["new"], "new", new)]
    for call in case["calls"]:
        method = methods[call["method"]]
        steps.append(lower_call(method, "hot" if method["hot"] else "call", call))
    return {**head, "free": f"{methods['new']['id'].removesuffix('_new')}_free", "steps": steps}


def lower_call(callable_: Json, kind: str, call: Json) -> Json:
    """Return the step of a plan that one call is: `kind` is op, new, call or hot."""
    values = _named(callable_, call)
    shapes = {name: value["shape"] for name, value in values.items() if _is_array(value)}
    args = []
    for p in callable_["params"]:
        value = values[p["name"]]
        if "dims" in p and not _is_array(value):  # a control: one number for all
            n = _control_length(p, values, shapes)
            shapes[p["name"]] = [n]
            value = {"dtype": p["type"], "shape": [n], "fill": "constant", "value": value}
        args.append(value if "dims" in p else _scalar(p, value))
    made: Json = {"f": callable_["id"], "kind": kind, "outs": callable_["returns"], "args": args}
    made["sizes"] = [shapes[name][axis] for name, axis in callable_["sizes"]]
    if kind == "new":
        made["threads"] = next((i for i, p in enumerate(callable_["params"]) if p["name"] == "threads"), -1)
    return {**made, **{key: call[key] for key in ("repeat", "label") if key in call}}


def _named(callable_: Json, call: Json) -> Json:
    """All arguments by name: positional ones, options, defaults."""
    params = callable_["params"]
    positional = params if callable_["hot"] else [p for p in params if "default" not in p]
    values = {p["name"]: p["default"] for p in params if "default" in p}
    values.update(zip([p["name"] for p in positional], call.get("args", []), strict=False))
    values.update(call.get("options", {}))
    return values


def _is_array(value: Any) -> bool:
    return isinstance(value, Mapping) and "dtype" in value


def _control_length(p: Json, values: Json, shapes: Mapping[str, list[int]]) -> int:
    where = p["length"]
    if not where:
        return 1
    return int(values[where[0]]) if len(where) == 1 else shapes[where[0]][where[1]]


def _scalar(p: Json, value: Any) -> list[Any]:
    if "names" in p:
        value = p["names"].index(value)
    return [_SCALARS[p["type"]], int(value) if isinstance(value, bool) else value]


# The same as text, one call a line, for the runner in C++: it has no reader of JSON ---------------------------------


def text_plan(plans: list[Json]) -> str:
    """Return plans as lines of words; floats travel as the hexadecimal digits that C reads and writes."""
    return "".join(f"{line}\n" for plan in plans for line in _lines(plan))


def _lines(plan: Json) -> Iterator[str]:
    yield f"case {plan['id']} {plan.get('free', '-')} {len(plan['steps'])}"
    for step in plan["steps"]:
        outs = [f"{kind} {dims}" for kind, dims in step["outs"]]
        args = [_word(arg) for arg in step["args"]]
        sizes = [str(n) for n in step["sizes"]]
        parts = [step["kind"], step["f"], str(step.get("repeat", 1)), str(step.get("threads", -1))]
        yield " ".join([*parts, str(len(outs)), *outs, str(len(args)), *args, str(len(sizes)), *sizes])


def _word(arg: Any) -> str:
    if isinstance(arg, list):
        kind, value = arg
        return f"{kind} {_number(value)}"
    n = 1
    for size in arg["shape"]:
        n *= size
    fields = {key: value for key, value in arg.items() if key not in ("dtype", "shape", "fill")}
    return f"array {arg['dtype']} {n} {arg['fill']} {len(fields)} " + " ".join(
        f"{k} {_field(v)}" for k, v in fields.items()
    )


def _field(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} " + " ".join(map(_number, value))
    return value if isinstance(value, str) else _number(value)


def _number(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"0x{value['bits']}"  # a float32 by its bits
    return str(int(value)) if isinstance(value, bool | int) else value.hex()
