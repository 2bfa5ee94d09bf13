"""Models to Keras and back: `to_keras`, `from_keras`, ``.keras`` files; needs TensorFlow (``unisono[tensorflow]``).

A Keras model holds the network alone, in standard layers, so that anything that opens Keras models opens it. What
else a Unisono model is (statistics and pieces of the clip, decoder, optimiser, options) is remembered beside the Keras
model, and `save_keras` puts it into the ``.keras`` file as a member of its own, which Keras passes over. A model that
Keras itself has saved again, or that was trained elsewhere, has lost it or never had it: then `from_keras` takes it
from the clip (``samples=``) or from another model (``like=``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ._ops import Preset
from .errors import ModelFileError
from .from_weights import Tensors, check_tensor, model_of_weights
from .keras_file import read_keras, write_keras
from .keras_h5 import read_h5
from .keras_network import NETWORKS, build, layer_tensors, set_layer
from .magnet import Model, from_file
from .model_file import ModelFile, model_bytes
from .trained_model import default_threads

__all__ = ["from_keras", "load_keras", "save_keras", "to_keras"]

_ORIGINS: WeakKeyDictionary[Any, ModelFile] = WeakKeyDictionary()
_PASSED_OVER = {"InputLayer", "Dropout"}


def to_keras(model: Model, *, dtype: str = "float32") -> Any:
    """Return the network of a model as a Keras model, not compiled.

    Parameters
    ----------
    model : Model
        Any preset. The faithful ones take windows of 40 magnitude frames and give the next; `default` takes sequences
        of 128 coordinates and 14 clock hands and gives 128 means and 128 raw spreads a frame.
    dtype : str
        "float64" computes in double.

    Returns
    -------
    keras.Model
        `from_keras` gives the same model back, bit for bit, unless the weights were changed in between.

    Raises
    ------
    MissingPackageError
        If TensorFlow is not installed.
    """
    keras_model = build(model.preset, dtype=dtype)
    tensors = model.tensors()
    for prefix, layer in _layers_by_prefix(keras_model)[1].items():
        set_layer(layer, prefix, tensors)
    _ORIGINS[keras_model] = ModelFile(tensors, model.options)
    return keras_model


def from_keras(
    keras_model: Any,
    *,
    like: Model | None = None,
    samples: NDArray[np.float32] | None = None,
    sr: int = 44100,
    name: str = "",
    threads: int | None = None,
) -> Model:
    """Return a Keras model as a Unisono model: one of `to_keras`, or one trained elsewhere.

    The preset is told from the layers: batch norm, three LSTMs of 128 and two dense layers, the first with tanh, are
    `icmc2019`; batch norm, two LSTMs of 128 and one dense layer `magnet2024`; one LSTM of 256 and a dense layer
    `default`.
    If the weights are not those that the rest belongs to, the optimiser starts anew and the model counts no epochs.

    Parameters
    ----------
    keras_model : keras.Model
        Of the layers above; dropout layers do not matter.
    like : Model, optional
        The model to take everything from that is not the network. Left out, it is the one given to `to_keras`.
    samples : ndarray of float32, shape (n,), optional
        The clip, mono, instead of `like`: for a network trained elsewhere.
    sr : int, Hz
        The clip's rate.
    name : str
        The clip's name, kept in the model's options.
    threads : int, optional
        For what is done with the model; all processors if left out.

    Returns
    -------
    Model
        It generates, saves and plays in the browser like any other.

    Raises
    ------
    ModelFileError
        If the layers are none of the presets', or nothing says what the clip was.
    """
    preset, layers = _layers_by_prefix(keras_model)
    network = NETWORKS[preset]
    weights: Tensors = {}
    for prefix, layer in layers.items():
        weights.update(layer_tensors(layer, prefix, network))
    threads = default_threads() if threads is None else threads
    if samples is not None:
        return model_of_weights(preset, weights, samples, sr=sr, name=name, threads=threads)
    origin = ModelFile(like.tensors(), like.options) if like else _ORIGINS.get(keras_model)
    if origin is None:
        raise ModelFileError(
            "a Keras model holds the network only: give the clip it was trained on, or the model it came from"
        )
    whole = from_file(origin, threads)  # which checks what a file may have brought
    if whole.preset != preset:
        raise ModelFileError(f"the network is of preset {preset}; the model it should be like is not")
    changed = _joined(origin, weights)
    return whole if changed is None else from_file(changed, threads)


def save_keras(model: Model, path: str | os.PathLike[str]) -> None:
    """Write a model as a ``.keras`` file from which `load_keras` reads the whole model, and Keras the network."""
    write_keras(path, to_keras(model), model_bytes(model.tensors(), model.options))


def load_keras(path: str | os.PathLike[str]) -> Any:
    """Load a ``.keras`` file in safe mode, or an older ``.h5``: layers of the three presets only, whoever wrote it.

    Returns
    -------
    keras.Model
        For `from_keras`, which finds there what `save_keras` has kept.

    Raises
    ------
    ModelFileError
        With one line that names the fault.
    """
    if os.fspath(path).endswith((".h5", ".hdf5")):
        return read_h5(path)
    keras_model, origin = read_keras(path)
    if origin is not None:
        _ORIGINS[keras_model] = origin
    return keras_model


def _joined(origin: ModelFile, weights: Tensors) -> ModelFile | None:
    """Return the origin with these weights, or None if they are its own."""
    tensors = dict(origin.tensors)
    changed = False
    for name, value in weights.items():
        if name.endswith(".bias_hh"):
            continue
        check_tensor(name, value, tensors[name].shape if name in tensors else ())
        twin = name.replace(".bias_ih", ".bias_hh")
        two = twin != name and twin in tensors
        if np.array_equal(value, tensors[name] + tensors[twin] if two else tensors[name]):
            continue
        changed = True
        tensors[name] = value
        if two:
            tensors[twin] = np.zeros_like(value)
    if not changed:
        return None
    for name, value in tensors.items():
        if name.startswith("adam.") or name == "progress":
            tensors[name] = np.zeros_like(value)
    options = {**origin.options, "epochs": 0, "losses": [], "step": 0, "weights": "trained elsewhere"}
    return ModelFile(tensors, options)


def _flat(layers: Any) -> Iterator[Any]:
    for layer in layers:
        if hasattr(layer, "layers"):
            yield from _flat(layer.layers)
        elif type(layer).__name__ == "TimeDistributed":
            yield layer.layer
        else:
            yield layer


def _layers_by_prefix(keras_model: Any) -> tuple[Preset, dict[str, Any]]:
    """Return the preset and its layers by name, or say why the model is none."""
    found: list[Any] = []
    tanh: set[int] = set()  # places in `found` of dense layers that tanh follows
    for layer in _flat(keras_model.layers):
        kind = type(layer).__name__
        if kind == "Activation" and found:
            if layer.activation.__name__ == "tanh":
                tanh.add(len(found) - 1)
            elif layer.activation.__name__ != "linear":
                raise ModelFileError(f"the activation {layer.activation.__name__} has no place in a Unisono model")
        elif kind not in _PASSED_OVER:
            found.append(layer)
    kinds = [type(layer).__name__ for layer in found]
    for preset, network in NETWORKS.items():
        prefixes = network.prefixes()
        if kinds == [_kind(prefix) for prefix in prefixes]:
            layers = dict(zip(prefixes, found, strict=True))
            for place, (prefix, layer) in enumerate(layers.items()):
                _check_layer(prefix, layer, after_tanh=place in tanh, wants_tanh=prefix == "dense.0" != prefixes[-1])
            return preset, layers  # type: ignore[return-value]
    raise ModelFileError(f"the layers {', '.join(kinds) or '(none)'} are those of none of the presets")


def _kind(prefix: str) -> str:
    return {"b": "BatchNormalization", "l": "LSTM"}.get(prefix[0], "Dense")


def _check_layer(prefix: str, layer: Any, *, after_tanh: bool, wants_tanh: bool) -> None:
    """Refuse a layer that computes something else than the core's of the same name."""
    wrong = ""
    if prefix.startswith("lstm"):
        gates = (layer.cell.activation.__name__, layer.cell.recurrent_activation.__name__)
        if gates != ("tanh", "sigmoid") or layer.go_backwards or after_tanh:
            wrong = "is not a plain LSTM with tanh and sigmoid"
    elif prefix == "batch_norm":
        axis = layer.axis[0] if isinstance(layer.axis, list | tuple) else layer.axis
        if axis not in (-1, 2) or after_tanh:
            wrong = "does not normalise each frequency bin"
    else:
        activation = "tanh" if after_tanh else layer.activation.__name__
        if activation != ("tanh" if wants_tanh else "linear"):
            wrong = f"has the activation {activation}"
    if wrong:
        raise ModelFileError(f"the layer {layer.name[:60]!a} {wrong}")
