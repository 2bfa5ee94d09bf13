"""The errors that Unisono raises about files and training; each message is one clear line."""

from __future__ import annotations

__all__ = [
    "AudioFileError",
    "BitsWarning",
    "MissingPackageError",
    "ModelFileError",
    "PictureFileError",
    "ReceiptError",
    "TrainingError",
    "UnisonoError",
]


class UnisonoError(Exception):
    """Base of the errors below.

    A wrong argument is not one of them: that is ``ParameterError``, a ``ValueError`` raised by the core.
    """


class AudioFileError(UnisonoError):
    """A sound file cannot be read, holds nothing usable, or cannot be written."""


class PictureFileError(UnisonoError):
    """A picture file cannot be read, is too large, or cannot be written."""


class ModelFileError(UnisonoError):
    """A model file is damaged, hostile, of another kind, or of a newer version."""


class TrainingError(UnisonoError):
    """A clip cannot be trained on, or training left the range of finite numbers."""


class MissingPackageError(UnisonoError):
    """A package that is not installed by default is needed; the message says how to get it."""


class ReceiptError(UnisonoError):
    """A receipt or recipe is damaged, of another version of the bits, or does not belong to what it came with."""


class BitsWarning(UserWarning):
    """A model was made by another version of the bits: what it gives here is not what it gave there."""
