"""Model files: what is written is read back, is plain safetensors, and has one name by content."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from unisono.errors import ModelFileError
from unisono.model_file import model_sha256, read_model_file, write_model_file

TENSORS = {
    "b.weight": np.arange(6, dtype=np.float32).reshape(2, 3) - 2.5,
    "a.bias": np.array([1e-45, -0.0, 3.4e38], np.float32),
    "é": np.zeros((0, 4), np.float32),
}
OPTIONS = {"preset": "default", "seed": 7, "losses": [0.5, 0.25], "clip": "gitarre ä.flac"}


def test_round_trip_keeps_every_bit_and_option(tmp_path: Path) -> None:
    path = tmp_path / "m.unisono"
    write_model_file(path, TENSORS, OPTIONS)
    file = read_model_file(path)
    assert file.options == OPTIONS
    assert set(file.tensors) == set(TENSORS)
    for name, value in TENSORS.items():
        assert file.tensors[name].shape == value.shape
        assert file.tensors[name].tobytes() == value.tobytes()


def test_file_is_plain_safetensors(tmp_path: Path) -> None:
    safetensors = pytest.importorskip("safetensors", reason="the safetensors package is not installed")
    path = tmp_path / "m.unisono"
    write_model_file(path, TENSORS, OPTIONS)
    with safetensors.safe_open(path, framework="numpy") as file:
        assert file.metadata()["format"] == "unisono"
        assert json.loads(file.metadata()["options"]) == OPTIONS
        for name, value in TENSORS.items():
            np.testing.assert_array_equal(file.get_tensor(name), value)


def test_reads_a_file_that_the_safetensors_package_wrote(tmp_path: Path) -> None:
    numpy_format = pytest.importorskip("safetensors.numpy", reason="the safetensors package is not installed")
    metadata = {"format": "unisono", "version": "1", "kind": "magnet", "options": json.dumps(OPTIONS)}
    numpy_format.save_file(TENSORS, tmp_path / "m.unisono", metadata=metadata)
    file = read_model_file(tmp_path / "m.unisono")
    assert file.options == OPTIONS
    assert model_sha256(file.tensors) == model_sha256(TENSORS)


def test_same_model_gives_the_same_file(tmp_path: Path) -> None:
    write_model_file(tmp_path / "1", TENSORS, OPTIONS)
    write_model_file(tmp_path / "2", dict(reversed(TENSORS.items())), dict(reversed(OPTIONS.items())))
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


def test_hash_is_what_its_description_says() -> None:
    spelled_out = b"a\0" + struct.pack("<2I", 1, 2) + struct.pack("<2f", 1, 2) + b"b\0" + struct.pack("<If", 0, 3)
    tensors = {"b": np.float32(3).reshape(()), "a": np.array([1, 2], np.float32)}
    assert model_sha256(tensors) == hashlib.sha256(spelled_out).hexdigest()


@pytest.mark.parametrize(
    "other",
    [
        {"a": np.array([1, 2, 3, 4], np.float32).reshape(2, 2)},
        {"b": np.array([1, 2, 3, 4], np.float32)},
        {"a": np.array([1, 2, 3, 5], np.float32)},
        {"a": np.array([1, 2, 3, 4], np.float32), "c": np.zeros(0, np.float32)},
    ],
)
def test_hash_tells_shape_name_value_and_number_of_tensors(other: dict[str, np.ndarray]) -> None:
    assert model_sha256(other) != model_sha256({"a": np.array([1, 2, 3, 4], np.float32)})


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf])
def test_a_model_that_is_not_finite_is_not_written(tmp_path: Path, poison: float) -> None:
    path = tmp_path / "m.unisono"
    write_model_file(path, TENSORS, OPTIONS)
    before = path.read_bytes()
    with pytest.raises(ModelFileError, match=r"a\.bias holds NaN or infinity"):
        write_model_file(path, {**TENSORS, "a.bias": np.array([poison], np.float32)}, OPTIONS)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_values_start_on_a_multiple_of_eight(tmp_path: Path) -> None:
    for length in range(9):
        write_model_file(tmp_path / "m", TENSORS, {"clip": "x" * length})
        assert struct.unpack("<Q", (tmp_path / "m").read_bytes()[:8])[0] % 8 == 0
