"""The command ``unisono train``: checkpoints after every epoch, progress, and how to go on after Ctrl-C."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from ._ops import Preset
from .audio import SAMPLE_RATE
from .cli_common import check_model_output, quoted, read_clip
from .errors import ReceiptError
from .facts import plain
from .magnet import Model, load
from .pairs import PictureModel, load_pairs, read_pairs, train_pairs
from .progress import TrainingProgress, duration
from .receipt import Receipt, read_receipt
from .trained_model import EpochModel
from .training import Engine, M, Progress, train

__all__ = ["run", "run_pairs"]


def run(
    clip: Path,
    output: Path,
    *,
    preset: Preset | None,
    epochs: int | None,
    seed: int | None,
    threads: int | None,
    resume: bool,
    overwrite: bool,
    engine: Engine = "unisono",
    receipt: bool = False,
) -> None:
    """Train, saving `output` after every epoch; what is None is the default, or as `resume` finds it."""
    check_model_output(clip, output, load, resume=resume, overwrite=overwrite)
    begun = load(output, threads=threads) if resume else None
    keeper = _ReceiptKeeper(output, begun, engine) if receipt else None
    sound = read_clip(clip, sr=begun.sr if begun else SAMPLE_RATE)

    def training(on_epoch: Callable[[Progress[Model]], None]) -> Model:
        return train(
            sound.samples,
            sr=sound.sr,
            preset=preset or (begun.preset if begun else "default"),
            epochs=epochs,
            seed=seed if seed is not None else begun.seed if begun else 0,
            threads=threads,
            on_epoch=on_epoch,
            resume=begun,
            name=sound.name,
            engine=engine,
        )

    again = f"{quoted(clip)} -o {quoted(output)} --resume" + ("" if engine == "unisono" else f" --engine {engine}")
    model = _saved_as_it_goes(training, output, begun, again, keeper)
    if engine != "unisono":
        print(f"trained by {model.options['engine']}")
    print(f"Now: unisono generate {quoted(output)} -o {quoted(output.with_suffix('.wav'))} --seconds 30")
    if keeper:
        print(f"receipt {keeper.path}: unisono verify {quoted(keeper.path)} {quoted(clip)}")


def run_pairs(
    folder: Path,
    output: Path,
    *,
    epochs: int | None,
    seed: int | None,
    threads: int | None,
    resume: bool,
    overwrite: bool,
) -> None:
    """Train on a folder of photos and their sounds, saving `output` after every epoch."""
    check_model_output(folder, output, load_pairs, resume=resume, overwrite=overwrite)
    begun = load_pairs(output, threads=threads) if resume else None
    pairs = read_pairs(folder, sr=begun.sr if begun else SAMPLE_RATE)
    print(f"{len(pairs)} pairs: {', '.join(plain(pair.name) for pair in pairs)}", file=sys.stderr)

    def training(on_epoch: Callable[[Progress[PictureModel]], None]) -> PictureModel:
        return train_pairs(
            pairs,
            sr=begun.sr if begun else SAMPLE_RATE,
            epochs=epochs,
            seed=seed if seed is not None else begun.seed if begun else 0,
            threads=threads,
            on_epoch=on_epoch,
            resume=begun,
        )

    _saved_as_it_goes(training, output, begun, f"--pairs {quoted(folder)} -o {quoted(output)} --resume")
    print(f"Now: unisono sonify photo.jpg --mapping learned --model {quoted(output)} -o photo.wav")


def _saved_as_it_goes(
    training: Callable[[Callable[[Progress[M]], None]], M],
    output: Path,
    begun: M | None,
    again: str,
    keeper: _ReceiptKeeper | None = None,
) -> M:
    """Train, save after every epoch, and say how it ended; `again` is how a training that was stopped goes on."""
    first = begun.epochs_done if begun else 0
    done, took = first, 0.0
    try:
        with TrainingProgress() as shown:

            def on_epoch(progress: Progress[M]) -> None:
                nonlocal done, took
                progress.model.save(output)
                if keeper:
                    keeper.add(progress.model)
                done, took = progress.epoch, progress.seconds
                shown.update(progress)

            model = training(on_epoch)
    except KeyboardInterrupt:
        _say_stopped(output, done, again)
        raise typer.Exit(130) from None
    _say_done(output, model, first, took)
    return model


class _ReceiptKeeper:
    """The receipt beside a model, written after every epoch."""

    def __init__(self, output: Path, begun: Model | None, engine: Engine) -> None:
        if engine != "unisono":
            raise ReceiptError(f"there are no receipts of trainings by {engine}: its bits are its own")
        self.path = output.with_suffix(".receipt.json")
        self._receipt = self._of_earlier_epochs(begun) if begun and begun.epochs_done else None

    def _of_earlier_epochs(self, begun: Model) -> Receipt:
        if not self.path.exists():
            raise ReceiptError(f"{self.path} does not exist: a receipt has to be kept from the first epoch on")
        receipt = read_receipt(self.path)
        if not receipt.begins(begun):
            raise ReceiptError(f"{self.path} is not the receipt of the training that is to be resumed")
        return receipt

    def add(self, model: Any) -> None:
        """Add the epoch that the model has just finished."""
        self._receipt = (self._receipt or Receipt.of(model)).with_epoch(model)
        self._receipt.save(self.path)


def _say_stopped(output: Path, done: int, again: str) -> None:
    if done == 0:
        print("\nStopped before the first epoch was finished; nothing was saved.", file=sys.stderr)
        return
    print(f"\nStopped. {done} epochs are saved in {output}; go on with:\n  unisono train {again}", file=sys.stderr)


def _say_done(output: Path, model: EpochModel[Any], first: int, seconds: float) -> None:
    if model.epochs_done == first:
        print(f"{output} already has its {first} epochs; ask for more with --epochs")
    else:
        print(f"{output}: {model.epochs_done - first} epochs in {duration(seconds)}, loss {model.losses[-1]:.5g}")
    print(f"model {model.sha256}")
