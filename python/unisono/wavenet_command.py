"""The commands ``unisono wavenet train``, ``generate`` and ``evaluate``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from .audio import write_wav
from .cli_common import Group, Json, Seed, Temperature, Threads, check_model_output, check_output, quoted, read_clip
from .errors import AudioFileError, ModelFileError
from .facts import level, plain
from .progress import TrainingProgress, duration
from .wavenet import WaveNet, WaveNetProgress, load_wavenet, train_wavenet

__all__ = ["app"]

_SAVE_SECONDS = 10.0
_PREVIEW_SECONDS = 30.0

app = typer.Typer(
    cls=Group,
    name="wavenet",
    help="Learn one clip sample by sample, and speak it again.",
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command()
def train(
    clip: Annotated[Path, typer.Argument(help="Sound file: WAV, FLAC, OGG, MP3; any rate, mono or stereo.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Model to write.")],
    sr: Annotated[int | None, typer.Option(help="Rate to learn at, in Hz. [default: 16000]")] = None,
    minutes: Annotated[
        float | None, typer.Option(help="As two cores of a server train; the bits follow. [default: 4000 steps]")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="The same in steps: 3000 are a minute.")] = None,
    seed: Annotated[int | None, typer.Option(help="0 to 4294967295. [default: 0]")] = None,
    free: Annotated[
        bool, typer.Option("--free", help="Without the position in the clip: similar rather than the same.")
    ] = False,
    preview: Annotated[
        Path | None, typer.Option(help="WAV file to write now and then while training: what the model says so far.")
    ] = None,
    threads: Threads = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the training that the output file holds.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Begin again, losing what the file holds.")] = False,
) -> None:
    """Train a WaveNet on a clip.

    Progress is in bits a sample, of 16. The model is saved every 10 s: stop with Ctrl-C at any time and go on with
    --resume, to the same bits.

    Example: unisono wavenet train guitar.flac -o guitar.wavenet
    """
    if resume and (free or any(given is not None for given in (sr, minutes, steps, seed))):
        raise ValueError("--resume goes on as the training began: leave out --sr, --minutes, --steps, --seed, --free")
    if minutes is not None and steps is not None:
        raise ValueError("--minutes and --steps say the same: give one of them")
    if preview is not None:
        _check_wav(preview, clip)
    check_model_output(clip, output, load_wavenet, resume=resume, overwrite=overwrite)
    begun = load_wavenet(output, threads=threads) if resume else None
    sound = read_clip(clip, sr=begun.sr if begun else 16000 if sr is None else sr)
    keeper = _Keeper(output, preview, begun.step if begun else 0)
    try:
        with TrainingProgress("step") as shown:

            def on_round(progress: WaveNetProgress) -> None:
                keeper.keep(progress)
                shown.show(progress.step, progress.steps, f"{progress.bits:.2f} bits a sample", progress.seconds_left)

            model = train_wavenet(
                sound.samples,
                sr=sound.sr,
                minutes=minutes,
                steps=steps,
                seed=0 if seed is None else seed,
                free=free,
                threads=threads,
                on_round=on_round,
                resume=begun,
                name=sound.name,
            )
    except KeyboardInterrupt:
        keeper.say_stopped(clip)
        raise typer.Exit(130) from None
    _say_done(output, model, keeper)


class _Keeper:
    """Saves a training now and then, and what it sounds like."""

    def __init__(self, output: Path, preview: Path | None, first: int) -> None:
        self.output, self.preview, self.first = output, preview, first
        self.saved = first
        self.seconds = 0.0
        self._saved_at = self._heard_at = time.monotonic()

    def keep(self, progress: WaveNetProgress) -> None:
        """Save and preview what is due; at the end always."""
        now, last = time.monotonic(), progress.step == progress.steps
        self.seconds = progress.seconds
        if last or now - self._saved_at >= _SAVE_SECONDS or self.saved == 0:
            progress.model.save(self.output)
            self.saved, self._saved_at = progress.step, now
        if self.preview is not None and (last or now - self._heard_at >= _PREVIEW_SECONDS):
            model = progress.model
            samples = model.generate(min(8.0, model.length / model.sr))
            write_wav(self.preview, samples, sr=model.sr)
            self._heard_at = now

    def say_stopped(self, clip: Path) -> None:
        """After Ctrl-C: what there is, and how to go on."""
        if self.saved == 0:
            print("\nStopped before the first 100 steps were done; nothing was saved.", file=sys.stderr)
            return
        print(f"\nStopped. {self.saved} steps are saved in {self.output}; go on with:", file=sys.stderr)
        print(f"  unisono wavenet train {quoted(clip)} -o {quoted(self.output)} --resume", file=sys.stderr)


def _say_done(output: Path, model: WaveNet, keeper: _Keeper) -> None:
    if model.step == keeper.first:
        print(f"{output} already has its {model.steps} steps")
        return
    bits = model.core.clip_bits()
    done = f"{model.step - keeper.first} steps in {duration(keeper.seconds)}"
    print(f"{output}: {done}, {bits:.2f} bits a sample of the clip")
    print(f"model {model.sha256}")
    seconds = f"{min(8.0, model.length / model.sr):.3g}"
    wav = quoted(output.with_suffix(".wav"))
    print(f"Now: unisono wavenet generate {quoted(output)} -o {wav} --seconds {seconds}")


@app.command()
def generate(
    model: Annotated[Path, typer.Argument(help="Model file of unisono wavenet train.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="WAV file to write.")],
    seconds: Annotated[float, typer.Option(help="How much, above 0 and up to 3600.")] = 8.0,
    seed: Seed = 0,
    temperature: Temperature = 1.0,
) -> None:
    """Generate sound from a WaveNet.

    The sound is a 16-bit WAV that carries its recipe; the same arguments give the same file on every machine.

    Example: unisono wavenet generate guitar.wavenet -o out.wav --seconds 8 --seed 7
    """
    _check_wav(output, model)
    loaded = load_wavenet(model)
    samples = loaded.generate(seconds, seed=seed, temperature=temperature)
    how = {"seconds": seconds, "seed": seed, "temperature": temperature}
    write_wav(output, samples, sr=loaded.sr, recipe=loaded.recipe(made_by="wavenet generate", **how))
    print(f"{output}: {len(samples) / loaded.sr:g} s at {loaded.sr} Hz, {level(samples)}")


@app.command()
def evaluate(
    clip: Annotated[Path, typer.Argument(help="The sound file that the model was trained on.")],
    model: Annotated[Path, typer.Argument(help="Model file of unisono wavenet train.")],
    other: Annotated[list[Path] | None, typer.Option(help="Another sound, as a control; repeat for several.")] = None,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="How many sounds to generate and judge.")] = 3,
    temperature: Temperature = 1.0,
    as_json: Json = False,
) -> None:
    """Judge whether a WaveNet says its clip, beside sounds that only look as if they did.

    Prints bits a sample beside naive predictors, then for each seed and each control the aligned log-mel distance, the
    worst second's level, and the shares of spectral-peak fingerprints found in the clip anywhere and at one offset.
    Exit code 1 if it does not pass.

    Example: unisono wavenet evaluate guitar.flac guitar.wavenet
    """
    from .wavenet_evaluate import evaluate_wavenet, report

    loaded = load_wavenet(model)
    sound = read_clip(clip, sr=loaded.sr)
    if loaded.options["clip_sha256"] != sound.sha256:
        raise ModelFileError(f"{model} was trained on another clip: {plain(loaded.options['clip'])}")
    others = {path.name: read_clip(path, sr=loaded.sr).samples for path in other or []}
    result = evaluate_wavenet(sound.samples, loaded, others=others, seeds=seeds, temperature=temperature)
    print(json.dumps(result.as_dict(), indent=2) if as_json else "\n".join(report(result)))
    if not result.passed:
        raise typer.Exit(1)


def _check_wav(output: Path, source: Path) -> None:
    """Refuse early to write what is not a WAV by its name, or where nothing can be written."""
    if output.suffix.lower() != ".wav":
        raise AudioFileError(f"{output}: the sound is written as WAV; give a name that ends in .wav")
    check_output(output, source)
