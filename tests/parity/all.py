"""Every engine against the one golden list: compilers, processors, threads, browsers. `make parity-all` calls it.

    python tests/parity/all.py                          all engines that this machine can build or has
    python tests/parity/all.py --only clang --only arm64
    python tests/parity/all.py --op stft --op lws       these operations
    python tests/parity/all.py --cases 10000 --slow-cases 500
    python tests/parity/all.py --write                  put what is not in the golden list yet into it

Operation by operation, those that others rest upon first: each engine runs the committed cases, and drawn ones:
`--cases` of each operation, `--slow-cases` where code is emulated, not optimised, or watched by sanitizers. Whole
trainings are run where that is not slow. What an engine has done is remembered in build/parity, so that a run that was
stopped goes on; `--again` forgets it. Engines that cannot run here are named. As many run at a time as there are
processors, or as CMAKE_BUILD_PARALLEL_LEVEL says.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import builds
import goldens as golden_file
import javascript
from remembered import Remembered

from unisono.parity import differences, goldens, plans_of
from unisono.parity.engines import Engine, in_wasmtime
from unisono.parity.plan import lower
from unisono.parity.wasm import has_wasmtime

sys.path.insert(0, str(builds.ROOT))  # for codegen, which draws cases and builds the module without vectors
SLOW = ("-O0", "sanitizers", "arm", "riscv64", "worklet")
CHUNK = 500  # drawn cases of which the golden list keeps one hash
AT_ONCE = 11  # so many hashes are made, and remembered, at a time: a browser is opened twice for 10,000 cases

Json = dict[str, Any]
Group = tuple[str, list[Json]]  # the name of an entry of the golden list, and its plans


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
    plain = wanted("wasm, no SIMD") or any("no SIMD" in word for word in only)
    for name, found, missing in in_webassembly(plain=plain):
        chosen = [engine for engine in found if wanted(engine.name)]
        if chosen or (missing and wanted(name)):
            yield name, chosen, missing


def in_webassembly(*, plain: bool) -> Iterator[tuple[str, list[Engine], str]]:
    """Yield everything that runs the WebAssembly module, and the one without vectors."""
    modules = [("", builds.wasm_module())] + ([(", no SIMD", builds.scalar_wasm())] if plain else [])
    for suffix, module in modules:
        if module is None:
            yield f"wasm{suffix}", [], "unisono.wasm is absent: python -m codegen wasm"
            continue
        for option, how in (("", ()), (", flush-to-zero", ("--flush",))):
            name = f"wasm in wasmtime{suffix}{option}"
            missing = "" if has_wasmtime() else "wasmtime is absent: pip install wasmtime"
            yield name, [] if missing else [in_wasmtime(module, name, *how)], missing
        yield from javascript.shells(module, suffix)
        if not suffix:
            yield from javascript.pages(module)


def drawn(count: int) -> dict[str, Any]:
    """Return by operation a function that draws so many cases and returns their plans."""
    from codegen import parity
    from codegen.load import load

    api = load()
    found: dict[str, Any] = {}
    for op in api.ops:
        found[op.name] = lambda op=op: [lower(case) for case in parity.op_cases(api, op, count)]
    for cls in api.classes:
        found[cls.name] = lambda cls=cls: [lower(case) for case in parity.class_cases(api, cls, count)]
    return found


def groups_of(operation: str, committed: list[Json], many: Sequence[Json]) -> list[Group]:
    """Return an operation's plans by the entries of the golden list that they belong to."""
    chunks = [(at, list(many[at : at + CHUNK])) for at in range(0, len(many), CHUNK)]
    return [(operation, committed), *((f"{operation}[{at}:{at + len(part)}]", part) for at, part in chunks)]


def _once(plans: Iterable[Json]) -> list[Json]:
    """Leave out what comes twice: the drawn cases begin with the committed ones."""
    found: dict[str, Json] = {}
    for plan in plans:
        if found.setdefault(plan["id"], plan) != plan:
            raise SystemExit(f"{plan['id']} is not what the spec draws: python -m codegen")
    return list(found.values())


@dataclass
class Comparer:
    """Compares engines with the golden list, and says where one differs from the first that ran."""

    remembered: Remembered
    slow_cases: int
    golden: Json = field(default_factory=golden_file.read)
    reference: Engine | None = None
    fresh: dict[str, Json] = field(default_factory=dict)  # entries that the golden list did not have

    def run(self, engine: Engine, tally: Tally, operation: str, committed: list[Json], many: list[Json]) -> None:
        """Run an operation in an engine; print differences as they are found."""
        slow = is_slow(engine)
        if (engine.only and operation not in engine.only) or (slow and operation.startswith("train_")):
            return
        groups = groups_of(operation, committed, many[: self.slow_cases] if slow else many)
        done = [self._run(engine, groups[at : at + AT_ONCE], tally) for at in range(0, len(groups), AT_ONCE)]
        tally.operations += all(done)

    def _run(self, engine: Engine, groups: list[Group], tally: Tally) -> bool:
        """Run those groups that an earlier run did not, and tell whether all are as they must be."""
        keys = {name: self.remembered.key(engine, name, plans) for name, plans in groups}
        earlier = {name: self.remembered.get(key) for name, key in keys.items()}
        entries = {name: entry for name, entry in earlier.items() if entry and self._known(name) in (None, entry)}
        left = [(name, plans) for name, plans in groups if name not in entries]
        if left:
            begun = time.perf_counter()
            made = self._entries(engine, left, tally)
            tally.seconds += time.perf_counter() - begun
            if made is None:
                return False
            self.remembered.keep({keys[name]: entry for name, entry in made.items()})
            entries |= made
        self.fresh |= {name: entry for name, entry in entries.items() if self._known(name) is None}
        tally.cases += sum(len(plans) for _, plans in groups)
        return True

    def write(self) -> None:
        """Put what the golden list did not have into it."""
        new = {name: entry for name, entry in self.fresh.items() if "[" in name}
        kept = golden_file.read()
        golden_file.write(kept["bits"], cases=kept["cases"], many={**kept["many"], **new})

    def _known(self, name: str) -> Json | None:
        part = "many" if "[" in name else "cases"
        return self.golden[part].get(name) or self.fresh.get(name)

    def _entries(self, engine: Engine, groups: list[Group], tally: Tally) -> dict[str, Json] | None:
        """Run groups and return their entries; None if they are not what the golden list has."""
        self.reference = self.reference or engine
        once = _once(plan for _, part in groups for plan in part)
        lines = {line["case"]: line for line in engine.run(once)}
        made, good = {}, True
        for name, part in groups:
            mine = [lines[plan["id"]] for plan in part]
            made[name], known = goldens.entry(part, mine), self._known(name)
            if known is not None and known["inputs"] != made[name]["inputs"]:
                raise SystemExit(f"{name}: the golden list is of other cases; run tests/parity/goldens.py --write")
            if known is not None and known != made[name]:
                self._explain(engine, name, part, mine, tally)
                good = False
        return made if good else None

    def _explain(self, engine: Engine, name: str, plans: list[Json], lines: list[Json], tally: Tally) -> None:
        assert self.reference is not None
        expected = self.reference.run(plans)
        wrong = [plan for plan, one, other in zip(plans, expected, lines) if one != other]
        tally.differing += len(wrong) or len(plans)
        for difference in differences.locate(engine, self.reference, wrong[:1]):
            print(difference, flush=True)
        if not wrong:
            print(f"{name}: {engine.name} and {self.reference.name} agree, and both differ from the golden list")


def shown(tallies: Iterable[Tally]) -> str:
    """Return the table."""
    rows = [("engine", "operations", "cases", "differing cases", "seconds")]
    for t in tallies:
        rows.append((t.engine, str(t.operations), str(t.cases), t.note or str(t.differing), f"{t.seconds:.0f}"))
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows)


def ready(only: list[str]) -> tuple[list[Engine], list[Tally]]:
    """Build what has to be built, and return the engines, and what cannot run here."""
    engines, absent = [], []
    for name, found, missing in all_engines(only):
        print(f"{name}: {missing or 'ready'}", flush=True)
        engines += found
        absent += [Tally(name, note=f"not run: {missing}")] if missing else []
    return engines, absent


def compare(comparer: Comparer, engines: list[Engine], given: argparse.Namespace) -> list[Tally]:
    """Run every operation in every engine; print a line for each operation, return a tally for each engine."""
    committed, draw = goldens.grouped(plans_of(given.op)), drawn(given.cases)
    tallies = [Tally(engine.name) for engine in engines]
    begun = time.perf_counter()
    for number, (operation, plans) in enumerate(committed.items(), 1):
        many = draw[operation]() if given.cases and operation in draw else []
        run = partial(comparer.run, operation=operation, committed=plans, many=many)
        list(map(run, engines[:1], tallies[:1]))  # alone: the others are compared with it
        with ThreadPoolExecutor(builds.JOBS) as pool:
            list(pool.map(run, engines[1:], tallies[1:]))
        minutes, differing = (time.perf_counter() - begun) / 60, sum(t.differing for t in tallies)
        print(
            f"{number:3} of {len(committed)}  {operation:24} {differing} cases differ so far  {minutes:6.1f} min",
            flush=True,
        )
        if given.write and not differing:
            comparer.write()
    return tallies


def main() -> int:
    """Run and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="engines whose names contain this; may be repeated")
    parser.add_argument("--op", action="append", default=[], help="an operation or class; may be repeated")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--slow-cases", type=int, default=500)
    parser.add_argument("--write", action="store_true", help="put new drawn cases into the golden list")
    parser.add_argument("--again", action="store_true", help="also run what is known to be equal from an earlier run")
    parser.add_argument("--json", type=Path, help="also write the table there")
    given = parser.parse_args()
    if given.cases % CHUNK or given.slow_cases % CHUNK:
        parser.error(f"--cases and --slow-cases must be multiples of {CHUNK}: the golden list keeps a hash of so many")
    remembered = Remembered(builds.folder_of_builds() / "done.json", again=given.again)
    comparer = Comparer(remembered, given.slow_cases)
    engines, absent = ready(given.only)
    if not engines:
        parser.error(f"no engine that runs here is called {' or '.join(given.only)}")
    tallies = [*compare(comparer, engines, given), *absent]
    print("\n" + shown(tallies))
    if given.json:
        given.json.write_text(json.dumps([t.__dict__ for t in tallies], indent=1) + "\n")
    differing = sum(t.differing for t in tallies)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
