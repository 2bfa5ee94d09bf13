"""Models to Keras and back, models from elsewhere, hostile files, and the commands `convert` and `train --engine`."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import unisono
import unisono.keras
from unisono.cli import run
from unisono.keras_network import require_keras
from unisono.model_file import model_bytes
from unisono.pytorch_file import read_state_dict

keras, tf = require_keras()

Samples = NDArray[np.float32]
SR = 44100
PRESETS = ["default", "icmc2019", "magnet2024"]
CHECKPOINT = Path(__file__).parent / "data" / "magnet_state_dict.pth"


@pytest.fixture(scope="module")
def models(tone: Samples) -> dict[str, unisono.Model]:
    return {preset: unisono.train(tone, sr=SR, preset=preset, epochs=2, seed=4, name="tone") for preset in PRESETS}


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, tone: Samples) -> Path:
    path = tmp_path_factory.mktemp("clip") / "tone.wav"
    soundfile.write(path, tone, SR, subtype="FLOAT")
    return path


class Result(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Result]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command line in this process, where TensorFlow is already loaded."""

    def run_here(*arguments: Any) -> Result:
        capsys.readouterr()
        code = run([str(a) for a in arguments])
        return Result(code, *capsys.readouterr())

    return run_here


def windows(tone: Samples, n: int) -> Samples:
    frames = unisono.magnitude(unisono.stft(tone, n_fft=2048, hop_length=512, pad_mode="reflect"))
    return np.stack([frames[i : i + 40] for i in range(n)])


@pytest.mark.parametrize("preset", PRESETS)
def test_to_keras_and_back_is_the_same_model_through_memory_and_file(
    tmp_path: Path, models: dict[str, unisono.Model], preset: str
) -> None:
    model = models[preset]
    back = unisono.keras.from_keras(unisono.keras.to_keras(model))
    assert (back.sha256, back.options) == (model.sha256, model.options)
    unisono.keras.save_keras(model, tmp_path / "m.keras")
    read = unisono.keras.from_keras(unisono.keras.load_keras(tmp_path / "m.keras"))
    assert (read.sha256, read.options) == (model.sha256, model.options)
    np.testing.assert_array_equal(read.generate(0.3, seed=2), model.generate(0.3, seed=2))


def test_the_file_holds_keras_own_layers_and_predicts_the_same(
    tmp_path: Path, tone: Samples, models: dict[str, unisono.Model]
) -> None:
    unisono.keras.save_keras(models["icmc2019"], tmp_path / "m.keras")
    opened = keras.saving.load_model(tmp_path / "m.keras", custom_objects={})
    assert all(type(layer).__module__.startswith("keras.") for layer in opened.layers)
    x = windows(tone, 3)
    wanted = unisono.keras.to_keras(models["icmc2019"]).predict(x, verbose=0)
    np.testing.assert_allclose(opened.predict(x, verbose=0), wanted, atol=1e-5)


def test_a_model_that_keras_trained_further_and_saved_goes_on_like_the_one_it_came_from(
    tmp_path: Path, tone: Samples, models: dict[str, unisono.Model]
) -> None:
    model = models["magnet2024"]
    network = unisono.keras.to_keras(model)
    network.compile(optimizer="adam", loss="mse")
    network.fit(windows(tone, 16), windows(tone, 16)[:, 0], verbose=0)
    network.save(tmp_path / "further.keras")
    loaded = unisono.keras.load_keras(tmp_path / "further.keras")
    with pytest.raises(unisono.ModelFileError, match="network only"):
        unisono.keras.from_keras(loaded)
    further = unisono.keras.from_keras(loaded, like=model)
    assert further.sha256 != model.sha256
    assert (further.epochs_done, further.options["step"]) == (0, 0)
    ours, theirs = further.tensors(), model.tensors()
    np.testing.assert_array_equal(ours["primers"], theirs["primers"])
    np.testing.assert_array_equal(ours["dense.0.weight"].T, network.layers[-1].kernel)
    assert not ours["adam.v.dense.0.weight"].any()
    assert further.sha256 == unisono.keras.from_keras(network).sha256  # in memory the rest is remembered
    assert np.isfinite(further.generate(0.3)).all()
    with pytest.raises(unisono.ModelFileError, match="is of preset magnet2024"):
        unisono.keras.from_keras(loaded, like=models["icmc2019"])


def elsewhere(epsilon: float = 1e-3) -> Any:
    """The 2019 network as a user of Keras writes it: a Sequential with the tanh on its own."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((40, 1025)),
            layers.BatchNormalization(epsilon=epsilon),
            layers.LSTM(128, return_sequences=True),
            layers.Dropout(0.2),
            layers.LSTM(128, return_sequences=True),
            layers.Dropout(0.2),
            layers.LSTM(128),
            layers.Dropout(0.2),
            layers.Dense(1025),
            layers.Activation("tanh"),
            layers.Dense(1025),
        ]
    )


def test_a_model_trained_elsewhere_predicts_here_what_it_predicts_there(tone: Samples) -> None:
    network = elsewhere(epsilon=0.02)
    network.compile(optimizer="adam", loss="mse")
    network.fit(windows(tone, 32), windows(tone, 32)[:, 0], epochs=2, verbose=0)
    model = unisono.keras.from_keras(network, samples=tone, sr=SR, name="tone")
    assert (model.preset, model.epochs_done) == ("icmc2019", 0)
    primers = model.tensors()["primers"]
    first = network.predict(primers, verbose=0)
    found = model.core.generate_magnitude(1, seed=0, temperature=0.0)[0]
    assert np.abs(np.maximum(first, 0) - found).max(axis=1).min() < 1e-4 * first.max()


def test_older_h5_files_give_the_same_model_and_only_their_numbers_are_taken(tmp_path: Path, tone: Samples) -> None:
    network, path = elsewhere(epsilon=0.02), tmp_path / "old.h5"
    network.save(path)
    wanted = unisono.keras.from_keras(network, samples=tone, sr=SR)
    with h5py.File(path, "a") as file:  # as Keras 2 wrote it, which Keras 3 no longer understands
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            layer["config"].pop("dtype", None)
            if layer["class_name"] == "LSTM":
                layer["config"]["time_major"] = False
        file.attrs["model_config"] = json.dumps(config)
    assert unisono.keras.from_keras(unisono.keras.load_keras(path), samples=tone, sr=SR).sha256 == wanted.sha256

    def refused(fault: str) -> None:
        with pytest.raises(unisono.ModelFileError, match=fault) as caught:
            unisono.keras.load_keras(path)
        assert "\n" not in str(caught.value)

    config["config"]["layers"][2]["class_name"] = "Lambda"
    with h5py.File(path, "a") as file:
        file.attrs["model_config"] = json.dumps(config)
    refused("asks for 'Lambda'")
    network.save(path, overwrite=True)
    with h5py.File(path, "a") as file:
        group = file["model_weights"]
        name = network.layers[0].name
        group.move(name, "hidden")
        group[name] = h5py.ExternalLink("/etc/passwd", "/")
    refused("of its own")
    path.write_bytes(b"junk")
    refused("cannot|can be read")


def test_networks_that_are_none_of_ours_are_refused_in_one_line(tone: Samples) -> None:
    layers = keras.layers

    def refused(network: Any, fault: str) -> None:
        with pytest.raises(unisono.ModelFileError, match=fault) as caught:
            unisono.keras.from_keras(network, samples=tone)
        assert "\n" not in str(caught.value)

    refused(keras.Sequential([keras.Input((40, 1025)), layers.GRU(128), layers.Dense(1025)]), "GRU, Dense")
    refused(keras.Sequential([keras.Input((40, 142)), layers.LSTM(9), layers.Dense(256)]), "has shape")
    relu = [layers.LSTM(256, activation="relu", return_sequences=True), layers.Dense(256)]
    refused(keras.Sequential([keras.Input((40, 142)), *relu]), "not a plain LSTM")
    two = [layers.LSTM(128, return_sequences=True), layers.LSTM(128), layers.Dense(1025, activation="relu")]
    refused(keras.Sequential([keras.Input((40, 1025)), layers.BatchNormalization(), *two]), "activation relu")
    poisoned = elsewhere()
    poisoned.layers[-1].bias.assign(np.full(1025, np.nan))
    refused(poisoned, "NaN")


def test_hostile_keras_files_are_refused_before_keras_sees_them(
    tmp_path: Path, models: dict[str, unisono.Model]
) -> None:
    path = tmp_path / "bad.keras"

    def refused(fault: str) -> None:
        with pytest.raises(unisono.ModelFileError, match=fault) as caught:
            unisono.keras.load_keras(path)
        assert "\n" not in str(caught.value)

    refused("No such file")
    path.write_bytes(b"junk")
    refused("not a zip")
    code = keras.layers.Lambda(lambda x: x + 1, output_shape=(3,))
    keras.Sequential([keras.Input((3,)), code]).save(path)
    refused("asks for 'Lambda'")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)]).save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("assets/evil.py", "print(1)")
    refused("assets/evil.py")
    unisono.keras.save_keras(models["default"], path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(parts["config.json"])
    config["config"]["layers"][1]["module"] = "os"
    config["config"]["layers"][1]["class_name"] = "system"
    for name, content, fault in (
        ("config.json", json.dumps(config).encode(), "asks for 'system'"),
        ("config.json", b"[" * 100_000, "not a zip file in Keras 3's format, or damaged"),
        ("model.weights.h5", parts["model.weights.h5"][:5000], "refused by Keras"),
        ("unisono.safetensors", parts["unisono.safetensors"][:-4], "damaged"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            for member, value in {**parts, name: content}.items():
                archive.writestr(member, value)
        refused(fault)
    parts["unisono.safetensors"] = model_bytes(models["icmc2019"].tensors(), models["icmc2019"].options)
    with zipfile.ZipFile(path, "w") as archive:
        for member, value in parts.items():
            archive.writestr(member, value)
    with pytest.raises(unisono.ModelFileError, match="is of preset default"):
        unisono.keras.from_keras(unisono.keras.load_keras(path))


def test_convert_there_and_back_gives_the_same_bytes(
    tmp_path: Path, clip: Path, models: dict[str, unisono.Model], command: Command
) -> None:
    models["default"].save(tmp_path / "m.unisono")
    there = command("convert", tmp_path / "m.unisono", "-o", tmp_path / "m.keras")
    assert there.code == 0, there.err
    back = command("convert", tmp_path / "m.keras", "-o", tmp_path / "back.unisono")
    assert back.code == 0, back.err
    assert (tmp_path / "back.unisono").read_bytes() == (tmp_path / "m.unisono").read_bytes()
    again = command("convert", CHECKPOINT, "-o", tmp_path / "back.unisono", "--clip", clip)
    assert again.code == 2 and "--overwrite" in again.err


def test_convert_reads_a_checkpoint_of_the_magnet_repository(tmp_path: Path, clip: Path, command: Command) -> None:
    """The file was saved by PyTorch 2.13 from MAGNet's RNNModel with patterns for weights, then packed."""
    without = command("convert", CHECKPOINT, "-o", tmp_path / "m.unisono")
    assert without.code == 2 and "--clip" in without.err
    done = command("convert", CHECKPOINT, "-o", tmp_path / "m.unisono", "--clip", clip)
    assert done.code == 0, done.err
    found = unisono.load(tmp_path / "m.unisono").tensors()
    order = {"batch_norm.running_variance": 3, "lstm.0.weight_hh": 6, "lstm.1.bias_hh": 12, "dense.0.weight": 13}
    for name, place in order.items():
        i = np.arange(found[name].size, dtype=np.int64)
        pattern = ((i * (7 + 2 * place)) % 61 - 30) / 400.0 + (1.0 if name.endswith("variance") else 0.0)
        np.testing.assert_allclose(found[name].reshape(-1), pattern, atol=1e-7)


class Harm:
    def __reduce__(self) -> Any:
        return (__import__("os").system, ("echo harm",))


def test_hostile_checkpoints_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.pth"
    for content, fault in (
        (pickle.dumps({"fc.weight": Harm()}), "which no state_dict needs"),
        (pickle.dumps([1, 2]), "not a state_dict"),
        (b"\x80\x02]q\x00(", "damaged"),
    ):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("m/data.pkl", content)
        with pytest.raises(unisono.ModelFileError, match=fault):
            read_state_dict(path)
    path.write_bytes(b"\x80\x02junk")
    with pytest.raises(unisono.ModelFileError, match="not a zip file"):
        read_state_dict(path)


@pytest.mark.parametrize("preset", PRESETS)
def test_tensorflow_trains_the_same_model_but_for_rounding_and_either_engine_goes_on(
    tmp_path: Path, tone: Samples, preset: str
) -> None:
    how: dict[str, Any] = {"sr": SR, "preset": preset, "seed": 5}
    ours = unisono.train(tone, epochs=3, **how)
    theirs = unisono.train(tone, epochs=2, engine="tensorflow", **how)
    assert theirs.options["engine"].startswith("TensorFlow ")
    theirs.save(tmp_path / "m.unisono")
    path = unisono.load(tmp_path / "m.unisono")
    near: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-3}
    np.testing.assert_allclose(path.losses, ours.losses[:2], **near)
    for engine in ("unisono", "tensorflow"):
        loaded = unisono.load(tmp_path / "m.unisono")
        resumed = unisono.train(tone, epochs=3, resume=loaded, engine=engine, **how)
        np.testing.assert_allclose(resumed.losses, ours.losses, **near)
        assert resumed.options["step"] == ours.options["step"]
    assert resumed.sha256 != ours.sha256
    assert np.isfinite(resumed.generate(0.3)).all()


def test_train_command_with_tensorflow(tmp_path: Path, clip: Path, command: Command) -> None:
    path = tmp_path / "m.unisono"
    done = command("train", clip, "-o", path, "--engine", "tensorflow", "--epochs", "2", "--threads", "1")
    assert done.code == 0, done.err
    assert "trained by TensorFlow" in done.out and "epoch 2/2" in done.err
    assert "TensorFlow" in command("info", path).out
    made = command("generate", path, "-o", tmp_path / "m.wav", "--seconds", "0.5")
    assert made.code == 0, made.err
    assert command("verify", tmp_path / "m.wav", "--model", path).code == 0
    again = command("train", clip, "-o", path, "--engine", "tensorflow", "--resume", "--epochs", "3", "--receipt")
    assert again.code == 2 and "receipts" in again.err


WITHOUT = "import sys; sys.modules['tensorflow'] = None; from unisono.cli import run; sys.exit(run(sys.argv[1:]))"


@pytest.mark.parametrize("command", ["train", "convert"])
def test_without_tensorflow_one_line_says_what_to_install(tmp_path: Path, clip: Path, command: str) -> None:
    arguments = {
        "train": [clip, "-o", tmp_path / "m.unisono", "--engine", "tensorflow"],
        "convert": [CHECKPOINT.with_suffix(".keras"), "-o", tmp_path / "m.unisono"],
    }[command]
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT, command, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "pip install 'unisono[tensorflow]'" in result.stderr
    assert not (tmp_path / "m.unisono").exists()


def test_nothing_imports_tensorflow_or_dask_unless_asked(tmp_path: Path, clip: Path) -> None:
    code = (
        "import sys; from unisono.cli import run;"
        "assert run(['train', sys.argv[1], '-o', sys.argv[2], '--epochs', '1']) == 0;"
        "assert not {'tensorflow', 'keras', 'dask', 'distributed', 'torch'} & set(sys.modules)"
    )
    command = [sys.executable, "-c", code, str(clip), str(tmp_path / "m.unisono")]
    subprocess.run(command, check=True, capture_output=True)
