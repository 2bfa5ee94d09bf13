"""From nothing to sound: a plucked-string piece, a model trained on it, and ten seconds of what the model makes."""

from __future__ import annotations

import math
import shlex
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _ops
from ._version import BITS, __version__
from .audio import SAMPLE_RATE, write_wav
from .plots import draw_training
from .progress import TrainingProgress, duration
from .training import train

__all__ = ["render_piece", "run"]

# Equal temperament by repeated multiplication: + - * / and sqrt are the same on every machine, libm's pow is not.
_SEMITONE = 1.0594630943592953  # 2^(1/12)
_CHORDS = (  # MIDI notes, one an eighth
    (40, 52, 59, 66, 64, 59, 55, 59),  # E minor 9
    (48, 55, 59, 64, 67, 64, 59, 55),  # C major 7
    (43, 50, 59, 62, 67, 62, 59, 55),  # G
    (42, 50, 57, 62, 66, 64, 62, 57),  # D over F sharp
)
_LAST_CHORD = (40, 47, 52, 55, 59, 64)  # E minor, strummed
_EIGHTH = 0.26  # s
_STRUM = 0.035  # s from string to string
_RING = 2.2  # s that a string sounds unless the piece ends before
_SECONDS = 10.0
_PARTIALS = 24
_STIFFNESS = 0.00012  # inharmonicity of a steel string
_PLUCKED_AT = 0.19  # of the string's length
_LOUDNESS = 0.24

_NEXT = """
Listen to both, then try:
  unisono generate {model} -o more.wav --seconds 60 --seed 1 --temperature 1.2
  unisono train YOUR_CLIP.wav -o mine.unisono      10 s to a minute of any sound will do
  unisono generate mine.unisono -o mine.wav --seconds 30"""


def render_piece() -> NDArray[np.float32]:
    """Render 10 s of plucked strings at 44.1 kHz, the same bits on every machine.

    Oscillators, noise, ``exp`` and ``sin`` are the core's; what NumPy does here is to add and multiply float32 values
    one by one, which IEEE 754 fixes.

    Returns
    -------
    ndarray of float32, shape (441000,)
    """
    out = np.zeros(round(_SECONDS * SAMPLE_RATE), np.float32)
    beats = [(i * _EIGHTH, note, i % 8) for i, note in enumerate(note for chord in _CHORDS for note in chord)]
    end = len(beats) * _EIGHTH
    beats += [(end + i * _STRUM, note, 0) for i, note in enumerate(_LAST_CHORD)]
    for index, (start, note, place) in enumerate(beats):
        first = round(start * SAMPLE_RATE)
        loudness = _LOUDNESS * (1.0 if place == 0 else 0.8 if place % 2 == 0 else 0.65)
        string = _pluck(_frequency(note), min(round(_RING * SAMPLE_RATE), len(out) - first), loudness, seed=index)
        out[first : first + len(string)] += string
    return out


def _frequency(note: int) -> float:
    frequency = 440.0
    for _ in range(abs(note - 69)):
        frequency = frequency * _SEMITONE if note > 69 else frequency / _SEMITONE
    return frequency


def _pluck(frequency: float, n: int, loudness: float, seed: int) -> NDArray[np.float32]:
    """Sound one string: decaying, slightly stretched partials, the higher the shorter, after a tick of noise."""
    seconds = np.arange(n, dtype=np.float32) * np.float32(1.0 / SAMPLE_RATE)
    noise = np.asarray(_ops.WhiteNoise(sr=SAMPLE_RATE, seed=seed).process(n))
    out = noise * _decay(seconds, 250.0) * np.float32(0.12 * loudness)
    places = np.asarray([math.pi * _PLUCKED_AT * k for k in range(1, _PARTIALS + 1)], np.float32)
    for k, shape in enumerate(np.asarray(_ops.sin(places)), start=1):
        partial = frequency * k * math.sqrt(1.0 + _STIFFNESS * k * k)
        if partial > 10000.0:
            break
        pitch = np.full(n, partial, np.float32)
        wave = np.asarray(_ops.Sine(sr=SAMPLE_RATE).process(pitch))
        level = np.float32(loudness / k) * shape
        out += wave * _decay(seconds, 1.4 + 0.0045 * partial) * level
    fade = min(n, 1024)  # 23 ms, so that nothing stops with a click
    out[n - fade :] *= np.arange(fade, 0, -1, dtype=np.float32) * np.float32(1.0 / fade)
    return out


def _decay(seconds: NDArray[np.float32], rate: float) -> NDArray[np.float32]:
    return np.asarray(_ops.exp(seconds * np.float32(-rate)))


def run(folder: Path, *, epochs: int | None = None, seed: int = 0, threads: int | None = None) -> None:
    """Do the whole demo and say what was done.

    Parameters
    ----------
    folder : Path
        Made if it does not exist; gets clip.wav, clip.unisono, sound.wav and picture.png.
    epochs : int, optional
        The preset's own number if left out.
    seed : int
        Of the training and of the new sound.
    threads : int, optional
        All processors if left out.

    Raises
    ------
    OSError
        If the folder cannot be made or written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clip = render_piece()
    write_wav(
        folder / "clip.wav", clip, sr=SAMPLE_RATE, recipe={"unisono": __version__, "bits": BITS, "made_by": "demo"}
    )
    print(f"rendered   {folder / 'clip.wav'}: {_SECONDS:g} s of plucked strings")

    began = time.perf_counter()
    with TrainingProgress() as shown:
        model = train(
            clip, sr=SAMPLE_RATE, epochs=epochs, seed=seed, threads=threads, on_epoch=shown.update, name="clip.wav"
        )
    model.save(folder / "clip.unisono")
    took = duration(time.perf_counter() - began)
    print(f"trained    {folder / 'clip.unisono'}: {model.epochs_done} epochs in {took}, model {model.sha256[:12]}")

    how: dict[str, Any] = {"seconds": _SECONDS, "seed": seed, "temperature": 1.0, "phase": "lws"}
    sound = model.generate(**how)
    write_wav(folder / "sound.wav", sound, sr=SAMPLE_RATE, recipe=model.recipe(made_by="generate", **how))
    print(f"generated  {folder / 'sound.wav'}: {_SECONDS:g} s that nobody has played")

    draw_training(folder / "picture.png", losses=model.losses, clip=clip, sound=sound, sr=SAMPLE_RATE)
    print(f"drew       {folder / 'picture.png'}: the loss, and both spectrograms")
    print(_NEXT.format(model=shlex.quote(str(folder / "clip.unisono"))))
