"""Whole trainings and generations give the same bits in every engine; models travel between the languages."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import Engine

import unisono

PRESETS = ["default", "icmc2019", "magnet2024"]


def train(engine: Engine, *arguments: str | Path) -> dict[str, Any]:
    """Run the training script in an engine and return what it printed."""
    return engine.run("train", *map(str, arguments))[0]


@pytest.mark.parametrize("preset", PRESETS)
def test_three_epochs_and_ten_seconds_are_the_same_everywhere(
    preset: str, all_engines: list[Engine], clip: Path
) -> None:
    arguments = ("--clip", clip, "--preset", preset, "--epochs", "3", "--seed", "7", "--seconds", "10")
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda engine: train(engine, *arguments), all_engines))
    for engine, result in zip(all_engines, found):
        assert result == found[0], f"{engine.name} differs from {all_engines[0].name}"
    assert found[0]["epochs"] == 3
    assert len(set(found[0]["losses"])) == 3


@pytest.mark.parametrize("phase", ["griffin_lim", "pghi"])
def test_the_other_ways_to_phases_are_the_same_everywhere(
    phase: str, all_engines: list[Engine], clip: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model.unisono"
    train(all_engines[0], "--clip", clip, "--epochs", "1", "--seconds", "0", "--save", model)
    found = [train(e, "--model", model, "--phase", phase, "--seconds", "3") for e in (all_engines[0], all_engines[-1])]
    assert found[0] == found[1]


def test_a_model_travels_both_ways_with_the_same_bytes(all_engines: list[Engine], clip: Path, tmp_path: Path) -> None:
    """A file, a sound and its WAV are equal byte for byte, whoever trained, saved, loaded or generated."""
    files = {}
    for name, engine in (("python", all_engines[0]), ("node", all_engines[-1])):
        model, wav = tmp_path / f"{name}.unisono", tmp_path / f"{name}.wav"
        train(engine, "--clip", clip, "--epochs", "2", "--seconds", "1", "--save", model, "--wav", wav)
        files[name] = (model.read_bytes(), wav.read_bytes())
    assert files["python"][0] == files["node"][0]
    assert files["python"][1] == files["node"][1]
    crossed = [
        train(all_engines[0], "--model", tmp_path / "node.unisono", "--seconds", "2", "--seed", "5"),
        train(all_engines[-1], "--model", tmp_path / "python.unisono", "--seconds", "2", "--seed", "5"),
    ]
    assert crossed[0] == crossed[1]


@pytest.fixture(scope="session")
def short_clip(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 1.2 seconds of the clip."""
    path = tmp_path_factory.mktemp("short") / "clip.f32"
    path.write_bytes(clip.read_bytes()[: 4 * 52920])
    return path


@pytest.mark.parametrize("preset", PRESETS)
def test_ten_epochs_there_and_ten_here_are_twenty_anywhere(
    preset: str, all_engines: list[Engine], short_clip: Path, tmp_path: Path
) -> None:
    """A training that moves from JavaScript to Python, or back, ends where those that never stopped end."""
    python, node = all_engines[0], all_engines[-1]
    common = ("--clip", short_clip, "--preset", preset, "--seed", "3", "--seconds", "0")
    whole = train(python, *common, "--epochs", "20")
    assert train(node, *common, "--epochs", "20") == whole
    for first, second in ((node, python), (python, node), (python, python)):
        part = tmp_path / "part.unisono"
        train(first, *common, "--epochs", "10", "--save", part)
        assert train(second, *common, "--epochs", "20", "--model", part) == whole, f"{first.name}, then {second.name}"


def test_javascript_confirms_a_receipt_of_python(all_engines: list[Engine], short_clip: Path, tmp_path: Path) -> None:
    samples, hashes = np.fromfile(short_clip, "<f4"), []
    model = unisono.train(
        samples, sr=44100, epochs=3, seed=4, on_epoch=lambda progress: hashes.append(progress.model.sha256)
    )
    receipt = unisono.Receipt.of(model, hashes)
    receipt.save(tmp_path / "right.json")
    unisono.Receipt.of(model, [hashes[0], hashes[2], hashes[2]]).save(tmp_path / "wrong.json")
    right, wrong = (
        all_engines[-1].run("verify", str(tmp_path / name), str(short_clip))[0] for name in ("right.json", "wrong.json")
    )
    assert (right["epochs"], right["differs"], right["found"]) == (3, None, hashes[2])
    assert (wrong["epochs"], wrong["differs"], wrong["found"]) == (2, 2, hashes[1])


def test_another_seed_is_another_model_and_sound(all_engines: list[Engine], clip: Path) -> None:
    common = ("--clip", clip, "--epochs", "1", "--seconds", "1")
    one, other = (train(all_engines[0], *common, "--seed", seed) for seed in ("0", "4294967295"))
    assert one["model"] != other["model"]
    assert one["samples"] != other["samples"]
    assert json.dumps(one) != json.dumps(other)
