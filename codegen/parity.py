"""Draws the parity cases from the ranges in the spec: edges first, then a seeded random walk through the rest.

tests/parity/README.md says what a case looks like. Both engines run all of them, and their bits must be equal.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from codegen.expr import SpecError, evaluate, uses_self
from codegen.fills import edges, fill, kinds, sizes
from codegen.model import Api, Callable, Class, Param

CASES = 50
_SELDOM = 32  # one case in so many is of a class's heavy scripts
_MAX_ELEMENTS = 1 << 17
_TRIES = 200
Json = dict[str, Any]
Script = list[list[Any]]  # of method and arguments


@dataclass
class Draw:
    """Arguments being drawn for one call: the edge to put in, values so far, sizes so far."""

    rng: random.Random
    edge: int
    values: dict[str, Any] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


class Drawer:
    """Draws calls of one operation or method."""

    def __init__(self, api: Api, f: Callable) -> None:
        self.api = api
        self.f = f
        self.rng = random.Random(f.id)  # a string seed: the same everywhere, and no entry disturbs another
        self.edges = list(edges(f))

    def call(self, index: int) -> Json:
        """Arguments and options of the case with this index."""
        for attempt in range(_TRIES):
            draw = Draw(self.rng, index if attempt < _TRIES // 4 else len(self.edges))
            drawn = self._arguments(draw)
            if drawn is not None:
                return drawn
        raise SpecError(f"{self.f.id}: no arguments can be drawn that fulfil its requirements")

    def _arguments(self, draw: Draw) -> Json | None:
        edge = self.edges[draw.edge] if draw.edge < len(self.edges) else None
        self._bind_sizes(draw, edge)
        for p in self.f.scalars:
            if not self._settle(draw, p, edge):
                return None
        scope = self._scope(draw)
        if not self._allowed(scope):
            return None
        arrays = {p.name: self._array(draw, p, edge, scope) for p in self.f.arrays}
        if any(a is None for a in arrays.values()):
            return None
        return self._packed({**draw.values, **arrays}, edge)

    def _settle(self, draw: Draw, p: Param, edge: tuple[str, Any] | None) -> bool:
        scope = self._scope(draw)
        if edge is not None and edge[0] == p.name:
            draw.values[p.name] = edge[1] if not isinstance(edge[1], str) or p.enum else self._bound(edge[1], scope)
        elif edge is not None and p.is_keyword and draw.rng.random() < 0.5:
            draw.values[p.name] = p.default
        else:
            draw.values[p.name] = self._scalar(draw, p, scope)
        return self._in_bounds(p, draw.values[p.name], scope)

    def _bound(self, text: str, scope: Mapping[str, Any]) -> int:
        return evaluate(text, scope, self.api.functions)

    def _scalar(self, draw: Draw, p: Param, scope: Mapping[str, Any]) -> Any:
        rng, hints = draw.rng, p.parity
        if "values" in hints:
            return rng.choice(hints["values"])
        if p.enum is not None:
            return rng.choice(p.enum.values)
        if p.type.name == "bool":
            return rng.random() < 0.5
        if p.check is not None:
            low, high = (self._limit(b, scope, d) for b, d in ((p.min, 0), (p.max, 2**31 - 1)))
            fitting = [v for v in p.check.good if low <= v <= high]
            return rng.choice(fitting or [p.default])
        if p.zero_means is not None and rng.random() < 0.3:
            return 0
        low = self._limit(hints.get("min", p.min), scope, 0)
        high = self._limit(hints.get("max", p.max), scope, 1 if p.is_float else 2**31 - 1)
        if p.is_float:
            return rng.uniform(low, high)
        if p.type.name == "u32":
            return rng.randrange(2**32) if p.max is None else rng.randint(int(low), int(high))
        return _integer(rng, int(low), int(high))

    def _limit(self, bound: Any, scope: Mapping[str, Any], missing: float) -> float:
        if isinstance(bound, str):
            return self._bound(bound, scope)
        return missing if bound is None else float(bound)

    def _in_bounds(self, p: Param, value: Any, scope: Mapping[str, Any]) -> bool:
        if isinstance(value, bool | str) or (p.zero_means is not None and value == 0):
            return True
        low = self._limit(p.min, scope, float("-inf"))
        high = self._limit(p.max, scope, float("inf"))
        return bool(low <= value <= high)

    def _bind_sizes(self, draw: Draw, edge: tuple[str, Any] | None) -> None:
        for p in self.f.arrays:
            for axis in range(len(p.dims)):
                size = self.f.size_of(p, axis)
                if not size.is_bound:
                    continue
                choices = sizes(p, axis)
                least = p.min_n if axis == 0 else min(1, p.min_n)
                fitting = [c for c in choices if c >= least] or [least]
                exact = edge is not None and edge[0] == size.name
                draw.sizes[size.name] = edge[1] if exact and edge is not None else draw.rng.choice(fitting)

    def _scope(self, draw: Draw) -> Json:
        """Sizes and values as expressions see them: names by index, zeros replaced by what they mean."""
        scope: Json = dict(draw.sizes)
        for p in self.f.scalars:
            if p.name in draw.values:
                scope[p.name] = self._number(p, draw.values[p.name], scope)
        return scope

    def _number(self, p: Param, value: Any, scope: Mapping[str, Any]) -> Any:
        if p.enum is not None:
            return p.enum.values.index(value)
        if p.zero_means is not None and value == 0 and not uses_self(p.zero_means):
            return self._bound(p.zero_means, scope)
        return value

    def _allowed(self, scope: Mapping[str, Any]) -> bool:
        for r in self.f.require:
            if not uses_self(r.that) and not evaluate(r.that, scope, self.api.functions):
                return False
        return True

    def _array(self, draw: Draw, p: Param, edge: tuple[str, Any] | None, scope: Mapping[str, Any]) -> Json | None:
        shape = [evaluate(d, scope, self.api.functions) for d in p.dims]
        elements = 1
        for n in shape:
            elements *= n
        if elements > _MAX_ELEMENTS or min(shape) < 0:
            return None
        kind = edge[1] if edge is not None and edge[0] == p.name else draw.rng.choice(kinds(p))
        return {"dtype": p.type.name, "shape": shape, **fill(draw.rng, p, kind, max(elements, 1))}

    def _packed(self, values: Mapping[str, Any], edge: tuple[str, Any] | None) -> Json:
        if self.f.hot:
            return {"args": [values[p.name] for p in (*self.f.positional, *self.f.keywords)]}
        made: Json = {"args": [values[p.name] for p in self.f.positional]}
        given = {
            p.name: values[p.name]
            for p in self.f.keywords
            if values[p.name] != p.default or (edge is not None and edge[0] == p.name)
        }
        return {**made, "options": given} if given else made


def _integer(rng: random.Random, low: int, high: int) -> int:
    """Small numbers as often as large ones."""
    if high - low > 1000 and rng.random() < 0.5:
        return low + rng.randrange(100)
    return rng.randint(low, high)


# Cases ------------------------------------------------------------------------------------------------------------


def op_cases(api: Api, f: Callable, count: int = CASES) -> list[Json]:
    """The cases of an operation, at least `count`; more begin with the same ones."""
    if "skip" in f.parity:
        return []
    drawer = Drawer(api, f)
    wanted = max(f.parity.get("cases", CASES), count, len(drawer.edges))
    return [{"id": f"{f.name}/{i}", "op": f.name, **drawer.call(i)} for i in range(wanted)]


def class_cases(api: Api, cls: Class, count: int = CASES) -> list[Json]:
    """The cases of a class, at least `count`: rounds of its scripts if it has some, else sequences of its methods."""
    if "skip" in cls.parity:
        return []
    if "script" in cls.parity or "scripts" in cls.parity:
        return _scripted_cases(cls, count)
    new = Drawer(api, cls.new)
    methods = [Drawer(api, m) for m in cls.methods if "skip" not in m.parity]
    rng = random.Random(cls.id)
    wanted = max(count, len(new.edges), *(len(m.edges) for m in methods))
    return [_sequence(cls, i, new, methods, rng) for i in range(wanted)]


def _scripted_cases(cls: Class, count: int) -> list[Json]:
    """The scripts in rounds, all but the first round varied; after those its lighter ones, if it has some."""
    scripts: list[Script] = cls.parity.get("scripts", [cls.parity.get("script")])
    rounds = len(scripts) * (1 + cls.parity.get("variants", 0))
    drawn: list[Script] = cls.parity.get("drawn", scripts)
    seldom: list[Script] = cls.parity.get("seldom", [])

    def chosen(i: int) -> Script:
        if i < rounds:
            return scripts[i % len(scripts)]
        return seldom[i // _SELDOM % len(seldom)] if seldom and i % _SELDOM == 0 else drawn[i % len(drawn)]

    rng = random.Random(cls.id)
    return [_scripted(cls, i, chosen(i), rng if i >= len(scripts) else None) for i in range(max(rounds, count))]


def _sequence(cls: Class, index: int, new: Drawer, methods: list[Drawer], rng: random.Random) -> Json:
    """A fresh object; every method once with the edge of this index, then some more in any order."""
    made = new.call(index)
    order = [*methods, *(rng.choice(methods) for _ in range(5))]
    rng.shuffle(order)
    counts: dict[str, int] = {}
    calls = []
    for m in order:
        k = counts[m.f.name] = counts.get(m.f.name, -1) + 1
        calls.append({"method": m.f.name, **m.call(index if k == 0 else len(m.edges))})
    return {"id": f"{cls.name}/{index}", "class": cls.name, "new": made.get("options", {}), "calls": calls}


def _scripted(cls: Class, index: int, script: Script, rng: random.Random | None) -> Json:
    """A script of the spec: named arguments become positional ones and options; with `rng`, varied."""
    by_name = {"new": cls.new, **{m.name: m for m in cls.methods}}
    steps = [(name, _varied(by_name[name], given, rng) if rng else given) for name, given in script]
    calls = []
    for name, given in steps:
        method = by_name[name]
        if name == "new":
            continue
        args = [_scripted_value(p, given[p.name]) for p in method.positional]
        options = {p.name: _scripted_value(p, given[p.name]) for p in method.keywords if p.name in given}
        calls.append({"method": name, "args": args, **({"options": options} if options else {})})
    new: Json = next((given for name, given in steps if name == "new"), {})
    return {"id": f"{cls.name}/{index}", "class": cls.name, "new": new, "calls": calls}


def _varied(f: Callable, given: Mapping[str, Any], rng: random.Random) -> Json:
    """Other arguments for a call of a script, edges as often as what lies between; what a constructor names stays."""
    varied = dict(given)
    for p in f.params:
        if p.is_array:
            varied[p.name] = {**given[p.name], "kind": rng.choice(kinds(p)), "seed": rng.randrange(2**31)}
        elif f.is_constructor and p.check is not None:
            pass  # a size that the shapes of later arguments follow from
        elif "values" in p.parity:
            varied[p.name] = rng.choice(p.parity["values"])
        elif p.enum is not None and not f.is_constructor:
            varied[p.name] = rng.choice(p.enum.values)
        elif p.type.name == "u32":
            varied[p.name] = rng.choice([0, 2**32 - 1, rng.randrange(2**32)])
        elif p.is_float:
            low, high = float(p.parity.get("min", p.min)), float(p.parity.get("max", p.max))
            varied[p.name] = rng.choice([low, high, rng.uniform(low, high)])
        elif "min" in p.parity and "max" in p.parity:
            low, high = p.parity["min"], p.parity["max"]
            varied[p.name] = rng.choice([low, high, rng.randint(low, high)])
    return varied


def _scripted_value(p: Param, value: Any) -> Any:
    """An array of a script, `{ kind, seed, shape }`, as the cases describe arrays."""
    if not isinstance(value, dict) or "kind" not in value:
        return value
    shape = value["shape"]
    made = fill(random.Random(value.get("seed", 0)), p, value["kind"], max(1, min(shape)))
    return {"dtype": p.type.name, "shape": shape, **made}


def cases(api: Api) -> Json:
    """All cases of the API."""
    every = [c for f in api.ops for c in op_cases(api, f)] + [c for k in api.classes for c in class_cases(api, k)]
    return {"version": 1, "api": api.hash, "cases": every}
