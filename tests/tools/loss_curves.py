"""Draws the loss curves of the faithful presets trained natively, in WebAssembly and by TensorFlow: the docs' figure.

    python tests/tools/loss_curves.py CLIP [-o bindings/docs/loss_curves.png] [--seconds 4] [--epochs 20]

Needs the extra `tensorflow`, Node, and dist_web built (`make test` does). Fails if WebAssembly's losses or weights are
not the native ones, bit for bit. Prints what the page's tables say.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import unisono

ROOT = Path(__file__).resolve().parents[2]
SR = 44100
PRESETS = ("icmc2019", "magnet2024")
_OURS, _THEIRS, _SEED, _BIT = "#b5367a", "#2b2733", "#c9c3d1", "#3a7ca5"


@dataclass(frozen=True)
class Curves:
    """Losses of one preset by epoch."""

    native: list[float]
    tensorflow: list[float]
    one_bit: list[float]  # natively, but one weight begins one bit off
    other_seed: list[float]
    seconds: dict[str, float]

    def apart(self, others: list[float]) -> NDArray[np.float64]:
        """Return how far other losses are from the native ones, relatively; 1e-8 if they are equal."""
        return np.maximum(np.abs(np.array(others) / np.array(self.native) - 1), 1e-8)


def in_node(samples: NDArray[np.float32], preset: str, epochs: int) -> dict[str, Any]:
    """Train in WebAssembly and return the model's hash and losses."""
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder) / "clip.f32"
        samples.astype("<f4").tofile(clip)
        command = ["node", str(ROOT / "tests/parity/train_node.mjs"), "--clip", str(clip), "--preset", preset]
        command += ["--epochs", str(epochs), "--seconds", "0"]
        found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        return found


def one_bit_off(samples: NDArray[np.float32], preset: Any, epochs: int) -> list[float]:
    """Return the losses of a native training whose very first weight of an LSTM begins one bit higher."""
    core = unisono.MagnetModel(preset=preset, sr=SR, threads=2)
    core.set_clip(samples)
    place = [core.tensor_name(i) for i in range(core.tensor_count())].index("lstm.0.weight_ih")
    weights = np.array(core.tensor(place))
    weights[0] = np.nextafter(weights[0], np.float32(np.inf))
    core.set_tensor(place, weights)
    losses = []
    for _ in range(epochs):
        for _ in range(core.steps_per_epoch()):
            core.train_step()
        losses.append(float(core.epoch_loss()))
    return losses


def curves(samples: NDArray[np.float32], preset: str, epochs: int) -> Curves:
    """Train five times: natively, by TensorFlow, in WebAssembly, natively one bit off and with another seed."""
    how: dict[str, Any] = {"sr": SR, "preset": preset, "epochs": epochs}
    seconds, clock = {}, time.perf_counter()

    def lap(name: str) -> None:
        nonlocal clock
        seconds[name], clock = time.perf_counter() - clock, time.perf_counter()

    native = unisono.train(samples, **how)
    lap("native")
    theirs = unisono.train(samples, engine="tensorflow", **how)
    lap("tensorflow")
    node = in_node(samples, preset, epochs)
    lap("node")
    if node["losses"] != native.losses or node["model"] != native.sha256:
        raise SystemExit(f"{preset}: WebAssembly's losses or weights are not the native ones")
    other = unisono.train(samples, seed=1, **how)
    one_bit = one_bit_off(samples, preset, epochs)
    return Curves(native.losses, theirs.losses, one_bit, other.losses, seconds)


def draw(path: Path, found: dict[str, Curves]) -> None:
    """Draw a column a preset: the losses above, how far they are apart below."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 6), dpi=120, layout="constrained", facecolor="#fbfaf8")
    axes = figure.subplots(2, len(found), height_ratios=[1.6, 1], sharex=True, squeeze=False)
    for column, (preset, c) in enumerate(found.items()):
        epochs = np.arange(1, len(c.native) + 1)
        above, below = axes[0][column], axes[1][column]
        above.plot(epochs, c.other_seed, color=_SEED, linewidth=1.5, label="native, another seed")
        above.plot(epochs, c.native, color=_OURS, linewidth=2, label="native, and WebAssembly: the same bits")
        above.plot(epochs, c.tensorflow, "o", color=_THEIRS, markersize=4, fillstyle="none", label="TensorFlow")
        above.set_title(preset, loc="left")
        below.semilogy(epochs, c.apart(c.other_seed), color=_SEED, linewidth=1.5, label="native, another seed")
        below.semilogy(epochs, c.apart(c.one_bit), color=_BIT, linewidth=1.5, label="native, one weight one bit off")
        below.semilogy(
            epochs, c.apart(c.tensorflow), "o-", color=_THEIRS, markersize=3, linewidth=1, label="TensorFlow"
        )
        below.set_xlabel("epoch")
        for a in (above, below):
            a.grid(color="#d9d5de", linewidth=0.6)
            a.set_facecolor("white")
            a.spines[["top", "right"]].set_visible(False)
            a.xaxis.get_major_locator().set_params(integer=True)
    axes[0][0].set_ylabel("mean loss of the epoch")
    axes[0][-1].legend(frameon=False, fontsize=9)
    axes[1][0].set_ylabel("relative distance from native")
    axes[1][-1].legend(frameon=False, fontsize=9)
    figure.savefig(path, metadata={"Software": None})


def main() -> None:
    """Train, compare, draw, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path)
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "bindings/docs/loss_curves.png")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--epochs", type=int, default=20)
    given = parser.parse_args()
    samples = unisono.read_audio(given.clip, sr=SR).samples[: round(given.seconds * SR)]
    found = {preset: curves(samples, preset, given.epochs) for preset in PRESETS}
    draw(given.output, found)
    print("| preset | first loss | TensorFlow's | last loss | TensorFlow's | one bit off | another seed |")
    print("|---|---|---|---|---|---|---|")
    for preset, c in found.items():
        firsts, lasts = (
            (c.native[0], c.tensorflow[0]),
            (c.native[-1], c.tensorflow[-1], c.one_bit[-1], c.other_seed[-1]),
        )
        print(f"| {preset} | {' | '.join(f'{x:.6g}' for x in (*firsts, *lasts))} |")
        far = [f"{c.apart(x).max():.1e}" for x in (c.tensorflow, c.one_bit, c.other_seed)]
        print("largest distance of TensorFlow, one bit off, another seed:", *far)
        print({name: round(s, 1) for name, s in c.seconds.items()})


if __name__ == "__main__":
    main()
