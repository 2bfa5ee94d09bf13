"""Wrong arguments are refused with the same words in both languages: every scalar, beyond every bound."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from compare import CASES, Engine

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from codegen.load import load
from codegen.model import Callable, Param

Case = dict[str, Any]

NAN, INFINITY = {"bits": "7fc00000"}, {"bits": "7f800000"}
BY_TYPE: dict[str, list[Any]] = {
    "i32": [2**31, -(2**31) - 1, 2.5, "7"],
    "u32": [-1, 2**32, 2.5, "7"],
    "f32": [NAN, INFINITY, "7"],
    "f64": [NAN, INFINITY, "7"],
    "bool": [1, "true"],
}


def wrong_values(p: Param) -> Iterator[Any]:
    """Return values that a scalar parameter must refuse: of another type, beyond its bounds, unknown names."""
    if p.enum is not None:
        yield from ("nonsense", "", 1)
        return
    yield from BY_TYPE[p.type.name]
    if p.check is not None:
        yield from p.check.bad
    if isinstance(p.min, int | float):
        yield p.min - 1 if p.min > -(2**31) else p.min - 2**20
    if isinstance(p.max, int | float):
        yield p.max + 1


def variants(f: Callable, step: Case, *, by_name: bool = False) -> Iterator[Case]:
    """Return a call of an operation with one wrong argument, for each parameter and each wrong value."""
    for p in f.params:
        if p.is_array:
            continue
        for value in wrong_values(p):
            if value == 0 and p.zero_means is not None:
                continue
            if by_name or (p.is_keyword and not f.hot):
                yield {**step, "options": {**step.get("options", {}), p.name: value}}
            else:
                args = list(step.get("args", []))
                args[[*f.positional, *f.keywords].index(p)] = value
                yield {**step, "args": args}


def wrong_cases() -> list[Case]:
    """Return the wrong calls of all operations, constructors and methods, made from the first right case of each."""
    api = load()
    right: dict[str, Case] = {}
    for case in json.loads(CASES.read_text())["cases"]:
        right.setdefault(case.get("op") or case["class"], case)
    cases = [{**right[f.name], **wrong} for f in api.ops for wrong in variants(f, right[f.name])]
    for cls in api.classes:
        case = right[cls.name]
        for wrong in variants(cls.new, {"options": case["new"]}, by_name=True):
            cases.append({**case, "new": wrong["options"], "calls": []})
        for method in (m for m in cls.methods if not m.hot):
            step = next((s for s in case["calls"] if s["method"] == method.name), None)
            cases += [{**case, "calls": [wrong]} for wrong in (variants(method, step) if step else ())]
    return [{**case, "id": f"{case['id'].partition('/')[0]}/{i}"} for i, case in enumerate(cases)]


@pytest.fixture(scope="module")
def refusals(all_engines: list[Engine], tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Case, Case, Case]]:
    """Return every wrong call with what it gave natively and in WebAssembly."""
    cases = wrong_cases()
    path = tmp_path_factory.mktemp("wrong") / "cases.json"
    path.write_text(json.dumps({"version": 1, "cases": cases}))
    native, wasm = (engine.run("run", str(path)) for engine in (all_engines[0], all_engines[-1]))
    return list(zip(cases, native, wasm, strict=True))


def test_wrong_arguments_are_refused_with_the_same_words(refusals: list[tuple[Case, Case, Case]]) -> None:
    assert len(refusals) > 300
    different = []
    for case, one, other in refusals:
        if "error" not in one or one["error"] != other.get("error"):
            asked = case.get("calls") or case.get("options") or case.get("new") or case.get("args")
            different.append(f"{case['id']} {asked}\n  {one.get('error')!r}\n  {other.get('error')!r}")
    assert not different, f"{len(different)} differ:\n" + "\n".join(different[:20])


def test_refusals_are_one_short_line_that_names_argument_and_value(refusals: list[tuple[Case, Case, Case]]) -> None:
    for _, line, _ in refusals:
        text = line["error"]
        assert "\n" not in text and len(text) < 250, text
        assert (": got " in text and "; must be " in text) or text.startswith(("call ", "set ")), text
        assert "self." not in text, text
