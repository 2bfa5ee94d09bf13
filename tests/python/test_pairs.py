"""Photos and their sounds, learnt: pairs from a folder, stops and resumes, unseen versions and blends, refusals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from PIL import Image

import unisono
from unisono.model_file import read_model_file, write_model_file
from unisono.pairs_evaluate import evaluate_pairs

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SR = 44100


def photo(seed: int) -> NDArray[np.uint8]:
    """Waves of two colours, with a texture."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:60, :80] / 80.0
    wave = 0.5 + 0.5 * np.sin(2 * np.pi * (rng.uniform(1, 6) * x + rng.uniform(-4, 4) * y))[:, :, None]
    picture = rng.uniform(30, 220, 3) * wave + rng.uniform(30, 220, 3) * (1 - wave) + rng.normal(0, 10, (60, 80, 1))
    return np.clip(picture, 0, 255).astype(np.uint8)


def sound(seed: int, seconds: float = 1.0) -> NDArray[np.float32]:
    """A deep hum, bursts of noise, a high trill, and so on in turn."""
    t = np.arange(round(seconds * SR)) / SR
    hum = sum(np.sin(2 * np.pi * 70.0 * (1 + seed / 9) * k * t) / k for k in range(1, 6))
    bursts = np.random.default_rng(seed).normal(0, 1, len(t)) * np.exp(-12.0 * (t * 5.0 % 1.0))
    trill = np.sin(2 * np.pi * np.where(t * 8.0 % 1.0 < 0.5, 1500.0, 1900.0) * t)
    return (0.2 * (hum, bursts, trill)[seed % 3]).astype(np.float32)


def pairs(n: int, seconds: float = 1.0) -> list[unisono.Pair]:
    return [unisono.Pair(f"pair{i}", photo(i), sound(i, seconds + 0.1 * i)) for i in range(n)]


def folder_of(path: Path, n: int) -> Path:
    path.mkdir()
    for pair in pairs(n):
        Image.fromarray(pair.pixels).save(path / f"{pair.name}.png")
        soundfile.write(path / f"{pair.name}.wav", pair.samples, SR, subtype="FLOAT")
    return path


def test_unseen_versions_find_their_sounds_and_blends_lie_between() -> None:
    three = pairs(3)
    model = unisono.train_pairs(three, epochs=40, seed=1)
    result = evaluate_pairs(model, three, seconds=2.0)
    assert result.found["as it is"] == 1.0
    assert result.accuracy >= 0.9, result
    assert all(a <= b for a, b in zip(result.along, result.along[1:], strict=False)), result


def test_resume_through_a_file_gives_the_bits_of_an_unbroken_training(tmp_path: Path) -> None:
    three = pairs(3)
    unbroken = unisono.train_pairs(three, epochs=3, seed=5)
    unbroken.save(tmp_path / "unbroken.unisono")
    path = tmp_path / "m.unisono"
    unisono.train_pairs(three, epochs=1, seed=5, threads=2).save(path)
    for epochs in (2, 3):
        begun = unisono.load_pairs(path, threads=1)
        unisono.train_pairs(three, epochs=epochs, seed=5, resume=begun).save(path)
    assert path.read_bytes() == (tmp_path / "unbroken.unisono").read_bytes()
    loaded = unisono.load_pairs(path)
    for other in (unbroken, loaded):
        np.testing.assert_array_equal(other.sonify(photo(9), 0.5, seed=2), loaded.sonify(photo(9), 0.5, seed=2))
    assert (loaded.sonify(photo(9), 0.5) != loaded.sonify(photo(8), 0.5)).any()
    begun = unisono.train_pairs(three, epochs=1, seed=5)  # in place, without a file
    assert unisono.train_pairs(three, epochs=3, seed=5, resume=begun).sha256 == unbroken.sha256


def test_resume_refuses_other_pairs_seeds_and_rates() -> None:
    two = pairs(2)
    model = unisono.train_pairs(two, epochs=1)
    for wrong in ({"seed": 1}, {"sr": 48000}):
        with pytest.raises(unisono.TrainingError, match="cannot resume"):
            unisono.train_pairs(two, resume=model, **wrong)
    for others in (two[::-1], [two[0], unisono.Pair("pair1", photo(7), two[1].samples)]):
        with pytest.raises(unisono.TrainingError, match="other pairs"):
            unisono.train_pairs(others, resume=model)


def test_sonify_is_the_models_sound_and_needs_a_model(tmp_path: Path) -> None:
    model = unisono.train_pairs(pairs(2), epochs=1)
    Image.fromarray(photo(3)).save(tmp_path / "x.png")
    learned = unisono.sonify(tmp_path / "x.png", mapping="learned", model=model, seconds=0.3, seed=4)
    np.testing.assert_array_equal(learned, model.sonify(photo(3), 0.3, seed=4))
    assert learned.shape == (round(0.3 * SR),)
    for wrong in ({"mapping": "learned"}, {"model": model}, {"mapping": "learned", "model": model, "sr": 48000}):
        with pytest.raises(unisono.ParameterError, match="model"):
            unisono.sonify(photo(3), seconds=0.3, **wrong)
    with pytest.raises(unisono.ParameterError, match="seconds"):
        unisono.sonify(photo(3), mapping="learned", model=model, seconds=0.0)


def test_the_command_trains_tells_and_makes_sound(tmp_path: Path, unisono_command: Run) -> None:
    folder, model = folder_of(tmp_path / "pairs", 2), tmp_path / "m.unisono"
    trained = unisono_command("train", "--pairs", folder, "-o", model, "--epochs", "2")
    assert trained.returncode == 0, trained.stderr
    assert "2 pairs: pair0, pair1" in trained.stderr and f"--model {model}" in trained.stdout
    facts = json.loads(unisono_command("info", model, "--json").stdout)
    assert facts["what"] == "a Unisono model of pictures and their sounds" and facts["pairs"] == ["pair0", "pair1"]

    learned = ("--mapping", "learned", "--model", model, "--seconds", "0.5")
    first, second, wav = folder / "pair0.png", folder / "pair1.png", tmp_path / "x.wav"
    made = unisono_command("sonify", first, "-o", wav, *learned)
    assert made.returncode == 0, made.stderr
    assert unisono.read_recipe(wav)["mapping"] == "learned"
    verified = unisono_command("verify", wav, "--picture", first, "--model", model)
    assert verified.returncode == 0 and "confirmed" in verified.stdout
    assert "--model" in unisono_command("verify", wav, "--picture", first).stderr
    blend = unisono_command("sonify", first, "-o", tmp_path / "b.wav", *learned, "--blend", second, "--amount", "1")
    assert blend.returncode == 0, blend.stderr
    other = unisono.load_pairs(model).sonify(unisono.blend_pictures(photo(1), photo(1)), 0.5)
    np.testing.assert_allclose(soundfile.read(tmp_path / "b.wav")[0], other, atol=1e-4)
    again = ("verify", tmp_path / "b.wav", "--picture", first, "--model", model)
    verified = unisono_command(*again, "--blend", second)
    assert verified.returncode == 0 and "confirmed" in verified.stdout, verified.stderr
    for wrong in ((), ("--blend", first)):
        assert "made towards other pixels, of 'pair1.png': --blend FILE" in unisono_command(*again, *wrong).stderr
    refused = unisono_command("verify", wav, "--picture", first, "--model", model, "--blend", second)
    assert refused.returncode == 2 and "made of one picture" in refused.stderr
    table = unisono_command("sonify", "--evaluate", folder, *learned).stdout
    assert "| mirrored |" in table and "from one sound to the other" in table

    for arguments, complaint in (
        (("sonify", first, "-o", wav, "--mapping", "learned"), "--model"),
        (("sonify", first, "-o", wav, "--blend", second), "--blend"),
        (("train", "-o", model), "--pairs"),
        (("train", folder / "pair0.wav", "--pairs", folder, "-o", model), "--pairs"),
        (("train", "--pairs", folder, "-o", tmp_path / "n.unisono", "--receipt"), "--receipt"),
        (("generate", model, "-o", wav), "'pairs', not 'magnet'"),
    ):
        refused = unisono_command(*arguments)
        assert refused.returncode == 2 and complaint in refused.stderr, refused
        assert len(refused.stderr.strip().splitlines()) == 1


def test_a_stopped_command_resumes_to_the_same_bits(tmp_path: Path) -> None:
    folder, output = folder_of(tmp_path / "pairs", 2), tmp_path / "m.unisono"
    command = [sys.executable, "-m", "unisono", "train", "--pairs", str(folder), "-o", str(output)]
    process = subprocess.Popen([*command, "--epochs", "1000"], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not output.exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"unisono train --pairs {folder} -o {output} --resume" in told and "Traceback" not in told
    goal = len(read_model_file(output, kind="pairs").options["losses"]) + 1
    resumed = subprocess.run([*command, "--resume", "--epochs", str(goal)], capture_output=True, text=True, check=False)
    assert resumed.returncode == 0, resumed.stderr
    unisono.train_pairs(unisono.read_pairs(folder), epochs=goal).save(tmp_path / "unbroken.unisono")
    assert output.read_bytes() == (tmp_path / "unbroken.unisono").read_bytes()


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda f: (f / "pair0.wav").unlink(), "pair0.png has no sound"),
        (lambda f: (f / "pair0.png").unlink(), "pair0.wav has no picture"),
        (
            lambda f: [(f / f"pair0.{e}").unlink() for e in ("png", "wav")],
            "1 pair of a picture and a sound; needed are 2",
        ),
        (lambda f: (f / "pair0.png").write_bytes(b"no picture"), "pair0.png is no PNG, JPEG or WebP picture"),
        (lambda f: (f / "pair1.wav").write_bytes(b"no sound"), "pair1.wav cannot be read as a sound file"),
        (lambda f: Image.fromarray(photo(1)).save(f / "pair1.webp"), "have the same name"),
        (lambda f: soundfile.write(f / "pair1.wav", np.zeros(SR), SR), "the sound of pair1 is silent"),
        (lambda f: soundfile.write(f / "pair1.wav", sound(1)[:500], SR), "the sound of pair1 is too short"),
    ],
)
def test_folders_that_are_no_pairs_get_one_clear_line(
    tmp_path: Path, unisono_command: Run, change: Callable[[Path], object], complaint: str
) -> None:
    folder = folder_of(tmp_path / "pairs", 2)
    change(folder)
    refused = unisono_command("train", "--pairs", folder, "-o", tmp_path / "m.unisono")
    assert refused.returncode == 2 and complaint in refused.stderr, refused.stderr
    assert len(refused.stderr.strip().splitlines()) <= 2 and "Traceback" not in refused.stderr
    assert not (tmp_path / "m.unisono").exists()


def test_files_made_to_harm_get_one_line_and_sound_stays_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "m.unisono"
    model = unisono.train_pairs(pairs(2), epochs=1)
    tensors, options = model.tensors(), model.options

    def refusal(tensors: dict[str, NDArray[np.float32]], options: dict[str, object], kind: str = "pairs") -> str:
        write_model_file(path, tensors, options, kind=kind)
        with pytest.raises(unisono.ModelFileError) as caught:
            unisono.load_pairs(path)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "kind 'magnet', not 'pairs'" in refusal(tensors, options, "magnet")
    for key in ("pairs", "pairs_sha256", "sr", "seed", "step", "losses"):
        assert key in refusal(tensors, {k: v for k, v in options.items() if k != key})
    assert "names of its pairs" in refusal(tensors, {**options, "pairs": [1, 2]})
    assert "sr" in refusal(tensors, {**options, "sr": 1})
    assert "out of range" in refusal(tensors, {**options, "step": 1 << 40})
    for name in tensors:
        assert "is missing" in refusal({k: v for k, v in tensors.items() if k != name}, options)
        assert "has shape" in refusal({**tensors, name: np.zeros((3, 1), np.float32)}, options)

    for value in (3e38, -3e38, 1e-40):
        harm = {name: np.full(tensor.shape, value, np.float32) for name, tensor in tensors.items()}
        write_model_file(path, harm, options, kind="pairs")
        x = unisono.load_pairs(path).sonify(photo(1), 0.2)
        assert np.isnan(x).all() or np.abs(x[~np.isnan(x)]).max() <= 1.0
