"""Every engine against the one golden list: compilers, processors, threads, browsers. `make parity-all` calls it.

    python tests/parity/all.py                          all engines that this machine can build or has
    python tests/parity/all.py --only clang --only arm64
    python tests/parity/all.py --cases 10000 --slow-cases 500
    python tests/parity/all.py --write                  put what is not in the golden list yet into it

Each engine runs the committed cases and whole trainings, then drawn cases: `--cases` of each operation, `--slow-cases`
on emulated processors, without optimisation and under sanitizers. Engines that cannot run here are named.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import builds
import goldens as golden_file
import javascript

from unisono.parity import differences, goldens, plans_of
from unisono.parity.engines import Engine, in_wasmtime
from unisono.parity.plan import lower
from unisono.parity.wasm import find_wasm, has_wasmtime

ROOT = Path(__file__).resolve().parents[2]
SLOW = ("-O0", "sanitizers", "arm", "riscv64")
CHUNK = 500  # drawn cases in one process of a slow engine, and the step at which the golden list keeps hashes

Json = dict[str, Any]


@dataclass
class Tally:
    """What an engine was compared on, and where it differed."""

    engine: str
    operations: int = 0
    cases: int = 0
    differing: int = 0
    seconds: float = 0.0
    note: str = ""


def is_slow(engine: Engine) -> bool:
    """Tell an engine that takes minutes for what others do in seconds."""
    return any(word in engine.name for word in SLOW)


def all_engines(only: list[str]) -> Iterator[tuple[str, list[Engine], str]]:
    """Yield (name, engines, why not) of everything that is meant to run; building when it is asked for."""

    def wanted(name: str) -> bool:
        return not only or any(word in name or word.startswith(name) for word in only)

    for build in builds.BUILDS:
        if wanted(build.name):
            folder = builds.folder_of_builds()
            yield build.name, [] if build.missing else builds.engines(build, folder), build.missing
            if not build.missing and (fused := builds.fused(build, folder)):
                raise SystemExit(f"{build.name}: {len(fused)} fused multiply-adds, such as {fused[0]}")
    if wanted("wasm"):
        yield from wasm_engines("", find_wasm(), wanted)
    if wanted("wasm, no SIMD"):
        yield from wasm_engines(", no SIMD", builds.scalar_wasm(), wanted)


def wasm_engines(
    suffix: str, module: Path | None, wanted: Callable[[str], bool]
) -> Iterator[tuple[str, list[Engine], str]]:
    """Yield everything that runs a WebAssembly module."""
    if module is None:
        yield f"wasm{suffix}", [], "unisono.wasm is absent: python -m codegen wasm"
        return
    for flush in ([], ["--flush"]):
        name = f"wasm in wasmtime{suffix}{', flush-to-zero' if flush else ''}"
        missing = "" if has_wasmtime() else "wasmtime is absent: pip install wasmtime"
        if wanted(name):
            yield name, [] if missing else [in_wasmtime(module, name, *flush)], missing
    for place in javascript.PLACES:
        if wanted(name := f"wasm in {place.name}{suffix}") and not (suffix and place.slow):
            yield name, [] if place.missing else [place.engine(module, name)], place.missing


def drawn(count: int) -> Iterator[tuple[str, list[Json]]]:
    """Yield each operation with the plans of so many drawn cases; those that others rest upon first."""
    from codegen import parity
    from codegen.load import load

    api = load()
    for op in api.ops:
        if "skip" not in op.parity:
            yield op.name, [lower(case) for case in parity.op_cases(api, op, count)]
    for cls in api.classes:
        if "skip" not in cls.parity:
            yield cls.name, [lower(case) for case in parity.class_cases(api, cls, count)]


def chunks(plans: list[Json], size: int) -> Iterator[list[Json]]:
    """Yield plans in groups."""
    for at in range(0, len(plans), size):
        yield plans[at : at + size]


class Comparer:
    """Compares engines with the golden list and with the first engine that ran."""

    def __init__(self, cases: int, slow_cases: int) -> None:
        self.golden = golden_file.read()
        self.cases, self.slow_cases = cases, slow_cases
        self.reference: Engine | None = None
        self.fresh: dict[str, Json] = {}  # entries that the golden list did not have

    def run(self, engine: Engine) -> Tally:
        """Run everything in an engine and return the tally; print differences as they are found."""
        self.reference = self.reference or engine
        tally, begun = Tally(engine.name), time.perf_counter()
        slow = is_slow(engine)
        plans = plans_of(epochs=0 if slow else 3)
        only = javascript.LIMITED.get(engine.name)
        for operation, group in goldens.grouped(plans).items():
            if only and operation not in only:
                continue
            tally.operations += 1
            self._compare(engine, operation, group, self.golden["cases"].get(operation), tally)
        count = self.slow_cases if slow else self.cases
        for operation, group in drawn(count) if count else ():
            if only and operation not in only:
                continue
            for number, part in enumerate(chunks(group, CHUNK)):
                name = f"{operation}[{number * CHUNK}:{number * CHUNK + len(part)}]"
                known = self.golden["many"].get(name) or self.fresh.get(name)
                entry = self._compare(engine, operation, part, known, tally)
                if known is None:
                    self.fresh[name] = entry
        tally.seconds = time.perf_counter() - begun
        return tally

    def _compare(self, engine: Engine, operation: str, plans: list[Json], known: Json | None, tally: Tally) -> Json:
        """Compare one group with its golden entry; return the entry that it would have."""
        lines = engine.run(plans)
        entry = goldens.entry(plans, lines)
        tally.cases += len(plans)
        if known is not None and known["inputs"] != entry["inputs"]:
            raise SystemExit(f"{operation}: the golden list is of other cases; run tests/parity/goldens.py --write")
        if known is not None and known != entry:
            self._explain(engine, operation, plans, lines, tally)
        return entry

    def _explain(self, engine: Engine, operation: str, plans: list[Json], lines: list[Json], tally: Tally) -> None:
        assert self.reference is not None
        expected = self.reference.run(plans)
        wrong = [plan for plan, one, other in zip(plans, expected, lines) if one != other]
        tally.differing += len(wrong) or len(plans)
        for difference in differences.locate(engine, self.reference, wrong[:1]):
            print(difference, flush=True)
        if not wrong:
            print(f"{operation}: {engine.name} and {self.reference.name} agree, and both differ from the golden list")


def shown(tallies: Iterable[Tally]) -> str:
    """Return the table."""
    rows = [("engine", "operations", "cases", "differing cases", "seconds")]
    for t in tallies:
        rows.append((t.engine, str(t.operations), str(t.cases), t.note or str(t.differing), f"{t.seconds:.0f}"))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows)


def main() -> int:
    """Run and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="engines whose names contain this; may be repeated")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--slow-cases", type=int, default=500)
    parser.add_argument("--write", action="store_true", help="put new drawn cases into the golden list")
    parser.add_argument("--json", type=Path, help="also write the table there")
    given = parser.parse_args()
    comparer, tallies = Comparer(given.cases, given.slow_cases), []
    for name, engines, missing in all_engines(given.only):
        if missing:
            tallies.append(Tally(name, note=f"not run: {missing}"))
        for engine in engines:
            tallies.append(comparer.run(engine))
        print(shown(tallies[-max(1, len(engines)) :]).splitlines()[-1], flush=True)
    print("\n" + shown(tallies))
    if given.json:
        given.json.write_text(json.dumps([t.__dict__ for t in tallies], indent=1) + "\n")
    differing = sum(t.differing for t in tallies)
    if given.write and not differing:
        many = {**comparer.golden["many"], **comparer.fresh}
        golden_file.write(comparer.golden["bits"], cases=comparer.golden["cases"], many=many)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
