"""The `default` preset trained by Keras: stateful streams through the loop of latent frames, Gaussian likelihood."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._ops import MagnetModel, random_normal
from .keras_network import CLOCK, LATENT, require_keras
from .keras_training import NOISE, SHUFFLE, STEPS, Adam, KerasTraining, Tensors, frames_of

__all__ = ["StreamTraining", "clock", "coordinates", "philox_bits"]

# As in the core: config.cpp, stream_engine.cpp and latent.cpp say why.
BATCH, LENGTH = 16, 32  # streams, frames a step
INPUT_NOISE, MISLED, LEAST_LOG_SIGMA, LARGEST_NORM = 0.7, 2, -3.0, 1.0
TRAINING_STEPS, LOOP_FRAMES, LEAST_RATE, HALVINGS = 800, 1000, 1e-4, 3.5
HANDS, FRAMES_PER_TURN = (1, 2, 4, 8, 16, 32, 64), 4
FLOOR, MEL_CORNER = 1e-4, 700.0


def philox_bits(seed: int, stream: int, index: int) -> int:
    """Return word `index` of a random sequence (Philox4x32-10), as the core's ``Random::bits``."""
    mask = 0xFFFFFFFF
    counter, key = [index >> 2 & mask, index >> 34, 0, 0], [seed, stream]
    for _ in range(10):
        first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [second >> 32 ^ counter[1] ^ key[0], second & mask, first >> 32 ^ counter[3] ^ key[1], first & mask]
        key = [key[0] + 0x9E3779B9 & mask, key[1] + 0xBB67AE85 & mask]
    return counter[index & 3]


def clock(positions: NDArray[Any], loop: int) -> NDArray[np.float64]:
    """Return the hands of the clock, sines then cosines, [...][14], at positions in a loop of so many frames."""
    turns = np.array([hand if hand * FRAMES_PER_TURN <= loop else 0 for hand in HANDS])
    angle = 2.0 * np.pi * (np.asarray(positions, np.int64)[..., None] * turns % loop) / loop
    return np.concatenate([np.sin(angle) * (turns > 0), np.cos(angle) * (turns > 0)], -1)


def coordinates(
    frames: NDArray[np.float32], decoder: Tensors, *, sr: int, n_fft: int = 2048
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a loop's latent coordinates, [frames][128], and how much the error of each counts, sum 1.

    The rows of the core's decoder are orthogonal once the mel weights are taken out, and their lengths are the
    coordinates' scales: that undoes it.
    """
    weights = 1.0 / np.sqrt(1.0 + np.arange(frames.shape[1]) * sr / n_fft / MEL_CORNER)
    directions = np.asarray(decoder["latent.decode"], np.float64) * weights
    scale = np.sqrt((directions**2).sum(1))
    scale = np.maximum(scale, max(1e-4 * scale.max(), 1e-6))
    loudest = np.float64(decoder["latent.loudest"][0])
    y = np.log(frames.astype(np.float64) / loudest + FLOOR) - np.asarray(decoder["latent.mean"], np.float64)
    root = np.sqrt(scale)
    return (y * weights) @ directions.T / scale**2, root / root.sum()


class StreamTraining(KerasTraining):
    """Each frame, with noise, and the clock are to predict the next frame's mean and spread."""

    adam = Adam(rate=3e-3, beta2=0.99)

    def __init__(
        self, core: MagnetModel, samples: NDArray[np.float32], *, sr: int, seed: int, dtype: str = "float32"
    ) -> None:
        _, tf = require_keras()
        super().__init__(core, "default", seed, dtype)
        self.loop = int(self.read("loop.frames")[0])
        decoder = {name: self.read(name) for name in ("latent.decode", "latent.mean", "latent.loudest")}
        frames = frames_of(samples, win_length=2048, pad_mode="constant")[: self.loop]
        latent, importance = coordinates(frames, decoder, sr=sr)
        self.latent, self.importance = latent.astype(dtype), tf.constant(importance.astype(dtype))
        self.hands = clock(np.arange(self.loop), self.loop).astype(dtype)
        self.positions = self.read("stream.position").astype(np.int64)
        self.away = self.read("stream.away").astype(np.int64)
        self.hidden, self.cell = self.read("stream.hidden"), self.read("stream.cell")
        self._gradient = tf.function(self._forward_and_back, autograph=False)

    def _build(self) -> None:
        self.layers["lstm.0"].return_state = True
        self.layers["lstm.0"].build((BATCH, LENGTH, LATENT + CLOCK))
        self.layers["head"].build((BATCH, LENGTH, self.layers["lstm.0"].units))

    def _draw(self, step: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return inputs and targets, [streams][frames][...]; one stream begins anew at a random position."""
        anew = step % BATCH

        def anywhere(draw: int) -> int:
            return philox_bits(self.seed, SHUFFLE | step % STEPS, draw) * self.loop >> 32

        self.positions[anew] = anywhere(0)
        if anew < MISLED:
            self.away[anew] = anywhere(1)
        self.hidden[anew] = self.cell[anew] = 0.0
        now = self.positions[:, None] + np.arange(LENGTH)
        following = (now + 1) % self.loop
        noise = random_normal(LENGTH * BATCH * LATENT, seed=self.seed, stream=NOISE | step % STEPS)
        noise = noise.reshape(LENGTH, BATCH, LATENT).transpose(1, 0, 2)
        seen = self.latent[(now + self.away[:, None]) % self.loop] + INPUT_NOISE * noise.astype(self.dtype)
        self.positions = (self.positions + LENGTH) % self.loop
        return np.concatenate([seen, self.hands[following]], -1), self.latent[following]

    def _forward_and_back(self, inputs: Any, targets: Any, hidden: Any, cell: Any) -> tuple[Any, list[Any], Any, Any]:
        _, tf = require_keras()
        taught = tf.constant((np.arange(BATCH) >= MISLED)[:, None, None])
        with tf.GradientTape() as tape:
            states, hidden, cell = self.layers["lstm.0"](inputs, initial_state=[hidden, cell])
            mean, raw = tf.split(self.layers["head"](states), 2, axis=-1)
            spread = LEAST_LOG_SIGMA + tf.nn.softplus(raw - LEAST_LOG_SIGMA)
            spread = tf.where(taught, spread, tf.stop_gradient(spread))  # misled streams do not teach it
            losses = spread + 0.5 * tf.square((targets - mean) * tf.exp(-spread))
            loss = tf.reduce_mean(tf.reduce_sum(losses * self.importance, -1))
        return loss, self.by_parameter(tape.gradient(loss, self.trainable)), hidden, cell

    def loss_and_gradient(self, step: int) -> tuple[Any, list[Any]]:
        """Return the loss of batch `step` and its gradients; the streams move on."""
        inputs, targets = self._draw(step)
        loss, gradients, hidden, cell = self._gradient(inputs, targets, self.hidden, self.cell)
        self.hidden, self.cell = np.array(hidden), np.array(cell)
        return loss, gradients

    def gradient_scale(self, gradients: list[Any]) -> float:
        """Return what keeps the norm of all gradients together within its bound."""
        _, tf = require_keras()
        return min(1.0, LARGEST_NORM / (float(tf.linalg.global_norm(gradients)) + 1e-6))

    def learning_rate(self, step: int) -> float:
        """Return a rate that halves some times over the training."""
        steps = TRAINING_STEPS * math.sqrt(max(1.0, self.loop / LOOP_FRAMES))
        return float(max(LEAST_RATE, self.adam.rate * 2.0 ** (-HALVINGS * step / steps)))

    def state(self) -> Tensors:
        """Return where the streams stand."""
        return {
            "stream.position": self.positions,
            "stream.away": self.away,
            "stream.hidden": self.hidden,
            "stream.cell": self.cell,
        }
