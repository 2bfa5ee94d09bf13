"""WaveNet from Python: the same bits whatever the threads and interruptions, files, the command, and plain refusals."""

from __future__ import annotations

import json
import os
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

import unisono
from unisono.model_file import read_model_file, write_model_file
from unisono.wavenet import load_wavenet, train_wavenet

Samples = NDArray[np.float32]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
SR = 16000


@pytest.fixture(scope="module")
def pluck() -> Samples:
    """0.5 s of a decaying tone with some noise, at 16 kHz."""
    t = np.arange(8000) / SR
    noise = np.random.default_rng(1).standard_normal(8000)
    return (0.6 * np.exp(-4 * t) * (np.sin(2 * np.pi * 330 * t) + 0.02 * noise)).astype(np.float32)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, pluck: Samples) -> Path:
    path = tmp_path_factory.mktemp("wavenet") / "pluck.wav"
    soundfile.write(path, pluck, SR, subtype="FLOAT")
    return path


def test_training_has_the_same_bits_with_any_threads_and_learns(pluck: Samples) -> None:
    one = train_wavenet(pluck, sr=SR, steps=20, seed=4, threads=1)
    three = train_wavenet(pluck, sr=SR, steps=20, seed=4, threads=3)
    assert one.sha256 == three.sha256
    assert one.losses == three.losses
    other = train_wavenet(pluck, sr=SR, steps=20, seed=5, threads=1)
    assert one.sha256 != other.sha256
    rounds: list[float] = []
    train_wavenet(pluck, sr=SR, steps=200, on_round=lambda progress: rounds.append(progress.bits))
    assert len(rounds) == 2 and rounds[1] < rounds[0] - 0.3


def test_a_training_that_went_on_from_a_file_has_the_bits_of_one_that_never_stopped(
    tmp_path: Path, pluck: Samples
) -> None:
    unbroken = train_wavenet(pluck, sr=SR, steps=120, seed=2, free=True)
    path = tmp_path / "m.wavenet"

    class Stop(Exception):
        pass

    def stop(progress: unisono.WaveNetProgress) -> None:
        progress.model.save(path)
        raise Stop

    with pytest.raises(Stop):
        train_wavenet(pluck, sr=SR, steps=120, seed=2, free=True, on_round=stop)
    half = load_wavenet(path)
    assert half.step == 100
    resumed = train_wavenet(pluck, sr=SR, resume=half)
    assert resumed.sha256 == unbroken.sha256 and resumed.options == unbroken.options
    np.testing.assert_array_equal(resumed.generate(0.2, seed=1), unbroken.generate(0.2, seed=1))
    with pytest.raises(unisono.TrainingError, match="another clip"):
        train_wavenet(pluck[::-1], sr=SR, resume=half)
    with pytest.raises(unisono.TrainingError, match="rate 16000"):
        train_wavenet(pluck, sr=8000, resume=half)


@pytest.mark.parametrize("free", [False, True])
def test_generation_is_in_the_file_and_its_blocks_join(tmp_path: Path, pluck: Samples, free: bool) -> None:
    model = train_wavenet(pluck, sr=SR, steps=30, free=free)
    model.save(tmp_path / "m.wavenet")
    loaded = load_wavenet(tmp_path / "m.wavenet")
    sound = model.generate(0.6, seed=9)  # longer than the clip: it begins again
    np.testing.assert_array_equal(loaded.generate(0.6, seed=9), sound)
    assert sound.dtype == np.float32 and len(sound) == 9600 and np.abs(sound).max() <= 1
    assert not np.array_equal(sound, model.generate(0.6, seed=10))
    core = loaded.core
    core.start(seed=9)
    blocks = [core.process(n) for n in (1, 999, 8600)]
    np.testing.assert_array_equal(np.concatenate(blocks), sound)


def test_the_first_step_is_that_of_tensorflow() -> None:
    """Forward, loss and gradients of a twin in TensorFlow; the clip has one place for crops, so both are known."""
    tf = pytest.importorskip("tensorflow")
    rng = np.random.default_rng(3)
    clip = (0.3 * np.cumsum(rng.standard_normal(4096)) * 0.1).astype(np.float32)
    clip /= np.abs(clip).max()
    core = unisono.WavenetModel(4096, sr=SR, seed=6)
    core.set_clip(clip)
    model = unisono.WaveNet(core, {})
    before = model.tensors()
    heard, bits = core.clip_bits(), core.train_step()
    assert heard == pytest.approx(bits, abs=1e-5)
    names = [name for name in before if not name.startswith(("clip.", "adam."))]
    weights = {name: tf.Variable(before[name], dtype=tf.float64) for name in names}
    with tf.GradientTape() as tape:
        nats, width = _twin(tf, weights, before, clip.astype(np.float64))
    gradients = [tf.convert_to_tensor(g) for g in tape.gradient(nats, list(weights.values()))]
    assert (float(nats) + width) / np.log(2) == pytest.approx(bits, abs=1e-4)
    norm = float(np.sqrt(sum(float(tf.reduce_sum(g * g)) for g in gradients)))
    after = model.tensors()
    for name, gradient in zip(names, gradients, strict=True):
        ours = after["adam.m." + name] * 10.0  # Adam's first moment is a tenth of the clipped gradient
        wanted = np.asarray(gradient) * min(1.0, 1.0 / norm)
        scale = np.abs(wanted).max()
        assert scale > 0 or name.startswith("residual")
        np.testing.assert_allclose(ours, wanted, atol=2e-4 * scale + 1e-9, err_msg=name)


def _twin(tf, w, kept, clip):  # type: ignore[no-untyped-def]
    """Negative log-likelihood a sample in nats, and what makes it one of 16-bit steps."""
    reach, hop, position_hop = 2046, SR // 200, SR // 800
    x = np.concatenate([np.zeros(reach + 33), clip])
    frame = np.maximum(np.arange(len(x) - 32) - reach - 1, 0) // hop
    predictors, unit = kept["clip.predictor"].astype(np.float64)[frame], kept["clip.loudest"].astype(np.float64)[frame]
    p = sum(predictors[:, k] * x[31 - k : len(x) - 1 - k] for k in range(32))
    x = x[32:]  # which p predicts
    e = (x - p) / unit

    def mu(v):  # type: ignore[no-untyped-def]
        return np.sign(v) * np.log1p(255 * np.minimum(np.abs(v), 1)) / np.log(256)

    inputs = np.stack([mu(x[:-1]), e[:-1], mu(p[1:])], 1)
    target = e[1:][reach:]
    at = np.maximum(np.arange(len(inputs)) - reach, 0)
    frame, share = at // position_hop, (at % position_hop / position_hop)[:, None]
    position = tf.gather(w["position"], frame) * (1 - share) + tf.gather(w["position"], frame + 1) * share
    h = tf.constant(inputs) @ w["input.weight"] + w["input.bias"]
    skip = w["skip.bias"]
    for layer in range(20):
        d = 1 << layer % 10
        z = h[:-d] @ w["gate.past"][layer] + h[d:] @ w["gate.now"][layer] + w["gate.bias"][layer]
        z += position[-z.shape[0] :] @ w["gate.position"][layer]
        g = tf.tanh(z[:, :16]) * tf.sigmoid(z[:, 16:])
        skip = skip + g[-4096:] @ w["skip.weight"][layer]
        h = h[d:] + g @ w["residual.weight"][layer] + w["residual.bias"][layer]
    hidden = tf.nn.relu(tf.nn.relu(skip) @ w["hidden.weight"] + w["hidden.bias"])
    out = hidden @ tf.transpose(w["out.weight"]) + w["out.bias"]
    spread = tf.nn.softplus(out[:, 1] + 9) - 9
    nats = tf.reduce_mean(spread + 0.5 * ((target - out[:, 0]) * tf.exp(-spread)) ** 2)
    return nats, 0.5 * np.log(2 * np.pi) + np.log(unit[1 + reach :] * 32768).mean()


def test_clips_that_cannot_be_learnt_are_refused(pluck: Samples) -> None:
    with pytest.raises(
        unisono.TrainingError, match=r"too short: 1600 samples; WaveNet needs 4096, 0\.26 s at 16000 Hz"
    ):
        train_wavenet(pluck[:1600], sr=SR, steps=1)
    with pytest.raises(unisono.TrainingError, match="silent"):
        train_wavenet(np.zeros(128000, np.float32), sr=SR, steps=1)
    with pytest.raises(unisono.TrainingError, match="too long"):
        train_wavenet(np.broadcast_to(np.float32(0.5), (1 << 24) + 1), sr=SR, steps=1)
    bad = pluck.copy()
    bad[77] = np.nan
    with pytest.raises(unisono.ParameterError, match="finite"):
        train_wavenet(bad, sr=SR, steps=1)
    for wrong in ({"minutes": 0.0}, {"minutes": float("nan")}, {"steps": 0}):
        with pytest.raises(unisono.ParameterError):
            train_wavenet(pluck, sr=SR, **wrong)


def test_hostile_files_are_refused_with_one_line(tmp_path: Path, pluck: Samples) -> None:
    model = train_wavenet(pluck, sr=SR, steps=1)
    good, options = model.tensors(), model.options
    path = tmp_path / "bad.wavenet"

    def refused(tensors: dict[str, NDArray[np.float32]], changed: dict[str, object], kind: str = "wavenet") -> str:
        write_model_file(path, tensors, {**options, **changed}, kind=kind)
        with pytest.raises(unisono.ModelFileError) as caught:
            load_wavenet(path)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    assert "kind 'magnet', not 'wavenet'" in refused(good, {}, kind="magnet")
    assert "does not fit the length" in refused(good, {"length": 16_000_000})
    assert "out of range" in refused(good, {"length": -4})
    assert "'steps'" in refused(good, {"steps": "many"})
    assert "out of range" in refused(good, {"begun_bits": "1"})
    assert "does not fit the length" in refused({**good, "position": np.zeros((), np.float32)}, {})
    assert "steps" in refused(good, {"steps": 0})
    assert "has shape" in refused({**good, "out.bias": np.zeros(3, np.float32)}, {})
    assert "'out.bias' is missing" in refused({k: v for k, v in good.items() if k != "out.bias"}, {})
    model.save(path)
    with pytest.raises(unisono.ModelFileError, match="kind 'wavenet', not 'magnet'"):
        unisono.load(path)


def test_the_command_trains_generates_and_judges(tmp_path: Path, clip: Path, unisono_command: Run) -> None:
    model, sound, early = tmp_path / "p.wavenet", tmp_path / "p.wav", tmp_path / "early.wav"
    result = unisono_command("wavenet", "train", clip, "-o", model, "--steps", "30", "--seed", "2", "--preview", early)
    assert result.returncode == 0, result.stderr
    assert "step 30/30" in result.stderr and "bits a sample" in result.stderr
    assert len(soundfile.read(early)[0]) == 8000
    result = unisono_command("wavenet", "generate", model, "-o", sound, "--seconds", "0.5", "--seed", "3")
    assert result.returncode == 0, result.stderr
    recipe = unisono.read_recipe(sound)
    assert recipe is not None and recipe["seed"] == 3 and recipe["model_sha256"] == load_wavenet(model).sha256
    result = unisono_command("verify", sound, "--model", model)
    assert result.returncode == 0 and "confirmed, all 8000 samples" in result.stdout, result.stderr
    result = unisono_command("wavenet", "evaluate", clip, model, "--seeds", "2", "--json")
    assert result.returncode == 1, result.stderr  # 30 steps teach nothing
    table = json.loads(result.stdout)
    assert not table["passed"]
    assert [row["name"] for row in table["rows"]][:3] == ["seed 1", "seed 2", "LPC noise vocoder"]
    refusals = {
        ("train", clip, "-o", model, "--minutes", "1", "--steps", "1"): "give one of them",
        ("train", clip, "-o", model, "--resume", "--seed", "1"): "--resume goes on",
        ("train", clip, "-o", tmp_path / "none.wavenet", "--resume"): "nothing to resume",
        ("generate", model, "-o", tmp_path / "x.mp3"): "ends in .wav",
        ("generate", clip, "-o", sound): "is not a Unisono model",
    }
    for arguments, line in refusals.items():
        result = unisono_command("wavenet", *arguments)
        assert result.returncode == 2 and line in result.stderr and "Traceback" not in result.stderr


def test_ctrl_c_keeps_what_was_saved_and_says_how_to_go_on(tmp_path: Path, clip: Path, unisono_command: Run) -> None:
    model = tmp_path / "m.wavenet"
    command = [sys.executable, "-m", "unisono", "wavenet", "train", os.fspath(clip), "-o", os.fspath(model)]
    process = subprocess.Popen([*command, "--steps", "1000000"], stderr=subprocess.PIPE, text=True)
    while not model.exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "--resume" in said and "Traceback" not in said
    kept = read_model_file(model, kind="wavenet").options
    assert kept["step"] >= 100 and kept["step"] % 100 == 0
    refused = unisono_command("wavenet", "train", clip, "-o", model)
    assert refused.returncode == 2 and "unfinished training" in refused.stderr


def test_stereo_at_48_khz_is_brought_to_the_rate_asked_for(
    tmp_path: Path, pluck: Samples, unisono_command: Run
) -> None:
    source, model = tmp_path / "stereo.wav", tmp_path / "m.wavenet"
    soundfile.write(source, np.repeat(np.stack([pluck, -0.5 * pluck], 1), 3, axis=0), 48000, subtype="FLOAT")
    result = unisono_command("wavenet", "train", source, "-o", model, "--steps", "2", "--sr", "12000")
    assert result.returncode == 0 and "2 channels averaged to mono, resampled from 48000 to 12000 Hz" in result.stderr
    assert load_wavenet(model).sr == 12000
