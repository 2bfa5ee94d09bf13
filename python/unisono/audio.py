"""Sound files of any rate, channels and format in as mono float32."""

from __future__ import annotations

import math
import os
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import _ops
from .errors import AudioFileError
from .files import check_readable
from .wav_file import read_recipe, write_wav

if TYPE_CHECKING:
    import soundfile

__all__ = ["SAMPLE_RATE", "Clip", "clip_sha256", "read_audio", "read_recipe", "write_wav"]

SAMPLE_RATE = 44100
"""Hz. Every sound is brought to this rate before it is trained on or analysed."""

# A header can promise anything; this bound is on what is really decoded. An hour of mono at 44.1 kHz is 635 MB.
_MAX_SAMPLES = 3600 * SAMPLE_RATE
_RATES = (1000, 768_000)
_MAX_CHANNELS = 64
_BLOCK = 65536


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
    import hashlib  # loads OpenSSL: not when the package is imported

    return hashlib.sha256(np.ascontiguousarray(samples, dtype="<f4").data).hexdigest()


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
    check_readable(path)
    try:
        with soundfile.SoundFile(os.fspath(path)) as file:
            return _decoded(file, path, sr)
    except (soundfile.SoundFileError, TypeError) as error:  # TypeError: a name ending in .raw
        reason = str(error).rpartition(": ")[2].rstrip(".") or "unknown format"
        raise AudioFileError(f"{path} cannot be read as a sound file ({reason})") from error


def _decoded(file: soundfile.SoundFile, path: Path, sr: int | None) -> Clip:
    """Decode and resample block by block, trusting what comes and never the length that the header promises."""
    rate, channels = int(file.samplerate), int(file.channels)
    if not _RATES[0] <= rate <= _RATES[1]:
        raise AudioFileError(f"{path} says its rate is {rate} Hz; {_RATES[0]} to {_RATES[1]} can be read")
    if channels > _MAX_CHANNELS:
        raise AudioFileError(f"{path} says it has {channels} channels; up to {_MAX_CHANNELS} can be read")
    resampled = _resampler(rate, sr or rate)
    samples = array("f")  # grows where it lies: a long sound is never there twice
    total, last = 0, False
    while not last:
        block = file.read(_BLOCK, dtype="float32", always_2d=True)
        mono = block[:, 0] if channels == 1 else block.mean(axis=1, dtype=np.float32)
        bad = np.flatnonzero(~np.isfinite(mono))
        if len(bad):
            raise AudioFileError(f"{path} holds NaN or infinity, first at {(total + bad[0]) / rate:.3f} s")
        total, last = total + len(block), len(block) == 0
        samples.frombytes(resampled(mono, last).tobytes())
        if max(total * SAMPLE_RATE / rate, len(samples)) > _MAX_SAMPLES:
            raise AudioFileError(f"{path} is too long: up to an hour can be read")
    if total == 0:
        raise AudioFileError(f"{path} holds no samples")
    return Clip(np.asarray(samples), sr or rate, path.name, rate, channels)


def _resampler(rate: int, sr: int) -> Callable[[NDArray[np.float32], bool], NDArray[np.float32]]:
    """What turns block after block from one rate to another, told which block is the last."""
    if rate == sr:
        return lambda block, _last: block
    import soxr

    stream = soxr.ResampleStream(rate, sr, 1, dtype="float32", quality="HQ")
    return lambda block, last: np.asarray(stream.resample_chunk(block, last), np.float32)


def peak_db(samples: NDArray[np.float32]) -> float:
    """Return the largest magnitude in dB of full scale; minus infinity for silence or nothing."""
    peak = max(float(np.max(samples, initial=0.0)), -float(np.min(samples, initial=0.0)))
    return 20.0 * math.log10(peak) if peak > 0 else -math.inf
