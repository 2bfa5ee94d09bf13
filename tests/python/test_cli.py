"""The command as a user runs it: what it does, and one clear line with exit code 2 for everything that is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import unisono
from unisono.audio import read_audio, read_recipe
from unisono.model_file import read_model_file, write_model_file

Samples = NDArray[np.float32]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
SR = 44100


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, tone: Samples) -> Path:
    path = tmp_path_factory.mktemp("clip") / "tone.flac"
    soundfile.write(path, tone, SR)
    return path


@pytest.fixture(scope="module")
def model(clip: Path) -> Path:
    path = clip.with_name("tone.unisono")
    sound = read_audio(clip)
    unisono.train(sound.samples, sr=sound.sr, epochs=2, seed=3, name=sound.name).save(path)
    return path


def refused(result: subprocess.CompletedProcess[str], fault: str) -> None:
    """Check for exit code 2 and one line that names the fault."""
    assert result.returncode == 2, result.stderr
    lines = result.stderr.splitlines()
    assert lines[-1].startswith("unisono: ")
    assert fault.lower() in lines[-1].lower()
    assert len([line for line in lines if "averaged" not in line and "resampled" not in line]) == 1
    assert "Traceback" not in result.stderr


def test_train_generate_info_evaluate(tmp_path: Path, clip: Path, unisono_command: Run) -> None:
    trained = unisono_command("train", clip, "-o", tmp_path / "m.unisono", "--epochs", "2", "--seed", "3")
    assert trained.returncode == 0, trained.stderr
    assert "2 epochs" in trained.stdout
    assert "unisono generate" in trained.stdout
    made = unisono_command(
        "generate", tmp_path / "m.unisono", "-o", tmp_path / "out.wav", "--seconds", "1.5", "--seed", "9"
    )
    assert made.returncode == 0, made.stderr
    with soundfile.SoundFile(tmp_path / "out.wav") as file:
        assert (file.samplerate, file.channels, file.subtype, file.frames) == (SR, 1, "PCM_16", round(1.5 * SR))

    facts = json.loads(unisono_command("info", tmp_path / "m.unisono", "--json").stdout)
    assert (facts["preset"], facts["seed"], facts["epochs_done"], facts["clip"]) == ("default", 3, 2, "tone.flac")
    recipe = json.loads(unisono_command("info", tmp_path / "out.wav", "--json").stdout)
    assert recipe["model_sha256"] == facts["model_sha256"]
    assert (recipe["seconds"], recipe["seed"], recipe["temperature"], recipe["phase"]) == (1.5, 9, 1.0, "lws")
    assert unisono_command("info", clip).stdout.startswith("what             a sound, not made by Unisono")

    measured = unisono_command("evaluate", clip, tmp_path / "m.unisono", "--seconds", "2", "--json")
    assert set(json.loads(measured.stdout)) >= {"spectral_distance", "copy_share", "flux_ratio"}
    assert "copied" in unisono_command("evaluate", clip, tmp_path / "out.wav").stdout


def test_evaluate_says_when_the_clip_is_another(
    tmp_path: Path, model: Path, tone: Samples, unisono_command: Run
) -> None:
    soundfile.write(tmp_path / "other.wav", tone[::-1], SR)
    done = unisono_command("evaluate", tmp_path / "other.wav", model, "--seconds", "1")
    assert done.returncode == 0, done.stderr
    assert "was trained on another clip: tone.flac" in done.stderr


def test_the_recipe_makes_the_same_file_again(tmp_path: Path, model: Path, unisono_command: Run) -> None:
    first = ("--seconds", "1", "--seed", "5", "--temperature", "0.8", "--phase", "griffin-lim")
    assert unisono_command("generate", model, "-o", tmp_path / "1.wav", *first).returncode == 0
    recipe = read_recipe(tmp_path / "1.wav")
    assert recipe is not None
    again = [f"--{key}={str(recipe[key]).replace('_', '-')}" for key in ("seconds", "seed", "temperature", "phase")]
    assert unisono_command("generate", model, "-o", tmp_path / "2.wav", *again, "--threads", "2").returncode == 0
    assert (tmp_path / "1.wav").read_bytes() == (tmp_path / "2.wav").read_bytes()
    assert recipe["model_sha256"] == unisono.load(model).sha256


def test_command_and_functions_make_the_same_model(
    tmp_path: Path, clip: Path, model: Path, unisono_command: Run
) -> None:
    done = unisono_command(
        "train", clip, "-o", tmp_path / "m.unisono", "--epochs", "2", "--seed", "3", "--threads", "1"
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "m.unisono").read_bytes() == model.read_bytes()


@pytest.mark.parametrize("phase", ["lws", "griffin-lim", "pghi"])
def test_resynthesize_says_how_consistent_it_is(tmp_path: Path, clip: Path, phase: str, unisono_command: Run) -> None:
    done = unisono_command("resynthesize", clip, "-o", tmp_path / "out.wav", "--phase", phase)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split("consistency ")[1].split(" dB")[0]) > 10
    before, after = read_audio(clip).samples, read_audio(tmp_path / "out.wav").samples
    assert len(before) == len(after)
    assert np.std(after) == pytest.approx(np.std(before), rel=0.1)


def test_resynthesize_keeps_the_rate_and_averages_channels(tmp_path: Path, tone: Samples, unisono_command: Run) -> None:
    soundfile.write(tmp_path / "in.wav", np.stack([tone, -tone / 2], axis=1)[:16000], 8000)
    done = unisono_command("resynthesize", tmp_path / "in.wav", "-o", tmp_path / "out.wav")
    assert done.returncode == 0, done.stderr
    assert "2 channels averaged to mono" in done.stderr
    assert soundfile.info(tmp_path / "out.wav").samplerate == 8000


@pytest.mark.parametrize("rate", [8000, 192000])
def test_other_rates_are_resampled_and_said(tmp_path: Path, tone: Samples, rate: int, unisono_command: Run) -> None:
    soundfile.write(tmp_path / "in.wav", np.resize(tone, 2 * rate), rate)
    done = unisono_command("train", tmp_path / "in.wav", "-o", tmp_path / "m.unisono", "--epochs", "1")
    assert done.returncode == 0, done.stderr
    assert f"resampled from {rate} to 44100 Hz" in done.stderr
    assert read_model_file(tmp_path / "m.unisono").options["sr"] == SR


def test_stereo_is_averaged_and_said(tmp_path: Path, tone: Samples, unisono_command: Run) -> None:
    soundfile.write(tmp_path / "in.wav", np.stack([tone, tone], axis=1), SR, subtype="FLOAT")
    done = unisono_command("train", tmp_path / "in.wav", "-o", tmp_path / "m.unisono", "--epochs", "1")
    assert done.returncode == 0, done.stderr
    assert "2 channels averaged to mono" in done.stderr
    assert read_model_file(tmp_path / "m.unisono").options["clip_sha256"] == unisono.audio.clip_sha256(tone)


def _write(path: Path, samples: Any, rate: int = SR) -> None:
    soundfile.write(path, np.asarray(samples, np.float32), rate, subtype="FLOAT")


BAD_CLIPS: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty file": (lambda path: path.write_bytes(b""), "is empty"),
    "no samples": (lambda path: _write(path, []), "no samples"),
    "silent": (lambda path: _write(path, np.zeros(SR)), "silent"),
    "NaN": (lambda path: _write(path, np.full(SR, np.nan)), "NaN or infinity"),
    "one sample": (lambda path: _write(path, [0.5]), "samples"),
    "shorter than one window": (lambda path: _write(path, np.sin(np.arange(500.0))), "samples"),
    "text named .wav": (lambda path: path.write_text("not a sound " * 100), "cannot be read as a sound file"),
    "folder": (lambda path: path.mkdir(), "is a folder"),
    "missing": (lambda path: None, "does not exist"),
}


@pytest.mark.parametrize("name", BAD_CLIPS)
def test_bad_clips_cannot_be_trained_on(tmp_path: Path, name: str, unisono_command: Run) -> None:
    make, fault = BAD_CLIPS[name]
    make(tmp_path / "bad.wav")
    refused(unisono_command("train", tmp_path / "bad.wav", "-o", tmp_path / "m.unisono", "--epochs", "1"), fault)
    assert not (tmp_path / "m.unisono").exists()


@pytest.mark.parametrize(
    "name", [name for name in BAD_CLIPS if name not in ("silent", "one sample", "shorter than one window")]
)
def test_bad_clips_cannot_be_resynthesized_or_described(tmp_path: Path, name: str, unisono_command: Run) -> None:
    make, fault = BAD_CLIPS[name]
    make(tmp_path / "bad.wav")
    refused(unisono_command("resynthesize", tmp_path / "bad.wav", "-o", tmp_path / "out.wav"), fault)
    refused(unisono_command("info", tmp_path / "bad.wav"), fault)
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize("count", [1, 500, SR])
def test_silence_and_short_sounds_are_resynthesized_to_their_length(
    tmp_path: Path, count: int, unisono_command: Run
) -> None:
    _write(tmp_path / "in.wav", np.zeros(count))
    done = unisono_command("resynthesize", tmp_path / "in.wav", "-o", tmp_path / "out.wav")
    assert done.returncode == 0, done.stderr
    sound, _ = soundfile.read(tmp_path / "out.wav", dtype="int16")
    assert len(sound) == count
    assert not sound.any()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--seconds", "0"], "seconds"),
        (["--seconds", "-1"], "seconds"),
        (["--seconds", "nan"], "seconds"),
        (["--seconds", "inf"], "seconds"),
        (["--seconds", "1e-9"], "seconds"),
        (["--seconds", "1e9"], "seconds"),
        (["--seconds", "soon"], "--seconds"),
        (["--seed", "-1"], "seed"),
        (["--seed", "4294967296"], "seed"),
        (["--seed", "1.5"], "--seed"),
        (["--temperature", "-1"], "temperature"),
        (["--temperature", "nan"], "temperature"),
        (["--threads", "0"], "threads"),
        (["--threads", "-2"], "threads"),
        (["--phase", "magic"], "magic"),
        (["--unknown"], "--unknown"),
        (["surplus"], "surplus"),
    ],
)
def test_bad_options_of_generate(
    tmp_path: Path, model: Path, options: list[str], fault: str, unisono_command: Run
) -> None:
    refused(unisono_command("generate", model, "-o", tmp_path / "out.wav", *options), fault)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (["--epochs", "0"], "epochs"),
        (["--epochs", "-5"], "epochs"),
        (["--epochs", "many"], "--epochs"),
        (["--seed", "-1"], "seed"),
        (["--seed", "99999999999"], "seed"),
        (["--threads", "0"], "threads"),
        (["--preset", "best"], "best"),
        (["--resume"], "nothing to resume"),
    ],
)
def test_bad_options_of_train(tmp_path: Path, clip: Path, options: list[str], fault: str, unisono_command: Run) -> None:
    refused(unisono_command("train", clip, "-o", tmp_path / "m.unisono", *options), fault)
    assert list(tmp_path.iterdir()) == []


def test_missing_arguments_are_named(clip: Path, model: Path, unisono_command: Run) -> None:
    refused(unisono_command("train"), "--output")
    refused(unisono_command("train", "-o", model), "clip")
    refused(unisono_command("train", clip), "--output")
    refused(unisono_command("generate", model), "--output")
    refused(unisono_command("sing"), "sing")


def test_outputs_that_cannot_be_or_should_not_be_written(
    tmp_path: Path, clip: Path, model: Path, unisono_command: Run
) -> None:
    refused(unisono_command("train", clip, "-o", tmp_path / "no" / "m.unisono"), "does not exist")
    refused(unisono_command("train", clip, "-o", tmp_path), "is a folder")
    refused(unisono_command("generate", model, "-o", tmp_path / "out.flac"), ".wav")
    refused(unisono_command("generate", model, "-o", tmp_path / "no" / "out.wav"), "does not exist")
    refused(unisono_command("train", clip, "-o", clip, "--epochs", "1"), "is the input")
    other = tmp_path / "letters.txt"
    other.write_text("dear diary")
    refused(unisono_command("train", clip, "-o", other, "--epochs", "1"), "left alone")
    assert other.read_text() == "dear diary"


def test_devices_are_written_to_and_stay(model: Path, unisono_command: Run) -> None:
    assert unisono_command("generate", model, "-o", "/dev/null", "--seconds", "1").returncode == 0
    assert Path("/dev/null").is_char_device()


def test_models_that_are_none_or_of_another_kind(tmp_path: Path, clip: Path, model: Path, unisono_command: Run) -> None:
    def generate(path: Path) -> subprocess.CompletedProcess[str]:
        return unisono_command("generate", path, "-o", tmp_path / "out.wav", "--seconds", "1")

    refused(generate(clip), "is not a Unisono model")
    refused(generate(tmp_path / "none.unisono"), "does not exist")
    (tmp_path / "text.unisono").write_text("{" * 100)
    refused(generate(tmp_path / "text.unisono"), "is not a Unisono model")
    content = model.read_bytes()
    (tmp_path / "kind.unisono").write_bytes(content.replace(b'"kind":"magnet"', b'"kind":"wavenx"'))
    refused(generate(tmp_path / "kind.unisono"), "kind 'wavenx'")
    (tmp_path / "cut.unisono").write_bytes(content[:-4])
    refused(generate(tmp_path / "cut.unisono"), "cut off")
    assert not (tmp_path / "out.wav").exists()


def _change_options(**changes: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda tensors, options: options.update(changes)


BAD_MODELS: dict[str, tuple[Callable[[dict[str, Any], dict[str, Any]], object], str]] = {
    "unknown preset": (_change_options(preset="best"), "preset"),
    "other preset": (_change_options(preset="icmc2019"), "tensor"),
    "preset missing": (lambda _, options: options.pop("preset"), "preset"),
    "seed is text": (_change_options(seed="7"), "seed"),
    "seed is true": (_change_options(seed=True), "seed"),
    "negative rate": (_change_options(sr=-1), "range"),
    "rate 1": (_change_options(sr=1), "sr"),
    "step beyond": (_change_options(step=1 << 31), "range"),
    "more losses than epochs": (_change_options(losses=[0.1] * 9), "losses"),
    "losses of text": (_change_options(losses=["0.1"]), "losses"),
    "a tensor missing": (lambda tensors, _: tensors.popitem(), "missing"),
    "a tensor too many": (lambda tensors, _: tensors.update(extra=np.zeros(3, np.float32)), "extra"),
    "a tensor of another shape": (
        lambda tensors, _: tensors.update(
            {name: np.append(value, value.dtype.type(0)) for name, value in tensors.items()}
        ),
        "shape",
    ),
}


@pytest.mark.parametrize("name", BAD_MODELS)
def test_models_that_contradict_themselves(tmp_path: Path, model: Path, name: str, unisono_command: Run) -> None:
    change, fault = BAD_MODELS[name]
    file = read_model_file(model)
    change(file.tensors, file.options)
    write_model_file(tmp_path / "bad.unisono", file.tensors, file.options)
    refused(unisono_command("info", tmp_path / "bad.unisono"), fault)


def test_wild_weights_give_finite_sound(tmp_path: Path, model: Path) -> None:
    file = read_model_file(model)
    draw = np.random.default_rng(8)
    wild = {
        name: draw.choice(np.array([0, 1e30, -1e30, 1e-40, 3], np.float32), value.shape)
        for name, value in file.tensors.items()
    }
    write_model_file(tmp_path / "wild.unisono", wild, file.options)
    try:
        sound = unisono.load(tmp_path / "wild.unisono").generate(1.0)
    except (unisono.ModelFileError, unisono.ParameterError) as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(sound).all()
        assert np.abs(sound).max() <= 1.0


def test_text_from_a_file_cannot_steer_the_terminal(tmp_path: Path, model: Path, unisono_command: Run) -> None:
    file = read_model_file(model)
    file.options["clip"] = "\x1b[2J\x1b]0;owned\x07 [bold]x[/bold]\n\rfake line"
    write_model_file(tmp_path / "m.unisono", file.tensors, file.options)
    shown = unisono_command("info", tmp_path / "m.unisono").stdout
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "[bold]x[/bold]??fake line" in shown


def test_help_shows_every_command_with_an_example(unisono_command: Run) -> None:
    help_text = unisono_command("--help").stdout
    assert unisono_command().stdout == help_text
    for command in ("train", "generate", "resynthesize", "info", "evaluate", "demo", "bench", "parity"):
        assert command in help_text
        assert "Example: unisono " + command in " ".join(unisono_command(command, "--help").stdout.split())
    assert unisono_command("--version").stdout == f"unisono {unisono.__version__}\n"


def test_import_and_help_leave_heavy_packages_alone() -> None:
    code = "import sys, unisono.cli as c; c.run(['--version']); print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for package in ("soundfile", "soxr", "matplotlib", "rich", "safetensors"):
        assert f"'{package}'" not in loaded
    code = "import sys, unisono; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'typer'" not in loaded
    assert "'soundfile'" not in loaded


def test_a_closed_pipe_is_not_an_error_message(model: Path) -> None:
    command = f"{sys.executable} -m unisono info {model} | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env={**os.environ}, check=False)
    assert "Traceback" not in done.stderr
