"""MAGNet's faithful presets in Keras on TensorFlow, for the bench: fit, and a compiled step of one's own."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from keras import layers
from numpy.typing import NDArray

from .training import BATCH, SEQUENCE

__all__ = ["epochs", "generations"]


def _build(preset: str, bins: int, *, unroll: bool = False, stateful: bool = False) -> Any:
    inputs = keras.Input(batch_shape=(1, 1, bins)) if stateful else keras.Input((SEQUENCE, bins))
    x = layers.BatchNormalization()(inputs)
    depth = 2 if preset == "magnet2024" else 3
    for i in range(depth):
        options = {"return_sequences": i < depth - 1, "unroll": unroll, "stateful": stateful}
        x = layers.LSTM(128, use_cudnn=False, **options)(x)
        if preset == "icmc2019":
            x = layers.Dropout(0.2)(x)
    if preset == "icmc2019":
        x = layers.Dense(bins, activation="tanh")(x)
    return keras.Model(inputs, layers.Dense(bins)(x))


def _use(threads: int) -> None:
    """Let operations use so many threads: all from the first on, which alone may say it."""
    if tf.config.threading.get_intra_op_parallelism_threads() != threads:
        tf.config.threading.set_intra_op_parallelism_threads(threads)


def epochs(preset: str, frames: NDArray[np.float32], threads: int) -> dict[str, Callable[[], Any]]:
    """Return the ways to run one epoch by name."""
    _use(threads)
    keras.utils.set_random_seed(0)
    name = f"keras {keras.__version__}"
    return {
        f"{name} fit": _fit(preset, frames),
        f"{name} tf.function": _compiled(preset, frames),
        f"{name} tf.function, unrolled": _compiled(preset, frames, unroll=True),
        f"{name} tf.function, XLA": _compiled(preset, frames, xla=True),
    }


def _fit(preset: str, frames: NDArray[np.float32]) -> Callable[[], Any]:
    windows = len(frames) - SEQUENCE - 1
    x = np.lib.stride_tricks.sliding_window_view(frames, SEQUENCE, axis=0)[:windows].transpose(0, 2, 1)
    x, y = np.ascontiguousarray(x), frames[SEQUENCE : SEQUENCE + windows]
    model = _build(preset, frames.shape[1])
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
    return lambda: model.fit(x, y, batch_size=BATCH, epochs=1, verbose=0)


def _compiled(
    preset: str, frames: NDArray[np.float32], *, unroll: bool = False, xla: bool = False
) -> Callable[[], Any]:
    windows = len(frames) - SEQUENCE - 1
    model = _build(preset, frames.shape[1], unroll=unroll)
    optimiser = keras.optimizers.Adam(1e-3)
    optimiser.build(model.trainable_variables)
    data, rng = tf.constant(frames), np.random.default_rng(0)

    @tf.function(reduce_retracing=not xla, jit_compile=xla)  # type: ignore[untyped-decorator]
    def step(starts: Any) -> Any:
        x = tf.gather(data, starts[:, None] + tf.range(SEQUENCE)[None])
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(model(x, training=True) - tf.gather(data, starts + SEQUENCE)))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimiser.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    def epoch() -> float:
        order = rng.permutation(windows).astype(np.int32)
        losses = [step(tf.constant(order[first : first + BATCH])) for first in range(0, windows, BATCH)]
        return float(losses[-1])

    return epoch


def generations(preset: str, bins: int, n_frames: int, threads: int) -> dict[str, Callable[[], Any]]:
    """Return the ways to predict frames one after another; the work does not depend on the weights."""
    _use(threads)
    model = _build(preset, bins, stateful=True)

    @tf.function  # type: ignore[untyped-decorator]
    def one_graph(frame: Any) -> Any:
        frames = tf.TensorArray(tf.float32, n_frames)
        for i in tf.range(n_frames):
            frame = tf.reshape(model(frame, training=False), (1, 1, bins))
            frames = frames.write(i, frame[0, 0])
        return frames.stack()

    first = tf.zeros((1, 1, bins))
    return {f"keras {keras.__version__}, one graph, {threads} threads": lambda: one_graph(first).numpy()}
