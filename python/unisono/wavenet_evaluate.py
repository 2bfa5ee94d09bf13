"""What ``unisono wavenet evaluate`` prints: a WaveNet's sounds and what they must be better than, in one table."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .wavenet_metrics import (
    RATE,
    fingerprint_shares,
    linear_predictor,
    mel_distance,
    residual,
    strangest_second,
    worst_second,
)

if TYPE_CHECKING:
    from .wavenet import WaveNet

__all__ = ["Row", "WaveNetEvaluation", "evaluate_wavenet", "report"]

Floats = NDArray[np.float64]

# What a sound must be to pass for its clip; see the documentation of WaveNet for how the figures were chosen.
BITS_UNDER_LPC256 = 1.5
MOST_MEL_DB = 4.0
MOST_LEVEL_DB = 6.0
LEAST_ANY, LEAST_OFFSET = 3.0, 2.0  # times the vocoder's
_FULL = 0.999
_VOCODERS = 8
_MEASURES = ("mel", "level", "any", "offset", "clipped")


@dataclass(frozen=True)
class Row:
    """One sound beside the clip.

    Attributes
    ----------
    name : str
        What it is.
    mel : float, dB
        Mean log-mel distance, aligned, gains as they are.
    level : float, dB
        The worst second's RMS over the clip's; of a free model, over or under all that the clip's seconds have.
    any, offset : float, 0 to 1
        Shares of its fingerprints that the clip has anywhere, and at one common offset.
    clipped : float, 0 to 1
        Share of samples at full scale.
    passed : bool or None
        None for controls.
    """

    name: str
    mel: float
    level: float
    any: float
    offset: float
    clipped: float
    passed: bool | None = None


@dataclass(frozen=True)
class WaveNetEvaluation:
    """The table, and bits a sample beside two naive predictors'."""

    bits: float
    lpc32_bits: float
    lpc256_bits: float
    free: bool
    rows: list[Row]

    @property
    def bits_passed(self) -> bool:
        """Whether the model predicts its clip clearly better than a long linear predictor."""
        return self.bits <= self.lpc256_bits - BITS_UNDER_LPC256

    @property
    def passed(self) -> bool:
        """Whether all must-haves hold for every seed."""
        return self.bits_passed and all(row.passed is not False for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """Return everything by name."""
        return {**asdict(self), "bits_passed": self.bits_passed, "passed": self.passed}


def evaluate_wavenet(
    clip: NDArray[np.float32],
    model: WaveNet,
    *,
    others: Mapping[str, NDArray[np.float32]] | None = None,
    seeds: int = 3,
    temperature: float = 1.0,
) -> WaveNetEvaluation:
    """Judge sounds of a model beside its clip, and controls that share some of its qualities.

    Parameters
    ----------
    clip : ndarray of float32, shape (n,)
        The samples that the model was trained on.
    model : WaveNet
        The model; the sounds have seeds 1, 2, ... and begin out of silence, with nothing of the clip.
    others : mapping of str to ndarray of float32, optional
        Other sounds at the model's rate, as further controls.
    seeds : int
        How many sounds.
    temperature : float
        As in `WaveNet.generate`.

    Returns
    -------
    WaveNetEvaluation
        A free model is judged by level and by fingerprints anywhere only, over 30 s: it does not say where it is.
    """
    model.core.set_clip(clip)
    x = np.asarray(clip, np.float64)
    at_rate = _to_rate(x, model.sr)
    controls = {name: _to_rate(y, model.sr) for name, y in _controls(x, model.sr).items()}
    for name, other in (others or {}).items():
        controls[name] = _to_rate(np.asarray(np.resize(other, len(x)), np.float64), model.sr)
    vocoder = _vocoder_row(x, model.sr, at_rate)
    rows = [vocoder, *(_row(name, y, at_rate) for name, y in controls.items())]
    seconds = 30.0 if model.free else len(clip) / model.sr
    sounds = []
    for seed in range(1, seeds + 1):
        y = np.asarray(model.generate(seconds, seed=seed, temperature=temperature), np.float64)
        sounds.append(
            _judged(_row(f"seed {seed}", _to_rate(y, model.sr), at_rate, free=model.free), vocoder, model.free)
        )
    peak = float(np.abs(x).max())
    return WaveNetEvaluation(
        float(model.core.clip_bits()), naive_bits(x / peak, 32), naive_bits(x / peak, 256), model.free, sounds + rows
    )


def naive_bits(x: Floats, order: int) -> float:
    """Bits a sample of a linear predictor whose residual is Laplacian with a running scale, the best of 60 factors."""
    e = np.abs(residual(x, linear_predictor(x, order)))
    running = np.empty(len(e))
    square = 1e-4
    for t, value in enumerate(e.tolist()):
        running[t] = square
        square += 0.01 * (value * value - square)
    scale = np.sqrt(running + (0.25 / 32768) ** 2)
    factors = np.exp(np.linspace(-2, 1, 60))
    nats = [np.log(2 * f * scale).mean() + (e / (f * scale)).mean() for f in factors]
    return float(min(nats) + math.log(32768)) / math.log(2)


def _to_rate(x: Floats, sr: int) -> Floats:
    if sr == RATE:
        return x
    import soxr

    return np.asarray(soxr.resample(x, sr, RATE, quality="HQ"), np.float64)


def _row(name: str, y: Floats, clip: Floats, *, free: bool = False) -> Row:
    n = min(len(y), len(clip))
    shares = fingerprint_shares(y, clip)
    clipped = float((np.abs(y) >= _FULL).mean())
    level = strangest_second(y, clip) if free else worst_second(y[:n], clip[:n])
    return Row(name, mel_distance(y[:n], clip[:n]), level, *shares, clipped)


def _judged(row: Row, vocoder: Row, free: bool) -> Row:
    holds = [abs(row.level) <= MOST_LEVEL_DB, row.clipped == 0.0, row.any >= LEAST_ANY * vocoder.any]
    if not free:
        holds += [row.mel <= MOST_MEL_DB, row.offset >= LEAST_OFFSET * vocoder.offset]
    return Row(**{**asdict(row), "passed": all(holds)})


def _controls(x: Floats, sr: int) -> dict[str, Floats]:
    """Return what must not pass: each has one quality of the clip and lacks the others; as the vocoder does."""
    rng = np.random.default_rng(0)
    quarter = sr // 4
    pieces = [x[i : i + quarter] for i in range(0, len(x), quarter)]
    phases = np.exp(2j * np.pi * rng.random(len(x) // 2 + 1))
    phases[0] = 1.0
    return {
        "shuffled, 250 ms": np.concatenate([pieces[i] for i in rng.permutation(len(pieces))]),
        "random phases": np.fft.irfft(np.abs(np.fft.rfft(x)) * phases, len(x)),
    }


def _vocoder_row(x: Floats, sr: int, clip: Floats) -> Row:
    """Return the means of several vocoders, for one's fingerprints are much a matter of chance."""
    sounds = [_vocoder(x, sr, np.random.default_rng(seed)) for seed in range(_VOCODERS)]
    rows = [_row("", _to_rate(y, sr), clip) for y in sounds]
    means: dict[str, Any] = {name: float(np.mean([getattr(row, name) for row in rows])) for name in _MEASURES}
    return Row("LPC noise vocoder", **means)


def _vocoder(x: Floats, sr: int, rng: np.random.Generator) -> Floats:
    """Noise through a predictor of order 32 of each 20 ms, as loud as what the predictor leaves there."""
    hop, order, n = sr // 50, 32, len(x)
    noise = rng.standard_normal(n)
    y = np.zeros(n + order)
    for i in range(0, n, hop):
        w = x[max(0, i - hop) : i + 2 * hop]
        a = linear_predictor(w * np.hanning(len(w) + 2)[1:-1], order)
        gain = residual(w, a)[hop // 2 :].std()
        for t in range(i, min(i + hop, n)):
            y[order + t] = a @ y[t : order + t][::-1] + gain * noise[t]
    return y[order:]


def report(result: WaveNetEvaluation) -> list[str]:
    """Return the table as lines."""
    verdict = "passes" if result.bits_passed else "fails"
    lines = [
        f"bits a sample {result.bits:.2f}: {verdict} (LPC-256 {result.lpc256_bits:.2f}, LPC-32 "
        f"{result.lpc32_bits:.2f}; wanted: {BITS_UNDER_LPC256} under LPC-256)",
        f"{'':24}{'mel dB':>8}{'level dB':>10}{'fp any':>8}{'fp offset':>11}{'clipped':>9}",
    ]
    for row in result.rows:
        shares = f"{row.any:8.4f}{row.offset:11.4f}{row.clipped:9.4f}"
        verdict = {None: "control", True: "passes", False: "fails"}[row.passed]
        lines.append(f"{row.name[:23]:24}{row.mel:8.2f}{row.level:+10.1f}{shares}  {verdict}")
    vocoder = next(row for row in result.rows if row.passed is None)
    wanted = f"level within {MOST_LEVEL_DB:g} dB, nothing clipped, fp any at least {LEAST_ANY * vocoder.any:.4f}"
    if not result.free:
        wanted += f", mel at most {MOST_MEL_DB:g} dB, fp offset at least {LEAST_OFFSET * vocoder.offset:.4f}"
    lines += [f"wanted: {wanted}", "passed" if result.passed else "not passed"]
    return lines
