"""TensorFlow.js, in Chromium and under Node: batches of a training scaled to an epoch, and a second of frames."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from ..browsers import run_module
from ..errors import UnisonoError
from ..web import find_site
from .peers import NODE_PEERS
from .scripts import run_node, script_path
from .timing import Row, row_of
from .training import SEQUENCE

__all__ = ["rows"]

_BATCHES = 2  # of six seconds each
_FRAMES, _BINS = 87, 1025  # a second of hops
_FILES = {
    "tfjs": ("tf.min.js",),
    "tfjs-backend-wasm": (
        "tf-backend-wasm.min.js",
        *(f"tfjs-backend-wasm{kind}.wasm" for kind in ("", "-simd", "-threaded-simd")),
    ),
}

What = Literal["batches", "second"]


def rows(samples: NDArray[np.float32], preset: str, what: What, repeats: int) -> Iterator[Row]:
    """Yield a row of Chromium's and one of Node's: seconds of an epoch, or of a second without phases."""
    name, folder = "tensorflow.js wasm", NODE_PEERS / "node_modules" / "@tensorflow"
    script = script_path("bench_tfjs.mjs")
    places = {f"{name}, in Chromium": _in_chromium, f"{name}, under Node": _under_node}
    if script is None or not all((folder / package).is_dir() for package in _FILES):
        yield from (Row(place, missing="not installed (--install-peers)") for place in places)
        return
    win_length = 2048 if preset == "magnet2024" else 1024
    frames = np.abs(_ops.stft(samples, n_fft=2048, hop_length=512, win_length=win_length)).astype("<f4")
    repeats = min(repeats, _BATCHES) if what == "batches" else repeats
    options = {"what": what, "preset": preset, "bins": _BINS, "count": _FRAMES, "repeats": repeats}
    given = {"options.json": json.dumps(options).encode(), "frames.f32": np.ascontiguousarray(frames).tobytes()}
    for place, run in places.items():
        yield _row(place, run(script, given, folder), what, len(frames) - SEQUENCE - 1)


def _row(name: str, found: Any, what: What, windows: int) -> Row:
    if isinstance(found, str):
        return Row(name, missing=found)
    name = name.replace(" wasm", f" {found['version']} {found['backend']}")
    if what == "second":
        return row_of(name, found["seconds"], "stateful")
    times = [seconds * windows / found["batch"] for seconds in found["seconds"]]
    return row_of(name, times, f"scaled from {len(times)} batches of {found['batch']}")


def _in_chromium(script: Path, given: dict[str, bytes], folder: Path) -> Any:
    files = {name: folder / package / "dist" / name for package, names in _FILES.items() for name in names}
    given = {**given, **{name: path.read_bytes() for name, path in files.items()}}
    try:
        return run_module(script, find_site(), given=given, strict=False)
    except UnisonoError as error:
        return str(error)


def _under_node(script: Path, given: dict[str, bytes], _folder: Path) -> Any:
    with tempfile.TemporaryDirectory() as at:
        for name, content in given.items():
            Path(at, name).write_bytes(content)
        return run_node(script, at, str(NODE_PEERS))
