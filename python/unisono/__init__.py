"""Train a small neural sound model on a clip of your own, and play it anywhere with the same bits.

Every operation of the core is here as a function or class on NumPy arrays, and beside them:

`train`, `load`, `Model` : a model from a clip, from a file, and what it can do.
`read_audio`, `write_wav`, `read_recipe` : sound files.
`train_wavenet`, `load_wavenet`, `WaveNet`, `evaluate_wavenet` : the same for WaveNet, which says one clip again.
`evaluate` : how near a sound is to its clip.
`resynthesize` : a sound from its magnitudes alone.
`sonify`, `read_picture` : the sound of a picture.
`train_pairs`, `read_pairs`, `load_pairs`, `PictureModel` : photos and their sounds, learnt.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import _ops
from ._ops import *  # noqa: F403
from ._version import BITS, __version__
from .audio import Clip, read_audio, read_recipe, write_wav
from .errors import (
    AudioFileError,
    BitsWarning,
    MissingPackageError,
    ModelFileError,
    PictureFileError,
    ReceiptError,
    TrainingError,
    UnisonoError,
)
from .evaluate import Evaluation, evaluate
from .pictures import read_picture
from .sonify import sonify

if TYPE_CHECKING:
    from .magnet import Model, load
    from .pairs import Pair, PictureModel, load_pairs, read_pairs, train_pairs
    from .receipt import Receipt, read_receipt
    from .resynthesis import resynthesize
    from .training import Progress, train
    from .verify import verify_sound, verify_training
    from .wavenet import WaveNet, WaveNetProgress, load_wavenet, train_wavenet
    from .wavenet_evaluate import WaveNetEvaluation, evaluate_wavenet

# Read when first asked for, as above: importing the package takes half the time beyond NumPy's without them. Names that
# are those of modules too have to be read at once.
_LATER = {
    "magnet": ("Model", "load"),
    "pairs": ("Pair", "PictureModel", "load_pairs", "read_pairs", "train_pairs"),
    "receipt": ("Receipt", "read_receipt"),
    "resynthesis": ("resynthesize",),
    "training": ("Progress", "train"),
    "verify": ("verify_sound", "verify_training"),
    "wavenet": ("WaveNet", "WaveNetProgress", "load_wavenet", "train_wavenet"),
    "wavenet_evaluate": ("WaveNetEvaluation", "evaluate_wavenet"),
}
_MODULES = {name: module for module, names in _LATER.items() for name in names}

__all__ = [
    "BITS",
    "AudioFileError",
    "BitsWarning",
    "Clip",
    "Evaluation",
    "MissingPackageError",
    "Model",
    "ModelFileError",
    "Pair",
    "PictureFileError",
    "PictureModel",
    "Progress",
    "Receipt",
    "ReceiptError",
    "TrainingError",
    "UnisonoError",
    "WaveNet",
    "WaveNetEvaluation",
    "WaveNetProgress",
    "__version__",
    "evaluate",
    "evaluate_wavenet",
    "load",
    "load_pairs",
    "load_wavenet",
    "read_audio",
    "read_pairs",
    "read_picture",
    "read_receipt",
    "read_recipe",
    "resynthesize",
    "sonify",
    "train",
    "train_pairs",
    "train_wavenet",
    "verify_sound",
    "verify_training",
    "write_wav",
]
__all__ += _ops.__all__


def __getattr__(name: str) -> Any:
    """Return what is read later, or one of its modules."""
    if name in _LATER:
        return import_module(f".{name}", __name__)
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
