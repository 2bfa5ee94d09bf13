"""The core against TensorFlow in double on a real recording: transform, loss, every gradient, ten steps, generation.

Tolerances, and why they are not zero: the core computes in float32. Losses: relative 1e-6, for icmc2019 2e-5 because
Keras' own Adam rounds 0.999 to float32 even for weights in double. Gradients, as they stand in Adam's first moments
after one step: 5e-5 of each array's norm. Weights and moments after ten steps: 1e-4 of each array's norm. Generated
frames: 1e-4 of the loudest.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import unisono
import unisono.keras
from unisono.keras_network import LATENT, WINDOW, require_keras
from unisono.keras_streams import clock, philox_bits
from unisono.keras_training import keras_training
from unisono.keras_windows import WindowTraining

keras, tf = require_keras()

Floats = NDArray[np.float32]
SR, SEED, STEPS = 44100, 3, 10
PRESETS = ["default", "icmc2019", "magnet2024"]
GENERATION = 4 << 28  # the stream that generation draws from


@pytest.fixture(scope="module")
def guitar(recordings: Path) -> Floats:
    return unisono.read_audio(recordings / "guit_em9.flac", sr=SR).samples


@pytest.fixture(scope="module")
def clip(guitar: Floats) -> Floats:
    """1.3 s of a guitar: 112 frames, 71 windows, two batches an epoch, the second not full."""
    return guitar[22050:79050]


def tensors(core: unisono.MagnetModel) -> dict[str, NDArray[np.float64]]:
    return {
        core.tensor_name(i): np.asarray(core.tensor(i), np.float64).reshape(tuple(core.tensor_shape(i)))
        for i in range(core.tensor_count())
    }


def core_with(preset: str, clip: Floats) -> unisono.MagnetModel:
    core = unisono.MagnetModel(preset=preset, sr=SR, seed=SEED, threads=2)
    core.set_clip(clip)
    return core


def distance(found: NDArray[Any], wanted: NDArray[Any]) -> float:
    """The norm of the difference over the norm of what is wanted."""
    return float(np.linalg.norm(found - wanted) / max(np.linalg.norm(wanted), 1e-30))


@pytest.mark.parametrize("win_length", [1024, 2048])
def test_stft_is_that_of_tf_signal(clip: Floats, win_length: int) -> None:
    padded = np.pad(clip.astype(np.float64), 1024, mode="reflect")
    hann = np.pad(tf.signal.hann_window(win_length, periodic=True, dtype=tf.float64).numpy(), (2048 - win_length) // 2)
    wanted = tf.signal.stft(padded, 2048, 512, 2048, window_fn=lambda n, dtype: tf.constant(hann, dtype)).numpy()
    found = unisono.stft(clip, n_fft=2048, hop_length=512, win_length=win_length, pad_mode="reflect")
    assert found.shape == wanted.shape == (112, 1025)
    assert np.abs(found - wanted).max() < 2e-6 * np.abs(wanted).max()


@pytest.mark.parametrize("preset", PRESETS)
def test_losses_every_gradient_and_ten_steps(preset: str, clip: Floats, guitar: Floats) -> None:
    if preset == "default":  # needs more frames than it has coordinates
        clip = guitar[: 4 * SR]
    ours, theirs = core_with(preset, clip), core_with(preset, clip)
    initial = tensors(ours)
    oracle = keras_training(theirs, clip, preset=preset, sr=SR, seed=SEED, dtype="float64")
    weights = [p.name for p in oracle.parameters]
    assert {f"adam.m.{name}" for name in weights} == {name for name in initial if name.startswith("adam.m.")}
    take_step = keras_adam(oracle) if preset == "icmc2019" else oracle.apply
    losses = []
    for step in range(STEPS):
        loss, gradients = oracle.loss_and_gradient(step)
        losses.append((ours.train_step(), float(loss)))
        if step == 0:
            check_gradients(oracle, gradients, initial, tensors(ours))
        take_step(gradients, step)
    np.testing.assert_allclose(*np.transpose(losses), rtol=2e-5 if preset == "icmc2019" else 1e-6)
    oracle.write_back()
    found, wanted = tensors(ours), tensors(theirs)
    compared = [name for name in found if name != "progress" and not (preset == "icmc2019" and "adam" in name)]
    apart = {name: distance(found[name], wanted[name]) for name in compared}
    assert max(apart.values()) < 1e-4, sorted(apart.items(), key=lambda item: -item[1])[:5]
    moved = [distance(found[name], initial[name]) for name in weights if np.any(initial[name])]
    assert min(moved) > 20 * max(apart.values())


def check_gradients(oracle: Any, gradients: list[Any], initial: dict[str, Any], after: dict[str, Any]) -> None:
    """Adam's first moment after the first step is a tenth of the gradient that it was given."""
    scale = oracle.gradient_scale(gradients)
    for p, gradient in zip(oracle.parameters, gradients, strict=True):
        g = np.asarray(gradient) * scale
        wanted = (g.T if p.transposed else g) + oracle.adam.decay * initial[p.name]
        assert np.linalg.norm(wanted) > 0, p.name
        assert distance(10.0 * after[f"adam.m.{p.name}"], wanted) < 5e-5, p.name


def keras_adam(oracle: Any) -> Callable[[list[Any], int], None]:
    """Keras' own optimiser as its users make it, in place of ours, which has its form."""
    adam = keras.optimizers.Adam(1e-3)
    variables = [v for layer in oracle.layers.values() for v in layer.trainable_variables]
    places = {p.variable.ref(): i for i, p in enumerate(oracle.parameters)}
    order = [places[v.value.ref()] for v in variables]
    return lambda gradients, _: adam.apply([gradients[i] for i in order], variables)


@pytest.mark.parametrize("window_stride", [1, 16, 0])
@pytest.mark.parametrize("preset", ["icmc2019", "magnet2024"])
def test_generation_is_a_loop_over_the_keras_model(preset: str, window_stride: int, clip: Floats) -> None:
    """50 frames with reseeding: the network called on each window by Keras, the random numbers from the core."""
    core = core_with(preset, clip)
    for _ in range(10):
        core.train_step()
    model = unisono.Model(core, {"preset": preset, "sr": SR})
    network = unisono.keras.to_keras(model, dtype="float64")
    n_frames, seed, temperature = 50, 6, 4.0
    primers = tensors(core)["primers"]
    wanted, reseeded = keras_loop(network, primers, n_frames, seed, 0.05 * temperature, window_stride)
    assert 3 < reseeded < 30
    found = core.generate_magnitude(n_frames, seed=seed, temperature=temperature, window_stride=window_stride)
    assert np.abs(found - wanted).max() < 1e-4 * wanted.max()


def keras_loop(
    network: Any, primers: Any, n_frames: int, seed: int, chance: float, stride: int
) -> tuple[NDArray[np.float64], int]:
    """The repository's generate.py: predict, append, now and then predict from a window of the clip instead.

    There the stride is 1, and a window is the last 40 frames. Otherwise it begins at a multiple of the stride, and has
    40 frames or more.
    """

    @tf.function(reduce_retracing=True)
    def call(window: Any) -> Any:
        for layer in network.layers[1:]:
            window = layer(window, training=False)
        return window

    uniform = unisono.random_uniform(2 * n_frames + 2, seed=seed, stream=GENERATION)
    draw = [philox_bits(seed, GENERATION, i) % len(primers) for i in range(2 * n_frames + 3)]
    frames, made, reseeded = list(primers[draw[0]]), [], 0
    for t in range(n_frames):
        if t > 0 and uniform[2 * t + 1] < chance:
            frame = call(primers[draw[2 * t + 2]][None]).numpy()[0]
            reseeded += 1
        else:
            begun = t // stride * stride if stride else 0
            frame = call(np.stack(frames[begun:])[None]).numpy()[0]
        made.append(frame)
        frames.append(frame)
    return np.maximum(made, 0.0), reseeded


def test_generation_of_default_is_a_loop_over_keras_cells(guitar: Floats) -> None:
    """Two seconds at temperature 6, so that the playhead jumps: spreads, texture and jumps from the core's numbers."""
    core = core_with("default", guitar[: 4 * SR])
    for _ in range(60):
        core.train_step()
    network = unisono.keras.to_keras(unisono.Model(core, {"preset": "default", "sr": SR}), dtype="float64")
    n_frames, seed, temperature = 170, 2, 6.0
    found = core.generate_magnitude(n_frames, seed=seed, temperature=temperature)
    wanted, positions = latent_loop(network, tensors(core), n_frames, seed, temperature)
    assert (np.diff(positions) != 1).sum() >= 2  # a jump, or the seam
    assert np.abs(found - wanted).max() < 1e-3 * wanted.max()
    assert distance(found, wanted) < 1e-4


def latent_loop(
    network: Any, t: dict[str, NDArray[np.float64]], n_frames: int, seed: int, temperature: float
) -> tuple[NDArray[np.float64], list[int]]:
    """What stream_engine.cpp says, in NumPy around Keras' layers."""
    _, lstm, head = network.layers
    loop = int(t["loop.frames"][0])
    head_of = Playhead(t["loop.links"].astype(int), loop, seed, temperature * (loop / 86) / min(128, loop))
    noise = unisono.random_normal(n_frames * LATENT, seed=seed, stream=GENERATION).reshape(n_frames, LATENT)
    states, frame, made, positions = [np.zeros((1, 256)), np.zeros((1, 256))], None, [], []
    for at in range(-31, n_frames):
        if at > 0:
            head_of.advance()
        frame = t["primer"][31 + at] if at <= 0 else frame
        hands = clock(np.array(at % loop if at < 0 else head_of.position), loop)
        output, states = lstm.cell(np.concatenate([frame, hands])[None], states)
        mean, raw = np.split(np.asarray(head(output))[0], 2)
        if at < 0:
            continue
        spread = np.exp(-3.0 + np.log1p(np.exp(raw + 3.0)))
        frame = np.clip(mean + 0.5 * temperature * spread * noise[at], t["latent.low"], t["latent.high"])
        made.append(frame)
        positions.append(head_of.position)
    texture = unisono.random_normal(n_frames * 1025, seed=seed, stream=GENERATION | 1).reshape(n_frames, 1025)
    logarithms = np.array(made) @ t["latent.decode"] + t["latent.mean"] + t["latent.texture"] * texture
    return np.maximum(np.exp(logarithms) - 1e-4, 0.0) * t["latent.loudest"][0], positions


class Playhead:
    """wander.cpp once more: leave at a link by chance, for the target that has rested longest, if that is long."""

    def __init__(self, links: NDArray[Any], loop: int, seed: int, chance: float) -> None:
        self.links = {int(link[0]): [int(place) for place in link[1:] if place >= 0] for link in links if link[0] >= 0}
        self.loop, self.chance, self.position, self.frame = loop, chance, 0, 0
        self.played: dict[int, int] = {}
        self.uniform = unisono.random_uniform(100_000, seed=seed, stream=GENERATION | 2)

    def advance(self) -> None:
        self.played[self.position] = self.frame
        self.frame += 1
        here = self.position
        if self.position in self.links and self.uniform[self.frame] < self.chance:
            longest = int(2.0 / 3.0 * self.loop)
            for place in self.links[self.position]:
                latest = max(self.played.get((place + d) % self.loop, -1) for d in range(1, 44))
                rest = self.frame - latest if latest >= 0 else 1 << 60
                if rest > longest:
                    here, longest = place, rest
        self.position = (here + 1) % self.loop


def test_dropout_masks_of_the_oracle_are_not_all_kept(clip: Floats) -> None:
    """The masks that both sides use drop a fifth: the agreement above is not that of a network without dropout."""
    oracle = keras_training(core_with("icmc2019", clip), clip, preset="icmc2019", sr=SR, seed=SEED)
    assert isinstance(oracle, WindowTraining)
    masks = oracle.masks(0, 64)
    assert [m.shape for m in masks] == [(64, WINDOW, 128), (64, WINDOW, 128), (64, 128)]
    assert all(abs(float((m == 0).mean()) - 0.2) < 0.02 for m in masks)
