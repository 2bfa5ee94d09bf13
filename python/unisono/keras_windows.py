"""The faithful presets trained by Keras: shuffled windows of frames, and dropout masks that the core has drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._ops import MagnetModel, dropout, permutation
from .keras_network import BINS, NETWORKS, WINDOW, require_keras
from .keras_training import DROPOUT, SHUFFLE, STEPS, Adam, KerasTraining, Tensors, frames_of

__all__ = ["WindowTraining"]

BATCH = 64
_ADAM = {"icmc2019": Adam(epsilon=1e-7, inside=True), "magnet2024": Adam(decay=1e-4)}
_WINDOW_LENGTH = {"icmc2019": 1024, "magnet2024": 2048}


class WindowTraining(KerasTraining):
    """Each window of 40 frames is to predict the frame after it; mean squared error."""

    def __init__(
        self, core: MagnetModel, samples: NDArray[np.float32], *, preset: str, seed: int, dtype: str = "float32"
    ) -> None:
        _, tf = require_keras()
        self.adam = _ADAM[preset]
        super().__init__(core, preset, seed, dtype)
        frames = frames_of(samples, win_length=_WINDOW_LENGTH[preset], pad_mode="reflect")
        self.n_windows = len(frames) - WINDOW - 1  # the repository's loop bound leaves out the last possible window
        self.frames = tf.constant(frames.astype(dtype))
        self._gradient = tf.function(self._forward_and_back, reduce_retracing=True, autograph=False)
        self._order = (-1, np.zeros(0, np.int32))

    def _build(self) -> None:
        hidden = NETWORKS[self.preset].hidden
        for prefix, layer in self.layers.items():
            wide = prefix in ("batch_norm", "lstm.0", "dense.1")
            size = BINS if wide else hidden
            layer.build((None, size) if prefix.startswith("dense") else (None, WINDOW, size))

    def batch(self, step: int) -> NDArray[np.int32]:
        """Return where the windows of a batch begin."""
        epoch, place = divmod(step, (self.n_windows + BATCH - 1) // BATCH)
        if self._order[0] != epoch:
            order = permutation(self.n_windows, seed=self.seed, stream=SHUFFLE | epoch % STEPS)
            self._order = (epoch, np.asarray(order, np.int32))
        return self._order[1][place * BATCH : (place + 1) * BATCH]

    def masks(self, step: int, rows: int) -> list[NDArray[Any]]:
        """Return what the states of each LSTM are multiplied with, [rows][frames][hidden], the last [rows][hidden]."""
        network = NETWORKS[self.preset]
        if not network.dropout:
            return []
        ones = np.ones(WINDOW * rows * network.hidden, np.float32)
        found = []
        for layer in range(network.lstms):
            stream = DROPOUT | layer << 20 | step % STEPS
            mask = dropout(ones, rate=network.dropout, seed=self.seed, stream=stream)
            found.append(mask.reshape(WINDOW, rows, network.hidden).transpose(1, 0, 2).astype(self.dtype))
        return [*found[:-1], found[-1][:, -1]]

    def predict(self, windows: Any, masks: list[Any], *, training: bool) -> Any:
        """Return the frames after the windows."""
        x, lstm = windows, 0
        for prefix, layer in self.layers.items():
            x = layer(x, training=training) if prefix == "batch_norm" else layer(x)
            if prefix.startswith("lstm") and masks:
                x = x * masks[lstm]
                lstm += 1
        return x

    def _forward_and_back(self, starts: Any, masks: list[Any]) -> tuple[Any, list[Any]]:
        _, tf = require_keras()
        windows = tf.gather(self.frames, starts[:, None] + tf.range(WINDOW)[None])
        norm = self.layers["batch_norm"]
        before = tf.identity(norm.moving_variance.value)
        with tf.GradientTape() as tape:
            prediction = self.predict(windows, masks, training=True)
            loss = tf.reduce_mean(tf.square(prediction - tf.gather(self.frames, starts + WINDOW)))
        gradients = self.by_parameter(tape.gradient(loss, self.trainable))
        if self.preset == "magnet2024":  # PyTorch's running variance takes n / (n - 1) of the batch's
            n = tf.cast(tf.size(starts) * WINDOW, self.dtype)
            kept = norm.momentum * before
            norm.moving_variance.assign(kept + (norm.moving_variance.value - kept) * n / (n - 1))
        return loss, gradients

    def loss_and_gradient(self, step: int) -> tuple[Any, list[Any]]:
        """Return the loss of batch `step` and its gradients; the running statistics move on."""
        _, tf = require_keras()
        starts = self.batch(step)
        loss, gradients = self._gradient(tf.constant(starts), [tf.constant(m) for m in self.masks(step, len(starts))])
        return loss, gradients

    def state(self) -> Tensors:
        """Return the running statistics."""
        norm = self.layers["batch_norm"]
        return {
            "batch_norm.running_mean": np.asarray(norm.moving_mean),
            "batch_norm.running_variance": np.asarray(norm.moving_variance),
        }
