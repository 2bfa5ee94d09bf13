"""Honest speed tables: this package and its installed peers on the same work, side by side in one run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UnisonoError
from .clip import bench_clip
from .timing import Case, Result, measure

__all__ = ["GROUPS", "run"]

GROUPS = ("dsp", "phase", "training", "generation", "pictures", "web")


def run(
    groups: Sequence[str] = GROUPS,
    *,
    clip: Path | None = None,
    repeats: int = 5,
    threads: int | None = None,
    as_json: bool = False,
    install: bool = False,
) -> list[Result]:
    """Time the groups asked for, print tables (or JSON), and return the results.

    Parameters
    ----------
    groups : sequence of str
        Some of `GROUPS`.
    clip : Path, optional
        Sound file to work on; a piece made on the spot if left out. The first nine seconds are used.
    repeats : int
        Timed runs of each contender, after one that is not counted; at least 5 for a median worth quoting.
    threads : int, optional
        Threads for training, ours and the peers'; all processors if left out.
    as_json : bool
        Print one JSON object instead of tables.
    install : bool
        Install the missing peers with pip (and npm, for what runs in Node or Chromium) first.

    Raises
    ------
    UnisonoError
        If a group does not exist, or fewer than one repeat is asked for.
    """
    unknown = [name for name in groups if name not in GROUPS]
    if unknown:
        raise UnisonoError(f"no such group: {unknown[0]}; there are {', '.join(GROUPS)}")
    if repeats < 1:
        raise UnisonoError(f"repeats: got {repeats}; must be at least 1")
    from . import peers, report

    if install:
        peers.install(groups)
    samples = bench_clip(clip)
    facts = report.machine(threads)
    printer = report.Quiet() if as_json else report.Tables(facts)
    results: list[Result] = []
    for group in groups:
        for case in _cases(group, samples, threads, repeats):
            result = case if isinstance(case, Result) else measure(case, repeats)
            printer.show(group, result)
            results.append(result)
    if as_json:
        print(json.dumps({"machine": facts, "results": [result.as_dict() for result in results]}, indent=1))
    return results


def _cases(
    group: str, samples: NDArray[np.float32], threads: int | None, repeats: int
) -> Iterator[Case] | Iterator[Result]:
    """Return the cases of a group, made one by one so that only the present one's data is held."""
    if group == "dsp":
        from . import dsp

        return dsp.cases(samples)
    if group == "phase":
        from . import phase

        return phase.cases(samples)
    if group == "training":
        from . import training

        return training.cases(samples, threads)
    if group == "generation":
        from . import generation

        return generation.cases(samples)
    if group == "pictures":
        from . import pictures

        return pictures.results(repeats)
    from . import web

    return web.results(samples, threads, repeats)
