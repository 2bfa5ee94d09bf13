"""The command `unisono sonify`: a picture's sound as a WAV with its recipe, its feature pixels, or the evaluation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

from ._ops import blend_pictures
from .audio import write_wav
from .cli_common import check_output
from .errors import AudioFileError, PictureFileError
from .facts import level
from .pairs import load_pairs
from .pairs_evaluate import evaluate_pairs_folder
from .pictures import mark_corners, picture_sha256, read_picture
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
    model: Path | None,
    blend: Path | None,
    amount: float,
    plot: Path | None,
    evaluate: Path | None,
    kind: dict[str, Any],
) -> None:
    """Do what the command says; `kind` is what `write_wav` is told about the format."""
    if (mapping == "learned") != (model is not None):
        raise typer.BadParameter("--mapping learned and --model go together: a model of unisono train --pairs")
    if blend is not None and model is None:
        raise typer.BadParameter("--blend goes with --mapping learned")
    if evaluate is not None:
        if picture or output or plot or blend:
            raise typer.BadParameter("--evaluate takes a folder and neither a picture, nor --output, --plot or --blend")
        print("\n".join(_evaluation(evaluate, model, seconds=seconds, seed=seed)))
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
    loaded = None if model is None else load_pairs(model)
    how: dict[str, Any] = {"seconds": seconds, "mapping": mapping, "seed": seed, "model": loaded}
    recipe = sonify_recipe(pixels, picture.name, **how)
    seen = pixels
    if blend is not None:
        other = read_picture(blend)
        seen = blend_pictures(pixels, other, amount=amount)
        recipe |= {"blend": blend.name, "blend_sha256": picture_sha256(other), "amount": amount}
    sound = sonify(seen, **how)
    write_wav(output, sound, sr=recipe["sr"], recipe=recipe, **kind)
    _say(output, sound, recipe["sr"])
    if plot is not None:
        print(f"{plot}: {mark_corners(plot, pixels)} feature pixels")


def _evaluation(folder: Path, model: Path | None, *, seconds: float, seed: int) -> list[str]:
    if model is None:
        return evaluate_folder(folder, seconds=seconds, seed=seed)
    return evaluate_pairs_folder(folder, load_pairs(model), seconds=seconds, seed=seed)


def _say(output: Path, sound: NDArray[np.float32], sr: int) -> None:
    print(
        f"{output}: {len(sound) / sr:g} s at {sr} Hz, {level(sound)}"
        + ("" if sound.any() else ": the picture has no feature pixels")
    )
