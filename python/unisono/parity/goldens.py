"""The golden list: for each operation the hash of what goes in and of what must come out, one list for all engines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .plan import operations

__all__ = ["entry", "find", "grouped", "inputs", "moved", "read"]

Json = dict[str, Any]


def find(name: str = "goldens.json") -> Path | None:
    """Return a file that the package carries, or the checkout that it runs in."""
    here = Path(__file__).resolve().parent
    places = [here / name, here.parents[2] / "tests" / "parity" / name]
    return next((place for place in places if place.is_file()), None)


def read() -> Json:
    """Return the golden list that the package carries: empty if it carries none."""
    path = find()
    return dict(json.loads(path.read_text())) if path else {}


def grouped(items: Iterable[Json]) -> dict[str, list[Json]]:
    """Return plans or lines by operation, those that others rest upon first."""
    groups: dict[str, list[Json]] = {}
    for item in items:
        groups.setdefault(item["op"], []).append(item)
    order = {name: i for i, name in enumerate(operations())}
    return dict(sorted(groups.items(), key=lambda pair: order.get(pair[0], len(order))))


def inputs(plans: Sequence[Json]) -> str:
    """Return the hash of what goes in."""
    found = hashlib.sha256()
    for plan in plans:
        found.update(json.dumps(plan, sort_keys=True).encode())
    return found.hexdigest()[:32]


def entry(plans: Sequence[Json], lines: Sequence[Json], known_inputs: str = "") -> Json:
    """Return the golden entry of an operation: how many cases, the hash of them, the hash of what they gave."""
    results = hashlib.sha256()
    for line in lines:
        results.update(f"{line['case']} {line.get('sha256') or line['error']}\n".encode())
    if len(lines) != len(plans):
        raise ValueError(f"{len(lines)} lines of {len(plans)} cases")
    return {"cases": len(plans), "inputs": known_inputs or inputs(plans), "outputs": results.hexdigest()}


def moved(old: Mapping[str, Json], new: Mapping[str, Json]) -> list[str]:
    """Return the operations that give other bits for the same inputs."""
    both = [name for name in new if name in old and old[name]["inputs"] == new[name]["inputs"]]
    return [name for name in both if old[name]["outputs"] != new[name]["outputs"]]
