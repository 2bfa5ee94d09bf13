"""All engines that a test run can afford give what the golden list says; a difference is found, placed and named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import builds
import goldens as golden_file
import javascript
import pytest

from unisono import BITS, UnisonoError
from unisono.parity import chosen_engines, compare, goldens, plans_of
from unisono.parity.browser import KINDS, browsers
from unisono.parity.differences import trace
from unisono.parity.engines import Engine, engines, in_wasmtime, isas, native
from unisono.parity.plan import lower
from unisono.parity.wasm import has_wasmtime

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = Path(goldens.__file__).parents[1]

Json = dict[str, Any]

MODELS = ("MagnetModel", "MagnetPlayer", "PairsModel", "WavenetModel")
SAMPLE = ("exp", "sin", "tanh", "random_normal", "rfft", "stft", "lstm", "lws", "Saw", "MagnetModel")


@pytest.fixture(scope="session")
def module() -> Path:
    found = builds.wasm_module()
    if found is None or not has_wasmtime():
        pytest.skip("unisono.wasm or wasmtime is absent: python -m codegen wasm; pip install wasmtime")
    return found


def golden() -> Json:
    return golden_file.read()["cases"]


def assert_golden(chosen: Sequence[Engine], epochs: int = 0, operations: Sequence[str] = ()) -> None:
    rows, first = compare(chosen, plans_of(operations, epochs=epochs), golden())
    assert not first, "\n".join(map(str, first))
    wrong = [f"{row.engine}: {row.operation}" for row in rows if row.golden != "same"]
    assert not wrong, f"not as in the golden list (tests/parity/goldens.py says more): {wrong}"
    assert len(rows) >= (len(operations) or 45) * len(chosen)


def test_the_widest_library_gives_the_golden_list_on_three_threads_trainings_too() -> None:
    assert_golden([native(LIBRARIES / f"libunisono_{isas()[-1]}.so", f"native {isas()[-1]}", 3)], epochs=3)


def test_five_hundred_drawn_cases_of_every_operation_are_golden_natively_and_in_node(module: Path) -> None:
    """Of whole models, whose cases take long, `make parity-all` runs them."""
    from codegen import parity
    from codegen.load import load

    api = load()
    drawn = {op.name: parity.op_cases(api, op, 500) for op in api.ops}
    drawn |= {cls.name: parity.class_cases(api, cls, 500) for cls in api.classes if cls.name not in MODELS}
    plans = {name: [lower(case) for case in cases[:500]] for name, cases in drawn.items()}
    kept = golden_file.read()["many"]
    assert len(plans) >= 55 and sum(f"{name}[0:500]" in kept for name in plans) >= 55
    expected: Json = {}
    library = LIBRARIES / f"libunisono_{isas()[-1]}.so"
    for engine in (native(library, "native", 1), *(e for _, found, _ in javascript.shells(module) for e in found[:1])):
        lines = iter(engine.run([plan for part in plans.values() for plan in part]))
        found = {f"{name}[0:500]": goldens.entry(part, [next(lines) for _ in part]) for name, part in plans.items()}
        expected = expected or {**found, **kept}  # new operations may not be in the list yet
        wrong = [name for name, entry in found.items() if expected[name] != entry]
        assert not wrong, f"{engine}: tests/parity/all.py says more of {wrong}"


def test_webassembly_in_python_gives_the_golden_list_trainings_too(module: Path) -> None:
    assert_golden([in_wasmtime(module)], epochs=3)


def test_flushing_hosts_change_nothing(module: Path) -> None:
    """The processor is told to flush subnormal numbers before every call: natively, and round WebAssembly."""
    library = LIBRARIES / f"libunisono_{isas()[0]}.so"
    assert_golden([native(library, "native", 1, "--flush")])
    assert_golden([in_wasmtime(module, "wasm, flushed", "--flush")], operations=SAMPLE)


def test_javascript_gives_the_golden_list(module: Path) -> None:
    """A sample of the operations; `make parity-all` runs all."""
    found = [engine for _, engines, _ in javascript.shells(module) for engine in engines]
    if not found:
        pytest.skip("Node is absent: apt-get install nodejs")
    assert_golden(found, operations=SAMPLE)


def test_a_browser_gives_the_golden_list_in_page_worker_and_worklet(module: Path) -> None:
    """A sample of the operations; `make parity-all` runs all, in Firefox and WebKit too."""
    found = browsers(module, kinds=[kind for kind in KINDS if kind.name == "Chromium"])
    if not found:
        pytest.skip("Chromium is absent: apt-get install chromium")
    assert [engine.name.split()[-1] for engine in found] == ["page", "worker", "worklet"]
    assert_golden(found, operations=SAMPLE)


def test_a_browser_that_shows_no_page_is_left_out_and_one_that_was_asked_for_is_an_error(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=None)
    names = [engine.name for engine in chosen_engines([], module)]
    assert any("wasmtime" in name for name in names) and not any("Chromium" in name for name in names)
    assert f"wasm in a Chromium page is left out: {program} ended with code 3\n" in capsys.readouterr().err
    with pytest.raises(UnisonoError, match=r"^wasm in a Chromium worker: .*chromium ended with code 3$"):
        chosen_engines(["Chromium worker"], module)


def test_the_golden_list_has_the_version_of_the_bits_and_the_changelog_explains_it() -> None:
    kept = golden_file.read()
    assert kept["bits"] == BITS == golden_file.bits_in_spec()
    explained = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("- Bits ")]
    assert [int(line.split()[2].rstrip(":")) for line in explained] == list(range(BITS, 0, -1))


def test_moved_bits_are_told_from_new_cases() -> None:
    old = {"exp": {"cases": 1, "inputs": "a", "outputs": "b"}, "log": {"cases": 1, "inputs": "a", "outputs": "b"}}
    new = {"exp": {**old["exp"], "outputs": "c"}, "log": {**old["log"], "inputs": "d", "outputs": "e"}}
    assert goldens.moved(old, new) == ["exp"]
    text = golden_file.changelog_with(7, "Because.", ["exp"], "# C\n\n### Bits\n\n- Bits 6: x\n")
    assert text == "# C\n\n### Bits\n\n- Bits 7: Because. Moved: exp.\n- Bits 6: x\n"


@dataclass(frozen=True)
class Faulty(Engine):
    """An engine whose noise, on its way into one operation, is another in the last digit of one number."""

    operation: str = ""

    def run(self, plans: Sequence[Json], *, steps: bool = False) -> list[Json]:
        def touched(plan: Json) -> Json:
            if plan["op"] != self.operation:
                return plan
            text = json.dumps(plan).replace('"high": 1.0', '"high": 1.0000001')
            return dict(json.loads(text))

        return super().run([touched(plan) for plan in plans], steps=steps)


def test_the_first_differing_operation_case_stage_and_value_are_named() -> None:
    good = engines(threads=(1,))[0]
    bad = Faulty("faulty", good.command, operation="stft")
    plans = plans_of(["exp", "stft"], epochs=0)
    rows, first = compare([good, bad], plans, golden())
    assert {row.operation for row in rows if row.differing_cases} == {"stft"}
    assert [difference.operation for difference in first] == ["stft"]
    found = first[0]
    assert found.stage == "step 0: stft"
    assert found.bits[0] != found.bits[1] and all(bits.startswith("0x") for bits in found.bits)
    assert found.differing_bits >= found.differing_values >= 1
    row = next(row for row in rows if row.engine == "faulty" and row.operation == "stft")
    assert row.golden == "differs" and row.differing_bits > 0


def test_traces_name_every_stage() -> None:
    plans = plans_of(["train_default"], epochs=1)
    text = trace(plans, engines(threads=(1,))[0].run(plans, steps=True))
    for stage in ("before training: tensor", "epoch 1: losses of the steps", "generate: magnitudes", "samples, lws"):
        assert stage in text, text[:2000]


def test_the_command_prints_a_table_and_writes_traces(module: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "unisono", "parity", "--epochs", "0", "--wasm", str(module), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    engines = ("--engine", "native", "--engine", "wasmtime", "--engine", "Chromium page")
    done = run("--op", "exp", "--op", "Saw", "--trace", "traces", *engines)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["engine", "operations", "cases", "differing", "bits", "golden", "list"]
    assert any(line.startswith("wasm in wasmtime") for line in lines)
    assert lines[-1].endswith("all bits equal")
    texts = {path.read_text() for path in (tmp_path / "traces").iterdir()}
    assert len(texts) == 1 and len(os.listdir(tmp_path / "traces")) >= 3
    done = run("--op", "exp", "--json", "--engine", "sse2")
    table = json.loads(done.stdout)
    assert table["equal"] is True and table["bits"] == BITS
    assert {row["engine"] for row in table["table"]} == {"native sse2, 1 thread", "native sse2, 2 threads"}
    for wrong in (("--op", "nothing"), ("--engine", "nothing")):
        done = run(*wrong)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
