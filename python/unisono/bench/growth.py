"""Cost as work grows: time and memory against length, size and number, each measured in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .timing import Result, Row, row_of

__all__ = ["AXES", "Axis", "exponent", "results"]

_SR, _HOP = 44100, 512
_LONG = 10.0  # seconds
_STEPS, _ROWS = 40, 64  # of the LSTM: what a batch of the faithful presets has


@dataclass(frozen=True)
class Axis:
    """What grows, in which unit, through which sizes; `prepare` makes the work of a size."""

    grows: str
    unit: str
    sizes: tuple[int, ...]
    prepare: Callable[[int], Callable[[], Any]]


def _noise(seconds: float) -> NDArray[np.float32]:
    return (0.1 * np.random.default_rng(0).standard_normal(int(seconds * _SR), np.float32)).astype(np.float32)


def _blocks(process: Callable[[int], Any], seconds: int) -> Callable[[], Any]:
    """A second at a time, nothing kept: what a host that streams does."""

    def work() -> None:
        for _ in range(seconds):
            process(_SR)

    return work


def _stream(seconds: int) -> Callable[[], Any]:
    from .. import _ops

    stream, block = _ops.StftStream(n_fft=2048, hop_length=_HOP), _noise(1)
    return _blocks(lambda _: stream.process(block), seconds)


def _lws(seconds: int) -> Callable[[], Any]:
    from .. import _ops

    magnitude = np.abs(_ops.stft(_noise(seconds), n_fft=2048, hop_length=_HOP))
    return lambda: _ops.lws(magnitude, n_fft=2048, hop_length=_HOP)


def _model(seconds: float) -> Any:
    from .. import _ops

    model = _ops.MagnetModel(sr=_SR, threads=1)
    model.set_clip(_noise(seconds))
    return model


def _epoch(seconds: int) -> Callable[[], Any]:
    model = _model(seconds)
    return lambda: [model.train_step() for _ in range(model.steps_per_epoch())]


def _epochs(epochs: int) -> Callable[[], Any]:
    model = _model(9)
    return lambda: [model.train_step() for _ in range(epochs * model.steps_per_epoch())]


def _lstm(hidden: int) -> Callable[[], Any]:
    from .. import _ops

    rng = np.random.default_rng(0)
    arrays = [
        (0.1 * rng.standard_normal(shape)).astype(np.float32)
        for shape in ((_STEPS, _ROWS, hidden), (4 * hidden, hidden), (4 * hidden, hidden), (4 * hidden,))
    ]
    return lambda: _ops.lstm(*arrays)


def _bank(oscillators: int) -> Callable[[], Any]:
    from .. import _ops

    bank = [_ops.Sine(sr=_SR) for _ in range(oscillators)]
    frequency, out = np.full(_SR, 440.0, np.float32), np.empty(_SR, np.float32)
    return lambda: [sine.process(frequency, out=out) for sine in bank]


def _generated(seconds: int) -> Callable[[], Any]:
    model = _model(9)
    model.train_step()
    return lambda: model.generate(seconds * _SR, seed=1)


def _played(seconds: int) -> Callable[[], Any]:
    from .. import _ops

    model = _model(9)
    model.train_step()
    player = _ops.MagnetPlayer(sr=_SR)
    for i in range(model.tensor_count()):
        player.set_tensor(0, i, model.tensor(i))
    player.start(seed=1)
    return _blocks(player.process, seconds)


AXES = {
    "stream": Axis("STFT in blocks of a second", "s of sound", (10, 60, 600, 3600), _stream),
    "lws": Axis("lws", "s of sound", (1, 4, 16, 32), _lws),
    "epoch": Axis("one epoch of default", "s of clip", (1, 9, 60, 600, 3600), _epoch),
    "epochs": Axis("default on 9 s", "epochs", (1, 2, 4, 8), _epochs),
    "hidden": Axis(f"an LSTM, {_STEPS} steps of {_ROWS} rows", "cells", (32, 64, 128, 256, 512), _lstm),
    "bank": Axis("a second of sines", "oscillators", (1, 10, 100, 1000), _bank),
    "generate": Axis("generate with default", "s of sound", (1, 10, 60, 120), _generated),
    "play": Axis("play default in blocks of a second", "s of sound", (1, 10, 60, 300), _played),
}


def results(repeats: int) -> Iterator[Result]:
    """Yield one result an axis, one row a size."""
    for name, axis in AXES.items():
        rows = [_point(name, size, repeats) for size in axis.sizes]
        found = Result(axis.grows, "s", rows, grows=axis.unit)
        measured = [(row.size or 0.0, row.median) for row in rows if row.median is not None]
        if len(measured) > 1:
            rows[-1].note = f"grows like size to the {exponent(measured):.2f}"
        yield found


def exponent(points: list[tuple[float, float]]) -> float:
    """Return the slope of log time over log size in the larger half, where constants are small."""
    half = points[max(0, len(points) // 2 - 1) :]
    sizes, times = np.log(np.array(half)).T
    return float(np.polyfit(sizes, times, 1)[0])


def _point(name: str, size: int, repeats: int) -> Row:
    command = [
        sys.executable,
        "-m",
        __name__,
        name,
        str(size),
        str(repeats),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    label = f"{size} {AXES[name].unit}"
    if done.returncode != 0:
        return Row(label, missing=(done.stderr.strip().splitlines() or ["failed"])[-1], size=size)
    found = json.loads(done.stdout)
    row = row_of(label, found["seconds"])
    row.size, row.memory = size, found["memory"]
    return row


def _measure(name: str, size: int, repeats: int) -> None:
    """Do the work once for nothing and then some times; print seconds and the MiB beyond the imports.

    What takes long is done once: its first run counts.
    """
    from resource import RUSAGE_SELF, getrusage

    from .. import _ops

    _ops.exp(np.zeros(1, np.float32))
    before = getrusage(RUSAGE_SELF).ru_maxrss
    work = AXES[name].prepare(size)
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
        if seconds[0] > _LONG:
            break
    memory = (getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024
    print(json.dumps({"seconds": seconds[1:] or seconds, "memory": memory}))


if __name__ == "__main__":
    _measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
