"""The faithful presets against the plain computation in NumPy, window by window; what each model keeps."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import unisono

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Tensors = dict[str, Doubles]
WINDOW = 40


def tensors(model: unisono.MagnetModel) -> Tensors:
    return {
        model.tensor_name(i): np.asarray(model.tensor(i), np.float64).reshape(tuple(model.tensor_shape(i)))
        for i in range(model.tensor_count())
    }


def sigmoid(x: Doubles) -> Doubles:
    return 1 / (1 + np.exp(-x))


def lstm(x: Doubles, t: Tensors, layer: int) -> Doubles:
    """States of all steps; x and they are [windows, steps, ...]."""
    w_ih, w_hh, bias = (t[f"lstm.{layer}.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih"))
    bias = bias + t.get(f"lstm.{layer}.bias_hh", 0.0)
    h = c = np.zeros((len(x), w_hh.shape[1]))
    states = []
    for step in range(x.shape[1]):
        i, f, g, o = np.split(x[:, step] @ w_ih.T + h @ w_hh.T + bias, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        states.append(h)
    return np.stack(states, 1)


def predict(x: Doubles, t: Tensors) -> Doubles:
    """The frame after each window, from normalised windows."""
    for layer in range(3 if "lstm.2.weight_ih" in t else 2):
        x = lstm(x, t, layer)
    y = x[:, -1] @ t["dense.0.weight"].T + t["dense.0.bias"]
    return np.tanh(y) @ t["dense.1.weight"].T + t["dense.1.bias"] if "dense.1.weight" in t else y


def normalise(x: Doubles, mean: Doubles, variance: Doubles, t: Tensors, epsilon: float) -> Doubles:
    return (x - mean) / np.sqrt(variance + epsilon) * t["batch_norm.weight"] + t["batch_norm.bias"]


def windows_of(clip: Floats, win_length: int) -> tuple[Doubles, Doubles]:
    """All windows of the clip and the frames after them, as the MAGNet repository cuts them."""
    spectrogram = unisono.stft(clip, n_fft=2048, hop_length=512, win_length=win_length, pad_mode="reflect")
    frames = np.abs(spectrogram.astype(np.complex128))
    n = len(frames) - WINDOW - 1
    return np.stack([frames[i : i + WINDOW] for i in range(n)]), frames[WINDOW : WINDOW + n]


@pytest.fixture(scope="module")
def clip() -> Floats:
    """0.7 s of a chord with noise: 61 frames, 20 windows, one batch."""
    t = np.arange(31000) / 44100
    rng = np.random.default_rng(2)
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220, 277, 330))
    return (0.1 * chord * np.exp(-2 * t) + 0.01 * rng.standard_normal(len(t))).astype(np.float32)


def test_magnet2024_first_loss_and_statistics_are_those_of_the_plain_computation(clip: Floats) -> None:
    model = unisono.MagnetModel(preset="magnet2024", seed=3)
    model.set_clip(clip)
    assert model.steps_per_epoch() == 1
    before = tensors(model)
    loss = model.train_step()
    x, y = windows_of(clip, 2048)
    mean, variance = x.mean((0, 1)), x.var((0, 1))
    prediction = predict(normalise(x, mean, variance, before, 1e-5), before)
    assert loss == pytest.approx(((prediction - y) ** 2).mean(), rel=1e-5)
    after = tensors(model)
    rows = x.shape[0] * x.shape[1]
    np.testing.assert_allclose(after["batch_norm.running_mean"], 0.1 * mean, rtol=1e-4, atol=1e-6)
    unbiased = 0.9 + 0.1 * variance * rows / (rows - 1)
    np.testing.assert_allclose(after["batch_norm.running_variance"], unbiased, rtol=1e-4)


def test_magnet2024_gradient_and_weight_decay_reach_adam(clip: Floats) -> None:
    """The output bias has a closed gradient; Adam's first moment after one step is a tenth of it, decay included."""
    model = unisono.MagnetModel(preset="magnet2024", seed=3)
    model.set_clip(clip)
    before = tensors(model)
    model.train_step()
    x, y = windows_of(clip, 2048)
    normal = normalise(x, x.mean((0, 1)), x.var((0, 1)), before, 1e-5)
    gradient = 2 * (predict(normal, before) - y).sum(0) / y.size + 1e-4 * before["dense.0.bias"]
    np.testing.assert_allclose(tensors(model)["adam.m.dense.0.bias"], 0.1 * gradient, rtol=1e-3, atol=1e-8)


def test_icmc2019_first_loss_is_that_of_the_plain_computation_with_dropout_after_each_layer(clip: Floats) -> None:
    seed, rate = 4, 0.2
    model = unisono.MagnetModel(preset="icmc2019", seed=seed)
    model.set_clip(clip)
    t = tensors(model)
    loss = model.train_step()
    x, y = windows_of(clip, 1024)
    # The batch is shuffled and dropout goes by the place in the batch: the masks must meet the same windows.
    order = unisono.permutation(len(x), seed=seed, stream=1 << 28)
    x, y = x[order], y[order]
    state = normalise(x, x.mean((0, 1)), x.var((0, 1)), t, 1e-3)
    for layer in range(3):
        state = lstm(state, t, layer)
        ones = np.ones(state.size, np.float32)
        mask = unisono.dropout(ones, rate=rate, seed=seed, stream=(2 << 28) | (layer << 20))
        state = state * mask.reshape(WINDOW, len(x), -1).transpose(1, 0, 2)
    hidden = np.tanh(state[:, -1] @ t["dense.0.weight"].T + t["dense.0.bias"])
    prediction = hidden @ t["dense.1.weight"].T + t["dense.1.bias"]
    assert loss == pytest.approx(((prediction - y) ** 2).mean(), rel=1e-5)


@pytest.mark.parametrize(("preset", "win_length", "epsilon"), [("magnet2024", 2048, 1e-5), ("icmc2019", 1024, 1e-3)])
def test_generation_without_reseeding_is_the_repositorys_sliding_window(
    clip: Floats, preset: str, win_length: int, epsilon: float
) -> None:
    model = unisono.MagnetModel(preset=preset, seed=5)
    model.set_clip(clip)
    for _ in range(3):
        model.train_step()
    t = tensors(model)
    magnitudes = model.generate_magnitude(6, seed=8, temperature=0.0)
    mean, variance = t["batch_norm.running_mean"], t["batch_norm.running_variance"]
    distances = []
    for window in t["primers"]:
        made = []
        for _ in range(6):
            frame = predict(normalise(window[None], mean, variance, t, epsilon), t)[0]
            made.append(frame)
            window = np.concatenate([window[1:], frame[None]])
        distances.append(np.abs(np.maximum(made, 0) - magnitudes).max())
    assert min(distances) < 1e-4 * magnitudes.max()


def test_primers_are_windows_of_the_clip(clip: Floats) -> None:
    model = unisono.MagnetModel(preset="magnet2024")
    model.set_clip(clip)
    x, _ = windows_of(clip, 2048)
    primers = tensors(model)["primers"]
    assert primers.shape == (8, WINDOW, 1025)
    np.testing.assert_allclose(primers[0], x[0], atol=1e-4)
    np.testing.assert_allclose(primers[-1], x[-1], atol=1e-4)


@pytest.mark.parametrize(
    ("preset", "layers", "hidden", "win_length", "parameters"),
    [("magnet2024", 2, 128, 2048, 857_731), ("icmc2019", 3, 128, 1024, 2_039_941), ("default", 1, 256, 2048, 474_368)],
)
def test_sizes(preset: str, layers: int, hidden: int, win_length: int, parameters: int) -> None:
    model = unisono.MagnetModel(preset=preset)
    assert (model.layers(), model.hidden_size(), model.win_length()) == (layers, hidden, win_length)
    assert (model.n_fft(), model.hop_length(), model.parameter_count()) == (2048, 512, parameters)


def test_nine_seconds_make_twelve_batches_an_epoch() -> None:
    model = unisono.MagnetModel(preset="magnet2024")
    model.set_clip(np.random.default_rng(0).standard_normal(9 * 44100).astype(np.float32))
    assert model.steps_per_epoch() == 12  # 776 frames, 735 windows, batches of 64


def test_keras_initial_weights() -> None:
    """glorot_uniform, orthogonal recurrent weights, forget bias 1."""
    t = tensors(unisono.MagnetModel(preset="icmc2019", seed=1))
    limit = np.sqrt(6 / (1025 + 512))
    weight = t["lstm.0.weight_ih"]
    assert 0.999 * limit < np.abs(weight).max() <= limit
    assert abs(weight.std() - limit / np.sqrt(3)) < 0.01 * limit
    np.testing.assert_allclose(t["lstm.1.weight_hh"].T @ t["lstm.1.weight_hh"], np.eye(128), atol=1e-6)
    assert np.array_equal(t["lstm.0.bias_ih"], np.repeat([0.0, 1.0, 0.0, 0.0], 128))


def test_pytorch_initial_weights() -> None:
    """Uniform within 1/sqrt(hidden), all biases too."""
    t = tensors(unisono.MagnetModel(preset="magnet2024", seed=1))
    limit = 1 / np.sqrt(128)
    for name in ("lstm.0.weight_ih", "lstm.1.weight_hh", "lstm.0.bias_hh", "dense.0.weight"):
        assert 0.97 * limit < np.abs(t[name]).max() <= limit
        assert abs(t[name].mean()) < 0.1 * limit


def test_default_learns_to_continue_a_clip(clip: Floats) -> None:
    """After a short training the free-running model keeps the clip's level and its loudest band."""
    model = unisono.MagnetModel(preset="default", seed=2, threads=2)
    model.set_clip(np.tile(clip, 3))
    losses = []
    for _ in range(150):
        losses.append(model.train_step())
    assert np.mean(losses[-10:]) < np.mean(losses[:10]) - 0.2
    made = model.generate_magnitude(400, seed=1, temperature=1.0)
    x, _ = windows_of(np.tile(clip, 3), 2048)
    ratio = (made.astype(np.float64) ** 2).mean() / (x[:, 0] ** 2).mean()
    assert 0.25 < ratio < 4
    assert abs(int(made.mean(0).argmax()) - int(x[:, 0].mean(0).argmax())) <= 1


@pytest.mark.parametrize("preset", ["default", "icmc2019", "magnet2024"])
def test_a_clip_too_short_is_refused_and_the_shortest_trains(preset: str) -> None:
    model = unisono.MagnetModel(preset=preset)
    n = model.min_clip_samples()
    noise = (0.1 * np.random.default_rng(0).standard_normal(n)).astype(np.float32)
    with pytest.raises(unisono.ParameterError, match="too short"):
        model.set_clip(noise[:-1])
    model.set_clip(noise)
    assert np.isfinite(model.train_step())
    assert np.isfinite(model.generate(3000)).all()
