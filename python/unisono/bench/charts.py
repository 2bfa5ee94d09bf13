"""Pictures of what was measured, as SVG and PNG: bars of each case, decibels over time, cost over size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .timing import Result, Row

__all__ = ["write"]

_OURS, _PEER = "#1f6fb2", "#b8b8b8"


def write(folder: Path, group: str, results: Sequence[Result]) -> list[Path]:
    """Draw all results of a group into one picture, in both formats; return the files."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = [result for result in results if any(row.median is not None for row in result.rows)]
    if not drawn:
        return []
    columns = 2 if len(drawn) > 1 else 1
    heights = [_height(result) for result in drawn]
    rows = -(-len(drawn) // columns)
    tall = [max(heights[columns * i : columns * (i + 1)]) for i in range(rows)]
    figure = Figure(figsize=(6.5 * columns, sum(tall)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, columns, squeeze=False, height_ratios=tall).flat
    for panel in panels:
        panel.set_visible(False)
    for panel, result in zip(figure.axes, drawn, strict=False):
        panel.set_visible(True)
        _draw(panel, result)
    files = [folder / f"bench_{group}.{kind}" for kind in ("svg", "png")]
    with rc_context({"svg.fonttype": "none"}):  # text stays text
        for file in files:
            figure.savefig(file, dpi=110, metadata={"Date": None} if file.suffix == ".svg" else None)
    return files


def _height(result: Result) -> float:
    curve = result.grows or any(row.score is not None for row in result.rows)
    return 3.2 if result.grows else 5.0 if curve and len(result.rows) > 8 else 0.9 + 0.32 * len(result.rows)


def _draw(panel: Any, result: Result) -> None:
    panel.set_title(result.title, fontsize=9, loc="left")
    panel.tick_params(labelsize=8)
    rows = [row for row in result.rows if row.median is not None]
    if result.grows:
        _growth(panel, result, rows)
    elif sum(row.score is not None for row in rows) > 8:
        _curve(panel, result, rows)
    else:
        _bars(panel, result, rows)


def _bars(panel: Any, result: Result, rows: list[Row]) -> None:
    medians = [row.median or 0.0 for row in rows]
    colours = [_OURS if row.name.startswith("unisono") else _PEER for row in rows]
    spread = [[row.median - (row.low or 0.0) for row in rows if row.median is not None]]
    spread.append([(row.high or 0.0) - row.median for row in rows if row.median is not None])
    bars = panel.barh([row.name for row in rows], medians, color=colours, xerr=spread, error_kw={"lw": 0.8})
    panel.bar_label(bars, [f" {median:.3g}" for median in medians], fontsize=8)
    panel.invert_yaxis()
    panel.margins(x=0.15)
    panel.set_xlabel(result.unit, fontsize=8)


def _curve(panel: Any, result: Result, rows: list[Row]) -> None:
    """One line a method: what its name says before the comma."""
    methods: dict[str, list[Row]] = {}
    for row in rows:
        if row.score is not None:
            methods.setdefault(row.name.rpartition(",")[0] or row.name, []).append(row)
    for name, points in methods.items():
        style = "o-" if name.startswith("unisono") else "s--"
        panel.plot([p.median for p in points], [p.score for p in points], style, label=name, ms=4, lw=1)
    panel.set_xscale("log")
    panel.set_xlabel(result.unit, fontsize=8)
    panel.set_ylabel("consistency, dB", fontsize=8)
    panel.grid(alpha=0.3)
    panel.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0))  # beside the points, none of which it hides


def _growth(panel: Any, result: Result, rows: list[Row]) -> None:
    sizes = [row.size for row in rows]
    panel.loglog(sizes, [row.median for row in rows], "o-", color=_OURS)
    panel.minorticks_off()
    panel.set_xticks(sizes, [f"{size:g}" for size in sizes])
    panel.set_xlabel(result.grows, fontsize=8)
    panel.set_ylabel("s", fontsize=8, color=_OURS)
    panel.grid(alpha=0.3)
    memory = panel.twinx()
    memory.plot(sizes, [row.memory for row in rows], "s--", color="#c06020", ms=4)
    memory.set_ylim(0, max(1.0, 1.1 * max(row.memory or 0.0 for row in rows)))
    memory.set_ylabel("MiB", fontsize=8, color="#c06020")
    memory.tick_params(labelsize=8)
