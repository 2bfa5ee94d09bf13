"""Phase reconstruction beside the lws package and librosa, with how consistent each result is; then the whole curve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from . import curve, limits
from .peers import missing
from .timing import Case, Contender, Result

__all__ = ["cases"]

_N_FFT, _HOP = 2048, 512
_FRAMING: dict[str, Any] = {"n_fft": _N_FFT, "hop_length": _HOP}
_SECONDS = 5


def cases(samples: NDArray[np.float32], repeats: int) -> Iterator[Case | Result]:
    """Yield the cases of this group, on the first five seconds."""
    part = samples[: _SECONDS * 44100]
    yield _lws(part)
    yield _griffin_lim(part)
    yield curve.result(part, repeats)


def _lws(part: NDArray[np.float32]) -> Case:
    """Both tools take the same magnitudes, those of the package's own framing, and the package judges the results."""
    title = f"LWS of {_SECONDS} s, {_N_FFT}/{_HOP}, music"
    if missing("lws"):
        magnitude = np.abs(_ops.stft(part, **curve.FRAMING)).astype(np.float32)
        ours = Contender("unisono.lws", lambda: _our_lws(magnitude))
        return Case(title, [ours, Contender("lws package", None, missing("lws"))], work=limits.lws(magnitude))
    import lws

    processor = lws.lws(_N_FFT, _HOP, mode="music")
    magnitude = np.abs(processor.stft(part.astype(np.float64)))
    single = magnitude.astype(np.float32)
    kept: dict[str, Any] = {}

    def contender(name: str, run: Callable[[], Any]) -> Contender:
        def work() -> None:
            kept[name] = run()

        return Contender(name, work, score=lambda: float(processor.get_consistency(kept[name].astype(np.complex128))))

    ours = contender("unisono.lws", lambda: _our_lws(single))
    theirs = contender("lws package", lambda: processor.run_lws(magnitude))
    return Case(title, [ours, theirs], work=limits.lws(single))


def _our_lws(magnitude: NDArray[np.float32]) -> NDArray[np.complex64]:
    return np.asarray(_ops.lws(magnitude, **curve.FRAMING))


def _consistency(spectrogram: NDArray[np.complex64]) -> float:
    return float(_ops.consistency(spectrogram, **_FRAMING))


def _griffin_lim(part: NDArray[np.float32]) -> Case:
    """Both take the same magnitudes, 32 sweeps with Perraudin's momentum 0.99, and random phases to begin with."""
    magnitude = np.abs(_ops.stft(part, n_fft=_N_FFT, hop_length=_HOP)).astype(np.float32)
    ours: dict[str, Any] = {}

    def work() -> None:
        ours["s"] = _ops.griffin_lim(magnitude, n_fft=_N_FFT, hop_length=_HOP, n_iter=32, momentum=0.99, seed=0)
        _ops.istft(ours["s"], n_fft=_N_FFT, hop_length=_HOP)

    contenders = [Contender("unisono.griffin_lim + istft", work, score=lambda: _consistency(ours["s"]))]
    contenders.append(_librosa_griffin_lim(magnitude))
    counted = limits.griffin_lim(len(magnitude), _N_FFT, 32)
    return Case(f"Griffin-Lim, 32 sweeps, of {_SECONDS} s", contenders, work=counted)


def _librosa_griffin_lim(magnitude: NDArray[np.float32]) -> Contender:
    name = "librosa.griffinlim"
    if missing("librosa"):
        return Contender(name, None, missing("librosa"))
    import librosa

    columns = np.ascontiguousarray(magnitude.T)
    kept: dict[str, Any] = {}

    def work() -> None:
        kept["y"] = librosa.griffinlim(
            columns, n_iter=32, hop_length=_HOP, n_fft=_N_FFT, momentum=0.99, init="random", random_state=0
        )

    return Contender(name, work, score=lambda: _consistency(curve.with_phases_of(kept["y"], magnitude, _FRAMING)))
