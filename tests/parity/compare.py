"""Runs the parity cases in every engine, compares, and shows the first differing value of each differing operation."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases.gen.json"
SIZES = {"f32": 4, "f64": 8, "i32": 4, "i16": 2, "u8": 1}
FORMATS = {"f32": "f", "f64": "d", "i32": "i", "i16": "h", "u8": "B"}

Line = dict[str, Any]


@dataclass(frozen=True)
class Engine:
    """A build of the core and how to run cases in it."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    threads: int = 1

    def run(self, script: str, *arguments: str) -> list[Line]:
        """Run one of the scripts beside this file, and return the JSON lines that it prints."""
        suffix = "_node.mjs" if self.command[0].endswith("node") else "_python.py"
        threads = ["--threads", str(self.threads)] if suffix == "_python.py" else []
        command = [*self.command, str(HERE / (script + suffix)), *arguments, *threads]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **self.environment})
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {' '.join(command)} failed:\n{done.stderr[-4000:]}")
        return [json.loads(line) for line in done.stdout.splitlines()]


def node() -> str | None:
    """Return the Node to use, or None."""
    return shutil.which("node")


def cpu_has_avx2() -> bool:
    """Tell whether this machine runs the AVX2 build."""
    info = Path("/proc/cpuinfo")
    return info.exists() and "avx2" in info.read_text()


def engines() -> list[Engine]:
    """Return the packages as users have them, the first being what the others are compared with.

    test_engines.py runs more engines, through the C waist.
    """
    native = [Engine("native sse2, 1 thread", (sys.executable,), {"UNISONO_ISA": "sse2"}, 1)]
    if cpu_has_avx2():
        native.append(Engine("native avx2, 2 threads", (sys.executable,), {"UNISONO_ISA": "avx2"}, 2))
    found = node()
    return [*native, *([Engine("wasm in node", (found,))] if found else [])]


def results(engine: Engine, cases: Path = CASES) -> dict[str, Line]:
    """Run all cases in an engine."""
    return {line["case"]: line for line in engine.run("run", str(cases))}


def all_results(chosen: Sequence[Engine], cases: Path = CASES) -> list[dict[str, Line]]:
    """Run all cases in all engines, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda engine: results(engine, cases), chosen))


def differing(first: dict[str, Line], other: dict[str, Line]) -> list[str]:
    """Return the cases whose outputs, or errors, are not the same."""
    return [case for case in {**first, **other} if first.get(case) != other.get(case)]


def explain(case: str, a: Engine, b: Engine, cases: Path = CASES) -> str:
    """Run one case again in two engines and describe the first value that differs."""
    lines = [next(iter(engine.run("run", str(cases), "--case", case, "--dump")), {}) for engine in (a, b)]
    head = f"{case}: {a.name} | {b.name}"
    if any("outputs" not in line for line in lines):
        return f"{head}\n  {lines[0].get('error', 'no error')!r} | {lines[1].get('error', 'no error')!r}"
    left, right = (line["outputs"] for line in lines)
    if len(left) != len(right):
        return f"{head}\n  {len(left)} outputs | {len(right)} outputs"
    for number, (x, y) in enumerate(zip(left, right)):
        if x["hex"] != y["hex"]:
            return f"{head}\n  output {number}, {first_difference(x, y)}"
    return f"{head}\n  equal when run alone"


def first_difference(x: Line, y: Line) -> str:
    """Return index, bit patterns and values where two outputs first differ."""
    left, right = bytes.fromhex(x["hex"]), bytes.fromhex(y["hex"])
    if x["type"] == "text" or x["type"] != y["type"] or len(left) != len(right):
        return f"{x['type']}, {len(left)} bytes | {y['type']}, {len(right)} bytes: {left[:60]!r} | {right[:60]!r}"
    size, form = SIZES[x["type"]], "<" + FORMATS[x["type"]]
    pairs = ((left[at : at + size], right[at : at + size]) for at in range(0, len(left), size))
    different = [index for index, (p, q) in enumerate(pairs) if p != q]
    at = different[0] * size
    p, q = left[at : at + size], right[at : at + size]
    values = f"{struct.unpack(form, p)[0]!r} | {struct.unpack(form, q)[0]!r}"
    count = f"{len(different)} of {len(left) // size} differ"
    return f"index {different[0]}: 0x{p[::-1].hex()} | 0x{q[::-1].hex()}, {values} ({count})"


def report(chosen: Sequence[Engine], found: Sequence[dict[str, Line]], cases: Path = CASES) -> list[str]:
    """Return one explanation for each operation that differs in an engine from the first."""
    texts = []
    for engine, lines in list(zip(chosen, found))[1:]:
        seen: set[str] = set()
        for case in differing(found[0], lines):
            op = {**found[0], **lines}[case]["op"]
            if op not in seen:
                seen.add(op)
                texts.append(explain(case, chosen[0], engine, cases))
    return texts


def table(lines: Iterable[Line]) -> str:
    """Return how many cases each operation was compared on, and how many of them were refusals."""
    counts: dict[str, list[int]] = {}
    for line in lines:
        count = counts.setdefault(line["op"], [0, 0])
        count[0] += 1
        count[1] += "error" in line
    return "\n".join(f"{op:28} {cases:4} cases, {errors} refused" for op, (cases, errors) in sorted(counts.items()))


def main() -> int:
    """Compare all engines on the cases given or generated, print the result, and return the exit status."""
    cases = Path(sys.argv[1]) if len(sys.argv) > 1 else CASES
    chosen = engines()
    found = all_results(chosen, cases)
    texts = report(chosen, found, cases)
    print(table(found[0].values()))
    print(f"{len(found[0])} cases in {', '.join(engine.name for engine in chosen)}")
    print("\n".join(texts) if texts else "all bits equal")
    return 1 if texts else 0


if __name__ == "__main__":
    sys.exit(main())
