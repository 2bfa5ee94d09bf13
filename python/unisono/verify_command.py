"""The command ``unisono verify``: a receipt against its clip, or a WAV against its model or picture."""

from __future__ import annotations

import sys
from pathlib import Path

from .audio import SAMPLE_RATE, read_recipe
from .cli_common import read_clip
from .errors import MissingPackageError, ReceiptError, UnisonoError
from .magnet import load
from .pairs import load_pairs
from .pictures import read_picture
from .receipt import Receipt, is_receipt, read_receipt
from .verify import SoundVerdict, TrainingCore, verify_picture_sound, verify_sound, verify_training
from .wavenet import load_wavenet

__all__ = ["run"]


def run(
    file: Path,
    *,
    clip: Path | None,
    model: Path | None,
    second: Path | None,
    picture: Path | None,
    blend: Path | None,
    wasm: bool,
    threads: int | None,
) -> bool:
    """Verify, print the verdict, and return whether all bits agree.

    Raises
    ------
    UnisonoError
        If a file cannot be read, or what is needed beside it is not given.
    """
    if not file.is_file():
        raise ReceiptError(f"{file} does not exist")
    if is_receipt(file):
        return _training(file, clip, wasm, threads)
    return _told(file, _sound(file, model, second, picture, blend, threads))


def _training(file: Path, clip: Path | None, wasm: bool, threads: int | None) -> bool:
    receipt = read_receipt(file)
    if clip is None:
        raise ReceiptError(f"{file} is a receipt: give its clip too, {receipt.clip[:60]!a}")
    sound = read_clip(clip, sr=receipt.sr or SAMPLE_RATE)
    total = len(receipt.epochs)

    def on_epoch(epoch: int) -> None:
        if sys.stderr.isatty():
            print(f"\repoch {epoch} of {total} agrees", end="\n" if epoch == total else "", file=sys.stderr, flush=True)

    core = _in_wasm(receipt) if wasm else None
    verdict = verify_training(receipt, sound.samples, threads=threads, core=core, on_epoch=on_epoch)
    where = "WebAssembly" if wasm else "the native library"
    if verdict.differs is None:
        print(f"{file}: confirmed, {verdict.epochs} epochs trained again in {where}, model {verdict.found}")
        return True
    print(f"{file}: DIFFERS after epoch {verdict.differs} of {total}, trained again in {where}")
    print(f"  in the receipt {verdict.wanted}\n  here           {verdict.found}")
    return False


def _in_wasm(receipt: Receipt) -> TrainingCore:
    from .parity.machine import Refusal
    from .parity.model import MachineModel
    from .parity.wasm import Wasm, find_wasm, has_wasmtime

    module = find_wasm()
    if not has_wasmtime() or module is None:
        needed = "wasmtime (pip install 'unisono[parity]') and a package that carries unisono.wasm"
        raise MissingPackageError(f"--wasm needs {needed}")
    try:
        return MachineModel(Wasm(module), preset=receipt.preset, sr=receipt.sr, seed=receipt.seed)
    except (Refusal, ValueError) as error:
        raise UnisonoError(f"the receipt asks for what cannot be trained: {error}") from None


def _sound(
    file: Path,
    model: Path | None,
    second: Path | None,
    picture: Path | None,
    blend: Path | None,
    threads: int | None,
) -> SoundVerdict:
    recipe = read_recipe(file) or {}
    if recipe.get("made_by") == "sonify":
        if picture is None:
            name = str(recipe.get("picture"))[:60]
            raise ReceiptError(f"{file} was made of a picture: give it too, --picture {name!a}")
        learned = None if model is None else load_pairs(model, threads=threads)
        other = None if blend is None else read_picture(blend)
        return verify_picture_sound(file, read_picture(picture), learned, other)
    if model is None:
        raise ReceiptError(f"{file}: give the model that made it, --model FILE")
    if recipe.get("made_by") == "wavenet generate":
        return verify_sound(file, load_wavenet(model, threads=threads))
    to = None if second is None else load(second, threads=threads)
    return verify_sound(file, load(model, threads=threads), to)


def _told(file: Path, verdict: SoundVerdict) -> bool:
    if verdict.differs is None:
        print(f"{file}: confirmed, all {verdict.samples} samples made again from its recipe")
        return True
    print(f"{file}: DIFFERS at sample {verdict.differs}: {verdict.wanted} in the file, {verdict.found} made again")
    return False
