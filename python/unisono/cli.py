"""The command ``unisono``: every job one line; bad input one clear line and exit code 2, never a traceback."""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from . import ParameterError, StateError, UnisonoError, __version__
from .audio import SAMPLE_RATE, write_wav
from .cli_common import (
    Dither,
    Engine,
    FormatOption,
    Group,
    Json,
    Mapping,
    Phase,
    PhaseOption,
    Preset,
    Seed,
    Temperature,
    Threads,
    WavFormat,
    WindowStride,
    check_output,
    read_clip,
    wav_options,
)
from .errors import AudioFileError, BitsWarning
from .evaluate import evaluate as measure
from .facts import evaluation_lines, facts_of, is_model, level, plain
from .live import read_automation
from .magnet import load
from .wavenet_command import app as wavenet_app

__all__ = ["main"]

# Typer carries its own click or uses the installed one, depending on its version; this finds the one in use.
_UsageError: Any = typer.BadParameter.__bases__[0]
_ClickError: Any = _UsageError.__bases__[0]


app = typer.Typer(
    name="unisono",
    cls=Group,
    help="Train a small neural sound model on a clip of your own, and play it anywhere with the same bits.",
    epilog="Start with: unisono demo",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


app.add_typer(wavenet_app)


@app.command()
def train(
    output: Annotated[Path, typer.Option("--output", "-o", help="Model to write.")],
    clip: Annotated[
        Path | None, typer.Argument(help="Sound file: WAV, FLAC, OGG, MP3; any rate, mono or stereo.")
    ] = None,
    pairs: Annotated[
        Path | None, typer.Option(help="Instead of a clip: folder of photos and sounds of the same names.")
    ] = None,
    preset: Annotated[Preset | None, typer.Option(help="[default: default]")] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs in all; the preset's own number if left out.")] = None,
    seed: Annotated[int | None, typer.Option(help="0 to 4294967295. [default: 0]")] = None,
    threads: Threads = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the training that the output file holds.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin again, losing what the file holds.")] = False,
    engine: Annotated[
        Engine, typer.Option(help="Who computes the steps; tensorflow uses a GPU if it sees one, with bits of its own.")
    ] = Engine.unisono,
    receipt: Annotated[bool, typer.Option("--receipt", help="Write a receipt beside the model: see verify.")] = False,
) -> None:
    """Train a model on a clip, or on photos and their sounds.

    The model is saved after every epoch: stop with Ctrl-C at any time and go on with --resume, to the same bits.

    Example: unisono train guitar.flac -o guitar.unisono; unisono train --pairs folder -o pairs.unisono
    """
    from .train_command import run as run_training
    from .train_command import run_pairs

    how: dict[str, Any] = {"epochs": epochs, "seed": seed, "threads": threads, "resume": resume, "overwrite": overwrite}
    if (clip is None) == (pairs is None):
        raise typer.BadParameter("give a clip, or a folder with --pairs")
    if clip is not None:
        how |= {"preset": preset.in_core if preset else None, "engine": engine.in_python, "receipt": receipt}
        return run_training(clip, output, **how)
    if preset or receipt or engine is not Engine.unisono:
        raise typer.BadParameter("--pairs goes with neither --preset, nor --engine, nor --receipt")
    if pairs is not None:
        run_pairs(pairs, output, **how)


@app.command()
def generate(
    model: Annotated[Path, typer.Argument(help="Model file, from here or from the browser.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="WAV file to write.")],
    seconds: Annotated[float, typer.Option(help="How much, above 0 and up to 3600.")] = 10.0,
    seed: Seed = 0,
    temperature: Temperature = 1.0,
    phase: Annotated[
        Phase | None, typer.Option(help="How phases are found. [default: lws, or live with the options below]")
    ] = None,
    window_stride: WindowStride = 1,
    automation: Annotated[
        Path | None, typer.Option(help='Changes while it plays: JSON, [[frame, "parameter", value], ...].')
    ] = None,
    second: Annotated[Path | None, typer.Option(help="Model to morph to, by the automation's parameter morph.")] = None,
    format: FormatOption = WavFormat.pcm16,
    dither: Dither = False,
    threads: Threads = None,
) -> None:
    """Generate new sound from a model.

    The sound is a WAV that carries its recipe; the same arguments give the same file on every machine. With the phase
    live it is, bit for bit, what the browser plays; at any frame, of 512 samples, its temperature, gain, density,
    pitch, formant and morph may change.

    Example: unisono generate guitar.unisono -o out.wav --seconds 30 --seed 7
    """
    _check_wav_output(output, model)
    kind = wav_options(format, dither=dither, seed=seed)
    loaded = load(model, threads=threads)
    live = automation is not None or second is not None
    found_by = (phase or (Phase.live if live else Phase.lws)).in_core
    how: dict[str, Any] = {"seconds": seconds, "seed": seed, "temperature": temperature, "phase": found_by}
    if window_stride != 1:
        how["window_stride"] = window_stride
    if automation is not None:
        how["automation"] = read_automation(automation)
    other = None if second is None else load(second)
    samples = loaded.generate(**how, second=other)
    if other is not None:
        how["second_sha256"] = other.sha256
    write_wav(output, samples, sr=loaded.sr, recipe=loaded.recipe(made_by="generate", **how), **kind)
    print(f"{output}: {len(samples) / loaded.sr:g} s at {loaded.sr} Hz, {level(samples)}")


@app.command()
def convert(
    source: Annotated[
        Path, typer.Argument(help="A Keras model (.keras, .h5), a MAGNet checkpoint of PyTorch (.pth), or ours.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Model to write: .unisono, or .keras from ours.")],
    clip: Annotated[Path | None, typer.Option(help="The sound that a network from elsewhere was trained on.")] = None,
    like: Annotated[
        Path | None, typer.Option(help="Model that a network came from which Keras has trained further.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over an existing file.")] = False,
) -> None:
    """Turn models of Keras and PyTorch into ours, and ours into Keras'.

    A network of the presets' layers, trained anywhere, plays here and in the browser. Keras' files are opened in safe
    mode, PyTorch's as plain numbers.

    Example: unisono convert theirs.keras --clip guitar.flac -o theirs.unisono
    """
    from .convert_command import run as run_conversion

    run_conversion(source, output, clip=clip, like=like, overwrite=overwrite)


@app.command()
def sweep(
    folder: Annotated[Path, typer.Argument(help="Folder of sound files; those in folders within it too.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for everything that is made.")],
    preset: Annotated[list[Preset] | None, typer.Option(help="Repeat for several. [default: default]")] = None,
    epochs: Annotated[list[int] | None, typer.Option(help="Repeat for several; the preset's own if left out.")] = None,
    seed: Annotated[list[int] | None, typer.Option(help="Of the training; repeat for several. [default: 0]")] = None,
    seconds: Annotated[float, typer.Option(help="How much each model generates.")] = 30.0,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes here; as many as processors if left out.")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask cluster whose workers see the same folders.")
    ] = None,
) -> None:
    """Train a model for every clip and configuration.

    Writes models, sounds, pictures, tables and a page to listen to. Stop it, or lose a worker: the same command goes
    on where each training was, and does nothing twice.

    Example: unisono sweep clips --out results --preset default --preset icmc2019
    """
    from .sweep_command import run as run_sweep

    run_sweep(
        folder,
        out,
        presets=[p.in_core for p in preset or [Preset.default]],
        epochs=epochs or [None],
        seeds=seed or [0],
        seconds=seconds,
        workers=workers,
        scheduler=scheduler,
    )


@app.command()
def resynthesize(
    sound: Annotated[Path, typer.Argument(help="Sound file.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="WAV file to write.")],
    phase: PhaseOption = Phase.lws,
    seed: Seed = 0,
    format: FormatOption = WavFormat.pcm16,
    dither: Dither = False,
) -> None:
    """Rebuild a sound from its magnitudes alone.

    The phases are thrown away and found anew. Prints the consistency of the result in dB: higher is better. The file
    keeps its rate; channels are averaged.

    Example: unisono resynthesize in.wav -o out.wav --phase lws
    """
    from .resynthesis import resynthesize as run

    _check_wav_output(output, sound)
    kind = wav_options(format, dither=dither, seed=seed)
    clip = read_clip(sound, sr=None)
    samples, consistency = run(clip.samples, phase=phase.in_core, seed=seed)
    recipe = {
        "unisono": __version__,
        "made_by": "resynthesize",
        "clip": clip.name,
        "clip_sha256": clip.sha256,
        "phase": phase.in_core,
        "seed": seed,
    }
    write_wav(output, samples, sr=clip.sr, recipe=recipe, **kind)
    print(f"{output}: {clip.seconds:.2f} s at {clip.sr} Hz, consistency {consistency:.2f} dB")


@app.command()
def sonify(
    picture: Annotated[Path | None, typer.Argument(help="PNG, JPEG or WebP file.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="WAV file to write.")] = None,
    seconds: Annotated[float, typer.Option(help="How much, above 0 and up to 3600.")] = 20.0,
    mapping: Annotated[Mapping, typer.Option(help="How pixels become sound.")] = Mapping.perceptual,
    seed: Seed = 0,
    format: FormatOption = WavFormat.pcm16,
    dither: Dither = False,
    model: Annotated[
        Path | None, typer.Option(help="What the learned mapping has learnt: a model of unisono train --pairs.")
    ] = None,
    blend: Annotated[Path | None, typer.Option(help="With a model: another picture to go towards.")] = None,
    amount: Annotated[float, typer.Option(help="How far to go: 0 to 1.")] = 0.5,
    plot: Annotated[
        Path | None, typer.Option(help="Picture to write with the feature pixels of the classic mapping in red.")
    ] = None,
    evaluate: Annotated[
        Path | None,
        typer.Option(help="Folder of photos, or with a model of its pairs: print how well sounds tell them apart."),
    ] = None,
) -> None:
    """Make sound of a picture.

    Perceptual, in stereo: hue is pitch, lightness register, colour timbre, texture density and noise, place place.
    Classic: one drifting sine for each of at most 200 corners. Learned: what a model of photos and sounds makes of it.
    The sound is a WAV that carries its recipe.

    Examples: unisono sonify photo.jpg -o out.wav --seconds 20; unisono sonify --evaluate photos;
    unisono sonify photo.jpg --mapping learned --model pairs.unisono -o out.wav
    """
    from .sonify_command import run as run_sonify

    how: dict[str, Any] = {"seconds": seconds, "mapping": mapping.in_core, "seed": seed}
    kind = wav_options(format, dither=dither, seed=seed)
    how |= {"model": model, "blend": blend, "amount": amount}
    run_sonify(picture, output, **how, plot=plot, evaluate=evaluate, kind=kind)


@app.command()
def info(
    file: Annotated[Path, typer.Argument(help="A model, or a sound file.")],
    as_json: Json = False,
) -> None:
    """Say what a model or sound is and how it was made.

    A WAV of ours carries its recipe.

    Example: unisono info out.wav
    """
    facts = facts_of(file)
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    for key, value in facts.items():
        print(f"{key.replace('_', ' '):16} {plain(value)}")


@app.command()
def evaluate(
    clip: Annotated[Path, typer.Argument(help="The sound file that the model was trained on.")],
    model: Annotated[Path, typer.Argument(help="A model, or a sound file to compare as it is.")],
    seconds: Annotated[float, typer.Option(help="How much to generate.")] = 60.0,
    seed: Seed = 0,
    temperature: Temperature = 1.0,
    phase: PhaseOption = Phase.lws,
    window_stride: WindowStride = 1,
    as_json: Json = False,
) -> None:
    """Measure how near a model's sound is to its clip.

    Also whether it lives (levels, movement), and how much of it is a copy of the clip.

    Example: unisono evaluate guitar.flac guitar.unisono
    """
    loaded = load(model) if is_model(model) else None
    sr = loaded.sr if loaded else SAMPLE_RATE
    sound = read_clip(clip, sr=sr)
    if loaded:
        if loaded.options["clip_sha256"] != sound.sha256:
            print(f"{model} was trained on another clip: {plain(loaded.options['clip'])}", file=sys.stderr)
        how: dict[str, Any] = {"temperature": temperature, "phase": phase.in_core, "window_stride": window_stride}
        output = loaded.generate(seconds, seed=seed, **how)
    else:
        output = read_clip(model, sr=sr).samples
    result = measure(sound.samples, output, sr=sr)
    if as_json:
        print(json.dumps(result.as_dict(), indent=2))
    else:
        print("\n".join(evaluation_lines(result)))


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to write clip, sound, model and picture.")] = Path("demo"),
    epochs: Annotated[int | None, typer.Option(help="Fewer is faster and worse.")] = None,
    seed: Seed = 0,
    threads: Threads = None,
) -> None:
    """Go from nothing to sound in one command.

    Renders a short plucked-string piece, trains the default model on it, generates 10 s of new sound, and draws a
    picture of the loss and both spectrograms.

    Example: unisono demo
    """
    from .demo import run

    run(folder, epochs=epochs, seed=seed, threads=threads)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A receipt (unisono train --receipt), or a WAV of generate or sonify.")],
    clip: Annotated[Path | None, typer.Argument(help="The clip that the receipt is of.")] = None,
    model: Annotated[Path | None, typer.Option(help="The model that the WAV was made by.")] = None,
    second: Annotated[Path | None, typer.Option(help="The model that the WAV morphs to.")] = None,
    picture: Annotated[Path | None, typer.Option(help="The picture that the WAV was made of.")] = None,
    blend: Annotated[Path | None, typer.Option(help="The picture that the WAV goes towards.")] = None,
    wasm: Annotated[bool, typer.Option("--wasm", help="Train in WebAssembly (pip install 'unisono[parity]').")] = False,
    threads: Threads = None,
) -> None:
    """Do it again and confirm every bit.

    Given a receipt and its clip, trains again and names the first epoch whose model differs. Given a WAV and its model
    (or picture), makes the sound again from the recipe in the file and names the first sample that differs. Exit code 1
    if one does.

    Examples: unisono verify guitar.receipt.json guitar.flac; unisono verify out.wav --model guitar.unisono;
    unisono verify photo.wav --picture photo.jpg
    """
    from .verify_command import run as run_verification

    made_by = {"model": model, "second": second, "picture": picture, "blend": blend}
    if not run_verification(file, clip=clip, **made_by, wasm=wasm, threads=threads):
        raise typer.Exit(1)


@app.command()
def parity(
    engine: Annotated[
        list[str] | None, typer.Option(help="Engines whose names contain this word; all if none.")
    ] = None,
    op: Annotated[list[str] | None, typer.Option(help="Operations, classes or trainings; all if none.")] = None,
    epochs: Annotated[int, typer.Option(min=0, max=1000, help="Epochs of each training; 0 for none.")] = 3,
    wasm: Annotated[Path | None, typer.Option(help="The WebAssembly module; the package's own if left out.")] = None,
    trace: Annotated[Path | None, typer.Option(help="Folder for a text an engine: a hash a stage, for diff.")] = None,
    as_json: Json = False,
) -> None:
    """Show that all engines give the same bits.

    Every library that this machine can run, with 1 and 2 threads, and WebAssembly: inside Python if wasmtime is
    installed (pip install 'unisono[parity]'), in Node and Bun, and in Chromium's, Firefox's and WebKit's pages, Workers
    and AudioWorklets, if they are there. Runs the cases of the spec, trainings and generations, and compares them with
    each other and with the golden list. Exit code 1 if anything differs.

    Example: unisono parity --engine wasmtime --engine avx2 --op stft --op exp
    """
    from .parity import report

    same = report(
        engine_names=engine or (), operations=op or (), epochs=epochs, module=wasm, traces=trace, as_json=as_json
    )
    if not same:
        raise typer.Exit(1)


@app.command()
def bench(
    groups: Annotated[
        list[str] | None,
        typer.Argument(
            help="dsp, phase, training, generation, pictures, start, growth, web; all if none. "
            "Of web also a part: web-dsp, web-training, web-playing, web-wavenet."
        ),
    ] = None,
    clip: Annotated[
        Path | None, typer.Option(help="Sound file to work on; a piece made on the spot if left out.")
    ] = None,
    repeats: Annotated[int, typer.Option(help="Timed runs of each.")] = 5,
    threads: Threads = None,
    web: Annotated[bool, typer.Option("--web", help="The group web, and no other unless it is named.")] = False,
    install: Annotated[bool, typer.Option("--install-peers", help="Install the missing peers first.")] = False,
    write: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Leave bench.json and charts (SVG, PNG) there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Time this package beside its peers.

    The same work, side by side in one run, medians; how far that is from what the machine can do; how cost grows.

    Example: unisono bench training, or unisono bench --web, or unisono bench growth --write figures
    """
    from .bench import GROUPS
    from .bench import run as run_bench

    chosen = [*(groups or []), *(["web"] if web and "web" not in (groups or []) else [])]
    run_bench(
        chosen or GROUPS,
        clip=clip,
        repeats=repeats,
        threads=threads,
        as_json=as_json,
        install=install,
        write=write,
    )


@app.command()
def web(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0 picks a free one.")] = 8037,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
) -> None:
    """Open the studio: train and play in a web page.

    Served to this machine only, and nothing leaves it. Ctrl-C ends it.

    Example: unisono web
    """
    from .web import serve

    serve(port, open_browser=open_browser)


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        print(f"unisono {__version__}")
    elif context.invoked_subcommand is None:
        print(context.get_help())


def _check_wav_output(output: Path, source: Path) -> None:
    if output.suffix.lower() != ".wav" and not (output.exists() and not output.is_file()):
        raise AudioFileError(f"{output}: the sound is written as WAV; give a name that ends in .wav")
    check_output(output, source)


def run(arguments: list[str]) -> int:
    """Run the command line and return the exit code: 0, 1 for a difference, 2 for bad input, 130 after Ctrl-C."""
    with warnings.catch_warnings():
        warnings.showwarning = _say_warning
        return _run(arguments)


def _run(arguments: list[str]) -> int:
    try:
        return typer.main.get_command(app).main(args=arguments, prog_name="unisono", standalone_mode=False) or 0
    except BrokenPipeError:  # the reader of our output went away: not an error of ours
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except _ClickError as error:
        return _fail(error.format_message())
    except (UnisonoError, ParameterError, StateError, ValueError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error))
    except MemoryError:
        return _fail("not enough memory for this")
    except (typer.Abort, KeyboardInterrupt):
        return 130


def _say_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """One line for what users have to know; the rest is for developers, as Python shows it."""
    text = plain(str(message)) if issubclass(category, BitsWarning) else f"{category.__name__}: {message}"
    print(f"unisono: {text}", file=sys.stderr)


def _fail(message: str) -> int:
    print(f"unisono: {plain(' '.join(message.split()))}", file=sys.stderr)
    return 2


def main() -> None:
    """Entry point of the command."""
    sys.exit(run(sys.argv[1:]))
