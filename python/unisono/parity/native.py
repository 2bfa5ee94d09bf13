"""A native library of the core as a machine for plans, called through ctypes."""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UnisonoError
from .machine import Machine
from .plan import interface

__all__ = ["Flushing", "Native"]

_TYPES: dict[str, Any] = {
    "ptr": ctypes.c_void_p,
    "i32": ctypes.c_int32,
    "u32": ctypes.c_uint32,
    "f32": ctypes.c_float,
    "f64": ctypes.c_double,
    "void": None,
}
_MXCSR_AT = 28  # bytes into glibc's fenv_t on x86-64
_FLUSH = 0x8040  # flush to zero, and denormals are zero


class Native:
    """The functions of one shared library."""

    pointer_bytes = ctypes.sizeof(ctypes.c_void_p)

    def __init__(self, library: Path, threads: int) -> None:
        self.threads = threads
        loaded = ctypes.CDLL(str(library))
        loaded.unisono_get_api.restype = ctypes.c_void_p
        members = interface()["table"]
        table = ctypes.cast(loaded.unisono_get_api(), ctypes.POINTER(ctypes.c_void_p * (1 + len(members)))).contents
        abi = ctypes.string_at(table[0] or 0).decode()
        if abi != interface()["abi"]:
            raise UnisonoError(f"{library} was built from another spec ({abi})")
        self._addresses = dict(zip(members, list(table)[1:], strict=True))
        self._kept: list[NDArray[Any]] = []

    def put(self, array: NDArray[Any]) -> int:
        """Keep an array alive; the core reads it where it is."""
        kept = np.ascontiguousarray(array)
        self._kept.append(kept)
        return int(kept.ctypes.data)

    def room(self, size: int) -> int:
        """Return the address of so many bytes that hold nothing in particular."""
        return self.put(np.full(max(size, 16), 0xA5, np.uint8))

    def read(self, address: int, size: int) -> bytes:
        """Copy bytes out."""
        return ctypes.string_at(address, size)

    def text(self, address: int) -> str:
        """Return the zero-terminated text at an address."""
        return ctypes.string_at(address).decode()

    def call(self, name: str, args: Sequence[tuple[str, Any]], result: str = "i32") -> Any:
        """Call a function by the types of its arguments."""
        function = ctypes.CFUNCTYPE(_TYPES[result], *(_TYPES[kind] for kind, _ in args))(self._addresses[name])
        return function(*(value for _, value in args))

    def release(self) -> None:
        """Let the arrays go."""
        self._kept.clear()


class Flushing:
    """Another machine, with the processor told before each call to flush subnormals to zero, as some hosts do.

    Raises
    ------
    UnisonoError
        On another processor than x86-64 with glibc.
    """

    def __init__(self, machine: Machine) -> None:
        if platform.machine() != "x86_64" or platform.libc_ver()[0] != "glibc":
            raise UnisonoError("flush-to-zero can be set on x86-64 with glibc only")
        self._machine = machine
        self._libm = ctypes.CDLL("libm.so.6")
        self._plain, self._flush = (ctypes.c_uint8 * 32)(), (ctypes.c_uint8 * 32)()
        self._libm.fegetenv(self._plain)
        self._libm.fegetenv(self._flush)
        ctypes.c_uint32.from_buffer(self._flush, _MXCSR_AT).value |= _FLUSH
        self._libm.fesetenv(self._flush)
        works = np.float32(1e-30) * np.float32(1e-10) == 0
        self._libm.fesetenv(self._plain)
        if not works:
            raise UnisonoError("flush-to-zero was set and has no effect")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._machine, name)

    def call(self, name: str, args: Sequence[tuple[str, Any]], result: str = "i32") -> Any:
        """Call while subnormals are flushed; inputs were made before and outputs are read after."""
        self._libm.fesetenv(self._flush)
        try:
            return self._machine.call(name, args, result)
        finally:
            self._libm.fesetenv(self._plain)
