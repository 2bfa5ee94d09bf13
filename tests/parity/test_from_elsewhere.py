"""Models that Keras, PyTorch or TensorFlow trained play in WebAssembly with the bits that they have here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import Engine

import unisono
import unisono.keras
from unisono.from_weights import model_of_weights
from unisono.keras_network import build
from unisono.pytorch_file import magnet_tensors, read_state_dict

SR = 44100
CHECKPOINT = Path(__file__).resolve().parents[1] / "python/data/magnet_state_dict.pth"


def of_keras(samples: Any) -> unisono.Model:
    return unisono.keras.from_keras(build("icmc2019"), samples=samples, sr=SR, name="clip.f32")


def of_pytorch(samples: Any) -> unisono.Model:
    weights = magnet_tensors(read_state_dict(CHECKPOINT))
    return model_of_weights("magnet2024", weights, samples, sr=SR, name="clip.f32", threads=1)


def of_tensorflow(samples: Any) -> unisono.Model:
    return unisono.train(samples, sr=SR, epochs=1, engine="tensorflow", name="clip.f32")


@pytest.mark.parametrize("origin", [of_keras, of_pytorch, of_tensorflow])
def test_a_model_from_elsewhere_has_the_same_bits_in_node(
    origin: Any, all_engines: list[Engine], clip: Path, tmp_path: Path
) -> None:
    model = origin(np.fromfile(clip, "<f4"))
    model.save(tmp_path / "m.unisono")
    given = ("--model", str(tmp_path / "m.unisono"), "--seconds", "1.5", "--seed", "5")
    native, node = (engine.run("train", *given)[0] for engine in (all_engines[0], all_engines[-1]))
    assert native["model"] == model.sha256
    assert node == native
    further = (*given, "--clip", str(clip), "--epochs", str(model.epochs_done + 1), "--seed", str(model.seed))
    native, node = (
        engine.run("train", *further, "--preset", model.preset)[0] for engine in (all_engines[0], all_engines[-1])
    )
    assert native["epochs"] == model.epochs_done + 1
    assert node == native
