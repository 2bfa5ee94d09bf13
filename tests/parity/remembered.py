"""What engines gave in earlier runs of all.py, so that a run of hours that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from unisono.parity.engines import Engine

Json = dict[str, Any]


@cache
def _content(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _identity(engine: Engine) -> str:
    """Changes with the engine's name, its options, and every file that its command names: program, module."""
    words = [*engine.command, str(getattr(engine, "module", ""))]
    return repr([engine.name, *(_content(word) if Path(word).is_file() else word for word in words)])


class Remembered:
    """Entries by engine and plans, in a file: a line for each."""

    def __init__(self, path: Path, *, again: bool = False) -> None:
        self._path = path
        self._lock = Lock()
        self._kept: dict[str, Json] = {} if again else self._read()

    def _read(self) -> dict[str, Json]:
        lines = self._path.read_text().splitlines() if self._path.is_file() else []
        return dict(json.loads(line) for line in lines if line.endswith("]"))  # one may have been cut off

    def key(self, engine: Engine, name: str, inputs: str) -> str:
        """Return what names the plans of an entry of the golden list, by their hash, in this engine."""
        return hashlib.sha256(f"{_identity(engine)} {name} {inputs}".encode()).hexdigest()

    def get(self, key: str) -> Json | None:
        """Return the entry that was made, and found equal to what was expected, if it was."""
        return self._kept.get(key)

    def keep(self, entries: dict[str, Json]) -> None:
        """Remember what was given, by key."""
        with self._lock:
            self._kept |= entries
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a") as file:  # another run may write meanwhile
                file.write("".join(json.dumps(pair) + "\n" for pair in entries.items()))
