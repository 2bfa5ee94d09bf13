"""The core's WebAssembly module inside this Python process, by wasmtime, as a machine for plans."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UnisonoError
from .plan import interface

__all__ = ["Wasm", "find_wasm", "has_wasmtime"]

_ALIGNED = 16
_BLOCK = 1 << 20
_WASI_BAD_FILE = 8  # errno of a file descriptor that is not open: the core does no input or output


def has_wasmtime() -> bool:
    """Tell whether the package `wasmtime` is installed."""
    return importlib.util.find_spec("wasmtime") is not None


def find_wasm() -> Path | None:
    """Return the module to run: what UNISONO_WASM names, what the package carries, or what a checkout has built."""
    given = os.environ.get("UNISONO_WASM")
    if given:
        return Path(given)
    package = Path(__file__).resolve().parent.parent
    built = Path("dist_web", "wasm", "unisono.wasm")
    places = [package / "unisono.wasm", package.parents[1] / built, built]
    return next((place for place in places if place.is_file()), None)


class Wasm:
    """An instance of the module."""

    pointer_bytes = 4
    threads = 1

    def __init__(self, module: Path) -> None:
        import wasmtime

        self._store = wasmtime.Store()
        compiled = wasmtime.Module.from_file(self._store.engine, str(module))
        imports = [self._stub(wasmtime, wanted) for wanted in compiled.imports]
        self._memory: Any = next(given for given in imports if isinstance(given, wasmtime.Memory))
        self._exports = wasmtime.Instance(self._store, compiled, imports).exports(self._store)
        self._blocks: list[int] = []
        self._next = self._left = 0  # in the last block
        self._environment = _PlainArithmetic()
        self._export("_initialize")(self._store)
        info = self.text(self.call("build_info", [], "ptr"))
        if not info.endswith(f"abi={interface()['abi']}"):
            raise UnisonoError(f"{module} was built from another spec ({info})")

    def _stub(self, wasmtime: Any, wanted: Any) -> Any:
        """The memory, and what stands in for the system: the core asks nothing of it."""
        if isinstance(wanted.type, wasmtime.MemoryType):
            return wasmtime.Memory(self._store, wanted.type)
        results = [_WASI_BAD_FILE for _ in wanted.type.results]
        return wasmtime.Func(self._store, wanted.type, lambda *_: results[0] if results else None)

    def _export(self, name: str) -> Any:
        return self._exports[name]

    def put(self, array: NDArray[Any]) -> int:
        """Copy an array in."""
        content = np.ascontiguousarray(array).tobytes()
        address = self.room(len(content))
        self._memory.write(self._store, content, address)
        return address

    def room(self, size: int) -> int:
        """Set aside bytes in the module's memory: off blocks, for a call of the module costs Python 0.1 ms."""
        size = -(-max(size, 1) // _ALIGNED) * _ALIGNED
        if size > self._left:
            self._left = max(size, _BLOCK)
            self._next = int(self._export("malloc")(self._store, self._left)) & 0xFFFFFFFF
            if self._next == 0:
                raise MemoryError(f"{size} bytes could not be allocated in WebAssembly")
            self._blocks.append(self._next)
        address = self._next
        self._next, self._left = address + size, self._left - size
        return address

    def read(self, address: int, size: int) -> bytes:
        """Copy bytes out."""
        return bytes(self._memory.read(self._store, address, address + size))

    def text(self, address: int) -> str:
        """Return the zero-terminated text at an address."""
        end = min(address + 4096, self._memory.data_len(self._store))
        return self.read(address, end - address).split(b"\0", 1)[0].decode()

    def call(self, name: str, args: Sequence[tuple[str, Any]], result: str = "i32") -> Any:
        """Call an export; unsigned numbers and addresses travel as signed ones."""
        values = [_signed(value) if kind in ("ptr", "u32") else value for kind, value in args]
        with self._environment:
            returned = self._export(f"unisono_{name}")(self._store, *values)
        return returned & 0xFFFFFFFF if result == "ptr" else returned

    def release(self) -> None:
        """Take back what was set aside; the first block stays."""
        for address in self._blocks[1:]:
            self._export("free")(self._store, _signed(address))
        del self._blocks[1:]
        if self._blocks:
            self._next, self._left = self._blocks[0], _BLOCK


class _PlainArithmetic:
    """The floating-point environment that WebAssembly prescribes but cannot set: a host that flushes shows through.

    Native builds of the core do this for themselves at each entry.
    """

    def __init__(self) -> None:
        self._libm = ctypes.CDLL("libm.so.6") if platform.libc_ver()[0] == "glibc" else None
        self._found = (ctypes.c_uint8 * 128)()  # room for any processor's fenv_t

    def __enter__(self) -> None:
        if self._libm:
            self._libm.fegetenv(self._found)
            self._libm.fesetenv(ctypes.c_void_p(-1))  # FE_DFL_ENV

    def __exit__(self, *_: object) -> None:
        if self._libm:
            self._libm.fesetenv(self._found)


def _signed(value: int) -> int:
    return value - (1 << 32) if value >= 1 << 31 else value
