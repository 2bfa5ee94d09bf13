"""The bench tells the truth: medians of the runs it made, in turn, and what is missing. No speed is asserted."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from unisono import UnisonoError, bench, find_corners
from unisono.bench import peers, wavenet, web
from unisono.bench.clip import bench_clip
from unisono.bench.pictures import bench_picture
from unisono.bench.timing import Case, Contender, Result, measure, row_of


def test_contenders_take_turns_and_the_median_is_of_their_own_runs() -> None:
    calls: list[str] = []

    def worker(name: str, seconds: float) -> Contender:
        def work() -> None:
            calls.append(name)
            time.sleep(seconds)

        return Contender(name, work, note=lambda: f"{name} was here")

    result = measure(Case("sleep", [worker("a", 0.03), worker("b", 0.06)]), repeats=3)
    assert calls[-6:] == ["a", "b"] * 3
    ours, theirs = result.rows
    assert len(ours.times) == 3 and ours.median == sorted(ours.times)[1]
    assert ours.median is not None and ours.median >= 0.03
    turns = sorted(one / own for one, own in zip(theirs.times, ours.times, strict=True))
    assert theirs.median is not None and theirs.ratio == turns[1] and theirs.ratio > 1
    assert theirs.note == "b was here"


def test_quick_work_is_repeated_within_one_timing_and_scaled() -> None:
    result = measure(Case("quick", [Contender("add", lambda: 1 + 1)], per=2, unit="ns", scale=1e9), repeats=2)
    median = result.rows[0].median
    assert median is not None and 1 < median < 1e5


def test_what_makes_sound_is_held_against_real_time() -> None:
    found = measure(Case("t", [Contender("unisono", lambda: time.sleep(0.02))], unit="ms", scale=1e3, sound=2), 1)
    row = found.rows[0]
    assert row.median is not None and row.note == f"{2000 / row.median:.3g} x real time"


def test_a_missing_peer_is_named_and_has_no_figure() -> None:
    case = Case("work", [Contender("ours", lambda: None), Contender("peer", None, "peer is not installed")])
    row = measure(case, repeats=1).rows[1]
    assert row.median is None and row.ratio is None and row.missing == "peer is not installed"


def test_the_ratio_is_above_one_when_we_are_faster() -> None:
    rows = Result("t", "s", [row_of("ours", [1.0, 2.0, 3.0]), row_of("peer", [4.0])]).compare().rows
    assert [row.ratio for row in rows] == [1.0, 2.0]


def test_a_disturbance_that_meets_both_does_not_show_in_the_ratio() -> None:
    rows = Result("t", "s", [row_of("ours", [1.0, 4.0, 4.0]), row_of("peer", [2.0, 2.0, 8.0])]).compare().rows
    assert [row.ratio for row in rows] == [1.0, 2.0]


def test_the_clip_is_nine_seconds_of_sound() -> None:
    clip = bench_clip(None)
    assert clip.shape == (9 * 44100,) and clip.dtype == np.float32
    assert float(np.sqrt(np.mean(clip**2))) > 0.01 and float(np.abs(clip).max()) <= 1


def test_json_has_the_machine_the_versions_and_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    results = bench.run(["dsp"], repeats=1, as_json=True)
    printed = json.loads(capsys.readouterr().out)
    assert printed["machine"]["cpu"] and printed["machine"]["peers"]["numpy"] == np.__version__
    assert [r["title"] for r in printed["results"]] == [r.title for r in results]
    for result in results:
        assert result.ours().median is not None and result.ours().name.startswith("unisono")


def test_tables_name_machine_and_peers(capsys: pytest.CaptureFixture[str]) -> None:
    bench.run(["dsp"], repeats=1)
    printed = capsys.readouterr().out
    assert "cores" in printed and "numpy" in printed and "median" in printed


@pytest.mark.parametrize(("groups", "repeats", "text"), [(["speed"], 5, "no such group"), (["dsp"], 0, "repeats")])
def test_wrong_arguments_are_refused(groups: list[str], repeats: int, text: str) -> None:
    with pytest.raises(UnisonoError, match=text):
        bench.run(groups, repeats=repeats)


def test_every_peer_belongs_to_a_group() -> None:
    for _, groups in peers._PEERS.values():
        assert set(groups) <= set(bench.GROUPS)


def test_pictures_are_timed_here_and_what_the_browser_needs_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert find_corners(bench_picture())[1] == 200, "as many oscillators as there may be"
    monkeypatch.setenv("UNISONO_CHROMIUM", "no-such-browser")
    results = bench.run(["pictures"], repeats=1, as_json=True)
    capsys.readouterr()
    assert [result.title.split()[-1] for result in results[:2]] == ["classic", "perceptual"]
    for result in results[:3]:
        assert result.rows[0].median is not None and result.rows[0].median > 0
    last = results[-1].rows[0]
    assert last.median is None and last.missing


def test_wavenet_is_timed_and_a_peer_that_is_not_there_is_named() -> None:
    samples = np.sin(np.arange(44100, dtype=np.float32) / 20)
    for case in [*wavenet.training(samples, 1), *wavenet.generation(samples)]:
        result = measure(case, 1)
        ours, *others = result.rows
        assert ours.name == "unisono" and ours.median is not None and ours.median > 0
        assert result.limit is not None
        assert all(row.median or "torch" in row.missing for row in others)


def test_the_web_table_names_what_is_missing_beside_what_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNISONO_CHROMIUM", "no-such-browser")
    monkeypatch.setenv("UNISONO_SITE", str(tmp_path))
    monkeypatch.setattr("unisono.bench.web_tfjs.NODE_PEERS", tmp_path)
    natives = [
        Case(name, [Contender("unisono", lambda: time.sleep(0.001)), Contender("keras", None, "no keras")])
        for name in "abc"
    ]
    monkeypatch.setattr("unisono.bench.web.native_cases", lambda *_: iter(natives))
    results = bench.run(["web"], repeats=1, as_json=True)
    assert json.loads(capsys.readouterr().out)["results"]
    assert all("without the studio" in result.rows[0].missing for result in results[:2]), "transforms"
    epoch = {row.name: row for row in results[2].rows}
    assert epoch["unisono, native"].median is not None and epoch["keras, native"].missing == "no keras"
    assert "Node" in epoch["unisono under Node, one thread"].missing
    assert "without the studio" in epoch["unisono in Chromium, one thread"].missing
    for where in ("in Chromium", "under Node"):
        assert "--install-peers" in epoch[f"tensorflow.js wasm, {where}"].missing
    (tmp_path / "index.html").touch()
    (tmp_path / "unisono" / "wasm").mkdir(parents=True)
    (tmp_path / "unisono" / "wasm" / "unisono.wasm").touch()
    natives = [Case(name, [Contender("unisono", lambda: time.sleep(0.001))]) for name in "abc"]
    last = list(web.results(np.zeros(4410, np.float32), 1, 1, bench.PARTS))[-1]
    assert last.rows[0].missing == "Chromium is not installed"


def test_a_part_of_the_web_group_measures_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UNISONO_CHROMIUM", "no-such-browser")
    monkeypatch.setenv("UNISONO_SITE", str(tmp_path))
    titles = {
        part: [result.title for result in bench.run([part], repeats=1, as_json=True)] for part in bench.PARTS[::2]
    }
    capsys.readouterr()
    assert titles == {
        "web-dsp": ["transforms and sines in Chromium", "transforms and sines in Node"],
        "web-playing": ["playing and loading in a page"],
    }
