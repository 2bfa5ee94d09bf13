"""One job of a sweep: a clip and a configuration, trained, heard and measured in a folder of its own.

A job may be stopped anywhere and begun again by another process: the model is saved after every epoch and training goes
on from there to the same bits, files appear whole or not at all, and the last of them, the marker, says by content what
was made of what.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ._ops import Preset
from ._version import BITS
from .audio import SAMPLE_RATE, Clip, read_audio, write_wav
from .errors import ModelFileError, UnisonoError
from .evaluate import evaluate
from .files import atomic_write
from .magnet import Model, load
from .plots import draw_training
from .training import Progress, train

__all__ = ["Job", "JobResult", "finished", "run_job"]

JobResult = dict[str, Any]

_MARKER, _MODEL, _SOUND, _PICTURE, _CLIP, _RUNS = (
    "result.json", "model.unisono", "sound.wav", "picture.png", "clip.wav", "runs.jsonl",
)  # fmt: skip
_MADE = (_MODEL, _SOUND, _PICTURE, _CLIP)


@dataclass(frozen=True)
class Job:
    """What is to be made; all of it follows from these."""

    clip: str  # path, the same on every worker
    content: str  # SHA-256 of the clip's file
    preset: Preset
    epochs: int | None
    seed: int
    seconds: float
    bits: int = BITS

    @property
    def key(self) -> str:
        """The job's name by content: the clip's bytes and the configuration, wherever the file lies."""
        what = {**asdict(self), "clip": None}
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def folder(self) -> str:
        """The name of its folder."""
        stem = re.sub(r"[^\w.-]", "_", Path(self.clip).stem)[:60]
        epochs = "" if self.epochs is None else f"-{self.epochs}"
        return f"{stem}-{self.preset}{epochs}-{self.seed}-{self.key[:8]}"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def finished(job: Job, out: Path) -> JobResult | None:
    """Return what a finished job has found, or None if it is not done or its files are not those it made."""
    folder = out / job.folder
    try:
        result = json.loads((folder / _MARKER).read_text(encoding="utf-8"))
        whole = result["key"] == job.key and all(file_sha256(folder / n) == result["files"][n] for n in _MADE)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(result) if whole else None


def run_job(job: Job, out: str, threads: int | None) -> JobResult:
    """Do what is left of a job and return its result; what is wrong with the clip is a result too."""
    done = finished(job, Path(out))
    if done is not None:
        return done
    try:
        return _run(job, Path(out) / job.folder, threads)
    except (UnisonoError, OSError, ValueError, MemoryError) as error:
        return {"key": job.key, "error": " ".join(str(error).split()) or type(error).__name__}


def _run(job: Job, folder: Path, threads: int | None) -> JobResult:
    clock = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    if file_sha256(Path(job.clip)) != job.content:
        raise UnisonoError(f"{job.clip} has changed since the sweep began")
    if job.bits != BITS:
        raise UnisonoError(
            f"this worker's Unisono makes bits {BITS}, not {job.bits}: install the same version everywhere"
        )
    clip = read_audio(job.clip, sr=SAMPLE_RATE)
    begun = _begun(job, clip, folder / _MODEL, threads)
    _note(folder, begun)

    def on_epoch(progress: Progress[Model]) -> None:
        progress.model.save(folder / _MODEL)

    how: dict[str, Any] = {"sr": clip.sr, "preset": job.preset, "epochs": job.epochs, "seed": job.seed}
    model = train(clip.samples, threads=threads, on_epoch=on_epoch, resume=begun, name=clip.name, **how)
    made: dict[str, Any] = {"seconds": job.seconds, "seed": 0, "temperature": 1.0, "phase": "lws"}
    sound = model.generate(**made)
    write_wav(folder / _SOUND, sound, sr=model.sr, recipe=model.recipe(made_by="sweep", **made))
    write_wav(folder / _CLIP, clip.samples, sr=clip.sr)
    draw_training(folder / _PICTURE, losses=model.losses, clip=clip.samples, sound=sound, sr=clip.sr)
    result = {
        "key": job.key,
        "clip": clip.name,
        "preset": job.preset,
        "seed": job.seed,
        "epochs": model.epochs_done,
        "loss": model.losses[-1],
        "model": model.sha256,
        **evaluate(clip.samples, sound, sr=clip.sr).as_dict(),
        "seconds": time.perf_counter() - clock,
        "files": {name: file_sha256(folder / name) for name in _MADE},
    }
    atomic_write(folder / _MARKER, json.dumps(result, indent=1, sort_keys=True).encode())
    return result


def _begun(job: Job, clip: Clip, path: Path, threads: int | None) -> Model | None:
    """Return the training that a worker before this one has left, if it is of this job."""
    try:
        model = load(path, threads=threads)
    except ModelFileError:
        return None
    same = (model.preset, model.seed, model.options["clip_sha256"]) == (job.preset, job.seed, clip.sha256)
    return model if same and model.epochs_done <= (job.epochs or model.epochs) else None


def _note(folder: Path, begun: Model | None) -> None:
    """Add a line to the list of runs: who began, and from which epoch."""
    line = {"pid": os.getpid(), "host": os.uname().nodename, "from_epoch": begun.epochs_done if begun else 0}
    with (folder / _RUNS).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
