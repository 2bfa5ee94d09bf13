"""Reads a PyTorch checkpoint without PyTorch: arrays of numbers only, less than ``weights_only=True`` lets in.

A checkpoint is a zip of a pickle and of raw arrays. A pickle names the functions that build what it describes; this
reader knows those for ordered dicts and tensors, supplies its own in their place, and refuses every other name.
"""

from __future__ import annotations

import io
import math
import os
import pickle
import zipfile
from collections import OrderedDict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ModelFileError

__all__ = ["magnet_tensors", "read_state_dict"]

Arrays = dict[str, NDArray[Any]]

_MOST_BYTES = 1 << 30
_MOST_PICKLE_BYTES = 1 << 20
_STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8"}


def read_state_dict(path: str | os.PathLike[str]) -> Arrays:
    """Return the arrays of a state_dict that ``torch.save`` has written, from a file that may be made to harm.

    Raises
    ------
    ModelFileError
        With one line that names the fault.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MOST_BYTES:
                raise ModelFileError("unpacks to more than 1 GiB")
            found = _unpickled(archive)
    except ModelFileError as error:
        raise ModelFileError(f"{path} {error}") from None
    except (OSError, zipfile.BadZipFile) as error:
        what = getattr(error, "strerror", None) or "not a zip file, as PyTorch writes since version 1.6"
        raise ModelFileError(f"{path} is not a PyTorch checkpoint that can be read ({what})") from None
    except Exception as error:  # whatever a damaged pickle raises
        raise ModelFileError(f"{path} is a damaged PyTorch checkpoint ({type(error).__name__})") from None
    if not isinstance(found, dict) or not all(isinstance(value, np.ndarray) for value in found.values()):
        raise ModelFileError(f"{path} is not a state_dict: save model.state_dict() and not the model")
    return {str(name): value for name, value in found.items()}


def _unpickled(archive: zipfile.ZipFile) -> Any:
    pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
    if len(pickles) != 1 or archive.getinfo(pickles[0]).file_size > _MOST_PICKLE_BYTES:
        raise ModelFileError("is not a PyTorch checkpoint: it has no data.pkl of a state_dict's size")
    folder = pickles[0].removesuffix("data.pkl")
    if f"{folder}byteorder" in archive.namelist() and archive.read(f"{folder}byteorder").strip() != b"little":
        raise ModelFileError("was written on a big-endian machine")
    return _Reader(archive, folder, archive.read(pickles[0])).load()


class _Reader(pickle.Unpickler):
    """Unpickles tensors as NumPy arrays and lets in no name but those below."""

    def __init__(self, archive: zipfile.ZipFile, folder: str, content: bytes) -> None:
        super().__init__(io.BytesIO(content))
        self._archive, self._folder = archive, folder

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name in the pickle stands for."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda data, *_: data
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise ModelFileError(f"asks for {f'{module}.{name}'[:80]!a}, which no state_dict needs")

    def persistent_load(self, pid: Any) -> Any:
        """Return the numbers of a storage."""
        kind, dtype, key, _, count = pid
        if kind != "storage" or dtype not in _STORAGES.values() or not str(key).isalnum():
            raise ModelFileError("has a storage of another kind than numbers")
        content = self._archive.read(f"{self._folder}data/{key}")
        return np.frombuffer(content, dtype)[:count]


def _tensor(storage: Any, offset: int, size: tuple[int, ...], stride: tuple[int, ...], *_: Any) -> NDArray[Any]:
    count = math.prod(size)
    steps = [math.prod(size[i + 1 :]) for i in range(len(size))]
    if [s for s, n in zip(stride, size, strict=True) if n > 1] != [
        s for s, n in zip(steps, size, strict=True) if n > 1
    ]:
        raise ModelFileError("has a tensor that is not contiguous")
    if offset < 0 or offset + count > len(storage):
        raise ModelFileError("has a tensor that ends beyond its numbers")
    found: NDArray[Any] = np.array(storage[offset : offset + count]).reshape(size)
    return found


def magnet_tensors(state: Arrays) -> dict[str, NDArray[np.float32]]:
    """Return the state_dict of the MAGNet repository's RNNModel under the names of `magnet2024`.

    Raises
    ------
    ModelFileError
        If it is that of another network.
    """
    names = {
        "batch_norm.weight": "batch_norm.weight",
        "batch_norm.bias": "batch_norm.bias",
        "batch_norm.running_mean": "batch_norm.running_mean",
        "batch_norm.running_var": "batch_norm.running_variance",
        "fc.weight": "dense.0.weight",
        "fc.bias": "dense.0.bias",
    }
    for layer in range(2):
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            names[f"lstm.{part}_l{layer}"] = f"lstm.{layer}.{part}"
    odd = sorted(set(names) ^ (set(state) - {"batch_norm.num_batches_tracked"}))
    if odd:
        raise ModelFileError(f"the checkpoint is not MAGNet's: {odd[0][:60]!a} is missing or has no place in it")
    return {ours: np.ascontiguousarray(state[theirs], np.float32) for theirs, ours in names.items()}
