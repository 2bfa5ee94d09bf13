"""The bench's rows: a peer has one or a line that says why not; loops do what they are timed for; charts are drawn."""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unisono
from unisono import Sine, bench, rfft
from unisono.bench import charts, compiled, curve, oscillators, startup, transforms, web_dsp, web_tfjs
from unisono.bench.clip import bench_clip
from unisono.bench.timing import Case, Contender, Result, Row, measure, row_of
from unisono.browsers import find_chromium
from unisono.errors import UnisonoError
from unisono.web import find_site


def rows_of(case: Case) -> dict[str, Contender]:
    return {contender.name: contender for contender in case.contenders}


def test_the_transforms_in_c_leave_the_bits_of_the_package_and_peers_the_same_spectrum() -> None:
    library = compiled.loops()
    assert not isinstance(library, str), library
    buffers = transforms._Buffers(512)
    want = rfft(buffers.x)
    for way in (transforms._waist, transforms._core):
        buffers.out[:] = 0
        work = way(library, buffers)
        assert not isinstance(work, str), work
        work()
        assert buffers.out.view(np.complex64).tobytes() == want.tobytes()
    peer = transforms._fftw(library, buffers)
    if not isinstance(peer, str):
        buffers.out[:] = 0
        peer()
        np.testing.assert_allclose(buffers.out.view(np.complex64), want, atol=1e-4)


def test_the_ticks_in_c_and_cython_are_the_samples_of_the_package() -> None:
    library, cython = compiled.loops(), compiled.cython_ticks()
    assert not isinstance(library, str) and not isinstance(cython, str)
    samples = Sine().process(np.full(1024, 100.0, np.float32))
    total = np.float32(0)
    for sample in samples[-128:]:  # the last block
        total += sample
    assert np.float32(cython.ticks(100.0, 1024)) == total
    for function, arguments in (
        (library.core_ticks, ()),
        (library.waist_ticks, (compiled.waist("sine_tick"), oscillators._sine())),
    ):
        function.restype = ctypes.c_float
        assert np.float32(function(*arguments, ctypes.c_float(100.0), 1024)) == total


@pytest.mark.parametrize("name", ["FFTW", "PFFFT", "Maximilian, C++", "Maximilian, C++, LTO", "unisono, C++"])
def test_what_is_missing_is_said_in_its_row(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNISONO_MAXIMILIAN", raising=False)
    for module in (transforms, oscillators):
        for peer in ("fftw", "pffft", "maximilian", "loops"):
            if hasattr(module, peer):
                monkeypatch.setattr(module, peer, lambda **_: "there is none of it")
    rows = {**rows_of(transforms._in_a_loop(512)), **rows_of(oscillators._ticks())}
    assert rows[name].work is None and rows[name].missing == "there is none of it"
    assert measure(transforms._in_a_loop(512), 1).rows[0].missing


def test_a_compiler_that_is_missing_or_complains_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.cpp"
    broken.write_text("int main( {")
    assert "broken did not compile" in str(compiled._build("broken", [broken], ()))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compiled._build("broken", [broken], ()) == "there is no C++ compiler"


def test_the_curve_has_every_method_with_its_decibels_and_names_missing_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curve, "missing", lambda name: f"{name} is not installed")
    monkeypatch.setattr(curve, "_SWEEPS", (1, 8))
    monkeypatch.setattr(curve, "_BATCHES", (0,))
    monkeypatch.setattr(curve, "_ONLINE", (1,))
    found = curve.result(bench_clip(None)[:44100], 1)
    rows = {row.name: row for row in found.rows}
    ours = [row for name, row in rows.items() if name.startswith("unisono")]
    assert len(ours) >= 6 and all(row.score is not None and row.score > 0 for row in ours)
    short, long = (rows[f"unisono griffin_lim, {n}"].score for n in (1, 8))
    assert short is not None and long is not None and long > short, "more sweeps, more consistent"
    for name in ("lws", "pghipy", "tifresi"):
        row = rows["lws package" if name == "lws" else name]
        assert row.missing == f"{name} is not installed"


def test_consistent_frames_score_high_and_the_ends_do_not_count() -> None:
    made = np.ones((20, 3), np.complex64)
    again = made + np.float32(1e-3)
    again[:4] = again[-4:] = 9
    assert curve._within(made, again) == pytest.approx(60, abs=0.1)


def test_a_peer_is_held_against_the_best_of_ours_in_its_time() -> None:
    rows = [
        row_of("unisono a", [1.0]),
        row_of("unisono b", [5.0]),
        row_of("peer slow", [4.0]),
        row_of("peer fast", [0.5]),
    ]
    for row, score in zip(rows, (20.0, 30.0, 18.0, 3.0)):
        row.score = score
    found = curve._with_ours(Result("t", "ms", rows))
    assert found.rows[2].note == "ours in that time: 20.00 dB" and found.rows[3].note == "ours: none"


def test_start_up_is_of_processes_that_work_and_says_which_do_not() -> None:
    for case in startup.cases():
        assert case.contenders[0].work is not None and "unisono" in case.contenders[0].name
    assert "No module" in startup._process("x", "-c", "import there_is_no_such_module").missing


@pytest.mark.parametrize(
    ("arguments", "unread"),
    [
        (("-c", "import unisono"), ("unisono.magnet", "unisono.wavenet", "typer", "torch", "tensorflow")),
        (("-m", "unisono", "train", "--help"), ("pydantic", "rich", "torch", "tensorflow")),
    ],
)
def test_starting_reads_nothing_that_can_wait(arguments: tuple[str, ...], unread: tuple[str, ...]) -> None:
    command = [sys.executable, "-X", "importtime", *arguments]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    names = {line.rpartition("|")[2].strip() for line in told.splitlines()}
    assert "unisono._ops" in names
    assert not [name for name in names if name in unread or name.partition(".")[0] in unread]


def test_what_is_read_later_is_there_when_asked_for() -> None:
    code = """
import unisono
assert "train" not in vars(unisono) and "train" in dir(unisono)
assert not [name for name in unisono.__all__ if not hasattr(unisono, name)]
assert unisono.train is unisono.training.train and callable(unisono.evaluate) and callable(unisono.sonify)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not hasattr(unisono, "nothing")


def test_charts_are_drawn_of_bars_a_curve_and_growth(tmp_path: Path) -> None:
    bars = Result("bars", "us", [row_of("unisono", [1.0, 2.0]), row_of("peer", [3.0]), Row("none", missing="not here")])
    dots = [row_of(f"unisono lws, {n}", [float(n)]) for n in range(1, 10)]
    for row in dots:
        row.score = 20.0
    sizes = [row_of(f"{n} s", [float(n)]) for n in (1, 10)]
    for row in sizes:
        row.size, row.memory = (row.median or 0.0), 3.0
    results = [bars, Result("curve", "ms", dots), Result("growth", "s", sizes, grows="s of clip")]
    svg, png = charts.write(tmp_path, "test", results)
    drawn = "".join(ET.parse(svg).getroot().itertext())
    assert png.read_bytes().startswith(b"\x89PNG") and svg.stat().st_size > 1000
    for text in ("bars", "peer", "unisono lws", "consistency, dB", "growth", "MiB"):
        assert text in drawn
    assert "none" not in drawn and charts.write(tmp_path, "none", [Result("t", "s", [Row("x", missing="y")])]) == []


def test_figures_and_charts_are_left_in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = Case("quick", [Contender("unisono", lambda: None)])
    monkeypatch.setattr("unisono.bench.dsp.cases", lambda samples: iter([quick]))
    bench.run(["dsp"], repeats=1, as_json=True, write=tmp_path / "new")
    figures = json.loads((tmp_path / "new" / "bench.json").read_text())
    assert figures["results"][0]["title"] == "quick"
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"bench.json", "bench_dsp.svg", "bench_dsp.png"}


def site_or_skip() -> None:
    try:
        find_site()
    except UnisonoError as error:
        pytest.skip(str(error))


def test_maximilian_comes_from_the_sources_that_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("UNISONO_MAXIMILIAN", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compiled.maximilian_embind(tmp_path) == "there is no Emscripten"
    monkeypatch.delenv("UNISONO_MAXIMILIAN")
    assert "UNISONO_MAXIMILIAN" in str(compiled.maximilian_embind(tmp_path))


def test_maximilian_is_cut_out_of_the_package_that_carries_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(web_dsp, "_MODULES", tmp_path)
    assert web_dsp._cheerp() == {}
    package = tmp_path / "sema-engine"
    package.mkdir()
    text = "emscripten();\n/*Compiled using Cheerp (R) */function maxiOsc() {}"
    (package / "sema-engine.wasmmodule.js").write_text(text)
    module = web_dsp._cheerp()["maximilian_cheerp.mjs"].decode()
    assert module.startswith("const Module = {};") and "emscripten" not in module and "export { maxiOsc };" in module
    assert module.count("/*") == module.count("*/")


def test_batches_of_tensorflow_js_are_scaled_to_an_epoch() -> None:
    found = {"version": "4", "backend": "wasm", "batch": 64, "seconds": [2.0, 4.0]}
    epoch = web_tfjs._row("tensorflow.js wasm, here", found, "batches", 640)
    assert epoch.name == "tensorflow.js 4 wasm, here" and epoch.times == [20.0, 40.0] and "2 batches" in epoch.note
    assert web_tfjs._row("tensorflow.js wasm, here", found, "second", 640).times == [2.0, 4.0]
    assert web_tfjs._row("tensorflow.js wasm, here", "broken", "second", 640).missing == "broken"


def check_web(found: Any, sizes: tuple[int, ...]) -> None:
    assert not isinstance(found, str), found
    assert [case["work"] for case in found["cases"][: len(sizes)]] == [["rfft", n] for n in sizes]
    assert found["ceilings"]["flops"] > 0 and found["ceilings"]["bytes"] > 0
    for case in found["cases"]:
        result = web_dsp._result(case, "here", found["ceilings"], 1)
        assert result.rows[0].median is not None and result.rows[0].median > 0 and result.limit is not None
        assert all(row.missing for row in result.rows if row.median is None)


def test_transforms_are_timed_under_node_and_missing_peers_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    site_or_skip()
    monkeypatch.setattr(web_dsp, "_SIZES", (512,))
    monkeypatch.setattr(web_dsp, "_MODULES", tmp_path)
    found = web_dsp._under_node(1)
    check_web(found, (512,))
    missing = {row["name"]: row.get("missing") for row in found["cases"][0]["rows"]}
    assert missing["unisono, exports"] is None and missing["fft.js"] and missing["essentia.js"]


def test_transforms_and_a_bank_are_timed_in_a_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    site_or_skip()
    if find_chromium() is None:
        pytest.skip("Chromium is not installed")
    monkeypatch.setattr(web_dsp, "_SIZES", (512,))
    monkeypatch.setattr(web_dsp, "_MODULES", tmp_path)
    found = web_dsp._in_chromium(1)
    check_web(found, (512,))
    bank = {row["name"]: row for row in found["cases"][-1]["rows"]}
    assert bank["OscillatorNode"]["times"] and bank["unisono, sonify_classic"]["note"].startswith("200 sines")
