"""The interface as data: what a caller of the C waist needs to know to lower a parity case to C calls."""

from __future__ import annotations

import json
from typing import Any

from codegen.expr import SpecError
from codegen.model import Api, Callable, Param, Value

Json = dict[str, Any]


def text(api: Api, members: list[str]) -> str:
    """The file that the package carries: the C table's members, operations and classes, one line each."""
    rooms = {t.name: [f.name for f in t.ops] + [c.name for c in t.classes] for t in api.topics}
    head = {"abi": api.hash, "bits": api.bits, "rooms": rooms}
    ops = ",\n".join(f"{json.dumps(f.name)}:{_line(_callable(f))}" for f in api.ops)
    classes = ",\n".join(
        f"{json.dumps(c.name)}:{_line({m.name: _callable(m) for m in c.callables})}" for c in api.classes
    )
    table = _line(["last_error", "build_info", *members])
    return f'{_line(head)[:-1]},\n"table":{table},\n"ops":{{\n{ops}\n}},\n"classes":{{\n{classes}\n}}}}\n'


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _callable(f: Callable) -> Json:
    return {
        "id": f.id,
        "hot": f.hot,
        "returns": [_value(r) for r in f.returns],
        "params": [_param(f, p) for p in f.params],
        "sizes": [[s.param.name, s.axis] for s in f.sizes],
    }


def _value(r: Value) -> list[Any]:
    if r.enum is not None:
        raise SpecError(f"{r.name}: a result that is a name cannot be compared by the raw runners yet")
    return [r.type.name, len(r.dims)]


def _param(f: Callable, p: Param) -> Json:
    made: Json = {"name": p.name, "type": p.type.name}
    if p.is_array:
        made["dims"] = len(p.dims)
    if p.enum is not None:
        made["names"] = list(p.enum.values)
    if p.is_keyword:
        made["default"] = p.default
    if p.is_control:
        made["length"] = _control_length(f, p)
    return made


def _control_length(f: Callable, p: Param) -> list[Any]:
    """Whose dimension a single number is repeated along: [array, axis], [scalar], or [] for one."""
    for s in f.sizes:
        if s.is_bound and s.name == p.dims[0] and s.param is not p:
            return [s.param.name, s.axis]
    return [] if f.size_of(p, 0).is_bound else [p.dims[0]]
