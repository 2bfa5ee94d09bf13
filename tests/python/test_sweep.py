"""A sweep over a folder: a killed worker loses nothing, nothing is done twice, damage is mended, errors are told."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import unisono
from unisono.audio import read_audio

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SR, EPOCHS = 44100, 8


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short tones, one of them twice, in a folder within the folder and under a name that HTML must quote."""
    folder = tmp_path_factory.mktemp("sweep") / "clips"
    (folder / "more").mkdir(parents=True)
    t = np.arange(2 * SR) / SR
    for name, frequency in (("low.wav", 110.0), ('more/<high> & "far".flac', 440.0)):
        sound: NDArray[np.float64] = 0.4 * np.sin(2 * np.pi * frequency * t) * np.exp(-2.0 * (t % 0.5))
        soundfile.write(folder / name, sound, SR)
    (folder / "twin.wav").write_bytes((folder / "low.wav").read_bytes())
    (folder / "notes.txt").write_text("not a sound")
    return folder


def runs(folder: Path) -> list[dict[str, Any]]:
    path = folder / "runs.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def arguments(clips: Path, out: Path) -> list[str]:
    choices = ["--preset", "default", "--preset", "magnet2024", "--epochs", str(EPOCHS), "--seconds", "3"]
    return ["sweep", str(clips), "--out", str(out), "--workers", "2", *choices]


def wait_for_a_checkpoint(out: Path) -> Path:
    """Return the folder of a job whose model was saved but which is not done."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for model in out.glob("*/model.unisono"):
            if not (model.parent / "result.json").exists() and len(runs(model.parent)) == 1:
                return model.parent
        time.sleep(0.02)
    raise AssertionError("no job began")


def state(out: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(p.relative_to(out)): (p.stat().st_mtime_ns, p.read_bytes())
        for p in out.glob("*/*")
        if p.name != "runs.jsonl"
    }


def test_a_killed_worker_loses_nothing_and_nothing_is_done_twice(
    clips: Path, tmp_path: Path, unisono_command: Run
) -> None:
    out = tmp_path / "results"
    command = [sys.executable, "-m", "unisono", *arguments(clips, out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as sweep:
        victim = wait_for_a_checkpoint(out)
        (first,) = runs(victim)
        os.kill(first["pid"], signal.SIGKILL)
        printed, told = sweep.communicate(timeout=300)
    assert sweep.returncode == 0, told
    assert "4 models" in printed and "is the same file as" in told and "Traceback" not in told

    folders = sorted(path.parent for path in out.glob("*/result.json"))
    assert len(folders) == 4
    assert [len(runs(folder)) for folder in folders] == [2 if folder == victim else 1 for folder in folders]
    again = runs(victim)[1]
    assert again["from_epoch"] >= 1 and again["pid"] != first["pid"]
    pids = {line["pid"] for folder in folders for line in runs(folder)}
    assert len(pids) >= 2 and not any(out.glob("**/*.tmp"))
    check_results(out, folders, clips)

    before = state(out)
    repeated = unisono_command(*arguments(clips, out))
    assert repeated.returncode == 0 and "4 done before" in repeated.stderr
    assert state(out) == before

    (victim / "sound.wav").unlink()
    mended = unisono_command(*arguments(clips, out))
    assert mended.returncode == 0 and "3 done before" in mended.stderr
    assert runs(victim)[2]["from_epoch"] == EPOCHS  # nothing was left to train
    assert (victim / "sound.wav").read_bytes() == before[f"{victim.name}/sound.wav"][1]
    assert sum(len(runs(folder)) for folder in folders) == 6


def check_results(out: Path, folders: list[Path], clips: Path) -> None:
    """Models are those of an unbroken training; tables and page hold every job, quoted."""
    for folder in folders:
        result = json.loads((folder / "result.json").read_text())
        if result["preset"] == "default":
            sound = read_audio(next(clips.rglob(result["clip"])), sr=SR)
            unbroken = unisono.train(sound.samples, sr=SR, epochs=EPOCHS, name=sound.name)
            assert unisono.load(folder / "model.unisono").sha256 == unbroken.sha256 == result["model"]
    table = (out / "results.csv").read_text().splitlines()
    assert len(table) == 5 and table[0].startswith("folder,clip,preset,seed,epochs,loss,")
    assert len(json.loads((out / "results.json").read_text())) == 4
    page = (out / "index.html").read_text()
    assert page.count("<audio") == 8 and page.count("<img") == 4
    assert "&lt;high&gt; &amp; &quot;far&quot;.flac" in page and "<high>" not in page
    for link in re.findall(r'(?:src|href)="([^"#]+)"', page):
        assert (out / link).is_file(), link


def test_what_is_wrong_with_a_clip_is_told_and_the_others_are_done(tmp_path: Path, unisono_command: Run) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    soundfile.write(clips / "silent.wav", np.zeros(SR), SR)
    (clips / "broken.wav").write_bytes(b"RIFF")
    soundfile.write(clips / "good.wav", 0.3 * np.sin(np.arange(SR) * 0.05), SR)
    out = clips / "results"  # among the clips: what lies there is not swept
    for _ in range(2):
        result = unisono_command("sweep", clips, "--out", out, "--epochs", "1", "--seconds", "1", "--workers", "1")
        assert result.returncode == 1
        assert "the clip is silent" in result.stderr and "1 models, 2 jobs failed" in result.stdout
    assert len(list(out.glob("*/result.json"))) == 1
    page = (out / "index.html").read_text()
    assert page.count('class="error"') == 2 and page.count("<article") == 1


def test_a_cluster_by_address_does_the_work(clips: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from distributed import LocalCluster

    from unisono.cli import run

    given = ["--epochs", "1", "--seconds", "1", "--seed", "1", "--seed", "2"]
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        address = cluster.scheduler_address
        assert run(["sweep", str(clips), "--out", str(tmp_path), "--scheduler", address, *given]) == 0
    assert "4 models" in capsys.readouterr().out
    (pid,) = {line["pid"] for path in tmp_path.glob("*/runs.jsonl") for line in runs(path.parent)}
    assert pid != os.getpid()


DEADLY = """
import os
from unisono.sweep_job import run_job as real

def run_job(job, out, threads):
    if "deadly" in job.clip:
        os._exit(9)
    return real(job, out, threads)
"""


def test_a_clip_that_kills_its_workers_is_told_and_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = tmp_path / "clips"
    clips.mkdir()
    for i, name in enumerate(("good1", "deadly", "good2", "good3")):
        soundfile.write(clips / f"{name}.wav", 0.3 * np.sin(np.arange(SR) * 0.02 * (i + 1)), SR)
    (tmp_path / "deadly_worker.py").write_text(DEADLY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("unisono.sweep_command.run_job", __import__("deadly_worker").run_job)
    from unisono.cli import run

    out = tmp_path / "out"
    assert run(["sweep", str(clips), "--out", str(out), "--epochs", "1", "--seconds", "1", "--workers", "2"]) == 1
    printed = capsys.readouterr()
    assert "3 models, 1 jobs failed" in printed.out
    assert "deadly.wav default seed 0: every worker that took this job died" in printed.err


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (["nowhere"], "is not a folder"),
        (["."], "no sound files"),
        ([".", "--workers", "0"], "workers"),
    ],
)
def test_wrong_arguments_give_one_line(
    given: list[str], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from unisono.cli import run

    monkeypatch.chdir(tmp_path)
    assert run(["sweep", *given, "--out", str(tmp_path / "out")]) == 2
    told = capsys.readouterr().err.strip()
    assert fault in told and "\n" not in told


def test_without_dask_one_line_says_what_to_install(clips: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['distributed'] = None; from unisono.cli import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "sweep", str(clips), "--out", str(tmp_path / "out")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "pip install 'unisono[sweep]'" in result.stderr and "Traceback" not in result.stderr
