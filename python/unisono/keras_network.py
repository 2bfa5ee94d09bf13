"""The presets' networks in Keras: standard layers, and how a model's tensors lie in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import MissingPackageError

__all__ = ["NETWORKS", "Network", "build", "layer_tensors", "layers_of", "require_keras", "set_layer"]

BINS = 1025
WINDOW = 40  # frames that the faithful presets see
LATENT, CLOCK = 128, 14  # inputs of `default`: coordinates of a frame, hands of the clock

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Network:
    """What there is to know of a preset's network: its layers' numbers, as in the core's table of presets."""

    lstms: int
    hidden: int
    dropout: float = 0.0
    dense: int = 1
    epsilon: float = 0.0  # of the batch norm; 0 = it has none
    momentum: float = 0.0
    two_biases: bool = False  # PyTorch's LSTM adds two; a Keras layer holds their sum

    def prefixes(self) -> list[str]:
        """Return the layers' names in the model file, from input to output."""
        if not self.epsilon:
            return ["lstm.0", "head"]
        return [
            "batch_norm",
            *(f"lstm.{i}" for i in range(self.lstms)),
            *(f"dense.{i}" for i in range(self.dense)),
        ]


NETWORKS = {
    "default": Network(lstms=1, hidden=256),
    "icmc2019": Network(lstms=3, hidden=128, dropout=0.2, dense=2, epsilon=1e-3, momentum=0.99),
    "magnet2024": Network(lstms=2, hidden=128, epsilon=1e-5, momentum=0.9, two_biases=True),
}


def require_keras() -> tuple[Any, Any]:
    """Import Keras and TensorFlow, or say what to install.

    Returns
    -------
    tuple
        The modules ``keras`` and ``tensorflow``.

    Raises
    ------
    MissingPackageError
        If they are not there, or Keras was set to another backend.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        with _silent_native_code():
            import keras
            import tensorflow
    except ImportError as error:
        raise MissingPackageError(
            f"TensorFlow with Keras 3 is needed ({error}); install it with: pip install 'unisono[tensorflow]'"
        ) from None
    if keras.backend.backend() != "tensorflow":
        raise MissingPackageError(f"Keras runs on {keras.backend.backend()}; set KERAS_BACKEND=tensorflow")
    return keras, tensorflow


@contextmanager
def _silent_native_code() -> Iterator[None]:
    """Send what C++ code writes to stderr nowhere: TensorFlow greets even when told not to log."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def layers_of(preset: str, *, dtype: str = "float32") -> dict[str, Any]:
    """Return fresh layers by their names in the model file, without dropout."""
    keras, _ = require_keras()
    network = NETWORKS[preset]
    layers: dict[str, Any] = {}
    for prefix in network.prefixes():
        name = prefix.replace(".", "_")
        if prefix == "batch_norm":
            layers[prefix] = keras.layers.BatchNormalization(
                epsilon=network.epsilon, momentum=network.momentum, name=name, dtype=dtype
            )
        elif prefix.startswith("lstm"):
            whole = preset == "default" or prefix != f"lstm.{network.lstms - 1}"
            layers[prefix] = keras.layers.LSTM(network.hidden, return_sequences=whole, name=name, dtype=dtype)
        else:
            tanh = prefix == "dense.0" and network.dense == 2
            size = 2 * LATENT if preset == "default" else BINS
            layers[prefix] = keras.layers.Dense(size, activation="tanh" if tanh else None, name=name, dtype=dtype)
    return layers


def input_shape(preset: str) -> tuple[int | None, int]:
    """Return [frames, values a frame] of what the network sees."""
    return (None, LATENT + CLOCK) if preset == "default" else (WINDOW, BINS)


def build(preset: str, *, dtype: str = "float32") -> Any:
    """Return a preset's network as a Keras model of standard layers, with Keras' own initial weights."""
    keras, _ = require_keras()
    rate = NETWORKS[preset].dropout
    x = inputs = keras.Input(input_shape(preset), name="frames", dtype=dtype)
    for prefix, layer in layers_of(preset, dtype=dtype).items():
        x = layer(x)
        if rate and prefix.startswith("lstm"):
            x = keras.layers.Dropout(rate, name=f"dropout_{prefix[5:]}", dtype=dtype)(x)
    return keras.Model(inputs, x, name=f"unisono_{preset}")


def set_layer(layer: Any, prefix: str, tensors: Mapping[str, Floats]) -> None:
    """Give a built layer the weights that a model file has under `prefix`."""
    kind = type(layer).__name__
    if kind == "LSTM":
        bias = tensors[f"{prefix}.bias_ih"]
        if f"{prefix}.bias_hh" in tensors:
            bias = bias + tensors[f"{prefix}.bias_hh"]
        layer.set_weights([tensors[f"{prefix}.weight_ih"].T, tensors[f"{prefix}.weight_hh"].T, bias])
    elif kind == "Dense":
        layer.set_weights([tensors[f"{prefix}.weight"].T, tensors[f"{prefix}.bias"]])
    else:
        names = ("weight", "bias", "running_mean", "running_variance")
        layer.set_weights([tensors[f"{prefix}.{name}"] for name in names])


def layer_tensors(layer: Any, prefix: str, network: Network) -> dict[str, NDArray[np.float32]]:
    """Return what a layer holds as a model file names it; a second bias is zero."""

    def array(variable: Any, fill: float = 0.0, size: int = 0) -> NDArray[np.float32]:
        value = np.full(size, fill) if variable is None else np.asarray(variable)
        return np.ascontiguousarray(value, np.float32)

    kind = type(layer).__name__
    if kind == "LSTM":
        cell = layer.cell
        gates = 4 * cell.units
        found = {"weight_ih": array(cell.kernel).T, "weight_hh": array(cell.recurrent_kernel).T}
        found["bias_ih"] = array(cell.bias, 0.0, gates)
        if network.two_biases:
            found["bias_hh"] = np.zeros(gates, np.float32)
    elif kind == "Dense":
        found = {"weight": array(layer.kernel).T, "bias": array(layer.bias, 0.0, layer.units)}
    else:
        size = int(layer.moving_mean.shape[0])
        shift = np.float64(layer.epsilon) - network.epsilon  # another epsilon is only another variance
        variance = np.asarray(layer.moving_variance, np.float64) + (shift if abs(shift) > 1e-12 else 0.0)
        found = {"weight": array(layer.gamma, 1.0, size), "bias": array(layer.beta, 0.0, size)}
        found["running_mean"] = array(layer.moving_mean)
        found["running_variance"] = np.maximum(variance, 0.0).astype(np.float32)
    return {f"{prefix}.{name}": np.ascontiguousarray(value) for name, value in found.items()}
