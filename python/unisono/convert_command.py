"""The command ``unisono convert``: models of Keras and of MAGNet's PyTorch code to ours, and ours to Keras."""

from __future__ import annotations

from pathlib import Path

from .audio import SAMPLE_RATE, Clip
from .cli_common import check_output, quoted, read_clip
from .errors import ModelFileError
from .facts import plain
from .magnet import Model, load
from .trained_model import default_threads

__all__ = ["run"]

_WAYS = ".keras, .h5 or .pth to .unisono, and .unisono to .keras"
_FROM = {".keras": "keras", ".h5": "keras", ".hdf5": "keras", ".pth": "pytorch", ".pt": "pytorch"}


def run(source: Path, output: Path, *, clip: Path | None, like: Path | None, overwrite: bool) -> None:
    """Convert `source` to `output`, told apart by their endings."""
    check_output(output, source)
    if output.is_file() and not overwrite:
        raise ModelFileError(f"{output} exists: give another name, or --overwrite")
    way = (source.suffix.lower(), output.suffix.lower())
    if way == (".unisono", ".keras"):
        if clip or like:
            raise ModelFileError(f"{source} has its clip in it: leave out --clip and --like")
        _to_keras(source, output)
    elif way[0] in _FROM and way[1] == ".unisono":
        if clip and like:
            raise ModelFileError("give --clip or --like, not both")
        sound = read_clip(clip, sr=SAMPLE_RATE) if clip else None
        model = _of_keras(source, sound, like) if _FROM[way[0]] == "keras" else _of_pytorch(source, sound)
        model.save(output)
        clip_name = plain(model.options["clip"]) or "a clip without a name"
        print(f"{output}: {model.preset}, {model.epochs_done} epochs counted, {clip_name}\nmodel {model.sha256}")
        print(f"Now: unisono generate {quoted(output)} -o {quoted(output.with_suffix('.wav'))} --seconds 30")
    else:
        raise ModelFileError(f"cannot convert {source.name} to {output.name}: the endings tell how, {_WAYS}")


def _to_keras(source: Path, output: Path) -> None:
    from .keras import save_keras

    model = load(source)
    save_keras(model, output)
    print(f"{output}: {model.preset} for Keras, with what only Unisono needs beside it")


def _of_keras(source: Path, sound: Clip | None, like: Path | None) -> Model:
    from .keras import from_keras, load_keras

    keras_model = load_keras(source)
    try:
        if sound:
            return from_keras(keras_model, samples=sound.samples, sr=sound.sr, name=sound.name)
        return from_keras(keras_model, like=load(like) if like else None)
    except ModelFileError as error:
        hint = "" if sound or like or "only" not in str(error) else ": --clip CLIP, or --like MODEL"
        raise ModelFileError(f"{source}: {error}{hint}") from None


def _of_pytorch(source: Path, sound: Clip | None) -> Model:
    from .from_weights import model_of_weights
    from .pytorch_file import magnet_tensors, read_state_dict

    weights = magnet_tensors(read_state_dict(source))
    if sound is None:
        raise ModelFileError(f"{source} holds the network only: add --clip with the sound it was trained on")
    threads = default_threads()
    return model_of_weights("magnet2024", weights, sound.samples, sr=sound.sr, name=sound.name, threads=threads)
