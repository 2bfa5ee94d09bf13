"""The command `unisono sonify`: a picture's sound as a WAV with its recipe, its feature pixels, or the evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

from .audio import SAMPLE_RATE, write_wav
from .cli_common import check_output
from .errors import AudioFileError, PictureFileError
from .facts import level
from .pictures import mark_corners, read_picture
from .sonify import Mapping, sonify, sonify_recipe
from .sonify_evaluate import evaluate_folder

__all__ = ["run"]


def run(
    picture: Path | None,
    output: Path | None,
    *,
    seconds: float,
    mapping: Mapping,
    seed: int,
    plot: Path | None,
    evaluate: Path | None,
    kind: dict[str, Any],
) -> None:
    """Do what the command says; `kind` is what `write_wav` is told about the format."""
    if evaluate is not None:
        if picture or output or plot:
            raise typer.BadParameter("--evaluate takes a folder and neither a picture, nor --output, nor --plot")
        print("\n".join(evaluate_folder(evaluate, seconds=seconds, seed=seed)))
        return
    if picture is None or output is None:
        raise typer.BadParameter("give a picture and --output, or a folder with --evaluate")
    if output.suffix.lower() != ".wav":
        raise AudioFileError(f"{output}: the sound is written as WAV; give a name that ends in .wav")
    if plot is not None and mapping != "classic":
        raise typer.BadParameter("--plot shows feature pixels, which only --mapping classic has")
    for target in (output, plot):
        if target is not None:
            check_output(target, picture)
    if plot is not None and plot.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp"):
        raise PictureFileError(f"{plot}: a picture is written as PNG, JPEG or WebP; give a name that ends in .png")
    pixels = read_picture(picture)
    recipe = sonify_recipe(pixels, picture.name, seconds=seconds, mapping=mapping, seed=seed)
    sound = sonify(pixels, seconds=seconds, mapping=mapping, seed=seed)
    write_wav(output, sound, sr=SAMPLE_RATE, recipe=recipe, **kind)
    _say(output, sound)
    if plot is not None:
        print(f"{plot}: {mark_corners(plot, pixels)} feature pixels")


def _say(output: Path, sound: NDArray[np.float32]) -> None:
    print(
        f"{output}: {len(sound) / SAMPLE_RATE:g} s at {SAMPLE_RATE} Hz, {level(sound)}"
        + ("" if sound.any() else ": the picture has no feature pixels")
    )
