"""Every engine against the one golden list: compilers, processors, threads, browsers. `make parity-all` calls it.

    python tests/parity/all.py                          all engines that this machine can build or has
    python tests/parity/all.py --only clang --only arm64
    python tests/parity/all.py --op stft --op lws       these operations
    python tests/parity/all.py --cases 10000 --slow-cases 500
    python tests/parity/all.py --write                  put what is not in the golden list yet into it

Operation by operation, those that others rest upon first: each engine runs the committed cases, and drawn ones:
`--cases` of each operation, `--slow-cases` where code is emulated, not optimised, or watched by sanitizers. Whole
models come last, with `--slow-cases` first and then the rest, which takes more than half of the time, in each native
build and in one place of each compiler of WebAssembly; whole trainings where that is not slow. A program that ran with
one thread runs with more only what takes a number of threads: otherwise the arguments would be the same. What an
engine has done is remembered in build/parity, so that a run that was stopped goes on; `--again` forgets it. Engines
that cannot run here are named. As many run at a time as there are processors, or as CMAKE_BUILD_PARALLEL_LEVEL says.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import builds
import goldens as golden_file
from drawn import CHUNK, Group, Operation, operations
from found import all_engines, is_slow, runs_rest
from remembered import Remembered

from unisono.errors import UnisonoError
from unisono.parity import differences, goldens
from unisono.parity.engines import Engine

AT_ONCE = 11  # so many hashes are made, and remembered, at a time: a browser is opened twice for 10,000 cases

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


def _once(plans: Iterable[Json]) -> list[Json]:
    """Leave out what comes twice: the drawn cases begin with the committed ones."""
    found: dict[str, Json] = {}
    for plan in plans:
        if found.setdefault(plan["id"], plan) != plan:
            raise SystemExit(f"{plan['id']} is not what the spec draws: python -m codegen")
    return list(found.values())


@dataclass
class Comparer:
    """Compares engines with the golden list, and says where one differs from the reference."""

    remembered: Remembered
    reference: Engine
    slow_cases: int
    golden: Json = field(default_factory=golden_file.read)
    fresh: dict[str, Json] = field(default_factory=dict)  # entries that the golden list did not have

    def knows(self, operation: Operation) -> bool:
        """Tell whether it is known what an operation must give, so that the reference need not run first."""
        return all(self._known(group.name) for group in operation.groups)

    def run(self, engine: Engine, tally: Tally, operation: Operation) -> None:
        """Run an operation in an engine; print differences as they are found."""
        slow = is_slow(engine)
        if (engine.only and operation.name not in engine.only) or (slow and operation.name.startswith("train_")):
            return
        if engine.more_threads and not operation.takes_threads:
            return  # the same program with the same arguments
        if operation.is_rest and not runs_rest(engine):
            return
        groups = operation.groups[: 1 + self.slow_cases // CHUNK] if slow else operation.groups
        try:
            done = [self._run(engine, groups[at : at + AT_ONCE], tally) for at in range(0, len(groups), AT_ONCE)]
        except UnisonoError as error:  # the rest goes on
            tally.note = f"{tally.note} failed at {operation.name}".strip()
            print(f"{engine.name} failed at {operation.name}: {error}", flush=True)
            return
        tally.operations += all(done) and not operation.is_rest

    def _run(self, engine: Engine, groups: list[Group], tally: Tally) -> bool:
        """Run those groups that an earlier run did not, and tell whether all are as they must be."""
        keys = {group.name: self.remembered.key(engine, group.name, group.inputs) for group in groups}
        earlier = {name: self.remembered.get(key) for name, key in keys.items()}
        entries = {name: entry for name, entry in earlier.items() if entry and self._known(name) in (None, entry)}
        left = [group for group in groups if group.name not in entries]
        if left:
            begun = time.perf_counter()
            made = self._entries(engine, left, tally)
            tally.seconds += time.perf_counter() - begun
            if made is None:
                return False
            self.remembered.keep({keys[name]: entry for name, entry in made.items()})
            entries |= made
        self.fresh |= {name: entry for name, entry in entries.items() if self._known(name) is None}
        tally.cases += sum(len(group.plans) for group in groups)
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
        once = _once(plan for group in groups for plan in group.plans)
        lines = {line["case"]: line for line in engine.run(once)}
        made, good = {}, True
        for group in groups:
            mine, known = [lines[plan["id"]] for plan in group.plans], self._known(group.name)
            made[group.name] = goldens.entry(group.plans, mine, group.inputs)
            if known is not None and known["inputs"] != group.inputs:
                raise SystemExit(f"{group.name}: the golden list is of other cases: tests/parity/goldens.py --write")
            if known is not None and known != made[group.name]:
                self._explain(engine, group, mine, tally)
                good = False
        return made if good else None

    def _explain(self, engine: Engine, group: Group, lines: list[Json], tally: Tally) -> None:
        name, plans = group.name, group.plans
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


def _turn(engine: Engine) -> tuple[bool, str]:
    """Slow engines first; the places of one browser, which run one after the other, not side by side."""
    return not is_slow(engine), getattr(engine, "where", "")


def compare(comparer: Comparer, engines: list[Engine], given: argparse.Namespace) -> list[Tally]:
    """Run every operation in every engine; print a line for each operation, return a tally for each engine.

    While the last engines are at an operation, the first begin with the next: no processor waits.
    """
    tallies = {engine.name: Tally(engine.name) for engine in engines}
    begun = time.perf_counter()

    def finish(number: int, operation: Operation, running: list[Future[None]]) -> None:
        for future in running:
            future.result()
        minutes, differing = (time.perf_counter() - begun) / 60, sum(t.differing for t in tallies.values())
        name = operation.name + ", the rest" * operation.is_rest
        print(f"{number:3}  {name:24} {differing} cases differ so far  {minutes:6.1f} min", flush=True)
        if given.write and not differing:
            comparer.write()

    before: tuple[int, Operation, list[Future[None]]] | None = None
    with ThreadPoolExecutor(builds.JOBS) as pool:

        def started(engine: Engine, operation: Operation) -> Future[None]:
            return pool.submit(comparer.run, engine, tallies[engine.name], operation)

        for number, operation in enumerate(operations(given.op, given.cases, given.slow_cases), 1):
            known = comparer.knows(operation)
            if not known:
                started(comparer.reference, operation).result()  # the others are compared with it
            others = [engine for engine in engines if known or engine is not comparer.reference]
            running = [started(engine, operation) for engine in sorted(others, key=_turn)]
            if before:
                finish(*before)
            before = (number, operation, running)
        if before:
            finish(*before)
    return list(tallies.values())


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
    remembered = Remembered(builds.folder_of_builds() / "done.jsonl", again=given.again)
    engines, absent = ready(given.only)
    if not engines:
        parser.error(f"no engine that runs here is called {' or '.join(given.only)}")
    reference = next(filter(runs_rest, engines), engines[0])
    ran = compare(Comparer(remembered, reference, given.slow_cases), engines, given)
    tallies = [*ran, *absent]
    print("\n" + shown(tallies))
    if given.json:
        given.json.write_text(json.dumps([t.__dict__ for t in tallies], indent=1) + "\n")
    return 1 if any(t.differing or t.note for t in ran) else 0


if __name__ == "__main__":
    sys.exit(main())
