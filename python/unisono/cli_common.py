"""What several commands have in common: choices, options, and what is done to input and output first."""

from __future__ import annotations

import enum
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, cast

import typer
import typer.core

from . import _ops, training
from .audio import Clip, read_audio
from .errors import ModelFileError
from .files import check_writable
from .sonify import Mapping as SoundMapping
from .trained_model import TrainedModel
from .wav_file import WavFormat as InPython

__all__ = [
    "Dither",
    "Engine",
    "FormatOption",
    "Group",
    "Json",
    "Mapping",
    "Phase",
    "PhaseOption",
    "Preset",
    "Seed",
    "Temperature",
    "Threads",
    "WavFormat",
    "WindowStride",
    "check_model_output",
    "check_output",
    "quoted",
    "read_clip",
    "wav_options",
]


class Group(typer.core.TyperGroup):
    """The commands. That no help is asked for is False, not None, for which Typer would load all of pydantic."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option `--help`."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option


class Preset(enum.StrEnum):
    """The presets, as the command line spells them."""

    default = "default"
    icmc2019 = "icmc2019"
    magnet2024 = "magnet2024"

    @property
    def in_core(self) -> _ops.Preset:
        """The core's spelling."""
        return self.value


class Phase(enum.StrEnum):
    """The ways to find phases, as the command line spells them."""

    lws = "lws"
    griffin_lim = "griffin-lim"
    pghi = "pghi"
    live = "live"

    @property
    def in_core(self) -> _ops.Phase:
        """The core's spelling."""
        return cast(_ops.Phase, self.value.replace("-", "_"))


class Engine(enum.StrEnum):
    """Who trains, as the command line spells it."""

    unisono = "unisono"
    tensorflow = "tensorflow"

    @property
    def in_python(self) -> training.Engine:
        """The spelling of `unisono.train`."""
        return self.value


class Mapping(enum.StrEnum):
    """The ways from pixels to sound, as the command line spells them."""

    perceptual = "perceptual"
    classic = "classic"
    learned = "learned"

    @property
    def in_core(self) -> SoundMapping:
        """The spelling of `unisono.sonify`."""
        return self.value


class WavFormat(enum.StrEnum):
    """How a WAV file holds samples, as the command line spells it."""

    pcm16 = "pcm16"
    pcm24 = "pcm24"
    float = "float"

    @property
    def in_python(self) -> InPython:
        """The spelling of `unisono.write_wav`."""
        return self.value


FormatOption = Annotated[WavFormat, typer.Option("--format", help="Whole numbers of 16 or 24 bits, or floats.")]
Dither = Annotated[bool, typer.Option("--dither", help="Add the seed's noise of one step before rounding.")]
Seed = Annotated[int, typer.Option(help="0 to 4294967295; another seed, another sound.")]
Threads = Annotated[int | None, typer.Option(help="Threads; all processors if left out. Never changes the result.")]
Temperature = Annotated[float, typer.Option(help="1 as trained; lower is calmer, higher wilder.")]
WindowStride = Annotated[
    int,
    typer.Option(help="Of icmc2019 and magnet2024: frames from window to window; more is faster, 0 carries one state."),
]
PhaseOption = Annotated[Phase, typer.Option(help="How phases are found for the magnitudes.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def read_clip(path: Path, *, sr: int | None) -> Clip:
    """Read a sound and say what was done to it."""
    clip = read_audio(path, sr=sr)
    if changes := clip.changes():
        print(f"{path}: {', '.join(changes)}", file=sys.stderr)
    return clip


def check_output(output: Path, source: Path) -> None:
    """Refuse early to write where nothing can be written, or over the input."""
    check_writable(output)
    if output.exists() and source.exists() and output.samefile(source):
        raise OSError(f"{output} is the input; give another name to write to")


def check_model_output(
    source: Path,
    output: Path,
    load_old: Callable[..., TrainedModel[Any]],
    *,
    resume: bool,
    overwrite: bool,
) -> None:
    """Refuse to write over the input, over something that is no model, or over an unfinished training."""
    check_output(output, source)
    if resume and not output.exists():
        raise ModelFileError(f"nothing to resume: {output} does not exist")
    if resume or overwrite or not output.is_file():
        return
    try:
        old = load_old(output, threads=1)
    except ModelFileError as error:
        raise ModelFileError(f"{error}; it was left alone: give another name, or --overwrite") from None
    done, planned, unit = old.progress
    if done < planned:
        state = f"an unfinished training ({done} of {planned} {unit})"
        raise ModelFileError(f"{output} holds {state}: add --resume to go on, or --overwrite")


def wav_options(format: WavFormat, *, dither: bool, seed: int) -> dict[str, Any]:
    """Return what `write_wav` is told about the format, or refuse what it would refuse."""
    if dither and format is WavFormat.float:
        raise typer.BadParameter("--dither is for formats that are rounded: pcm16 and pcm24")
    return {"format": format.in_python, "dither": seed if dither else None}


def quoted(path: Path) -> str:
    """Return a path as it is typed into a shell."""
    return shlex.quote(str(path))
