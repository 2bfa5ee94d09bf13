"""One picture of a training: the loss, and the spectrograms of the clip and of the new sound."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .evaluate import magnitudes
from .files import atomic_write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_training"]

_LOWEST, _HIGHEST = 50.0, 16000.0  # Hz
_ROWS = 320
_RANGE_DB = 80.0
_TICKS = (100, 200, 500, 1000, 2000, 5000, 10000)
_INK, _LINE, _PAPER = "#2b2733", "#b5367a", "#fbfaf8"
_STYLE: Any = {
    "axes.edgecolor": "#8a8594",
    "axes.labelcolor": _INK,
    "axes.titlecolor": _INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.labelsize": 9,
    "font.size": 9,
    "xtick.color": _INK,
    "ytick.color": _INK,
}


def draw_training(
    path: str | os.PathLike[str],
    *,
    losses: Sequence[float],
    clip: NDArray[np.float32],
    sound: NDArray[np.float32],
    sr: int,
    clip_title: str = "the clip",
    sound_title: str = "the new sound",
) -> None:
    """Write a PNG with the loss of each epoch above, and the two spectrograms below on one scale.

    Parameters
    ----------
    path : path
        The PNG to write.
    losses : sequence of float
        Mean loss of each epoch.
    clip, sound : ndarray of float32, shape (n,) and (m,)
        Mono samples.
    sr : int, Hz
        The rate of both.
    clip_title, sound_title : str
        What stands above the spectrograms.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(11, 6.2), dpi=130, layout="constrained", facecolor=_PAPER)
        axes: dict[str, Any] = figure.subplot_mosaic([["loss", "loss"], ["clip", "sound"]], height_ratios=[1, 1.9])
        _draw_loss(axes["loss"], losses)
        images = [_log_spectrogram(samples, sr) for samples in (clip, sound)]
        loudest = float(images[0].max())
        axes["sound"].sharey(axes["clip"])
        for name, samples, image, title in zip(
            ("clip", "sound"), (clip, sound), images, (clip_title, sound_title), strict=True
        ):
            drawn = _draw_spectrogram(axes[name], image - loudest, len(samples) / sr, title)
        axes["clip"].set_ylabel("Hz")
        axes["sound"].tick_params(labelleft=False)
        figure.colorbar(drawn, ax=[axes["clip"], axes["sound"]], label="dB", pad=0.01, aspect=30)
        content = io.BytesIO()
        figure.savefig(content, format="png", metadata={"Software": None})
    atomic_write(path, content.getvalue())


def _draw_loss(axes: Axes, losses: Sequence[float]) -> None:
    epochs = np.arange(1, len(losses) + 1)
    axes.plot(epochs, losses, color=_LINE, linewidth=1.8, marker="o" if len(losses) < 30 else "", markersize=3)
    axes.set_title("loss")
    axes.set_xlabel("epoch")
    axes.set_xlim(1, max(2, len(losses)))
    if losses and min(losses) > 0 and max(losses) > 8 * min(losses):
        axes.set_yscale("log")
    axes.grid(color="#d9d5de", linewidth=0.6)
    axes.set_facecolor("white")
    axes.spines[["top", "right"]].set_visible(False)


def _log_spectrogram(samples: NDArray[np.float32], sr: int) -> NDArray[np.float64]:
    """Return [rows][frames] in dB, rows equally spaced in the logarithm of frequency."""
    spectrum = magnitudes(samples)
    top = min(_HIGHEST, sr / 2)
    bins = np.geomspace(_LOWEST, top, _ROWS) * 2 * (spectrum.shape[1] - 1) / sr
    below = np.minimum(bins.astype(int), spectrum.shape[1] - 2)
    rest = bins - below
    rows = spectrum[:, below] * (1 - rest) + spectrum[:, below + 1] * rest
    decibels: NDArray[np.float64] = 20 * np.log10(np.maximum(rows.T, 1e-7))
    return decibels


def _draw_spectrogram(axes: Axes, image: NDArray[np.float64], seconds: float, title: str) -> Any:
    top = np.log10(_HIGHEST / _LOWEST)
    drawn = axes.imshow(
        image,
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=-_RANGE_DB,
        vmax=0,
        extent=(0, seconds, 0, top),
        interpolation="bilinear",
    )
    axes.set_yticks([np.log10(tick / _LOWEST) for tick in _TICKS])
    axes.set_yticklabels([f"{tick // 1000}k" if tick >= 1000 else str(tick) for tick in _TICKS])
    axes.set_title(title)
    axes.set_xlabel("s")
    return drawn
