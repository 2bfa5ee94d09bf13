"""How time is taken: contenders in turn, one warm-up each, medians of the rest."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from . import limits

__all__ = ["Case", "Contender", "Result", "Row", "measure", "row_of", "tell_real_time"]

_SHORTEST = 0.02  # seconds; quicker work is repeated within one timing


@dataclass
class Contender:
    """One way to do the work, or what is missing for it."""

    name: str
    work: Callable[[], Any] | None
    missing: str = ""
    note: Callable[[], str] | None = None  # asked after the timing
    score: Callable[[], float] | None = None  # asked after the timing: how good the result is, in dB


@dataclass
class Case:
    """The same work for several contenders; the first one is ours. `per` divides the seconds (samples, transforms).

    `work` counts what one run needs at least; what is done `once` has no warm-up; of what makes `sound` (s), rows say
    how much faster than real time it is.
    """

    title: str
    contenders: list[Contender]
    per: float = 1.0
    unit: str = "s"
    scale: float = 1.0  # seconds to unit
    work: limits.Work | None = None
    once: bool = False
    sound: float = 0.0


@dataclass
class Row:
    """What was measured of one contender, in the unit of its result."""

    name: str
    median: float | None = None
    low: float | None = None
    high: float | None = None
    ratio: float | None = None  # its time divided by ours: above 1, we are faster
    times: list[float] = field(default_factory=list)
    note: str = ""
    missing: str = ""
    score: float | None = None  # dB
    size: float | None = None  # of the work, where the case is about growth
    memory: float | None = None  # MiB at most, in a process of its own


@dataclass
class Result:
    """All rows of one case."""

    title: str
    unit: str
    rows: list[Row]
    limit: dict[str, Any] | None = None  # how far our row is from the machine's ceilings
    grows: str = ""  # what the sizes are of, where the case is about growth

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain data for JSON."""
        return asdict(self)

    def ours(self) -> Row:
        """Return the first row, or the next of ours if what it needs is missing."""
        own = [row for row in self.rows if row.name.startswith("unisono")]
        return next((row for row in own if row.median), self.rows[0])

    def compare(self) -> Result:
        """Fill in how often each row takes our time.

        Where both were timed in turns it is the median of the turns' ratios, as what slows the machine for a while then
        slows both; else the ratio of the medians.
        """
        ours = self.ours()
        for row in self.rows:
            if ours.median and row.median and len(row.times) == len(ours.times):
                row.ratio = statistics.median(one / own for one, own in zip(row.times, ours.times, strict=True))
            else:
                row.ratio = row.median / ours.median if ours.median and row.median else None
        return self


def measure(case: Case, repeats: int) -> Result:
    """Time every contender of a case, alternating, so that a disturbance meets all of them."""
    present = [c for c in case.contenders if c.work is not None]
    loops = {c.name: 1 if case.once else _loops(c.work) for c in present if c.work is not None}
    times: dict[str, list[float]] = {c.name: [] for c in present}
    for _ in range(1 if case.once else repeats):
        for contender in present:
            if contender.work is not None:
                time.sleep(limits.PAUSE)
                times[contender.name].append(_seconds(contender.work, loops[contender.name]) * case.scale / case.per)
    result = Result(case.title, case.unit, [_row(c, times.get(c.name, [])) for c in case.contenders]).compare()
    if case.sound:
        tell_real_time(result.rows, case.sound * case.scale / case.per)
    ours = result.ours().median
    if case.work and ours:
        result.limit = limits.judge(case.work, ours * case.per / case.scale)
    return result


def row_of(name: str, times: list[float], note: str = "") -> Row:
    """Return the row of measured times that are already in the result's unit."""
    return Row(name, statistics.median(times), min(times), max(times), None, times, note)


def tell_real_time(rows: list[Row], sound: float) -> None:
    """Add to each row's note how often faster than real time it makes `sound`, in the unit of the row."""
    for row in rows:
        if row.median:
            row.note = ", ".join(filter(None, [row.note, f"{sound / row.median:.3g} x real time"]))


def _row(contender: Contender, times: list[float]) -> Row:
    if not times:
        return Row(contender.name, missing=contender.missing)
    row = row_of(contender.name, times, contender.note() if contender.note else "")
    row.score = contender.score() if contender.score else None
    return row


def _loops(work: Callable[[], Any]) -> int:
    """Run once unmeasured, then find how many runs make a timing long enough."""
    work()
    once = _seconds(work, 1)
    return max(1, int(_SHORTEST / max(once, 1e-7)))


def _seconds(work: Callable[[], Any], loops: int) -> float:
    start = time.perf_counter()
    for _ in range(loops):
        work()
    return (time.perf_counter() - start) / loops
