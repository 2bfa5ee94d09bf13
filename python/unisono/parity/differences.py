"""Finds where two engines part: the first operation, case, step, output and value, with both bit patterns."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .engines import Engine

__all__ = ["Difference", "locate", "stage", "trace"]

Json = dict[str, Any]

_FORMATS = {"f32": "<f", "f64": "<d", "i32": "<i", "i16": "<h", "u8": "<B"}


@dataclass(frozen=True)
class Difference:
    """The first value of a case that an engine and the reference do not share."""

    engine: str
    reference: str
    operation: str
    case: str
    stage: str
    output: int
    index: int
    bits: tuple[str, str]  # hexadecimal, or the texts of refusals: the reference's, the engine's
    values: tuple[str, str]
    differing_values: int  # of this stage
    differing_bits: int  # of this stage

    def __str__(self) -> str:
        where = f"{self.case}, {self.stage}, output {self.output}, index {self.index}"
        return (
            f"{self.operation}: {where}: {self.bits[0]} | {self.bits[1]}, {self.values[0]} | {self.values[1]}"
            f" ({self.differing_values} values, {self.differing_bits} bits differ in this stage)\n"
            f"  {self.reference} | {self.engine}"
        )

    def as_dict(self) -> Json:
        """Return it for JSON."""
        return asdict(self)


def stage(plan: Json, step: int) -> str:
    """Return the name of a step of a plan."""
    if step >= len(plan["steps"]):
        return "after the last step"
    given = plan["steps"][step]
    return f"step {step}: {given.get('label') or given['f']}"


def trace(plans: Sequence[Json], lines: Sequence[Json]) -> str:
    """Return a text that can be compared with diff: a line a step, with the hash of what it gave."""
    return "".join(
        f"{plan['id']} {stage(plan, i)} {digest}\n"
        for plan, line in zip(plans, lines, strict=True)
        for i, digest in enumerate(line["steps"])
    )


def locate(engine: Engine, reference: Engine, plans: Sequence[Json]) -> list[Difference]:
    """Run plans that differ again in both engines and say for each where it first does.

    Raises
    ------
    UnisonoError
        If an engine fails.
    """
    if not plans:
        return []
    traces = zip(*(e.run(plans, steps=True) for e in (reference, engine)), strict=True)
    at = [_first_step(one, other) for one, other in traces]
    dumps = [{**plan, "dump": step} for plan, step in zip(plans, at, strict=True)]
    found = zip(plans, at, *(e.run(dumps) for e in (reference, engine)), strict=True)
    return [_difference(engine, reference, *each) for each in found]


def _first_step(one: Json, other: Json) -> int:
    steps, others = one["steps"], other["steps"]
    return next(
        (i for i, (a, b) in enumerate(zip(steps, others, strict=False)) if a != b), min(len(steps), len(others))
    )


def _difference(engine: Engine, reference: Engine, plan: Json, step: int, one: Json, other: Json) -> Difference:
    def made(
        output: int, index: int, bits: Sequence[str], values: Sequence[str], counts: tuple[int, int]
    ) -> Difference:
        names = (engine.name, reference.name, plan["op"], plan["id"], stage(plan, step))
        return Difference(*names, output, index, (bits[0], bits[1]), (values[0], values[1]), *counts)

    if "outputs" not in one or "outputs" not in other:
        texts = [line.get("error", "no refusal") for line in (one, other)]
        return made(0, 0, texts, texts, (0, 0))
    for number, (x, y) in enumerate(zip(one["outputs"], other["outputs"], strict=False)):
        if x != y:
            return made(number, *_first_value(x, y))
    return made(0, 0, ("equal when run again", "equal when run again"), ("", ""), (0, 0))


def _first_value(x: Json, y: Json) -> tuple[int, Sequence[str], Sequence[str], tuple[int, int]]:
    """Index, both bit patterns, both values, and how many values and bits of the output differ."""
    left, right = bytes.fromhex(x["hex"]), bytes.fromhex(y["hex"])
    bits = (int.from_bytes(left, "little") ^ int.from_bytes(right, "little")).bit_count()
    form = _FORMATS.get(x["type"])
    if form is None or x["type"] != y["type"] or len(left) != len(right):
        shown = [f"{line['type']} of {len(content)} bytes" for line, content in ((x, left), (y, right))]
        return 0, [ascii(left[:40]), ascii(right[:40])], shown, (1, bits)
    size = struct.calcsize(form)
    different = [at for at in range(0, len(left), size) if left[at : at + size] != right[at : at + size]]
    pair = [content[different[0] : different[0] + size] for content in (left, right)]
    values = [repr(struct.unpack(form, value)[0]) for value in pair]
    return different[0] // size, [f"0x{value[::-1].hex()}" for value in pair], values, (len(different), bits)
