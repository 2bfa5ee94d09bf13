"""What all.py runs: the spec's operations, each with its committed cases and so many drawn ones, in their order."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import builds

from unisono.parity import goldens, plans_of
from unisono.parity.plan import interface, lower

__all__ = ["CHUNK", "Group", "Operation", "operations"]

sys.path.insert(0, str(builds.ROOT))  # for codegen, which draws cases and builds the module without vectors
CHUNK = 500  # drawn cases of which the golden list keeps one hash

Json = dict[str, Any]


@dataclass
class Group:
    """An entry of the golden list: its name, its plans."""

    name: str
    plans: list[Json]

    @cached_property
    def inputs(self) -> str:
        """The plans' hash, made once for all engines."""
        return goldens.inputs(self.plans)


@dataclass
class Operation:
    """An operation or class, or a part of its cases: the committed ones first, then the drawn ones by chunks."""

    name: str
    groups: list[Group]

    @property
    def is_rest(self) -> bool:
        """Whether another part came before."""
        return self.groups[0].name != self.name

    @cached_property
    def takes_threads(self) -> bool:
        """Whether the number of threads is handed to it at all, as the spec says."""
        return any(step.get("threads", -1) >= 0 for plan in self.groups[0].plans for step in plan["steps"])


def drawn(count: int) -> dict[str, Any]:
    """Return by operation a function that draws so many cases and returns their plans."""
    from codegen import parity
    from codegen.load import load

    api = load()
    found: dict[str, Any] = {}
    for op in api.ops:
        found[op.name] = lambda op=op: [lower(case) for case in parity.op_cases(api, op, count)]
    for cls in api.classes:
        found[cls.name] = lambda cls=cls: [lower(case) for case in parity.class_cases(api, cls, count)]
    return found


def groups_of(operation: str, committed: list[Json], many: Sequence[Json]) -> list[Group]:
    """Return an operation's plans by the entries of the golden list that they belong to."""
    chunks = [(at, list(many[at : at + CHUNK])) for at in range(0, len(many), CHUNK)]
    return [Group(operation, committed), *(Group(f"{operation}[{at}:{at + len(part)}]", part) for at, part in chunks)]


def is_model(operation: str) -> bool:
    """Tell whole models and trainings, whose cases take most of the time."""
    return operation not in interface()["ops"] and "set_tensor" in interface()["classes"].get(operation, ["set_tensor"])


def operations(names: Sequence[str], cases: int, slow_cases: int) -> Iterator[Operation]:
    """Yield operations, then whole models with as many cases as slow engines run, then the rest of theirs.

    All of them if no names are given.
    """
    committed, draw = goldens.grouped(plans_of(names)), drawn(cases)

    def groups(name: str) -> list[Group]:
        many = draw[name]() if cases and name in draw else []
        return groups_of(name, committed[name], many)

    first = 1 + slow_cases // CHUNK
    for name in sorted(committed, key=is_model):
        yield Operation(name, groups(name)[: first if is_model(name) else None])
    for name in filter(is_model, committed):
        if rest := groups(name)[first:]:
            yield Operation(name, rest)
