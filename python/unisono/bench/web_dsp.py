"""Transforms, sines and a bank in Chromium and under Node beside what npm has, and WebAssembly's own limits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..browsers import run_module
from ..errors import UnisonoError
from ..parity.engines import isas
from ..web import find_site
from . import limits
from .compiled import loops_wasm, maximilian_embind
from .peers import NODE_PEERS, node_packages
from .scripts import NO_SCRIPTS, run_node, script_path
from .timing import Result, Row, row_of
from .web import CORE

__all__ = ["results"]

_SIZES = (512, 1024, 2048, 4096)
_EMBIND, _LOOPS = "maximilian_embind.mjs", "loops.wasm"
_MODULES = NODE_PEERS / "node_modules"
_SSE2 = """
import os, sys, time
os.environ["UNISONO_ISA"] = "sse2"
import numpy as np, unisono
a, b = np.random.default_rng(0).standard_normal((2, int(sys.argv[1]), int(sys.argv[1]))).astype(np.float32)
for i in range(1 + int(sys.argv[2])):
    start = time.perf_counter()
    unisono.matmul(a, b)
    if i: print(time.perf_counter() - start)
"""


def results(repeats: int) -> Iterator[Result]:
    """Yield every case in the page, then under Node; the product also beside a native build of the same width."""
    for where, found in (("Chromium", _in_chromium(repeats)), ("Node", _under_node(repeats))):
        if isinstance(found, str):
            yield Result(f"transforms and sines in {where}", "us", [Row("unisono", missing=found)])
            continue
        for case in found["cases"]:
            yield _result(case, where, found["ceilings"], repeats)


def _result(case: Any, where: str, top: dict[str, Any], repeats: int) -> Result:
    rows = [
        row_of(row["name"], row["times"], row["note"]) if "times" in row else Row(row["name"], missing=row["missing"])
        for row in case["rows"]
    ]
    kind, *sizes = case["work"]
    if kind == "matmul":
        rows.append(_same_width(sizes[0], repeats))
    result = Result(f"{case['title']}, in {where}", case["unit"], rows).compare()
    work: limits.Work = getattr(limits, kind)(*sizes)
    if ours := result.ours().median:
        result.limit = limits.judge(work, ours / case["scale"], limits.Ceilings(**top))
    return result


def _same_width(side: int, repeats: int) -> Row:
    """The same product natively with four lanes: what WebAssembly could reach."""
    name = "unisono, native, SSE2"
    if "sse2" not in isas():
        return Row(name, missing="not on this processor")
    command = [sys.executable, "-c", _SSE2, str(side), str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (
        row_of(name, [1e3 * float(line) for line in done.stdout.split()])
        if done.stdout
        else Row(name, missing="failed")
    )


def _given(repeats: int, index: str, made: dict[str, Path | str]) -> dict[str, bytes]:
    """What the script asks for; what was made for it, by name, may be a reason why it is not there."""
    without = {name: what for name, what in made.items() if isinstance(what, str)}
    options = {"repeats": repeats, "sizes": _SIZES, "index": index, "without": without}
    files = {"unisono.wasm": find_site() / CORE.parents[1] / "wasm" / "unisono.wasm"}
    files["pffft.wasm"] = _MODULES / "@echogarden" / "pffft-wasm" / "dist" / "simd" / "pffft.wasm"
    files |= {name: what for name, what in made.items() if isinstance(what, Path)}
    given = {name: path.read_bytes() for name, path in files.items() if path.is_file()}
    return {**given, **_cheerp(), "options.json": json.dumps(options).encode()}


def _cheerp() -> dict[str, bytes]:
    """Maximilian as its web build has its oscillators: JavaScript made by Cheerp, cut out of sema-engine's file."""
    whole = _MODULES / "sema-engine" / "sema-engine.wasmmodule.js"
    if not whole.is_file():
        return {}
    _, mark, text = whole.read_text().partition("/*Compiled using Cheerp")
    return {"maximilian_cheerp.mjs": f"const Module = {{}};{mark}{text};\nexport {{ maxiOsc }};\n".encode()}


_FOR_NODE = (
    "--platform=node",
    '--banner:js=import { createRequire } from "node:module"; '
    'const require = createRequire(import.meta.url), __dirname = ".";',
)


def _for_a_page(folder: Path) -> list[str]:
    """What the peers ask of Node is nothing there."""
    (folder / "empty.js").write_text("export default {};\n")
    return [f"--alias:{name}={folder / 'empty.js'}" for name in ("fs", "path", "module", "crypto")]


def _bundle(folder: Path, *flags: str) -> Path | str:
    """Put the peers that are installed into the script; without esbuild it runs as it is and misses them all."""
    script = script_path("bench_dsp.mjs")
    if script is None:
        return NO_SCRIPTS
    esbuild = _MODULES / ".bin" / "esbuild"
    if not esbuild.exists():
        return script
    made = folder / "bench_dsp.mjs"
    common = ["--bundle", "--format=esm", "--log-level=error", "--external:node:*", f"--outfile={made}"]
    common += [f"--external:{name}" for name in node_packages("web") if not (_MODULES / name).is_dir()]
    environment = {**os.environ, "NODE_PATH": str(_MODULES)}
    command = [str(esbuild), str(script), *common, *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return made if done.returncode == 0 else (done.stderr.strip().splitlines() or ["esbuild failed"])[0]


def _in_chromium(repeats: int) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        script = _bundle(Path(folder), *_for_a_page(Path(folder)))
        if isinstance(script, str):
            return script
        try:
            made = {_EMBIND: maximilian_embind(Path(folder)), _LOOPS: loops_wasm()}
            given = {**_given(repeats, f"/{CORE.as_posix()}", made), **_beside(script)}
            return run_module(script, find_site(), given=given, strict=False)  # embind makes functions of text
        except UnisonoError as error:
            return str(error)


def _beside(script: Path) -> dict[str, bytes]:
    """What the script imports where it is not bundled."""
    loops = script.with_name("bench_loops.mjs")
    return {loops.name: loops.read_bytes()} if loops.is_file() else {}


def _under_node(repeats: int) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        script = _bundle(Path(folder), *_FOR_NODE)
        if isinstance(script, str):
            return script
        try:
            made = {_EMBIND: "only in a browser", _LOOPS: loops_wasm()}
            given = _given(repeats, (find_site() / CORE).as_uri(), made)
        except UnisonoError as error:
            return str(error)
        for name, content in given.items():
            Path(folder, name).write_bytes(content)
        return run_node(script, folder)
