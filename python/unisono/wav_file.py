"""WAV files: samples out as whole numbers or floats, with the recipe that makes them again; and the recipe back."""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from . import _ops
from .errors import AudioFileError
from .files import atomic_write, check_readable

__all__ = ["WavFormat", "as_stored", "read_recipe", "read_stored", "write_wav"]

WavFormat = Literal["pcm16", "pcm24", "float"]
_FORMATS = {"pcm16": (1, 2), "pcm24": (1, 3), "float": (3, 4)}  # the WAV's number for the kind, bytes a sample
_SUBTYPES: dict[str, WavFormat] = {"PCM_16": "pcm16", "PCM_24": "pcm24", "FLOAT": "float"}  # as soundfile names them
_MAX_CHANNELS = 64
_BLOCK = 1 << 18  # samples of a channel written at once
_MAX_RECIPE_BYTES = 1 << 22  # an hour at the sliders


def write_wav(
    path: str | os.PathLike[str],
    samples: NDArray[np.float32],
    *,
    sr: int,
    recipe: Mapping[str, Any] | None = None,
    format: WavFormat = "pcm16",
    dither: int | None = None,
) -> None:
    """Write samples as a WAV file whose comment says how to make it again.

    The bytes of the file follow from the arguments alone: samples become whole numbers in the core's ``to_pcm``, and
    the recipe is JSON with sorted keys in an ICMT chunk after the samples, where every player and tagger finds it.

    Parameters
    ----------
    path : path
        The file to write; replaced in one step, never left half-written.
    samples : ndarray of float32, shape (n,) or (n, channels)
        Full scale is 1; what lies beyond is clipped, unless the format is "float".
    sr : int, Hz
        The rate to write into the file.
    recipe : mapping, optional
        What `read_recipe` gives back; JSON values only. With dither its seed is added, as "dither".
    format : str
        "pcm16", "pcm24", or "float", which keeps the samples as they are.
    dither : int, optional
        A seed: noise of one step keeps the rounding of "pcm16" or "pcm24" from following the sound.

    Raises
    ------
    ParameterError
        If `samples` have other dimensions, `sr` cannot be written, or the format is unknown or cannot be dithered.
    AudioFileError
        If the sound does not fit a WAV file (4 GiB).
    OSError
        If the file cannot be written.
    """
    if not 1 <= sr < 1 << 31:
        raise _ops.ParameterError(f"sr: got {sr}; must be from 1 to 2147483647")
    if np.ndim(samples) not in (1, 2):
        raise _ops.ParameterError(f"samples: got shape {np.shape(samples)}; must have 1 or 2 dimensions")
    channels = samples.shape[1] if np.ndim(samples) == 2 else 1
    if not 1 <= channels <= _MAX_CHANNELS:
        raise _ops.ParameterError(f"samples: got {channels} channels; must be from 1 to {_MAX_CHANNELS}")
    _check_format(format, dither)
    kind, size = _FORMATS[format]
    frame = size * channels
    if sr * frame >= 1 << 32:
        raise _ops.ParameterError(f"sr: got {sr}; too high for {channels} channels in a WAV file")
    head = _chunk(b"fmt ", struct.pack("<HHIIHH", kind, channels, sr, frame * sr, frame, 8 * size))
    if format == "float":  # whose head is longer, as the standard has it
        head = _chunk(b"fmt ", head[8:] + b"\0\0") + _chunk(b"fact", struct.pack("<I", len(samples)))
    tags = b"" if recipe is None else _comment(recipe if dither is None else {**recipe, "dither": dither})
    data = frame * len(samples)
    tags = b"\0" * (data % 2) + tags
    if data + len(tags) + 64 >= 1 << 32:
        raise AudioFileError(f"{len(samples)} samples do not fit a WAV file")
    begin = b"WAVE" + head + struct.pack("<4sI", b"data", data)
    begin = struct.pack("<4sI", b"RIFF", len(begin) + data + len(tags)) + begin
    atomic_write(path, chain([begin], _encoded(samples, format, dither), [tags]))


def _encoded(samples: NDArray[np.float32], format: WavFormat, dither: int | None) -> Iterator[bytes]:
    """The samples as they stand in the file, in blocks: in one if dithered, whose noise counts from the beginning."""
    step = _BLOCK if dither is None else max(1, len(samples))
    for at in range(0, len(samples), step):
        numbers = as_stored(samples[at : at + step].reshape(-1), format, dither)
        yield numbers.astype("<i4", copy=False).view(np.uint8).reshape(-1, 4)[:, : _FORMATS[format][1]].tobytes()


def _check_format(format: str, dither: int | None) -> None:
    if format not in _FORMATS:
        raise _ops.ParameterError(f"format: got {format!r}; must be one of {', '.join(_FORMATS)}")
    if format == "float" and dither is not None:
        raise _ops.ParameterError("dither: the format 'float' is not rounded")


def as_stored(samples: NDArray[np.float32], format: WavFormat, dither: int | None) -> NDArray[np.int32]:
    """Return samples as they stand in a WAV file: whole numbers of 16 or 24 bits, or the bits of the floats."""
    _check_format(format, dither)
    if format == "float":
        return np.ascontiguousarray(samples, np.float32).view(np.int32)
    return np.asarray(_ops.to_pcm(samples, bits=int(format[3:]), dither=dither is not None, seed=dither or 0))


def read_stored(path: Path, *, sr: int, channels: int) -> tuple[WavFormat, NDArray[np.int32]]:
    """Return a WAV file's format and its samples as `as_stored` gives them, channels interleaved.

    Raises
    ------
    AudioFileError
        If the file is none that `write_wav` writes, or has another rate or number of channels.
    """
    import soundfile

    with soundfile.SoundFile(os.fspath(path)) as file:
        format = _SUBTYPES.get(file.subtype) if file.format == "WAV" else None
        if format is None or (file.channels, file.samplerate) != (channels, sr):
            kind = {1: "mono", 2: "stereo"}.get(channels, f"{channels}-channel")
            raise AudioFileError(f"{path} is no longer a {kind} WAV of ours at {sr} Hz: it was converted")
        if format == "float":
            return format, file.read(dtype="float32").reshape(-1).view(np.int32)
        return format, file.read(dtype="int32").reshape(-1) >> (32 - int(format[3:]))


def _comment(recipe: Mapping[str, Any]) -> bytes:
    text = json.dumps(dict(recipe), sort_keys=True, ensure_ascii=True, allow_nan=False).encode() + b"\0"
    return _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", text))


def _chunk(name: bytes, content: bytes) -> bytes:
    """One RIFF chunk: name, size, content, and a zero byte when the content is of odd length."""
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def read_recipe(path: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return the recipe that `write_wav` put into a sound file, or None when it carries none.

    Raises
    ------
    AudioFileError
        If the file cannot be read as a sound file.
    """
    path = Path(path)
    check_readable(path)
    try:
        recipe = json.loads(_find_comment(path))
    except (ValueError, RecursionError):  # somebody else's comment
        return None
    return recipe if isinstance(recipe, dict) and "unisono" in recipe else None


def _find_comment(path: Path) -> bytes:
    """The text of the first ICMT chunk; nothing when there is none, or too much of it."""
    with path.open("rb") as file:
        form = file.read(12)
        if form[:4] != b"RIFF" or form[8:] != b"WAVE":
            _check_sound(path)
            return b""
        while len(head := file.read(8)) == 8:
            name, size = head[:4], int.from_bytes(head[4:], "little")
            if name == b"LIST" and file.read(4) == b"INFO":
                continue  # the chunks inside follow
            if name == b"ICMT":
                return file.read(size).partition(b"\0")[0] if size <= _MAX_RECIPE_BYTES else b""
            file.seek(size + size % 2 - (4 if name == b"LIST" else 0), os.SEEK_CUR)
    return b""


def _check_sound(path: Path) -> None:
    """Refuse what is no sound at all; of other kinds of sound files none carries a recipe."""
    import soundfile

    try:
        soundfile.info(os.fspath(path))
    except (soundfile.SoundFileError, TypeError) as error:
        raise AudioFileError(f"{path} cannot be read as a sound file") from error
