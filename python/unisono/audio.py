"""Sound files: any rate, channels and format in as mono float32; 16-bit WAV with its recipe out."""

from __future__ import annotations

import hashlib
import json
import math
import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from . import _ops
from .errors import AudioFileError
from .files import atomic_write

if TYPE_CHECKING:
    import soundfile

__all__ = ["SAMPLE_RATE", "Clip", "clip_sha256", "read_audio", "read_recipe", "write_wav"]

SAMPLE_RATE = 44100
"""Hz. Every sound is brought to this rate before it is trained on or analysed."""

# A header can promise anything; these bounds are on what is really decoded. An hour of mono at 44.1 kHz is 635 MB.
_MAX_SAMPLES = 3600 * SAMPLE_RATE
_RATES = (1000, 768_000)
_MAX_CHANNELS = 64
_BLOCK = 65536
_MAX_RECIPE_CHARS = 65536


@dataclass(frozen=True)
class Clip:
    """A sound as read from a file.

    Attributes
    ----------
    samples : ndarray of float32, shape (n,)
        Mono samples at `sr`; full scale is 1.
    sr : int
        Hz, after resampling.
    name : str
        The file's name without its folder.
    source_sr : int
        Hz, in the file.
    channels : int
        Channels in the file; more than one were averaged.
    """

    samples: NDArray[np.float32]
    sr: int
    name: str
    source_sr: int
    channels: int

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sr

    @property
    def sha256(self) -> str:
        """See `clip_sha256`."""
        return clip_sha256(self.samples)

    def changes(self) -> list[str]:
        """Return what was done to the sound on the way in, as phrases; none when it is as it was in the file."""
        done = []
        if self.channels > 1:
            done.append(f"{self.channels} channels averaged to mono")
        if self.source_sr != self.sr:
            done.append(f"resampled from {self.source_sr} to {self.sr} Hz")
        return done


def clip_sha256(samples: NDArray[np.float32]) -> str:
    """Return the SHA-256, in hex, of the samples' little-endian float32 bytes."""
    return hashlib.sha256(np.ascontiguousarray(samples, dtype="<f4").tobytes()).hexdigest()


def read_audio(path: str | os.PathLike[str], *, sr: int | None = SAMPLE_RATE) -> Clip:
    """Read a sound file (WAV, FLAC, OGG, MP3 and what else libsndfile knows) as mono float32 at `sr`.

    Channels are averaged. Another rate is resampled by soxr ("HQ"). Decoding and resampling happen in libraries,
    outside the promise of equal bits, which begins at the samples returned.

    Parameters
    ----------
    path : path
        The sound file.
    sr : int or None, Hz
        The rate wanted, 1000 to 768000; None keeps the file's own.

    Returns
    -------
    Clip
        The samples, and what the file held.

    Raises
    ------
    ParameterError
        If `sr` is out of range.
    AudioFileError
        If the file is missing, is no sound file, is damaged, empty, longer than an hour, or holds NaN or infinity.
    """
    import soundfile

    if sr is not None and not _RATES[0] <= sr <= _RATES[1]:
        raise _ops.ParameterError(f"sr: got {sr}; must be from {_RATES[0]} to {_RATES[1]}")
    path = Path(path)
    _check_readable(path)
    try:
        with soundfile.SoundFile(os.fspath(path)) as file:
            mono, source_sr, channels = _decode(file, path)
    except (soundfile.SoundFileError, TypeError) as error:  # TypeError: a name ending in .raw
        reason = str(error).rpartition(": ")[2].rstrip(".") or "unknown format"
        raise AudioFileError(f"{path} cannot be read as a sound file ({reason})") from error
    if len(mono) == 0:
        raise AudioFileError(f"{path} holds no samples")
    bad = np.flatnonzero(~np.isfinite(mono))
    if len(bad):
        raise AudioFileError(f"{path} holds NaN or infinity, first at {bad[0] / source_sr:.3f} s")
    target_sr = sr or source_sr
    return Clip(_resample(mono, source_sr, target_sr, path), target_sr, path.name, source_sr, channels)


def _check_readable(path: Path) -> None:
    """Raise AudioFileError unless `path` is a plain, non-empty file that may be opened."""
    try:
        if not path.is_file():
            what = "is a folder, not a sound file" if path.is_dir() else "does not exist"
            raise AudioFileError(f"{path} {what}")
        with path.open("rb") as file:
            if not file.read(1):
                raise AudioFileError(f"{path} is empty")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise AudioFileError(f"{path!s} cannot be opened ({getattr(error, 'strerror', None) or error})") from error


def _decode(file: soundfile.SoundFile, path: Path) -> tuple[NDArray[np.float32], int, int]:
    """Decode block by block, trusting what comes and never the length that the header promises."""
    rate, channels = int(file.samplerate), int(file.channels)
    if not _RATES[0] <= rate <= _RATES[1]:
        raise AudioFileError(f"{path} says its rate is {rate} Hz; {_RATES[0]} to {_RATES[1]} can be read")
    if channels > _MAX_CHANNELS:
        raise AudioFileError(f"{path} says it has {channels} channels; up to {_MAX_CHANNELS} can be read")
    blocks: list[NDArray[np.float32]] = []
    total = 0
    while True:
        block = file.read(_BLOCK, dtype="float32", always_2d=True)
        if len(block) == 0:
            break
        total += len(block)
        if total > _MAX_SAMPLES:
            raise AudioFileError(f"{path} is too long: up to an hour at {SAMPLE_RATE} Hz can be read")
        blocks.append(block[:, 0] if channels == 1 else block.mean(axis=1, dtype=np.float32))
    mono = np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
    return np.ascontiguousarray(mono), rate, channels


def _resample(mono: NDArray[np.float32], source_sr: int, sr: int, path: Path) -> NDArray[np.float32]:
    if source_sr == sr:
        return mono
    if len(mono) * sr / source_sr > _MAX_SAMPLES:
        raise AudioFileError(f"{path} is too long: up to an hour can be read")
    import soxr

    return np.ascontiguousarray(soxr.resample(mono, source_sr, sr, quality="HQ"), dtype=np.float32)


def write_wav(
    path: str | os.PathLike[str],
    samples: NDArray[np.float32],
    *,
    sr: int,
    recipe: Mapping[str, Any] | None = None,
) -> None:
    """Write samples as a 16-bit WAV file whose comment says how to make it again.

    The bytes of the file follow from the arguments alone: samples go through the core's ``to_pcm16``, and the recipe
    is JSON with sorted keys in an ICMT chunk after the samples, where every player and tagger finds it.

    Parameters
    ----------
    path : path
        The file to write; replaced in one step, never left half-written.
    samples : ndarray of float32, shape (n,) or (n, channels)
        Full scale is 1; what lies beyond is clipped.
    sr : int, Hz
        The rate to write into the file.
    recipe : mapping, optional
        What `read_recipe` gives back; JSON values only.

    Raises
    ------
    ParameterError
        If `samples` have other dimensions, or `sr` cannot be written.
    AudioFileError
        If the sound does not fit a WAV file (4 GiB).
    OSError
        If the file cannot be written.
    """
    if not 1 <= sr < 1 << 31:
        raise _ops.ParameterError(f"sr: got {sr}; must be from 1 to 2147483647")
    channels = samples.shape[1] if np.ndim(samples) == 2 else 1
    if not 1 <= channels <= _MAX_CHANNELS:
        raise _ops.ParameterError(f"samples: got {channels} channels; must be from 1 to {_MAX_CHANNELS}")
    flat = samples.reshape(-1) if np.ndim(samples) == 2 else samples
    data = np.asarray(_ops.to_pcm16(flat)).astype("<i2", copy=False).tobytes()
    tags = b""
    if recipe is not None:
        text = json.dumps(dict(recipe), sort_keys=True, ensure_ascii=True, allow_nan=False).encode() + b"\0"
        tags = _chunk(b"LIST", b"INFO" + _chunk(b"ICMT", text))
    frame = 2 * channels
    if sr * frame >= 1 << 32:
        raise _ops.ParameterError(f"sr: got {sr}; too high for {channels} channels in a WAV file")
    form = struct.pack("<HHIIHH", 1, channels, sr, frame * sr, frame, 16)  # PCM; bytes a second, bytes a frame, bits
    if len(data) + len(tags) + 64 >= 1 << 32:
        raise AudioFileError(f"{len(samples)} samples do not fit a WAV file")
    atomic_write(path, _chunk(b"RIFF", b"WAVE" + _chunk(b"fmt ", form) + _chunk(b"data", data) + tags))


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
    import soundfile

    path = Path(path)
    _check_readable(path)
    try:
        with soundfile.SoundFile(os.fspath(path)) as file:
            comment = str(file.comment)
    except (soundfile.SoundFileError, TypeError) as error:
        raise AudioFileError(f"{path} cannot be read as a sound file") from error
    if len(comment) > _MAX_RECIPE_CHARS:
        return None
    try:
        recipe = json.loads(comment)
    except (ValueError, RecursionError):  # somebody else's comment
        return None
    return recipe if isinstance(recipe, dict) and "unisono" in recipe else None


def peak_db(samples: NDArray[np.float32]) -> float:
    """Return the largest magnitude in dB of full scale; minus infinity for silence or nothing."""
    peak = float(np.max(np.abs(samples), initial=0.0))
    return 20.0 * math.log10(peak) if peak > 0 else -math.inf
