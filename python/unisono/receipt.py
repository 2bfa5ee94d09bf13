"""Receipts of trainings: what went in, and a hash of the model after every epoch, for anyone to do it again."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from ._ops import Preset
from ._version import BITS, __version__
from .errors import ReceiptError
from .files import atomic_write
from .magnet import Model

__all__ = ["Receipt", "is_receipt", "read_receipt"]

FORMAT = "unisono-receipt"
_MOST_BYTES = 16 << 20
_MOST_EPOCHS = 100_000
_HEX = frozenset("0123456789abcdef")
_TEXTS, _NUMBERS = ("unisono", "clip", "clip_sha256", "preset"), ("bits", "sr", "seed")
_TYPES = {**dict.fromkeys(_TEXTS, str), **dict.fromkeys(_NUMBERS, int), "epochs": list}


@dataclass(frozen=True)
class Receipt:
    """A training as it was done.

    Attributes
    ----------
    clip : str
        Name of the clip.
    clip_sha256 : str
        Of its samples; see `unisono.audio.clip_sha256`.
    preset, sr, seed
        The options of the training.
    epochs : tuple of str
        The model's SHA-256 after each epoch: weights, optimiser and all.
    bits : int
        The version of the bits that made it.
    unisono : str
        The version of the package that made it.
    """

    clip: str
    clip_sha256: str
    preset: Preset
    sr: int
    seed: int
    epochs: tuple[str, ...] = field(default=())
    bits: int = BITS
    unisono: str = __version__

    @classmethod
    def of(cls, model: Model, epochs: Sequence[str] = ()) -> Receipt:
        """Return the receipt of a model's training, given the hashes of its epochs."""
        options = model.options
        return cls(options["clip"], options["clip_sha256"], model.preset, model.sr, model.seed, tuple(epochs))

    def with_epoch(self, model: Model) -> Receipt:
        """Return the receipt with one more epoch: the one that the model has just finished."""
        return Receipt.of(model, (*self.epochs, model.sha256))

    def begins(self, model: Model) -> bool:
        """Tell whether this is the receipt of the training that made `model`, as far as it has come."""
        same = Receipt.of(model, self.epochs) == self
        done = model.epochs_done
        return same and len(self.epochs) == done and (done == 0 or self.epochs[-1] == model.sha256)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the receipt as JSON, in one step.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        content = {"format": FORMAT, **self.__dict__, "epochs": list(self.epochs)}
        atomic_write(path, (json.dumps(content, indent=1, sort_keys=True) + "\n").encode())


def is_receipt(path: Path) -> bool:
    """Tell a receipt from a sound or model by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip()[:1] == b"{"
    except (OSError, ValueError):
        return path.suffix == ".json"


def read_receipt(path: str | os.PathLike[str]) -> Receipt:
    """Read a receipt, which may be damaged or made to harm.

    Raises
    ------
    ReceiptError
        With one line that names the fault.
    """
    try:
        if os.path.getsize(path) > _MOST_BYTES:
            raise ReceiptError(f"{path} is too large to be a receipt")
        found = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ReceiptError(f"{path} cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise ReceiptError(f"{path} is not a receipt (it is not JSON)") from None
    return _checked(found, path)


def _checked(found: Any, path: str | os.PathLike[str]) -> Receipt:
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ReceiptError(f"{path} is not a receipt of a training")
    for key, kind in _TYPES.items():
        if type(found.get(key)) is not kind:
            raise ReceiptError(f"{path} is damaged: its {key!r} is missing or of the wrong type")
    epochs = found["epochs"]
    if len(epochs) > _MOST_EPOCHS or not all(map(_is_sha256, [found["clip_sha256"], *epochs])):
        raise ReceiptError(f"{path} is damaged: it holds something that is no SHA-256")
    if not all(0 <= found[key] < 1 << 32 for key in _NUMBERS):
        raise ReceiptError(f"{path} is damaged: a number is out of range")
    preset = cast(Preset, found["preset"])
    return Receipt(
        found["clip"], found["clip_sha256"], preset, found["sr"], found["seed"], tuple(epochs), found["bits"],
        found["unisono"],
    )  # fmt: skip


def _is_sha256(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 64 and _HEX.issuperset(value)
