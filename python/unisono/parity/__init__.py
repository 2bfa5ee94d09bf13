"""Proof on this machine that every engine gives the same bits: native libraries, any threads, WebAssembly anywhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._version import BITS
from ..errors import UnisonoError
from . import goldens
from .differences import Difference, locate, trace
from .engines import Engine, engines
from .plan import lower
from .runs import training_cases

__all__ = ["Comparison", "Engine", "compare", "engines", "plans_of", "report"]

Json = dict[str, Any]

_EXPLAINED = 200  # cases of an engine that are looked at closely
GOLDEN_EPOCHS = 3


@dataclass(frozen=True)
class Comparison:
    """What an engine gave for one operation, beside the reference."""

    engine: str
    operation: str
    cases: int
    differing_cases: int
    differing_bits: int  # in the first differing stage of each case
    golden: str  # "same", "differs" or "none"


def plans_of(operations: Sequence[str] = (), epochs: int = GOLDEN_EPOCHS, cases: Path | None = None) -> list[Json]:
    """Return the plans of the spec's cases (or a file's), and of trainings and generations, or of some operations only.

    Raises
    ------
    UnisonoError
        If there is no such operation, or the package carries no cases.
    """
    path = cases or goldens.find("cases.gen.json")
    if path is None:
        raise UnisonoError("the parity cases are absent: they come with the package and with a checkout")
    every = [lower(case) for case in json.loads(path.read_text())["cases"]]
    every += [lower(case) for case in training_cases(epochs)] if epochs else []
    chosen = [plan for plan in every if not operations or plan["op"] in operations]
    missing = sorted(set(operations) - {plan["op"] for plan in chosen})
    if missing:
        known = ", ".join(goldens.grouped(every))
        raise UnisonoError(f"there is no operation {', '.join(missing)}; there are {known}")
    return [plan for group in goldens.grouped(chosen).values() for plan in group]


def compare(
    chosen: Sequence[Engine], plans: Sequence[Json], golden: Json | None = None
) -> tuple[list[Comparison], list[Difference]]:
    """Run plans in all engines; return the table by engine and operation, and the first difference of each operation.

    Raises
    ------
    UnisonoError
        If an engine fails.
    """
    rows: list[Comparison] = []
    first: list[Difference] = []
    expected = None
    for engine in chosen:
        if sys.stderr.isatty():
            print(engine.name, file=sys.stderr)
        mine = [plan for plan in plans if not engine.only or plan["op"] in engine.only]
        lines = {line["case"]: line for line in engine.run(mine)} if mine else {}
        expected = expected or lines
        wrong = [plan for plan in mine if lines[plan["id"]] != expected[plan["id"]]]
        found = locate(engine, chosen[0], wrong[:_EXPLAINED])
        for operation, group in goldens.grouped(mine).items():
            here = [difference for difference in found if difference.operation == operation]
            first += here[:1]
            count = sum(plan["op"] == operation for plan in wrong)
            bits = sum(difference.differing_bits for difference in here)
            known = _golden(golden, operation, group, [lines[plan["id"]] for plan in group])
            rows.append(Comparison(engine.name, operation, len(group), count, bits, known))
    return rows, first


def _golden(golden: Json | None, operation: str, plans: Sequence[Json], lines: Sequence[Json]) -> str:
    entry, kept = goldens.entry(plans, lines), (golden or {}).get(operation)
    if not kept or kept["inputs"] != entry["inputs"]:
        return "none"
    return "same" if kept == entry else "differs"


def chosen_engines(names: Sequence[str], module: Path | None = None) -> list[Engine]:
    """Return the engines whose names contain one of some words, or all.

    Raises
    ------
    UnisonoError
        If none does, or does not start, or the module does not exist.
    """
    if module is not None and not module.is_file():
        raise UnisonoError(f"{module} does not exist")
    every = engines(module)
    chosen = [engine for engine in every if not names or any(name in engine.name for name in names)]
    if not chosen:
        raise UnisonoError(f"no engine is called {' or '.join(names)}; there are: {'; '.join(map(str, every))}")
    faults = {engine.name: engine.fault() for engine in chosen}
    for name, fault in faults.items():
        if fault and names:
            raise UnisonoError(f"{name}: {fault}")
        if fault:
            print(f"{name} is left out: {fault}", file=sys.stderr)
    return [engine for engine in chosen if not faults[engine.name]]


def report(
    *,
    engine_names: Sequence[str] = (),
    operations: Sequence[str] = (),
    epochs: int = GOLDEN_EPOCHS,
    module: Path | None = None,
    traces: Path | None = None,
    as_json: bool = False,
) -> bool:
    """Compare, print, and return whether all bits are equal, to each other and to the golden list.

    Raises
    ------
    UnisonoError
        If an engine fails, or a name is unknown.
    """
    plans = plans_of(operations, epochs)
    chosen = chosen_engines(engine_names, module)
    kept = goldens.read()
    golden = kept.get("cases") if kept.get("bits") == BITS else None
    rows, first = compare(chosen, plans, golden)
    if traces:
        _write_traces(traces, chosen, plans)
    equal = not any(row.differing_cases or row.golden == "differs" for row in rows)
    if as_json:
        table = [row.__dict__ for row in rows]
        found = [difference.as_dict() for difference in first]
        print(json.dumps({"bits": BITS, "equal": equal, "table": table, "differences": found}, indent=2))
    else:
        _print(chosen, rows, first, equal=equal)
    return equal


def _write_traces(folder: Path, chosen: Sequence[Engine], plans: Sequence[Json]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for engine in chosen:
        name = "".join(c if c.isalnum() else "-" for c in engine.name)
        mine = [plan for plan in plans if not engine.only or plan["op"] in engine.only]
        (folder / f"{name}.txt").write_text(trace(mine, engine.run(mine, steps=True)) if mine else "")


def _print(chosen: Sequence[Engine], rows: Sequence[Comparison], first: Sequence[Difference], *, equal: bool) -> None:
    width = max(len(engine.name) for engine in chosen)
    print(f"{'engine':{width}}  operations  cases  differing bits  golden list")
    for engine in chosen:
        mine = [row for row in rows if row.engine == engine.name]
        cases, bits = sum(row.cases for row in mine), sum(row.differing_bits for row in mine)
        wrong = [row for row in mine if row.differing_cases]
        odd = [row for row in mine if row.golden == "differs"]
        known = f"{len(odd)} differ" if odd else f"{sum(row.golden == 'same' for row in mine)} same"
        print(f"{engine.name:{width}}  {len(mine):10}  {cases:5}  {bits:14}  {known}")
        for row in wrong:
            print(f"  {row.operation}: {row.differing_cases} of {row.cases} cases differ")
    for difference in first:
        print(f"\n{difference}")
    print(f"\nbits {BITS}, {len(chosen)} engines: {'all bits equal' if equal else 'NOT EQUAL'}")
