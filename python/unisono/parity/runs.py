"""Whole trainings and generations as parity cases, every epoch's loss and tensors a stage of its own."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from ..audio import SAMPLE_RATE
from ..demo import render_piece

__all__ = ["PRESETS", "training_cases"]

Json = dict[str, Any]

PRESETS: tuple[_ops.Preset, ...] = ("default", "icmc2019", "magnet2024")
_SECONDS = 2  # of the piece that is trained on, and of what is generated
_SEED = 7


def training_cases(epochs: int, seconds: float = _SECONDS) -> Iterator[Json]:
    """Yield one case a preset: training on the demo's piece, then generation with each kind of phases."""
    clip = render_piece()[: round(seconds * SAMPLE_RATE)]
    for preset in PRESETS:
        new = {"preset": preset, "sr": SAMPLE_RATE, "seed": _SEED, "threads": 1}
        calls = [*_training(clip, preset, epochs), *_generation(len(clip))]
        yield {
            "id": f"{preset}/{epochs}",
            "title": f"train_{preset}",
            "class": "MagnetModel",
            "new": new,
            "calls": calls,
        }


def _training(clip: NDArray[np.float32], preset: _ops.Preset, epochs: int) -> Iterator[Json]:
    model = _ops.MagnetModel(preset=preset, sr=SAMPLE_RATE, seed=_SEED)
    model.set_clip(clip)
    names = [model.tensor_name(i) for i in range(model.tensor_count())]
    data = base64.b64encode(clip.astype("<f4").tobytes()).decode()
    samples = {"dtype": "f32", "shape": [len(clip)], "fill": "base64", "data": data}
    yield {"method": "set_clip", "args": [samples], "label": "set_clip"}
    for epoch in range(epochs + 1):
        stage = f"epoch {epoch}" if epoch else "before training"
        if epoch:
            steps = model.steps_per_epoch()
            yield {"method": "train_step", "repeat": steps, "label": f"{stage}: losses of the steps"}
            yield {"method": "epoch_loss", "label": f"{stage}: loss"}
        for i, name in enumerate(names):
            yield {"method": "tensor", "args": [i], "label": f"{stage}: tensor {name}"}


def _generation(n: int) -> Iterator[Json]:
    frames = n // 512
    yield {"method": "generate_magnitude", "args": [frames], "options": {"seed": 3}, "label": "generate: magnitudes"}
    for phase, samples in (("lws", n), ("griffin_lim", n // 4), ("pghi", n // 4)):
        options = {"seed": 3, "phase": phase}
        yield {"method": "generate", "args": [samples], "options": options, "label": f"generate: samples, {phase}"}
