"""The WebAssembly build in Chromium and under Node, beside the native build, Keras and TensorFlow.js."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..browsers import run_module
from ..errors import UnisonoError
from ..web import find_site
from . import limits, wavenet, web_tfjs
from .generation import ONE_STATE, of_preset
from .scripts import NO_SCRIPTS, run_node, script_path
from .timing import Case, Result, Row, measure, row_of, tell_real_time
from .training import cases as native_cases
from .training import whole

__all__ = ["CORE", "results"]

_THREADS = {"two": "two threads, isolated", "one": "one thread"}
_WAYS = {"one_state": f", {ONE_STATE}", "windows": ""}  # of playing; the default preset has no windows
_PRESETS = ("magnet2024", "icmc2019", "default")
CORE = Path("unisono", "dist", "index.js")  # of the studio's folder


def results(samples: NDArray[np.float32], threads: int | None, repeats: int, parts: Sequence[str]) -> Iterator[Result]:
    """Yield trainings, playing and loading, and WaveNet, as the parts ask for; a row says what is missing."""
    wanted = [part for part in ("training", "playing", "wavenet") if f"web-{part}" in parts]
    if not wanted:
        return
    page = _in_chromium(samples, repeats, wanted)
    node = _under_node(samples, repeats) if wanted != ["wavenet"] else None
    if "training" in wanted:
        yield from _trainings(page, node, samples, threads, repeats)
    if isinstance(page, str):
        yield Result("playing and loading in a page", "s", [Row("Chromium", missing=page)])
        return
    if "playing" in wanted:
        yield from _page_results(page, node, samples, threads, repeats)
    if "wavenet" in wanted:
        yield from _wavenet_results(page, samples, threads, repeats)


def _trainings(
    page: Any, node: Any, samples: NDArray[np.float32], threads: int | None, repeats: int
) -> Iterator[Result]:
    for preset, native in zip(_PRESETS, native_cases(samples, threads), strict=True):
        rows = [*_page_epochs(page, preset), _node_row(node, preset, "epoch")]
        rows += _native(native, repeats)
        if preset != "default":
            rows += web_tfjs.rows(samples, preset, "batches", repeats)
        yield _judged(Result(f"one epoch of {preset} in a Worker", "s", rows), native, page)
    if not isinstance(page, str):
        found = page["whole"]
        note = f"all {found['epochs']} epochs, once; the paper's 1000 took 12 h"
        words = _THREADS["two" if found["threads"] > 1 else "one"]
        row = row_of(f"unisono in {page['browser']}, {words}", [found["seconds"]], note)
        result = Result("default's whole training on the clip, in the page", "s", [row])
        yield _judged(result, whole(samples, found["threads"]), page)


def _judged(result: Result, case: Case, page: Any, scale: float = 1.0) -> Result:
    """Fill in ratios and, where the first row was measured in the page, how far that is from WebAssembly's ceilings."""
    ours = result.compare().rows[0].median
    if case.work and ours and not isinstance(page, str):
        threads = 2 if "two" in result.rows[0].name else 1
        top = limits.Ceilings(**page["ceilings"][threads - 1])
        result.limit = limits.judge(replace(case.work, threads=threads), ours * case.per / scale, top)
    return result


def _native(case: Case, repeats: int) -> list[Row]:
    """Return the rows of work that is done outside the browser."""
    rows = measure(case, repeats).rows
    return [replace(row, name=f"{row.name}, native", ratio=None) for row in rows]


def _page_epochs(page: Any, preset: str) -> list[Row]:
    if isinstance(page, str):
        return [Row(f"unisono in Chromium, {name}", missing=page) for name in _THREADS.values()]
    rows = []
    for key, name in _THREADS.items():
        found = page["epochs"][preset][key]
        longest = (
            f"longest task of the page {1000 * found['longest']:.0f} ms"
            if found["longest"]
            else "no task of the page over 50 ms"
        )
        if key == "two" and found["threads"] < 2:
            rows.append(Row(f"unisono in {page['browser']}, {name}", missing="the page got one thread"))
        else:
            rows.append(row_of(f"unisono in {page['browser']}, {name}", found["seconds"], longest))
    return rows


def _node_row(node: Any, preset: str, what: str, way: str = "windows") -> Row:
    if isinstance(node, str):
        return Row(f"unisono under Node{_WAYS[way]}, one thread", missing=node)
    found = next(each["all"] for each in node["results"] if each["preset"] == preset)
    return row_of(f"unisono under Node {node['machine']['node']}{_WAYS[way]}, one thread", found.get(way, found)[what])


def _page_results(
    page: Any, node: Any, samples: NDArray[np.float32], threads: int | None, repeats: int
) -> Iterator[Result]:
    name = f"unisono in {page['browser']}"
    for preset in _PRESETS:
        sound, second = of_preset(samples, preset, threads)
        rows = _rows_here(page, node, preset, "generate")
        tell_real_time(rows, sound.sound)
        rows += _native(sound, repeats)
        yield _judged(Result(f"generate 10 s, {preset}, one thread", "s", rows), sound, page)
        rows = _rows_here(page, node, preset, "magnitudes")
        if preset != "default":
            rows += web_tfjs.rows(samples, preset, "second", repeats)
        rows = [*map(_in_ms, rows), *_native(second, repeats)]
        yield _judged(Result(f"one second without phases, {preset}, one thread", "ms", rows), second, page, 1e3)
    live = [
        row_of(f"{name}, {preset}{_WAYS[way]}", found["live"])
        for preset in _PRESETS
        for way, found in page["playing"][preset].items()
    ]
    yield Result("playing live: share of one core", "%", live)
    yield Result("30 s rendered offline in the page, default", "s", [row_of(name, page["offline"])])
    yield Result("first sound after the click, default", "s", [row_of(name, page["first_sound"])])
    yield Result("package loaded and compiled, from loopback", "s", [row_of(name, page["load"])])


def _rows_here(page: Any, node: Any, preset: str, what: str) -> list[Row]:
    """Return the page's and Node's rows: with windows and, for the faithful presets, with one state."""
    rows = []
    for way, found in page["playing"][preset].items():
        name = f"unisono in {page['browser']}{_WAYS[way]}"
        rows += [row_of(name, found[what]), _node_row(node, preset, what, way)]
    return rows


def _in_ms(row: Row) -> Row:
    """Return a row of seconds in milliseconds."""
    return row_of(row.name, [1e3 * seconds for seconds in row.times], row.note) if row.times else row


def _wavenet_results(page: Any, samples: NDArray[np.float32], threads: int | None, repeats: int) -> Iterator[Result]:
    name, found = f"unisono in {page['browser']}", page["wavenet"]
    rows = []
    for key, words in _THREADS.items():
        times = [1000 * seconds for seconds in found[key]["seconds"]]
        rows.append(row_of(f"{name}, {words}", times, f"{found[key]['threads']} at work"))
    for case in wavenet.training(samples, threads):
        rows += _native(case, repeats)
    yield _judged(Result("one step of WaveNet in a Worker", "ms", rows), case, page, 1e3)
    rows = [row_of(name, [1000 * seconds for seconds in found["generate"]])]
    for case in wavenet.generation(samples):
        rows += _native(case, repeats)
    yield _judged(Result("one second of WaveNet at 16 kHz, one thread", "ms", rows), case, page, 1e3)


def _in_chromium(samples: NDArray[np.float32], repeats: int, parts: Sequence[str]) -> Any:
    script = script_path("bench_page.mjs")
    if script is None:
        return NO_SCRIPTS
    clips = {"clip.f32": _bytes(samples), "clip_16_khz.f32": _bytes(wavenet.at_16_khz(samples))}
    given = {**clips, "options.json": json.dumps({"repeats": repeats, "parts": parts}).encode()}
    given["bench_loops.mjs"] = script.with_name("bench_loops.mjs").read_bytes()
    try:
        return run_module(script, find_site(), given=given, timeout=3600.0)
    except UnisonoError as error:
        return str(error)


def _under_node(samples: NDArray[np.float32], repeats: int) -> Any:
    script = script_path("bench.mjs")
    if script is None:
        return NO_SCRIPTS
    try:
        package = find_site() / CORE
    except UnisonoError as error:
        return str(error)
    flags = ["--package", str(package), "--repeats", str(repeats), "--seconds", "10", "--presets", ",".join(_PRESETS)]
    return _run_on(script, _bytes(samples), flags)


def _bytes(data: NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(data, "<f4").tobytes()


def _run_on(script: Path, data: bytes, flags: list[str]) -> Any:
    """Run a script on data in a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        path.write_bytes(data)
        return run_node(script, str(path), *flags)
