"""A model of a clip around a network that was trained elsewhere, in Keras or PyTorch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._ops import MagnetModel, Preset
from ._version import BITS, __version__
from .audio import clip_sha256
from .errors import ModelFileError
from .magnet import Model

__all__ = ["Tensors", "check_tensor", "model_of_weights"]

Tensors = dict[str, NDArray[np.float32]]


def model_of_weights(
    preset: Preset, weights: Tensors, samples: NDArray[np.float32], *, sr: int, name: str, threads: int
) -> Model:
    """Return a model of a clip with a network that was trained elsewhere."""
    samples = np.ascontiguousarray(samples, np.float32)
    core = MagnetModel(preset=preset, sr=sr, threads=threads)
    core.set_clip(samples)
    for i in range(core.tensor_count()):
        found = weights.get(core.tensor_name(i))
        if found is not None:
            check_tensor(core.tensor_name(i), found, tuple(int(size) for size in core.tensor_shape(i)))
            core.set_tensor(i, found.reshape(-1))
    options = {
        "bits": BITS,
        "clip": name,
        "clip_seconds": len(samples) / sr,
        "clip_sha256": clip_sha256(samples),
        "epochs": 0,
        "losses": [],
        "preset": preset,
        "seed": 0,
        "sr": sr,
        "unisono": __version__,
        "weights": "trained elsewhere",
    }
    return Model(core, options)


def check_tensor(name: str, value: NDArray[np.float32], shape: tuple[int, ...]) -> None:
    """Refuse an array of another shape than the model's, or that is not finite."""
    if value.shape != shape:
        raise ModelFileError(f"{name} has shape {value.shape} in the network, not {shape}")
    if not np.isfinite(value).all():
        raise ModelFileError(f"{name} holds NaN or infinity")
