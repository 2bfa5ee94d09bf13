"""Every operation and class gives the same bits in every engine: each native library, any threads, WebAssembly."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from compare import CASES, Engine, Line, all_results, explain, first_difference, report, table

from unisono.parity.inputs import make_array

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def found(all_engines: list[Engine]) -> list[dict[str, Line]]:
    """Return what every engine gave for every case."""
    return all_results(all_engines)


def test_every_operation_and_class_gives_the_same_bits_everywhere(
    all_engines: list[Engine], found: list[dict[str, Line]]
) -> None:
    differences = report(all_engines, found)
    assert not differences, "\n" + "\n".join(differences)
    assert all(len(lines) == len(found[0]) for lines in found)
    print(table(found[0].values()))


def test_the_cases_are_many_and_most_are_not_refusals(found: list[dict[str, Line]]) -> None:
    lines = found[0].values()
    counts, refused = Counter(line["op"] for line in lines), Counter(line["op"] for line in lines if "error" in line)
    assert counts
    for op, count in counts.items():
        assert count >= 50, f"{op} has {count} cases"
        assert refused[op] < count / 2, f"{op}: {refused[op]} of {count} cases are refused"


def test_a_difference_is_found_and_shown(all_engines: list[Engine], tmp_path: Path) -> None:
    """Prove that the comparison can fail: two engines are given inputs that differ in one bit."""
    spec = {"dtype": "f32", "shape": [5], "fill": "values", "values": [0.25, 0.5, 1.0, 2.0, 3.0]}
    paths = []
    for number, third in enumerate([1.0, float(np.nextafter(np.float32(1), np.float32(2)))]):
        case = {"id": "exp/0", "op": "exp", "args": [{**spec, "values": [0.25, 0.5, third, 2.0, 3.0]}]}
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps({"version": 1, "cases": [case]}))
    native, wasm = all_engines[0], all_engines[-1]
    one, other = native.run("run", str(paths[0])), wasm.run("run", str(paths[1]))
    assert one[0]["sha256"] != other[0]["sha256"]
    dumps = [e.run("run", str(p), "--case", "exp/0", "--dump")[0]["outputs"][0] for e, p in zip((native, wasm), paths)]
    text = first_difference(*dumps)
    assert text.startswith("index 2: 0x402df854 | 0x402df8"), text
    assert "(1 of 5 differ)" in text
    assert explain("exp/0", native, wasm, paths[0]).endswith("equal when run alone")


def test_the_input_generators_agree(all_engines: list[Engine], tmp_path: Path) -> None:
    """Pass every kind of array through an operation that copies: equal outputs mean equal inputs."""
    fills = [
        {"fill": "uniform", "seed": 3, "low": -1.5, "high": 0.3},
        {"fill": "log_uniform", "seed": 4294967295, "low_exponent": -149, "high_exponent": 127, "signed": True},
        {"fill": "finite_edges", "seed": 9},
        {"fill": "ramp", "low": 0.1, "step": 0.3},
        {"fill": "wave", "period": 37, "value": 0.7},
        {"fill": "impulse", "at": 3},
    ]
    arrays = [{"dtype": "f32", "shape": [1000], **fill} for fill in fills]
    cases = [{"id": f"sqrt/{i}", "op": "sqrt", "args": [array]} for i, array in enumerate(arrays)]
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"version": 1, "cases": cases}))
    assert not report(all_engines, all_results(all_engines, path), path)
    assert len({make_array(array).tobytes() for array in arrays}) == len(arrays)


def test_every_operation_and_class_of_the_interface_has_cases(all_engines: list[Engine]) -> None:
    """What a user can call in JavaScript is what is compared: nothing is left out."""
    cases = json.loads(CASES.read_text())["cases"]
    named = {case.get("op") or case["class"] for case in cases}
    callable_names = set(all_engines[-1].run("names")[0]["names"])
    assert callable_names - {"build_info"} == named - {"build_info"}
