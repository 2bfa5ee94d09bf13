"""Runs plans on a machine: something that holds memory and can call the C waist."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from .inputs import make_argument, make_array

__all__ = ["Machine", "Output", "Refusal", "call_step", "construct", "line", "outputs", "told"]

Json = dict[str, Any]
Typed = tuple[str, Any]  # ("ptr" | "i32" | "u32" | "f32" | "f64", value)

_BYTES = {"f32": 4, "c64": 8, "i32": 4, "i16": 2, "u8": 1}
_NAN = bytes.fromhex("000000000000f87f")  # the one NaN of a scalar result
_SCALARS = {"i32": "<i", "u32": "<I", "f32": "<f", "f64": "<d", "bool": "<i"}


class Refusal(Exception):
    """The core refused a call; the text is its own."""


class Machine(Protocol):
    """Memory, and a way to call the waist in it."""

    pointer_bytes: int
    threads: int

    def put(self, array: NDArray[Any]) -> int:
        """Copy an array in; the address is good until `release`."""

    def room(self, size: int) -> int:
        """Return the address of so many bytes, good until `release`."""

    def read(self, address: int, size: int) -> bytes:
        """Copy bytes out."""

    def text(self, address: int) -> str:
        """Return the zero-terminated text at an address."""

    def call(self, name: str, args: Sequence[Typed], result: str = "i32") -> Any:
        """Call `unisono_NAME`."""

    def release(self) -> None:
        """Give back everything that was put or made room for."""


class Output:
    """One result: how to read its bytes, and they themselves."""

    def __init__(self, kind: str, content: bytes) -> None:
        self.kind = kind
        self.content = content


def outputs(machine: Machine, plan: Json) -> Iterator[list[Output]]:
    """Run a plan; yield what each step gave, and free the object at the end.

    Raises
    ------
    Refusal
        If the core refuses a call.
    """
    instance = 0
    try:
        for step in plan["steps"]:
            results: list[Output] = []
            for _ in range(step.get("repeat", 1)):
                if step["kind"] == "new":
                    instance = construct(machine, step)
                else:
                    results += call_step(machine, step, instance)
                machine.release()
            yield results
    finally:
        machine.release()
        if instance:
            machine.call(plan["free"], [("ptr", instance)], "void")


def construct(machine: Machine, step: Json) -> int:
    """Make the object of a class and return its address.

    Raises
    ------
    Refusal
        If the core refuses it.
    """
    args = _arguments(machine, step["args"])
    at = step["threads"]
    if at >= 0 and 1 <= args[at][1] <= 64:  # a wrong number stays wrong
        args[at] = ("i32", machine.threads)
    place = machine.room(machine.pointer_bytes)
    _check(machine, machine.call(step["f"], [("ptr", place), *args, *_sizes(step)]))
    return int.from_bytes(machine.read(place, machine.pointer_bytes), "little")


def _arguments(machine: Machine, args: Sequence[Any]) -> list[Typed]:
    made: list[Typed] = []
    for arg in args:
        if isinstance(arg, dict):
            made.append(("ptr", machine.put(make_array(arg))))
        else:
            made.append((arg[0], make_argument(arg[1])))
    return made


def _sizes(step: Json) -> list[Typed]:
    return [("i32", n) for n in step["sizes"]]


def call_step(machine: Machine, step: Json, instance: int) -> list[Output]:
    """Make the call of a step; an operation wants no instance.

    Raises
    ------
    Refusal
        If the core refuses it.
    """
    first: list[Typed] = [] if step["kind"] == "op" else [("ptr", instance)]
    args, sizes = _arguments(machine, step["args"]), _sizes(step)
    if step["kind"] == "hot":
        kind = step["outs"][0][0]
        return [_scalar(kind, machine.call(step["f"], [*first, *args], kind))]
    scalars = [typed for typed, arg in zip(args, step["args"], strict=True) if not isinstance(arg, dict)]
    shapes = _shapes(machine, step, [*first, *scalars, *sizes])
    rooms = [machine.room(_size(kind, shape)) for (kind, _), shape in zip(step["outs"], shapes, strict=True)]
    _check(machine, machine.call(step["f"], [*first, *(("ptr", r) for r in rooms), *args, *sizes]))
    return [_result(machine, *found) for found in zip(step["outs"], shapes, rooms, strict=True)]


def _shapes(machine: Machine, step: Json, args: list[Typed]) -> list[list[int]]:
    """The shape of each output; scalars have none."""
    dims = sum(count for _, count in step["outs"])
    if dims == 0:
        return [[] for _ in step["outs"]]
    place = machine.room(4 * dims)
    _check(machine, machine.call(f"{step['f']}_sizes", [("ptr", place), *args]))
    flat = list(struct.unpack(f"<{dims}i", machine.read(place, 4 * dims)))
    return [[flat.pop(0) for _ in range(count)] for _, count in step["outs"]]


def _size(kind: str, shape: list[int]) -> int:
    return _BYTES[kind] * math.prod(shape) if shape else 8


def _result(machine: Machine, out: list[Any], shape: list[int], place: int) -> Output:
    kind, dims = out
    if dims:
        return Output("f32" if kind == "c64" else kind, machine.read(place, _size(kind, shape)))
    if kind == "str":
        address = int.from_bytes(machine.read(place, machine.pointer_bytes), "little")
        return Output("text", machine.text(address).encode())
    form = _SCALARS[kind]
    return _scalar(kind, struct.unpack(form, machine.read(place, struct.calcsize(form)))[0])


def _scalar(kind: str, value: Any) -> Output:
    return Output("f64", struct.pack("<d", value) if value == value else _NAN)


def _check(machine: Machine, status: int) -> None:
    if status != 0:
        raise Refusal(machine.text(machine.call("last_error", [], "ptr")))


def line(machine: Machine, plan: Json, *, steps: bool = False) -> Json:
    """Run a plan and return what is told of it."""
    return told(plan, outputs(machine, plan), steps=steps)


def told(plan: Json, given: Iterable[list[Output]], *, steps: bool = False) -> Json:
    """Return the line of a plan whose steps give this: a hash, each step's too, or the outputs of the dumped step."""
    head: Json = {"case": plan["id"], "op": plan["op"]}
    whole, size, each = hashlib.sha256(), 0, []
    try:
        for index, results in enumerate(given):
            content = b"".join(result.content for result in results)
            whole.update(content)
            size += len(content)
            each.append(hashlib.sha256(content).hexdigest()[:16])
            if index == plan.get("dump"):
                return {**head, "outputs": [{"type": r.kind, "hex": r.content.hex()} for r in results]}
    except Refusal as refusal:
        head["error"] = str(refusal)
    else:
        head |= {"bytes": size, "sha256": whole.hexdigest()}
    return {**head, "steps": each} if steps else head
