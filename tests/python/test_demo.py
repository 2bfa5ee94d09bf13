"""The demo: its piece is the same bits in every build, and one command leaves clip, model, sound and picture."""

from __future__ import annotations

import hashlib
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

import unisono
from unisono.audio import read_audio, read_recipe
from unisono.demo import render_piece
from unisono.parity.engines import isas
from unisono.plots import draw_training

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_piece_is_ten_seconds_of_music_that_does_not_clip() -> None:
    piece = render_piece()
    assert piece.dtype == np.float32
    assert len(piece) == 441_000
    assert 0.5 < np.abs(piece).max() < 1.0
    seconds = piece.reshape(10, -1)
    assert (seconds.std(axis=1) > 0.02).all()
    assert np.abs(np.diff(piece)).max() < 0.5


def test_piece_is_the_same_bits_in_every_library() -> None:
    code = "import hashlib, unisono.demo as d; print(hashlib.sha256(d.render_piece().tobytes()).hexdigest())"
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "UNISONO_ISA": isa},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for isa in isas()
    }
    assert hashes == {hashlib.sha256(render_piece().tobytes()).hexdigest()}


def test_demo_leaves_clip_model_sound_and_picture(tmp_path: Path, unisono_command: Run) -> None:
    folder = tmp_path / "a demo"
    done = unisono_command("demo", folder, "--epochs", "1")
    assert done.returncode == 0, done.stderr
    assert "unisono train YOUR_CLIP.wav" in done.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["clip.unisono", "clip.wav", "picture.png", "sound.wav"]
    model = unisono.load(folder / "clip.unisono")
    assert model.options["clip_sha256"] == hashlib.sha256(render_piece().tobytes()).hexdigest()
    assert len(read_audio(folder / "sound.wav").samples) == 441_000
    recipe = read_recipe(folder / "sound.wav")
    assert recipe is not None
    assert recipe["model_sha256"] == model.sha256
    width, height = struct.unpack(">II", (folder / "picture.png").read_bytes()[16:24])
    assert width > height > 500


def test_picture_can_be_drawn_of_little(tmp_path: Path) -> None:
    short = np.zeros(3000, np.float32)
    draw_training(tmp_path / "p.png", losses=[0.0], clip=short, sound=short, sr=8000)
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
