"""The generator refuses nonsense, its output is what the golden files say, and nothing committed is stale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from codegen import render, wasm
from codegen.expr import Function, Functions, SpecError, evaluate, names, to_c
from codegen.load import Loader, load
from codegen.model import Api

ROOT = Path(__file__).resolve().parents[2]
TOY = Path(__file__).parent / "toy"
GOLDEN = TOY / "golden"


@pytest.fixture(scope="module")
def toy() -> Api:
    return load(TOY)


@pytest.fixture(scope="module")
def api() -> Api:
    return load()


# What is committed ------------------------------------------------------------------------------------------------


def test_nothing_committed_is_stale(api: Api) -> None:
    assert render.stale(api) == [], "run `python -m codegen`"


def test_check_names_what_is_stale_missing_or_too_much(toy: Api, tmp_path: Path) -> None:
    render.write(toy, tmp_path)
    assert render.stale(toy, tmp_path) == []
    (tmp_path / "python/unisono/_ops.py").write_text("# edited by hand\n")
    (tmp_path / "bindings/cython/dsp.pxd").unlink()
    (tmp_path / "bindings/capi/gone.gen.cpp").write_text("// of an entry that is no more\n")
    wrong = {"python/unisono/_ops.py", "bindings/cython/dsp.pxd", "bindings/capi/gone.gen.cpp"}
    assert set(render.stale(toy, tmp_path)) == wrong
    assert set(render.write(toy, tmp_path)) == wrong
    assert render.stale(toy, tmp_path) == []
    assert not (tmp_path / "bindings/capi/gone.gen.cpp").exists()


def test_the_command_line_checks_and_exits_with_0() -> None:
    done = subprocess.run([sys.executable, "-m", "codegen", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def golden_name(path: str) -> str:
    return path.replace("/", "__") + ".golden"


def test_the_toy_spec_is_rendered_as_in_the_golden_files(toy: Api) -> None:
    """Set UNISONO_UPDATE_GOLDEN=1 to write them anew, and read the difference before committing."""
    rendered = {p: text for p, text in render.rendered(toy) if not p.startswith("tests/parity")}
    if os.environ.get("UNISONO_UPDATE_GOLDEN"):
        for old in GOLDEN.glob("*"):
            old.unlink()
        for path, text in rendered.items():
            (GOLDEN / golden_name(path)).write_text(text)
    assert {golden_name(p) for p in rendered} == {p.name for p in GOLDEN.iterdir()}
    for path, text in rendered.items():
        assert text == (GOLDEN / golden_name(path)).read_text(), path


def test_rendering_twice_gives_the_same(api: Api) -> None:
    assert dict(render.rendered(api)) == dict(render.rendered(load()))


# Expressions ------------------------------------------------------------------------------------------------------


FUNCTIONS = Functions({"frames": Function("frames", ("n", "hop"), "1 + n // hop")})


@pytest.mark.parametrize(
    ("text", "c", "value"),
    [
        ("1 + n // 2", "1 + floor_div(int64_t{n}, 2)", 6),
        ("max(n, m) - 3 * (m - 1)", "std::max<int64_t>(int64_t{n}, int64_t{m}) - (3 * (int64_t{m} - 1))", 1),
        ("frames(n - 1, m)", "1 + floor_div((int64_t{n} - 1), int64_t{m})", 3),
        ("n if flag and m < 5 else 0", "(int64_t{flag} && (int64_t{m} < 5)) ? int64_t{n} : 0", 10),
        ("1 < m <= n", "1 < int64_t{m} && int64_t{m} <= int64_t{n}", 1),
        ("-n // 4", "floor_div((-int64_t{n}), 4)", -3),
        ("not flag or n == 10", "(!int64_t{flag}) || (int64_t{n} == 10)", 1),
    ],
)
def test_expressions_mean_the_same_in_c_and_python(text: str, c: str, value: int) -> None:
    assert to_c(text, FUNCTIONS) == c
    assert evaluate(text, {"n": 10, "m": 4, "flag": True}, FUNCTIONS) == value


def test_an_expression_may_ask_the_object_in_c_only() -> None:
    assert to_c("self.size(i) - 1", FUNCTIONS) == "int64_t{self->size(static_cast<int32_t>(int64_t{i}))} - 1"
    assert names("self.size(i) - 1") == {"i"}
    with pytest.raises(SpecError, match="needs an object"):
        evaluate("self.size(i)", {"i": 1}, FUNCTIONS)


@pytest.mark.parametrize("text", ["__import__('os')", "n ** 2", "n / 2", "[n]", "n +", "lambda: 1", "n.real", "'a'"])
def test_expressions_are_nothing_but_integer_formulae(text: str) -> None:
    with pytest.raises(SpecError, match="expression"):
        to_c(text, FUNCTIONS)


# Wrong specs ------------------------------------------------------------------------------------------------------


def op(**changes: Any) -> dict[str, Any]:
    """An operation that is right, with changes that make it wrong."""
    param = {"name": "x", "type": "f32", "shape": ["n"], **changes.pop("param", {})}
    entry = {"doc": "Does.", "params": [param], "returns": [{"name": "y", "type": "f32", "shape": ["n"]}], **changes}
    return {"toy": {"op": {"act": entry}}}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (op(colour=1), "act: unknown key 'colour'"),
        (op(param={"defualt": 1}), "act: parameter x: unknown key 'defualt'"),
        (op(param={"type": "f16"}), "act: x: there is no type 'f16'"),
        (op(param={"type": "enum:hue", "shape": []}), "there is no type 'enum:hue'"),
        (op(param={"type": "u32"}), "arrays of u32 are not possible"),
        (op(param={"name": "self"}), "'self' cannot be a name"),
        (op(param={"name": "lambda"}), "'lambda' cannot be a name"),
        (op(param={"name": "y"}), "'y' is used twice"),
        (op(param={"check": "odd"}), "there is no [check.odd]"),
        (op(param={"shape": ["n", "m + 1"]}), "'m' is neither a parameter nor a size"),
        (op(params=[{"use": "grid"}]), "there is no [group.grid]"),
        (op(params=[{"name": "k", "type": "i32", "min": 1, "max": 4, "default": 9}]), "default 9 is not from 1 to 4"),
        (op(require=[{"that": "z > 1", "text": "no"}]), "require: 'z' is neither a parameter nor a size"),
        (op(hot=True), "a hot method has scalars only"),
        ({"toy": {"ops": {}}}, "toy: unknown key 'ops'"),
        ({"a": op()["toy"], "b": op()["toy"]}, "act: is defined twice"),
        ({"toy": {"op": {"act": {"params": []}}}}, "act: has no doc"),
        ({"toy": {"osc": {"hum": {"doc": "Hums.", "volume": 1}}}}, "osc.hum: unknown key 'volume'"),
    ],
)
def test_a_wrong_entry_is_refused_by_name(files: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as refusal:
        Loader(files).load()
    assert message in str(refusal.value)


def test_broken_toml_is_refused_by_file_name(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("[op.x\n")
    with pytest.raises(SpecError, match=r"broken\.toml"):
        load(tmp_path)


# Parity cases -----------------------------------------------------------------------------------------------------


def test_every_operation_and_class_has_at_least_50_cases() -> None:
    cases = json.loads((ROOT / "tests/parity/cases.gen.json").read_text())["cases"]
    counts: dict[str, int] = {}
    for case in cases:
        counts[case.get("op") or case["class"]] = counts.get(case.get("op") or case["class"], 0) + 1
    spec = [tomllib.loads(p.read_text()) for p in sorted((ROOT / "codegen/spec").glob("*.toml"))]
    entries = {name for t in spec for kind in ("op", "class") for name in t.get(kind, {})}
    entries |= {"".join(w.capitalize() for w in name.split("_")) for t in spec for name in t.get("osc", {})}
    assert set(counts) == entries
    assert min(counts.values()) >= 50, counts
    assert len({case["id"] for case in cases}) == len(cases)


def test_the_bounds_of_a_parameter_are_among_its_cases(api: Api) -> None:
    text = dict(render.rendered(api))["tests/parity/cases.gen.json"]
    drawn = [c for c in json.loads(text)["cases"] if c.get("op") == "stft"]
    sizes = {c.get("options", {}).get("n_fft", 2048) for c in drawn}
    assert {16, 1024, 2048} <= sizes
    assert {c.get("options", {}).get("window", "hann") for c in drawn} == set(api.enums["window"].values)
    assert {c.get("options", {}).get("center", True) for c in drawn} == {True, False}
    assert 1 in {c["args"][0]["shape"][0] for c in drawn}


# The Emscripten driver --------------------------------------------------------------------------------------------


def test_a_missing_emcc_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EMCC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(wasm.BuildError, match="apt-get install emscripten"):
        wasm.build(tmp_path / "unisono.wasm", tmp_path)


def test_a_compiler_error_is_shown_with_its_command(tmp_path: Path) -> None:
    tool = tmp_path / "emcc"
    tool.write_text("#!/bin/sh\necho 'x.cpp:1: no such luck' >&2\nexit 1\n")
    tool.chmod(0o755)
    with pytest.raises(wasm.BuildError, match=r"emcc[\s\S]*no such luck"):
        wasm.compile_one(str(tool), ROOT / "bindings/capi/checks.cpp", tmp_path, {})


def test_objects_are_named_by_everything_they_include(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    capi = tmp_path / "bindings" / "capi"
    capi.mkdir(parents=True)
    monkeypatch.setattr(wasm, "ROOT", tmp_path)
    (capi / "a.cpp").write_text('#include "b.h"\n')
    (capi / "b.h").write_text('#include "c.h"\n')
    (capi / "c.h").write_text("int c;\n")
    (capi / "other.h").write_text("int other;\n")
    before = wasm._key(capi / "a.cpp", "emcc")
    (capi / "other.h").write_text("int changed;\n")
    assert wasm._key(capi / "a.cpp", "emcc") == before
    (capi / "c.h").write_text("int changed;\n")
    assert wasm._key(capi / "a.cpp", "emcc") != before


def test_the_numeric_flags_of_the_web_build_end_with_no_contraction() -> None:
    assert all(wasm.flags(source)[-1] == "-ffp-contract=off" for source in wasm.sources())
    assert not {"-ffast-math", "-Ofast", "-mrelaxed-simd"} & set(wasm.COMPILE + wasm.LINK)


def test_the_interface_has_a_name_that_words_do_not_change() -> None:
    name = Loader(op()).load().hash
    assert Loader(op(doc="Does it well.")).load().hash == name
    assert Loader(op(param={"min": 0.0})).load().hash != name
