"""Reads the ``.h5`` files of older Keras, as MAGNet's notebooks save them: numbers, and a few words about them.

Nothing in the file is handed to Keras but the numbers: the layers are made here, of the kinds that the presets have.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelFileError
from .keras_network import require_keras

__all__ = ["read_h5"]

_MOST_CONFIG = 1 << 20
_MOST_VALUES = 1 << 26  # in one array
_MOST_UNITS = 1 << 14
_ACTIVATIONS = ("tanh", "sigmoid", "linear", "relu")
_WITHOUT_WEIGHTS = ("InputLayer", "Dropout", "Activation")


def read_h5(path: str | os.PathLike[str]) -> Any:
    """Return the Keras model that a file describes, which may be damaged or made to harm.

    Raises
    ------
    ModelFileError
        With one line that names the fault.
    MissingPackageError
        If Keras is not installed.
    """
    require_keras()
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return _model(file)
    except ModelFileError as error:
        raise ModelFileError(f"{path} {error}") from None
    except Exception as error:  # whatever a damaged file makes HDF5 or Keras raise
        raise ModelFileError(f"{path} is not a Keras model that can be read ({type(error).__name__})") from None


def _model(file: Any) -> Any:
    keras, _ = require_keras()
    text = file.attrs["model_config"]
    if len(text) > _MOST_CONFIG:
        raise ModelFileError("has a description longer than a network's")
    config = json.loads(text)["config"]
    layers, weights = [], []
    for entry in config["layers"] if isinstance(config, dict) else config:
        kind, options = entry["class_name"], entry["config"]
        if kind == "InputLayer":
            continue
        layers.append(_layer(keras, kind, options))
        weights.append([] if kind in _WITHOUT_WEIGHTS else _weights(file, options["name"]))
    first = next(arrays for arrays in weights if arrays)
    model = keras.Sequential([keras.Input((None, len(first[0]))), *layers])
    for layer, arrays in zip(layers, weights, strict=True):
        layer.set_weights(arrays)
    return model


def _layer(keras: Any, kind: str, options: dict[str, Any]) -> Any:
    """Make a layer of a kind that the presets have, from what matters of its options."""
    if kind == "BatchNormalization":
        return keras.layers.BatchNormalization(epsilon=float(options["epsilon"]))
    if kind == "Dropout":
        return keras.layers.Dropout(0.0)
    if kind == "Activation":
        return keras.layers.Activation(_activation(options["activation"]))
    units = int(options.get("units", 0))
    if kind not in ("LSTM", "Dense") or not 0 < units <= _MOST_UNITS:
        raise ModelFileError(f"asks for {str(kind)[:60]!a}; only the layers of the three presets are loaded")
    how = {"use_bias": bool(options["use_bias"]), "activation": _activation(options["activation"])}
    if kind == "Dense":
        return keras.layers.Dense(units, **how)
    how["recurrent_activation"] = _activation(options["recurrent_activation"])
    how["go_backwards"], how["return_sequences"] = bool(options["go_backwards"]), bool(options["return_sequences"])
    return keras.layers.LSTM(units, **how)


def _activation(name: Any) -> str:
    if name not in _ACTIVATIONS:
        raise ModelFileError(f"asks for the activation {str(name)[:60]!a}")
    return str(name)


def _weights(file: Any, layer: str) -> list[NDArray[np.float32]]:
    """Return a layer's arrays, which must lie in this very file."""
    import h5py

    group = _inside(_inside(file, "model_weights"), layer)
    found = []
    for name in group.attrs["weight_names"]:
        data = _inside(group, name.decode() if isinstance(name, bytes) else str(name))
        if not isinstance(data, h5py.Dataset) or data.external or data.is_virtual or data.size > _MOST_VALUES:
            raise ModelFileError(f"keeps the weights of {layer[:60]!a} elsewhere, or too many")
        found.append(np.asarray(data, np.float32))
    return found


def _inside(group: Any, path: str) -> Any:
    import h5py

    for part in path.split("/"):
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            raise ModelFileError(f"has no {path[:60]!a} of its own")
        group = group[part]
    return group
