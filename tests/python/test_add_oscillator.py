"""To add an oscillator, write one C++ file and one spec entry: done here in a scratch copy, and looked for everywhere.

The copy is built at -O1 where the shipped libraries are built at -O3: the bits may not care.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = (
    "bindings", "codegen", "dsp_core", "python", "tests/parity", "dist_web/src", "dist_web/studio", "dist_web/gallery",
    "dist_web/build.mjs", "dist_web/package.json", "CMakeLists.txt", "pyproject.toml", "README.md", "LICENSE",
)  # fmt: skip

HEADER = """// Buzz: a test tone, a ramp that is bent by a control.
#pragma once

#include "unisono/osc.h"

namespace unisono {

struct Buzz {
  void configure(float sr, bool upside_down_) {
    phase.configure(sr);
    upside_down = upside_down_;
  }
  void reset(float turns) { phase.reset(turns); }
  float tick(float frequency, float bend) {
    const std::uint32_t at = phase.advance(phase.increment(frequency));
    const float ramp = static_cast<float>(at >> 8) * 0x1p-24f;
    const float inside = bend > 0.0f ? bend : 0.0f;
    const float y = ramp * (1.0f - inside) + ramp * ramp * inside;
    return upside_down ? -y : y;
  }
  PhaseAccumulator phase;
  bool upside_down = false;
};

}  // namespace unisono
"""

ENTRY = """
[osc.buzz]
doc = "A ramp that is bent."
controls = [{ name = "bend", default = 0.25, min = 0.0, max = 1.0, doc = "How much it is bent." }]
options = [{ name = "upside_down", type = "bool", default = false, doc = "Fall instead of rising." }]
"""

USE = """
import json, sys, numpy as np, unisono
hz = np.full(300, 441.0, np.float32)
a, b = unisono.Buzz(sr=44100.0, upside_down=True), unisono.Buzz(sr=44100.0, upside_down=True)
block = a.process(hz, bend=0.5)
ticks = np.array([b.tick(441.0, 0.5) for _ in hz], np.float32)
assert block.tobytes() == ticks.tobytes()
try:
    a.process(hz, bend=1.5)
except unisono.ParameterError as error:
    print(json.dumps([block[:3].tolist(), str(error)]))
"""


def run(command: list[str | Path], folder: Path, **more: str) -> str:
    """Run a command in the copy and return what it prints; its complaint is the failure."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | more
    done = subprocess.run(list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository with the new oscillator: two files touched by hand, and codegen run."""
    pytest.importorskip("jinja2")
    root = tmp_path_factory.mktemp("copy")
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in COPIED:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        source = ROOT / name
        shutil.copytree(source, root / name, ignore=ignored) if source.is_dir() else shutil.copy(source, root / name)
    (root / "dsp_core/include/unisono/osc/buzz.h").write_text(HEADER)
    with (root / "codegen/spec/osc.toml").open("a") as spec:
        spec.write(ENTRY)
    run([sys.executable, "-m", "codegen"], root)
    return root


@pytest.fixture(scope="module")
def native(copy: Path) -> dict[str, str]:
    """The environment in which Python finds the package built from the copy."""
    for module in ("scikit_build_core", "pybind11", "Cython"):
        pytest.importorskip(module)
    site = copy / "site"
    settings = ["cmake.define.UNISONO_ISAS=sse2"] if os.uname().machine == "x86_64" else []
    settings += ["cmake.define.CMAKE_CXX_FLAGS_RELEASE=-O1", f"build-dir={copy / 'build'}"]
    pip: list[str | Path] = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    run(
        [*pip, "--target", site, *(f"--config-settings={s}" for s in settings), "."],
        copy,
        CMAKE_BUILD_PARALLEL_LEVEL="2",
    )
    path = os.pathsep.join([str(site), *(p for p in sys.path if p.endswith("-packages"))])
    return {"PYTHONPATH": path, "UNISONO_ISA": "sse2" if os.uname().machine == "x86_64" else "generic"}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("python/unisono/_core.pyi", "def buzz_new(sr: float, phase: float, upside_down: bool, /) -> Handle: ..."),
        ("python/unisono/_ops.py", "class Buzz:"),
        ("bindings/cython/dsp.pxd", "cdef float buzz_tick(void* self, float frequency, float bend) noexcept nogil"),
        ("bindings/capi/unisono.h", "float unisono_buzz_tick(void* self, float frequency, float bend);"),
        ("bindings/wasm/exports.gen.txt", "_unisono_buzz_process"),
        ("dist_web/src/generated/core.js", "class Buzz extends Handle {"),
        ("dist_web/src/generated/core.d.ts", "readonly Buzz: new (options?: BuzzOptions) => Buzz;"),
        ("bindings/docs/reference/osc.md", "## Buzz"),
        ("tests/parity/cases.gen.json", '{"id":"Buzz/49","class":"Buzz"'),
    ],
)
def test_it_is_in_every_generated_file(copy: Path, path: str, text: str) -> None:
    assert text in (copy / path).read_text()
    assert text not in (ROOT / path).read_text()


def test_nothing_else_had_to_be_written_by_hand(copy: Path) -> None:
    """Outside of what codegen writes, the copy differs from the repository in the two files only."""
    listing = "from codegen import load, render\nfor path, _ in render.rendered(load.load()): print(path)"
    generated = set(run([sys.executable, "-c", listing], copy).split())
    files = [
        p.relative_to(copy) for n in COPIED for p in ([copy / n] if (copy / n).is_file() else (copy / n).rglob("*"))
    ]
    changed = {
        str(p)
        for p in files
        if (copy / p).is_file() and "__pycache__" not in p.parts and str(p) not in generated
        if not (ROOT / p).is_file() or (ROOT / p).read_bytes() != (copy / p).read_bytes()
    }
    assert changed == {"dsp_core/include/unisono/osc/buzz.h", "codegen/spec/osc.toml"}


def test_python_has_it(copy: Path, native: dict[str, str]) -> None:
    block, error = json.loads(run([sys.executable, "-c", USE], copy / "tests", **native))
    assert block[0] == 0.0
    assert block[1] == pytest.approx(-(0.5 * 0.01 + 0.5 * 0.01**2), abs=1e-6)
    assert error == "bend: got 1.5 at index 0; must be from 0 to 1"


def test_the_parity_run_has_it_and_the_builds_agree(copy: Path, native: dict[str, str]) -> None:
    node, lib = shutil.which("node"), ROOT / "dist_web/lib"
    if shutil.which("emcc") is None or node is None or not (lib / "index.js").is_file():
        pytest.skip("emcc, node or dist_web/lib is absent: `make test` makes them")
    run([sys.executable, "-m", "codegen", "wasm", "--build", ROOT / "build/wasm"], copy)
    shutil.copytree(lib, copy / "dist_web/lib")
    (copy / "dist_web/node_modules").symlink_to(ROOT / "dist_web/node_modules")
    run([node, "build.mjs"], copy / "dist_web")
    everything = json.loads((copy / "tests/parity/cases.gen.json").read_text())
    mine = [case for case in everything["cases"] if case.get("class") == "Buzz"]
    cases = copy / "buzz.json"
    cases.write_text(json.dumps({**everything, "cases": mine}))
    runs = [
        run([sys.executable, "tests/parity/run_python.py", cases], copy, **native),
        run([node, "tests/parity/run_node.mjs", cases], copy),
    ]
    lines: list[list[dict[str, Any]]] = [[json.loads(line) for line in text.splitlines()] for text in runs]
    assert len(lines[0]) == len(mine) >= 50
    assert not any("error" in line for line in lines[0])
    assert len({line["sha256"] for line in lines[0]}) > 40
    assert lines[0] == lines[1]
