"""What there is to say about models, sounds and evaluations, as plain lines that are safe to print."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .audio import peak_db, read_audio, read_recipe
from .evaluate import Evaluation
from .magnet import load
from .model_file import model_kind
from .pairs import PictureModel, load_pairs
from .trained_model import EpochModel

__all__ = ["evaluation_lines", "facts_of", "is_model", "level", "plain"]

_LONGEST_LINE = 500


def is_model(path: Path) -> bool:
    """Tell a model from a sound: in safetensors the ninth byte opens a JSON object."""
    try:
        with path.open("rb") as file:
            return file.read(9)[8:] == b"{"
    except (OSError, ValueError):
        return path.suffix == ".unisono"


def facts_of(path: Path) -> dict[str, Any]:
    """Return what a model or sound file is and how it was made, by name, in the order to be shown.

    Raises
    ------
    ModelFileError, AudioFileError
        If the file cannot be read.
    """
    if not is_model(path):
        return _sound_facts(path)
    return _pairs_facts(path) if model_kind(path) == PictureModel.kind else _model_facts(path)


def _model_facts(path: str | os.PathLike[str]) -> dict[str, Any]:
    model = load(path, threads=1)
    core = model.core
    return {
        **_training_facts("a Unisono model", model),
        "network": f"{core.layers()} layers of {core.hidden_size()}",
        "frames": f"{core.n_fft()} points, window {core.win_length()}, hop {core.hop_length()}",
    }


def _pairs_facts(path: str | os.PathLike[str]) -> dict[str, Any]:
    return _training_facts("a Unisono model of pictures and their sounds", load_pairs(path, threads=1))


def _training_facts(what: str, model: EpochModel[Any]) -> dict[str, Any]:
    options = model.options
    losses = options.pop("losses")
    return {
        "what": what,
        "model_sha256": model.sha256,
        **{key: options[key] for key in sorted(options)},
        "epochs_done": model.epochs_done,
        "first_loss": losses[0] if losses else None,
        "last_loss": losses[-1] if losses else None,
        "parameters": model.core.parameter_count(),
    }


def _sound_facts(path: Path) -> dict[str, Any]:
    clip = read_audio(path, sr=None)
    recipe = read_recipe(path)
    return {
        "what": "a sound made by Unisono" if recipe else "a sound, not made by Unisono",
        "length": f"{clip.seconds:.3f} s",
        "rate": f"{clip.source_sr} Hz",
        "channels": clip.channels,
        "level": level(clip.samples),
        **(recipe or {}),
    }


def level(samples: Any) -> str:
    """Say how loud the loudest sample is."""
    peak = peak_db(samples)
    return "silent" if peak == float("-inf") else f"peak {peak:.1f} dB"


def plain(value: Any) -> str:
    """Show a value out of a file on one line, with nothing in it that a terminal would obey."""
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(c if c.isprintable() else "?" for c in text[:_LONGEST_LINE])


def evaluation_lines(result: Evaluation) -> list[str]:
    """Return an evaluation as a table with what each figure means."""

    def verdict(good: bool) -> str:
        return "yes" if good else "NO"

    return [
        f"spectral distance   {result.spectral_distance:6.2f} dB  between the mean log-mel spectra",
        f"nearest frames      {result.nearest_distance:6.2f} dB  mean of the next two",
        f"  output to clip    {result.nearest_output:6.2f} dB  is all of it like the clip?",
        f"  clip to output    {result.nearest_clip:6.2f} dB  is all of the clip in it?",
        f"quietest 5 s        {result.rms_low:+6.2f} dB  beside the clip's quietest",
        f"loudest 5 s         {result.rms_high:+6.2f} dB  beside the clip's loudest; "
        f"both within 6 dB: {verdict(result.level_holds)}",
        f"spectral flux       {result.flux_ratio:6.2f}     of the clip's, within twofold: {verdict(result.moves)}",
        f"copied              {100 * result.copy_share:6.1f} %   in runs of half a second or more",
    ]
