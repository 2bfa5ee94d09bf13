"""What engines gave in earlier runs of all.py, so that a run of hours that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from unisono.parity.engines import Engine

Json = dict[str, Any]
Group = tuple[str, list[Json]]


@cache
def _content(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _identity(engine: Engine) -> str:
    """Changes with the engine's name, its options, and every file that its command names: program, module."""
    words = [*engine.command, str(getattr(engine, "module", ""))]
    return repr([engine.name, *(_content(word) if Path(word).is_file() else word for word in words)])


class Remembered:
    """Entries by engine and plans, in a file."""

    def __init__(self, path: Path, *, again: bool = False) -> None:
        self._path = path
        self._lock = Lock()
        self._kept: dict[str, Json] = json.loads(path.read_text()) if path.is_file() and not again else {}

    def key(self, engine: Engine, groups: Sequence[Group]) -> str:
        """Return what names these plans in this engine."""
        return hashlib.sha256(f"{_identity(engine)} {json.dumps(groups, sort_keys=True)}".encode()).hexdigest()

    def get(self, key: str) -> dict[str, Json] | None:
        """Return what was given, and found equal to what was expected, if it was."""
        return self._kept.get(key)

    def keep(self, key: str, entries: dict[str, Json]) -> None:
        """Remember what was given."""
        with self._lock:
            self._kept[key] = entries
            self._path.parent.mkdir(parents=True, exist_ok=True)
            half = self._path.with_suffix(".part")
            half.write_text(json.dumps(self._kept))
            half.replace(self._path)
