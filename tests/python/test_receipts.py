"""Receipts and verification: what is claimed of a training or a sound is confirmed, or the difference is named."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unisono
from unisono.errors import BitsWarning, ReceiptError
from unisono.parity.wasm import find_wasm, has_wasmtime

Run = Callable[..., "subprocess.CompletedProcess[str]"]
SR = 44100


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip, a model of four epochs in two sittings with its receipt, and a sound."""
    folder = tmp_path_factory.mktemp("receipts")
    from unisono.demo import render_piece

    unisono.write_wav(folder / "clip.wav", render_piece()[: 2 * SR], sr=SR)
    return folder


@pytest.fixture(scope="module")
def made(folder: Path) -> Path:
    from unisono.cli import run

    train = ["train", str(folder / "clip.wav"), "-o", str(folder / "m.unisono"), "--receipt"]
    assert run([*train, "--epochs", "2"]) == 0
    assert run([*train, "--epochs", "4", "--resume"]) == 0
    sound = ["generate", str(folder / "m.unisono"), "-o", str(folder / "o.wav"), "--seconds", "1", "--seed", "5"]
    assert run(sound) == 0
    return folder


def changed(path: Path, target: Path, **changes: Any) -> Path:
    target.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return target


def test_a_receipt_in_two_sittings_is_confirmed(made: Path, unisono_command: Run) -> None:
    done = unisono_command("verify", made / "m.receipt.json", made / "clip.wav")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "confirmed, 4 epochs" in done.stdout
    receipt = unisono.read_receipt(made / "m.receipt.json")
    assert receipt.epochs[-1] == unisono.load(made / "m.unisono").sha256
    assert len(set(receipt.epochs)) == 4


def test_webassembly_confirms_a_native_receipt(made: Path, unisono_command: Run) -> None:
    if not has_wasmtime() or find_wasm() is None:
        pytest.skip("wasmtime or unisono.wasm is absent: pip install wasmtime; python -m codegen wasm")
    done = unisono_command("verify", made / "m.receipt.json", made / "clip.wav", "--wasm")
    assert done.returncode == 0, done.stderr + done.stdout
    assert "trained again in WebAssembly" in done.stdout


def test_the_first_epoch_that_differs_is_named(made: Path, tmp_path: Path, unisono_command: Run) -> None:
    epochs = list(unisono.read_receipt(made / "m.receipt.json").epochs)
    epochs[2] = "0" * 64
    wrong = changed(made / "m.receipt.json", tmp_path / "wrong.json", epochs=epochs)
    done = unisono_command("verify", wrong, made / "clip.wav")
    assert done.returncode == 1, done.stderr
    assert "DIFFERS after epoch 3 of 4" in done.stdout
    other_seed = changed(made / "m.receipt.json", tmp_path / "seed.json", seed=1)
    assert "DIFFERS after epoch 1 of 4" in unisono_command("verify", other_seed, made / "clip.wav").stdout


def test_a_sound_is_made_again_from_its_own_recipe(made: Path, tmp_path: Path, unisono_command: Run) -> None:
    done = unisono_command("verify", made / "o.wav", "--model", made / "m.unisono")
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"all {SR} samples" in done.stdout
    content = bytearray((made / "o.wav").read_bytes())
    content[44 + 2 * 1000] ^= 1
    (tmp_path / "touched.wav").write_bytes(content)
    done = unisono_command("verify", tmp_path / "touched.wav", "--model", made / "m.unisono")
    assert (done.returncode, "DIFFERS at sample 1000" in done.stdout) == (1, True), done.stdout


@pytest.mark.parametrize("kind", [["--dither"], ["--format", "pcm24", "--dither"], ["--format", "float"]])
def test_every_format_can_be_made_again(made: Path, tmp_path: Path, unisono_command: Run, kind: list[str]) -> None:
    out, model = tmp_path / "o.wav", made / "m.unisono"
    assert unisono_command("generate", model, "-o", out, "--seconds", "0.5", "--seed", "3", *kind).returncode == 0
    done = unisono_command("verify", out, "--model", model)
    assert done.returncode == 0 and "confirmed" in done.stdout, done.stderr
    touched = bytearray(out.read_bytes())
    touched[400] ^= 1
    out.write_bytes(touched)
    assert "DIFFERS at sample" in unisono_command("verify", out, "--model", model).stdout
    refused = unisono_command("generate", model, "-o", out, "--format", "float", "--dither")
    assert refused.returncode == 2 and "--dither" in refused.stderr


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"bits": 999}, "bits 999, this is bits"),
        ({"epochs": []}, "holds no epochs"),
        ({"clip_sha256": "0" * 64}, "not the clip of the receipt"),
        ({"epochs": ["short"]}, "no SHA-256"),
        ({"preset": 3}, "'preset' is missing or of the wrong type"),
        ({"preset": "none such"}, "preset"),
        ({"seed": -1}, "out of range"),
        ({"format": "other"}, "not a receipt"),
    ],
)
def test_wrong_receipts_get_one_clear_line(
    made: Path, tmp_path: Path, unisono_command: Run, changes: dict[str, Any], text: str
) -> None:
    wrong = changed(made / "m.receipt.json", tmp_path / "wrong.json", **changes)
    done = unisono_command("verify", wrong, made / "clip.wav")
    assert done.returncode == 2, done.stdout
    assert text in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_what_cannot_be_verified_is_refused(made: Path, tmp_path: Path, unisono_command: Run) -> None:
    for arguments, text in (
        ((made / "m.receipt.json",), "give its clip too"),
        ((made / "o.wav",), "give the model"),
        ((made / "clip.wav", "--model", made / "m.unisono"), "carries no recipe"),
        ((tmp_path / "nothing",), "does not exist"),
    ):
        done = unisono_command("verify", *arguments)
        assert (done.returncode, text in done.stderr) == (2, True), done.stderr
    (tmp_path / "m.unisono").write_bytes((made / "m.unisono").read_bytes())
    done = unisono_command(
        "train", made / "clip.wav", "-o", tmp_path / "m.unisono", "--resume", "--epochs", "5", "--receipt"
    )
    assert (done.returncode, "from the first epoch on" in done.stderr) == (2, True), done.stderr


def test_a_model_of_other_bits_says_so_and_is_not_resumed(made: Path, tmp_path: Path) -> None:
    model = unisono.load(made / "m.unisono")
    model.record(bits=999)
    model.save(tmp_path / "old.unisono")
    with pytest.warns(BitsWarning, match="made with bits 999, this is bits"):
        old = unisono.load(tmp_path / "old.unisono")
    clip = unisono.read_audio(made / "clip.wav")
    with pytest.raises(unisono.TrainingError, match="begun with bits 999"):
        unisono.train(clip.samples, sr=SR, epochs=5, resume=old)


def test_a_receipt_of_another_model_is_refused(made: Path, tmp_path: Path) -> None:
    other = unisono.train(unisono.read_audio(made / "clip.wav").samples, sr=SR, epochs=1, seed=9)
    with pytest.raises(ReceiptError, match="another model"):
        unisono.verify_sound(made / "o.wav", other)
    receipt = unisono.read_receipt(made / "m.receipt.json")
    with pytest.raises(ReceiptError, match="not the clip"):
        unisono.verify_training(receipt, np.zeros(SR, np.float32))
