"""A MagnetModel in another engine of this process, for whoever wants to train outside the native library."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .machine import Machine, Output, call_step, construct
from .plan import interface, lower_call

__all__ = ["MachineModel"]

_DTYPES = {"f32": np.float32, "i32": np.int32, "i16": np.int16, "u8": np.uint8}


class MachineModel:
    """The methods of `unisono.MagnetModel`, called through a machine: `MachineModel(Wasm(module), preset="default")`.

    Raises
    ------
    Refusal
        What the native class raises as ``ParameterError`` or ``StateError``.
    """

    def __init__(self, machine: Machine, **options: Any) -> None:
        self._machine = machine
        self._methods = interface()["classes"]["MagnetModel"]
        self._instance = construct(machine, lower_call(self._methods["new"], "new", {"options": options}))
        machine.release()

    def __del__(self) -> None:
        if getattr(self, "_instance", 0):
            self._machine.call("magnet_model_free", [("ptr", self._instance)], "void")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or name not in self._methods:
            raise AttributeError(name)

        def method(*args: Any, **options: Any) -> Any:
            step = lower_call(self._methods[name], "call", {"args": list(map(_described, args)), "options": options})
            results = [_value(output) for output in call_step(self._machine, step, self._instance)]
            self._machine.release()
            return results[0] if len(results) == 1 else tuple(results) or None

        return method


def _described(argument: Any) -> Any:
    """An array as plans hold arrays: with its contents."""
    if not isinstance(argument, np.ndarray):
        return argument
    return {"dtype": "f32", "shape": list(argument.shape), "fill": "array", "array": np.asarray(argument, np.float32)}


def _value(output: Output) -> int | float | str | NDArray[Any]:
    if output.kind == "text":
        return output.content.decode()
    if output.kind == "f64":
        (number,) = struct.unpack("<d", output.content)
        return int(number) if number == int(number) else float(number)
    return np.frombuffer(output.content, _DTYPES[output.kind])
