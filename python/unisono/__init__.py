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
from .magnet import Model, load
from .pairs import Pair, PictureModel, load_pairs, read_pairs, train_pairs
from .pictures import read_picture
from .receipt import Receipt, read_receipt
from .resynthesis import resynthesize
from .sonify import sonify
from .training import Progress, train
from .verify import verify_sound, verify_training
from .wavenet import WaveNet, WaveNetProgress, load_wavenet, train_wavenet
from .wavenet_evaluate import WaveNetEvaluation, evaluate_wavenet

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
