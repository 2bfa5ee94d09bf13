"""Training that stops and goes on, by choice, by Ctrl-C or by a kill, gives the bits of one that never stopped."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import unisono
from unisono.model_file import read_model_file

Samples = NDArray[np.float32]
SR = 44100
EPOCHS = 4
PRESETS = ["default", "icmc2019", "magnet2024"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, tone: Samples) -> Path:
    path = tmp_path_factory.mktemp("clip") / "tone.wav"
    soundfile.write(path, tone, SR, subtype="FLOAT")
    return path


@pytest.mark.parametrize("preset", PRESETS)
def test_resume_through_a_file_gives_the_bits_of_an_unbroken_training(
    tmp_path: Path, tone: Samples, preset: str
) -> None:
    unbroken = unisono.train(tone, sr=SR, preset=preset, epochs=EPOCHS, seed=5)
    unbroken.save(tmp_path / "unbroken.unisono")
    path = tmp_path / "m.unisono"
    unisono.train(tone, sr=SR, preset=preset, epochs=1, seed=5, threads=2).save(path)
    for epochs in range(2, EPOCHS + 1):
        resumed = unisono.train(tone, sr=SR, preset=preset, epochs=epochs, seed=5, resume=unisono.load(path, threads=1))
        resumed.save(path)
    assert resumed.losses == unbroken.losses
    assert path.read_bytes() == (tmp_path / "unbroken.unisono").read_bytes()
    np.testing.assert_array_equal(resumed.generate(1.0, seed=2), unbroken.generate(1.0, seed=2))


@pytest.mark.parametrize("preset", PRESETS)
def test_generation_needs_no_clip_and_changes_nothing(tmp_path: Path, tone: Samples, preset: str) -> None:
    model = unisono.train(tone, sr=SR, preset=preset, epochs=1)
    model.save(tmp_path / "m.unisono")
    loaded = unisono.load(tmp_path / "m.unisono")
    before = loaded.sha256
    sound = loaded.generate(0.7, seed=4)
    np.testing.assert_array_equal(sound, model.generate(0.7, seed=4))
    np.testing.assert_array_equal(sound, loaded.generate(0.7, seed=4))
    assert (sound != loaded.generate(0.7, seed=5)).any()
    assert loaded.sha256 == before == model.sha256


def test_a_training_that_stopped_within_an_epoch_goes_on_from_there(tmp_path: Path, tone: Samples) -> None:
    class Stop(Exception):
        pass

    unbroken = unisono.train(tone, sr=SR, preset="magnet2024", epochs=3)
    kept: list[unisono.Model] = []

    def stop(progress: unisono.Progress) -> None:
        kept.append(progress.model)
        raise Stop

    with pytest.raises(Stop):
        unisono.train(tone, sr=SR, preset="magnet2024", epochs=3, on_epoch=stop)
    model = kept[0]
    assert model.core.steps_per_epoch() > 1
    model.core.train_step()  # as if stopped between two steps of the second epoch
    model.save(tmp_path / "m.unisono")
    resumed = unisono.train(tone, sr=SR, preset="magnet2024", resume=unisono.load(tmp_path / "m.unisono"))
    assert resumed.sha256 == unbroken.sha256
    assert resumed.losses == unbroken.losses


def test_threads_and_callbacks_do_not_change_the_model(tone: Samples) -> None:
    hashes = {
        unisono.train(tone, sr=SR, epochs=2, threads=threads, on_epoch=lambda p: p.model.generate(0.2)).sha256
        for threads in (1, 2, 3)
    }
    assert hashes == {unisono.train(tone, sr=SR, epochs=2).sha256}


def test_seed_preset_and_clip_change_the_model(tone: Samples) -> None:
    models = [
        unisono.train(tone, sr=SR, epochs=1),
        unisono.train(tone, sr=SR, epochs=1, seed=1),
        unisono.train(tone[::-1].copy(), sr=SR, epochs=1),
        unisono.train(tone, sr=SR, epochs=1, preset="magnet2024"),
    ]
    assert len({model.sha256 for model in models}) == len(models)


def test_resume_refuses_another_clip_seed_preset_or_rate(tone: Samples) -> None:
    model = unisono.train(tone, sr=SR, epochs=2)
    for wrong in ({"seed": 1}, {"preset": "icmc2019"}, {"sr": 48000}):
        with pytest.raises(unisono.TrainingError, match="cannot resume"):
            unisono.train(tone, **{"sr": SR, "resume": model, **wrong})
    with pytest.raises(unisono.TrainingError, match="another clip"):
        unisono.train(tone[:-1], sr=SR, resume=model)
    with pytest.raises(unisono.ParameterError, match="epochs: got 1; must be from 2"):
        unisono.train(tone, sr=SR, epochs=1, resume=model)


def test_progress_tells_epoch_loss_and_time(tone: Samples) -> None:
    seen: list[unisono.Progress] = []
    model = unisono.train(tone, sr=SR, epochs=3, on_epoch=seen.append)
    assert [(p.epoch, p.epochs) for p in seen] == [(1, 3), (2, 3), (3, 3)]
    assert [p.loss for p in seen] == model.losses
    assert seen[0].seconds_left > 0 == seen[-1].seconds_left


def test_numbers_may_come_from_numpy(tmp_path: Path, tone: Samples) -> None:
    model = unisono.train(tone, sr=np.int64(SR), epochs=np.int64(1), seed=np.uint32(7))
    model.save(tmp_path / "m.unisono")
    assert model.sha256 == unisono.train(tone, sr=SR, epochs=1, seed=7).sha256
    for wrong in ({"sr": 44100.0}, {"seed": 1.5}, {"epochs": 1.5}):
        with pytest.raises(TypeError):
            unisono.train(tone, **{"sr": SR, "epochs": 1, **wrong})


def test_silence_is_refused(tone: Samples) -> None:
    with pytest.raises(unisono.TrainingError, match="silent"):
        unisono.train(np.zeros(SR, np.float32), sr=SR)
    with pytest.raises(unisono.TrainingError, match="silent"):
        unisono.train(tone * np.float32(1e-6), sr=SR)


def _start(clip: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "unisono",
        "train",
        str(clip),
        "-o",
        str(output),
        "--preset",
        "magnet2024",
        *options,
    ]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _wait_for_epochs(output: Path, epochs: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if output.exists() and len(read_model_file(output).options["losses"]) >= epochs:
            return
        time.sleep(0.005)
    pytest.fail(f"no {epochs} epochs in 60 s")


@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_command_keeps_every_finished_epoch_and_resumes_to_the_same_bits(
    tmp_path: Path, clip: Path, tone: Samples, blow: signal.Signals
) -> None:
    output = tmp_path / "m.unisono"
    process = _start(clip, output, "--epochs", "1000")
    _wait_for_epochs(output, 2)
    process.send_signal(blow)
    _, told = process.communicate(timeout=60)
    if blow == signal.SIGINT:
        assert process.returncode == 130
        assert f"unisono train {clip} -o {output} --resume" in told
    assert "Traceback" not in told
    done = len(read_model_file(output).options["losses"])
    assert 2 <= done < 1000

    begin_again = subprocess.run(_start_arguments(clip, output), capture_output=True, text=True, check=False)
    assert begin_again.returncode == 2
    assert "--resume" in begin_again.stderr

    goal = done + 2
    resumed = subprocess.run(
        [*_start_arguments(clip, output), "--resume", "--epochs", str(goal)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert resumed.returncode == 0, resumed.stderr
    unbroken = unisono.train(tone, sr=SR, preset="magnet2024", epochs=goal, name=clip.name)
    unbroken.save(tmp_path / "unbroken.unisono")
    assert output.read_bytes() == (tmp_path / "unbroken.unisono").read_bytes()


def _start_arguments(clip: Path, output: Path) -> list[str]:
    return [sys.executable, "-m", "unisono", "train", str(clip), "-o", str(output)]


def test_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path, clip: Path) -> None:
    output = tmp_path / "m.unisono"
    draw = np.random.default_rng(6)
    for _ in range(5):
        process = _start(clip, output, "--epochs", "1000", "--overwrite")
        _wait_for_epochs(output, 1)
        time.sleep(float(draw.uniform(0, 0.2)))
        process.kill()
        process.communicate(timeout=60)
        assert unisono.load(output).epochs_done >= 1
