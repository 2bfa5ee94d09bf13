"""What is printed: the machine and versions, then one table a case."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import Any

from .._ops import build_info
from .._version import __version__
from . import peers
from .timing import Result, Row

__all__ = ["Quiet", "Tables", "machine"]

_WIDTH = 160  # characters of a line that goes into a file


def machine(threads: int | None) -> dict[str, Any]:
    """Return what a reader needs to judge the figures: processor, cores, versions."""
    return {
        "cpu": _cpu_name(),
        "cores": os.cpu_count(),
        "threads": threads or os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "unisono": __version__,
        "build": build_info(),
        "peers": peers.versions(),
        "node_peers": peers.node_versions(),
    }


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


class Quiet:
    """Prints nothing: the JSON comes at the end."""

    def show(self, group: str, result: Result) -> None:
        """Take note of a result."""


class Tables:
    """Prints a table as soon as its case is measured."""

    def __init__(self, facts: dict[str, Any]) -> None:
        from rich.console import Console

        # Where nobody resizes a window, notes keep their line.
        self._console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH)
        self._group = ""
        build = ", ".join(f"{key} {value}" for key, value in facts["build"].items())
        self._console.print(f"{facts['cpu']}, {facts['cores']} cores; unisono {facts['unisono']} ({build})")
        both = [*facts["peers"].items(), *facts["node_peers"].items()]
        found = [f"{name} {version}" for name, version in both if version]
        lacking = [name for name, version in facts["peers"].items() if not version]
        self._console.print("peers: " + (", ".join(found) or "none"))
        if lacking:
            self._console.print(f"missing: {', '.join(lacking)} (unisono bench --install-peers)", style="yellow")

    def show(self, group: str, result: Result) -> None:
        """Print the table of one case; above 1 in the last column, we are faster."""
        from rich.table import Table

        if group != self._group:
            self._console.rule(group)
            self._group = group
        table = Table(title=result.title, title_justify="left", box=None, pad_edge=False)
        table.add_column("", min_width=30)
        for head in (f"median {result.unit}", "least", "most", "times ours"):
            table.add_column(head, justify="right")
        table.add_column("")
        for row in result.rows:
            table.add_row(*_cells(row))
        self._console.print(table)
        if result.limit:
            self._console.print(_limit(result.limit), style="dim")
        self._console.print()


def _cells(row: Row) -> tuple[str, ...]:
    if row.median is None:
        return (row.name, "-", "", "", "", row.missing)
    figures = [f"{value:.4g}" for value in (row.median, row.low, row.high) if value is not None]
    measures = [(row.score, "{:.2f} dB"), (row.memory, "{:.0f} MiB")]
    notes = [*(text.format(value) for value, text in measures if value is not None), row.note]
    return (row.name, *figures, f"{row.ratio:.2f}" if row.ratio else "", ", ".join(filter(None, notes)))


def _limit(limit: dict[str, Any]) -> str:
    """One line on how far the first row is from the machine's ceilings."""
    counted = f"{limit['flops']:.3g} operations, {limit['bytes']:.3g} bytes: {limit['gflops']:.3g} GFLOP/s, "
    counted += f"{limit['gbytes']:.3g} GB/s"
    if "missing" in limit:
        return f"{counted}; no ceilings: {limit['missing']}"
    top = limit["ceilings"]
    ceilings = f"{top['flops']:.3g} GFLOP/s unfused, {top['lanes']} lanes, {top['threads']} threads; "
    return f"{counted}; {limit['share']:.0%} of the {limit['of']} ceiling ({ceilings}{top['bytes']:.3g} GB/s)"
