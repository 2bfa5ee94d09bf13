"""How long one waits before anything happens: a fresh process that imports the package, and one that prints help."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from .timing import Case, Contender

__all__ = ["cases"]


def cases() -> Iterator[Case]:
    """Yield importing beside NumPy, which every such package needs, and the command's help beside bare Python."""
    imports = [_process(f"import {name}", "-c", f"import {name}") for name in ("unisono", "numpy", "librosa", "torch")]
    yield Case("a process that imports", [*imports, _process("python alone", "-c", "")], unit="ms", scale=1e3)
    commands = [
        _process("unisono --help", "-m", "unisono", "--help"),
        _process("unisono train --help", "-m", "unisono", "train", "--help"),
    ]
    yield Case("help of the command", [*commands, _process("python alone", "-c", "")], unit="ms", scale=1e3)


def _process(name: str, *arguments: str) -> Contender:
    command = [sys.executable, *arguments]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return Contender(name, None, (tried.stderr.strip().splitlines() or ["failed"])[-1])
    return Contender(name, lambda: subprocess.run(command, capture_output=True, check=True))
