"""Reads and writes ``.keras`` files: safe mode, known layers only, the rest of a Unisono model beside the network."""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import ModelFileError
from .files import atomic_write
from .keras_network import require_keras
from .model_file import ModelFile, parse_model

__all__ = ["read_keras", "write_keras"]

# A .keras file is a zip of these; the last is ours, and Keras passes over it.
_CONFIG, _ORIGIN = "config.json", "unisono.safetensors"
_MEMBERS = {"metadata.json", _CONFIG, "model.weights.h5", _ORIGIN}
_MOST_BYTES = 1 << 30
_MOST_CONFIG_BYTES = 1 << 20

# What a file may ask Keras to make: layers without code of their own, and the plain objects that describe them.
_LAYERS = {
    "Functional", "Sequential", "Model", "InputLayer", "BatchNormalization", "LSTM", "LSTMCell", "Dense", "Dropout",
    "Activation", "TimeDistributed", "DTypePolicy", "__keras_tensor__",
}  # fmt: skip
_MODULES = {"keras.initializers", "keras.regularizers", "keras.constraints"}


def read_keras(path: str | os.PathLike[str]) -> tuple[Any, ModelFile | None]:
    """Load a Keras model in safe mode, from a file that may be damaged or made to harm.

    Returns
    -------
    tuple
        The Keras model, not compiled, and what `write_keras` put beside it, or None.

    Raises
    ------
    ModelFileError
        With one line that names the fault.
    MissingPackageError
        If Keras is not installed.
    """
    keras, _ = require_keras()
    try:
        origin = _checked(Path(path))
    except ModelFileError as error:
        raise ModelFileError(f"{path} {error}") from None
    except (OSError, zipfile.BadZipFile, ValueError, RecursionError, NotImplementedError, RuntimeError) as error:
        what = getattr(error, "strerror", None) or "not a zip file in Keras 3's format, or damaged"
        raise ModelFileError(f"{path} is not a .keras file that can be read ({what})") from None
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True), origin
    except Exception as error:  # whatever a hostile file brings Keras to raise
        line = next((text.strip() for text in str(error).splitlines() if text.strip()), type(error).__name__)
        raise ModelFileError(f"{path} is refused by Keras: {line[:200]}") from None


def _checked(path: Path) -> ModelFile | None:
    """Refuse what no model of ours needs, before Keras sees the file."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if not set(names) <= _MEMBERS or len(set(names)) != len(names):
            odd = next((name for name in names if name not in _MEMBERS), "a file twice")
            raise ModelFileError(f"holds {odd[:60]!a}, which a Keras model of these layers does not need")
        if sum(member.file_size for member in members) > _MOST_BYTES:
            raise ModelFileError("unpacks to more than 1 GiB")
        if _CONFIG not in names or archive.getinfo(_CONFIG).file_size > _MOST_CONFIG_BYTES:
            raise ModelFileError("has no config.json of a size that a network's description has")
        for name, module in _classes(json.loads(archive.read(_CONFIG)).get("config")):
            if name not in _LAYERS and module not in _MODULES:
                raise ModelFileError(f"asks for {name[:60]!a}; only the layers of the three presets are loaded")
        return parse_model(archive.read(_ORIGIN)) if _ORIGIN in names else None


def _classes(config: Any) -> Iterator[tuple[str, str]]:
    """Yield (class, module) of every object that a configuration asks for."""
    if isinstance(config, dict):
        if "class_name" in config:
            yield str(config["class_name"]), str(config.get("module"))
        for value in config.values():
            yield from _classes(value)
    elif isinstance(config, list):
        for value in config:
            yield from _classes(value)


def write_keras(path: str | os.PathLike[str], keras_model: Any, origin: bytes) -> None:
    """Write a Keras model, and beside the network the model file `origin`, in one step.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "model.keras"
        keras_model.save(whole)
        content = io.BytesIO(whole.read_bytes())
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr(_ORIGIN, origin)
    atomic_write(path, content.getvalue())
