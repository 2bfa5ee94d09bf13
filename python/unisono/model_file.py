"""Model files: safetensors read with suspicion and written in one step, the same bytes in Python and in the browser."""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from .errors import ModelFileError
from .files import atomic_write

__all__ = [
    "ModelFile",
    "model_bytes",
    "model_kind",
    "model_sha256",
    "parse_model",
    "read_model_file",
    "write_model_file",
]

FORMAT = "unisono"
VERSION = "1"
KIND = "magnet"  # the kind of a file, if nobody says another

# Bounds that hold before anything is allocated. The largest preset needs some 12 MB.
_MAX_FILE_BYTES = 1 << 30
_MAX_HEADER_BYTES = 1 << 20
_MAX_TENSORS = 1024
_MAX_DIMENSIONS = 4

Tensors = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class ModelFile:
    """What a model file holds: its tensors by name, and the options it was made with."""

    tensors: Tensors
    options: dict[str, Any]


def model_sha256(tensors: Mapping[str, NDArray[np.float32]]) -> str:
    """Return the SHA-256, in hex, that names a model: equal tensors, equal name, in Python and in the browser.

    Hashed for each tensor in the order of its name's UTF-8 bytes: the name, a zero byte, the number of dimensions and
    each dimension as little-endian 32-bit integers, then the values as little-endian float32.
    """
    digest = hashlib.sha256()
    for name in sorted(tensors, key=str.encode):
        value = np.asarray(tensors[name], dtype="<f4", order="C")
        digest.update(name.encode() + b"\0" + struct.pack(f"<{1 + value.ndim}I", value.ndim, *value.shape))
        digest.update(value.tobytes())
    return digest.hexdigest()


def write_model_file(
    path: str | os.PathLike[str],
    tensors: Mapping[str, NDArray[np.float32]],
    options: Mapping[str, Any],
    *,
    kind: str = KIND,
) -> None:
    """Write a model as safetensors, in one step: after a kill there is the old file or the new one.

    Parameters
    ----------
    path : path
        The file to write.
    tensors : mapping of str to ndarray of float32
        Everything the model is: weights, optimiser state, statistics, primer frames.
    options : mapping
        JSON values; stored as one string in the file's metadata.
    kind : str
        "magnet", "wavenet", or "pairs" for a model of pictures and sounds.

    Raises
    ------
    ModelFileError
        If a tensor holds NaN or infinity; nothing is written then.
    OSError
        If the file cannot be written.
    """
    atomic_write(path, model_bytes(tensors, options, kind=kind))


def model_bytes(tensors: Mapping[str, NDArray[np.float32]], options: Mapping[str, Any], *, kind: str = KIND) -> bytes:
    """Return what `write_model_file` writes."""
    header: dict[str, Any] = {
        "__metadata__": {
            "format": FORMAT,
            "kind": kind,
            "options": json.dumps(dict(options), sort_keys=True, allow_nan=False),
            "version": VERSION,
        }
    }
    parts: list[bytes] = []
    offset = 0
    for name in sorted(tensors, key=str.encode):
        value = np.asarray(tensors[name], dtype="<f4", order="C")
        if not np.isfinite(value).all():
            raise ModelFileError(f"the model was not written: its tensor {name} holds NaN or infinity")
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + value.nbytes]}
        parts.append(value.tobytes())
        offset += value.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the values start on a multiple of 8, as the format asks
    return b"".join([struct.pack("<Q", len(text)), text, *parts])


def read_model_file(path: str | os.PathLike[str], *, kind: str = KIND) -> ModelFile:
    """Read a model file of one kind that may be damaged or made to harm.

    Sizes are checked against the file before anything is allocated; the header may hold no name twice, no tensor that
    overlaps another or leaves a hole, no type but float32; every value must be finite.

    Raises
    ------
    ModelFileError
        With one line that names the fault.
    """
    path = Path(path)
    try:
        if not path.is_file():
            what = "is a folder, not a model" if path.is_dir() else "does not exist"
            raise ModelFileError(f"{path} {what}")
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise ModelFileError(f"{path} is larger than {_MAX_FILE_BYTES >> 20} MiB: not a Unisono model")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be opened ({getattr(error, 'strerror', None) or error})") from error
    try:
        return parse_model(content, kind=kind)
    except ModelFileError as error:
        raise ModelFileError(f"{path} {error}") from None


def model_kind(path: str | os.PathLike[str]) -> str:
    """Return the kind that a model file says it is; "" if it says nothing that can be read."""
    try:
        with open(path, "rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header, _ = _split(struct.pack("<Q", size) + file.read(min(size, _MAX_HEADER_BYTES)))
    except (OSError, ValueError, struct.error, ModelFileError):
        return ""
    metadata = header.get("__metadata__")
    return str(metadata.get("kind")) if isinstance(metadata, dict) else ""


def parse_model(content: bytes, *, kind: str = KIND) -> ModelFile:
    """Do the work of `read_model_file` on the file's bytes; the errors' lines lack the file's name."""
    header, values = _split(content)
    options = _options(header.pop("__metadata__", None), kind)
    spans = sorted((_span(name, entry), name) for name, entry in header.items())
    end = 0
    tensors: Tensors = {}
    for (first, last, shape), name in spans:
        if first != end:
            raise _damaged(f"tensor {_shown(name)} {'overlaps another' if first < end else 'leaves a hole before it'}")
        if last > len(values):
            raise _damaged(f"tensor {_shown(name)} ends beyond the file, which may be cut off")
        end = last
        value = np.frombuffer(values[first:last], dtype="<f4").astype(np.float32).reshape(shape)
        if not np.isfinite(value).all():
            raise _damaged(f"tensor {_shown(name)} holds NaN or infinity")
        tensors[name] = value
    if end != len(values):
        raise _damaged(f"{len(values) - end} bytes belong to no tensor")
    return ModelFile(tensors, options)


def _damaged(what: str) -> ModelFileError:
    return ModelFileError(f"is damaged: {what}")


def _shown(name: str) -> str:
    """Quote a name out of a file so that it stays short and on one line."""
    return ascii(name if len(name) <= 60 else name[:57] + "...")


def _split(content: bytes) -> tuple[dict[str, Any], memoryview]:
    """Return the parsed header and the bytes of the values."""
    if len(content) < 8:
        raise ModelFileError("is not a Unisono model (it is empty)" if not content else "is not a Unisono model")
    (size,) = struct.unpack_from("<Q", content)
    if size > len(content) - 8 or size > _MAX_HEADER_BYTES:
        raise ModelFileError("is not a Unisono model, or is cut off (its header does not fit the file)")
    try:
        header = json.loads(
            content[8 : 8 + size].decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant
        )
    except RecursionError:
        raise _damaged("its header is nested too deeply") from None
    except ValueError:  # not UTF-8, or not JSON
        raise ModelFileError("is not a Unisono model (its header is not JSON)") from None
    if not isinstance(header, dict):
        raise _damaged("its header is not an object")
    if len(header) > _MAX_TENSORS:
        raise _damaged(f"it names {len(header)} tensors")
    return header, memoryview(content)[8 + size :]


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _damaged("its header names something twice")
    return result


def _no_constant(name: str) -> NoReturn:
    raise _damaged(f"its header holds {name}")


def _options(metadata: Any, kind: str) -> dict[str, Any]:
    """Check format, version and kind, and return the options."""
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise ModelFileError("is not a Unisono model (a safetensors file of something else)")
    if metadata.get("version") != VERSION:
        raise ModelFileError(
            f"has version {_shown(str(metadata.get('version')))}; this Unisono reads version {VERSION}"
        )
    if metadata.get("kind") != kind:
        raise ModelFileError(f"is a model of kind {_shown(str(metadata.get('kind')))}, not {kind!r}")
    try:
        options = json.loads(metadata["options"], object_pairs_hook=_no_twins, parse_constant=_no_constant)
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _damaged("its options are not JSON") from None
    if not isinstance(options, dict):
        raise _damaged("its options are not an object")
    return options


def _span(name: str, entry: Any) -> tuple[int, int, tuple[int, ...]]:
    """Return first byte, last byte (exclusive) and shape of one tensor, checked against each other."""
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise _damaged(f"tensor {_shown(name)} is not described by dtype, shape and data_offsets")
    if entry["dtype"] != "F32":
        raise _damaged(f"tensor {_shown(name)} has type {_shown(str(entry['dtype']))}, not 'F32'")
    shape, offsets = entry["shape"], entry["data_offsets"]
    if not _are_counts(shape) or len(shape) > _MAX_DIMENSIONS:
        raise _damaged(f"tensor {_shown(name)} has an impossible shape")
    if not _are_counts(offsets) or len(offsets) != 2 or offsets[1] - offsets[0] != 4 * math.prod(shape):
        raise _damaged(f"tensor {_shown(name)} does not have the bytes its shape asks for")
    return offsets[0], offsets[1], tuple(shape)


def _are_counts(values: Any) -> bool:
    """Tell whether `values` is a list of integers from 0 to the largest file size."""
    return isinstance(values, list) and all(type(v) is int and 0 <= v <= _MAX_FILE_BYTES for v in values)
