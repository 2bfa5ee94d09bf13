"""The engines that this machine has: native libraries, and WebAssembly in wasmtime, Node, Bun and browsers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from .. import _ops
from ..errors import UnisonoError
from .machine import Output, Refusal, told
from .plan import text_plan
from .wasm import find_wasm, has_wasmtime

__all__ = ["KEEP_MEMORY", "Engine", "engines", "isas"]

Json = dict[str, Any]

# glibc gives large blocks back to the system at once: a case of WaveNet spent three quarters of its time on new pages.
KEEP_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 31)}
_ISAS = ("sse2", "avx2", "avx512")  # by age; a processor that runs one runs those before it


@dataclass(frozen=True)
class Engine:
    """A build of the core and a command that runs plans in it: `COMMAND... PLAN [--steps]`, one JSON line a plan."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    native: bool = False  # a runner of tests/parity/native: reads text, and gives bytes that are hashed here
    only: tuple[str, ...] = ()  # operations, where not all can be run
    more_threads: bool = False  # a program that is an engine already, with another number of threads

    def __str__(self) -> str:
        return self.name

    def fault(self) -> str:
        """Return why it does not start here, though it was found: empty if it may."""
        return ""

    def run(self, plans: Sequence[Json], *, steps: bool = False) -> list[Json]:
        """Run plans in a process of their own and return one line for each.

        Raises
        ------
        UnisonoError
            If the process fails.
        """
        with tempfile.TemporaryDirectory() as folder, open(Path(folder, "errors"), "w+") as errors:
            path = Path(folder) / "plans"
            path.write_text(text_plan(list(plans)) if self.native else json.dumps(plans))
            command = [*self.command, str(path), *(["--steps"] if steps and not self.native else [])]
            environment = {**os.environ, **self.environment}
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment) as process:
                stream = cast(IO[bytes], process.stdout)
                if self.native:
                    lines = list(_told(plans, stream, steps=steps))
                else:
                    lines = [json.loads(text) for text in stream if text.startswith(b"{")]
            errors.seek(0)
            last = errors.read().strip()[-2000:]
        if process.returncode != 0 or len(lines) != len(plans):
            raise UnisonoError(
                f"{self.name} failed with code {process.returncode} after {len(lines)} of {len(plans)}: {last}"
            )
        return lines


def _told(plans: Iterable[Json], stream: IO[bytes], *, steps: bool) -> Iterator[Json]:
    """The lines of what a native runner gives: as many as it came to."""
    for plan in plans:
        head = stream.readline()
        if not head.endswith(b"\n"):
            return
        found = json.loads(head)
        results = [[Output(kind, stream.read(size)) for kind, size in step] for step in found["steps"]]
        yield told(plan, _given(results, found["error"]), steps=steps)


def _given(results: list[list[Output]], error: str | None) -> Iterator[list[Output]]:
    yield from results
    if error is not None:
        raise Refusal(error)


def isas() -> list[str]:
    """Return the instruction sets whose libraries are installed and run here."""
    best = _ops.build_info()["isa"]
    usable = _ISAS[: _ISAS.index(best) + 1] if best in _ISAS else (best,)
    return [isa for isa in usable if _library(isa).exists()]


def _library(isa: str) -> Path:
    return Path(__file__).parent.parent / f"libunisono_{isa}.so"


def native(library: Path, name: str, threads: int, *options: str) -> Engine:
    """Return a native library with a number of threads as an engine."""
    command = (sys.executable, "-m", "unisono.parity.worker", "--library", str(library), "--threads", str(threads))
    counted = f"{threads} thread{'s' if threads > 1 else ''}"
    flushing = ", flush-to-zero" if "--flush" in options else ""
    return Engine(f"{name}, {counted}{flushing}", (*command, *options), KEEP_MEMORY)


def in_wasmtime(module: Path, name: str = "wasm in wasmtime", *options: str) -> Engine:
    """Return a WebAssembly module inside a Python process as an engine."""
    return Engine(name, (sys.executable, "-m", "unisono.parity.worker", "--wasm", str(module), *options))


def in_javascript(program: str, module: Path, name: str) -> Engine:
    """Return a WebAssembly module in Node, Bun or the like as an engine."""
    main = Path(__file__).parent / "web" / "main.mjs"
    return Engine(name, (program, str(main), "--wasm", str(module)))


def engines(module: Path | None = None, threads: Sequence[int] = (1, 2)) -> list[Engine]:
    """Return every engine found; the first is what the others are compared with.

    Parameters
    ----------
    module : path, optional
        The WebAssembly module; by default what `find_wasm` finds.
    threads : sequence of int
        Numbers of threads to run each native library with.
    """
    found = [native(_library(isa), f"native {isa}", n) for isa in isas() for n in threads]
    module = module or find_wasm()
    if module is None:
        return found
    if has_wasmtime():
        found.append(in_wasmtime(module))
    for program in ("node", "bun"):
        if path := shutil.which(program):
            found.append(in_javascript(path, module, f"wasm in {program}"))
    from .browser import browsers

    return [*found, *browsers(module)]
