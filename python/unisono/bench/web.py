"""The WebAssembly build under Node beside TensorFlow.js: both run scripts of the checkout's dist_web folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from .peers import NODE_PEERS
from .timing import Result, Row, row_of

__all__ = ["results", "run_node", "web_folder"]

_PRESETS = ("magnet2024", "icmc2019", "default")


def results(samples: NDArray[np.float32], repeats: int) -> Iterator[Result]:
    """Yield an epoch and ten seconds of sound for each preset; the peer trains the faithful ones."""
    ours = _ours(samples, repeats)
    if isinstance(ours, str):
        yield Result("WebAssembly under Node", "s", [Row("unisono wasm", missing=ours)])
        return
    for found in ours["results"]:
        preset = found["preset"]
        name = f"unisono wasm, node {ours['machine']['node']}, one thread"
        rows = [row_of(name, found["all"]["epoch"], f"{found['steps']} batches")]
        if preset != "default":
            rows.append(_tensorflow_js(samples, preset, repeats))
        yield Result(f"one epoch of {preset} under Node", "s", rows).compare()
        yield Result(f"generate 10 s, {preset}, under Node", "s", [row_of(name, found["all"]["generate"])])


def _ours(samples: NDArray[np.float32], repeats: int) -> Any:
    folder = web_folder()
    if folder is None:
        return "run it in a checkout: the scripts are in its dist_web folder"
    if not (folder / "lib" / "index.js").exists() or not (folder / "wasm" / "unisono.wasm").exists():
        return "not built: make dist_web/lib/.built"
    flags = ["--repeats", str(repeats), "--seconds", "10", "--presets", ",".join(_PRESETS)]
    return run_node(folder / "bench.mjs", _bytes(samples), flags)


def web_folder() -> Path | None:
    """Return the checkout's dist_web folder, if this runs in one."""
    places = [Path.cwd(), *Path.cwd().parents]
    return next((p / "dist_web" for p in places if (p / "dist_web" / "bench.mjs").exists()), None)


def _bytes(data: NDArray[np.float32]) -> bytes:
    return np.ascontiguousarray(data, "<f4").tobytes()


def run_node(script: Path, data: bytes, flags: list[str]) -> Any:
    """Run a script on data in a file; return its JSON, or one line that says what went wrong."""
    if not shutil.which("node"):
        return "node is not installed"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        path.write_bytes(data)
        done = subprocess.run(["node", str(script), str(path), *flags], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{script.name} failed"
    return json.loads(done.stdout.strip().splitlines()[-1])


def _tensorflow_js(samples: NDArray[np.float32], preset: str, repeats: int) -> Row:
    """An epoch there takes a minute: full batches are timed and scaled to an epoch."""
    name = "tensorflow.js wasm"
    folder = web_folder()
    if folder is None or not (NODE_PEERS / "node_modules" / "@tensorflow" / "tfjs").exists():
        return Row(name, missing="not installed (--install-peers)")
    win_length = 2048 if preset == "magnet2024" else 1024
    frames = np.abs(_ops.stft(samples, n_fft=2048, hop_length=512, win_length=win_length)).astype(np.float32)
    flags = ["--peers", str(NODE_PEERS), "--preset", preset, "--bins", "1025", "--repeats", str(min(repeats, 5))]
    found = run_node(folder / "bench_tfjs.mjs", _bytes(frames), flags)
    if isinstance(found, str):
        return Row(name, missing=found)
    windows = len(frames) - 41
    times = [seconds * windows / found["batch"] for seconds in found["seconds"]]
    return row_of(f"{name} {found['version']}", times, f"scaled from batches of {found['batch']}")
