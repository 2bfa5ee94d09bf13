"""Honest speed tables: this package and its installed peers on the same work, side by side in one run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import UnisonoError
from .clip import bench_clip
from .timing import Case, Result, measure

__all__ = ["GROUPS", "PARTS", "run"]

GROUPS = ("dsp", "phase", "training", "generation", "pictures", "start", "growth", "web")
PARTS = ("web-dsp", "web-training", "web-playing", "web-wavenet")  # of the group web, which is all of them


def run(
    groups: Sequence[str] = GROUPS,
    *,
    clip: Path | None = None,
    repeats: int = 5,
    threads: int | None = None,
    as_json: bool = False,
    install: bool = False,
    write: Path | None = None,
) -> list[Result]:
    """Time the groups asked for, print tables (or JSON), and return the results.

    Parameters
    ----------
    groups : sequence of str
        Some of `GROUPS` and `PARTS`.
    clip : Path, optional
        Sound file to work on; a piece made on the spot if left out. The first nine seconds are used.
    repeats : int
        Timed runs of each contender, after one that is not counted; at least 5 for a median worth quoting.
    threads : int, optional
        Threads for training, ours and the peers'; all processors if left out.
    as_json : bool
        Print one JSON object instead of tables.
    install : bool
        Install the missing peers with pip, npm and apt first.
    write : Path, optional
        Folder for ``bench.json`` and a chart of each group as SVG and PNG.

    Raises
    ------
    UnisonoError
        If a group does not exist, or fewer than one repeat is asked for.
    """
    unknown = [name for name in groups if name not in GROUPS + PARTS]
    if unknown:
        raise UnisonoError(f"no such group: {unknown[0]}; there are {', '.join(GROUPS + PARTS)}")
    if repeats < 1:
        raise UnisonoError(f"repeats: got {repeats}; must be at least 1")
    from . import peers, report

    if install:
        peers.install([name.partition("-")[0] for name in groups])
    samples = bench_clip(clip)
    facts = report.machine(threads)
    printer = report.Quiet() if as_json else report.Tables(facts)
    results: dict[str, list[Result]] = {}
    for group in groups:
        for case in _cases(group, samples, threads, repeats):
            result = case if isinstance(case, Result) else measure(case, repeats)
            printer.show(group, result)
            results.setdefault(group, []).append(result)
    flat = [result for found in results.values() for result in found]
    text = json.dumps({"machine": facts, "results": [result.as_dict() for result in flat]}, indent=1)
    if as_json:
        print(text)
    if write is not None:
        _write(write, text, results)
    return flat


def _write(folder: Path, text: str, results: dict[str, list[Result]]) -> None:
    """Leave the figures and the charts in a folder."""
    from . import charts

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(text + "\n")
    for group, found in results.items():
        charts.write(folder, group, found)


def _cases(
    group: str, samples: NDArray[np.float32], threads: int | None, repeats: int
) -> Iterator[Case] | Iterator[Result] | Iterator[Case | Result]:
    """Return the cases of a group, made one by one so that only the present one's data is held."""
    if group == "dsp":
        from . import dsp

        return dsp.cases(samples)
    if group == "phase":
        from . import phase

        return phase.cases(samples, repeats)
    if group == "training":
        from . import training, wavenet

        return chain(training.all_cases(samples, threads), wavenet.training(samples, threads))
    if group == "generation":
        from . import generation, wavenet

        return chain(generation.cases(samples, threads), wavenet.generation(samples))
    if group == "pictures":
        from . import pictures

        return pictures.results(repeats)
    if group == "start":
        from . import startup

        return startup.cases()
    if group == "growth":
        from . import growth

        return growth.results(repeats)
    from . import web, web_dsp

    parts = PARTS if group == "web" else (group,)
    transforms = web_dsp.results(repeats) if "web-dsp" in parts else iter(())
    return chain(transforms, web.results(samples, threads, repeats, parts))
