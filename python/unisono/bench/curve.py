"""The best consistency for the time: decibels against milliseconds of our methods and of the peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from .peers import missing
from .timing import Case, Contender, Result, measure

__all__ = ["FRAMING", "result", "with_phases_of"]

_Spectrogram = NDArray[np.complex64]
FRAMING: dict[str, Any] = {"n_fft": 2048, "hop_length": 512, "window": "sqrt_hann", "center": False}
_SWEEPS = (4, 8, 16, 32, 64, 128)
_ONLINE = (0, 1, 4, 10)  # the last with 16 sweeps is "music"
_BATCHES = (4, 8, 16, 32)
_PEER_SWEEPS = (8, 16, 32, 60, 100)


def result(part: NDArray[np.float32], repeats: int) -> Result:
    """Time everything on the same clip. Of each peer's row, the note says what ours reaches in that time."""
    magnitude = np.abs(_ops.stft(part, **FRAMING)).astype(np.float32)
    contenders = [*_ours(magnitude), *_librosa(magnitude), *_lws(part), *_pghipy(part), *_tifresi(part)]
    seconds = len(part) / 44100
    found = measure(
        Case(f"consistency for the time, {seconds:.0f} s, 2048/512", contenders, unit="ms", scale=1e3), repeats
    )
    return _with_ours(found)


def _with_ours(found: Result) -> Result:
    """Note in each peer's row the best of ours that takes no longer."""
    measured = [row for row in found.rows if row.median is not None and row.score is not None]
    ours = [(row.median or 0.0, row.score or 0.0) for row in measured if row.name.startswith("unisono")]
    for row in measured:
        if not row.name.startswith("unisono"):
            best = max((score for time, score in ours if time <= (row.median or 0.0)), default=None)
            row.note = ", ".join(
                filter(None, [row.note, f"ours in that time: {best:.2f} dB" if best else "ours: none"])
            )
        row.ratio = None
    return found


def _kept(name: str, work: Callable[[], Any], score: Callable[[Any], float], note: str = "") -> Contender:
    """Return a contender whose last result is judged."""
    kept: list[Any] = [None]

    def run() -> None:
        kept[0] = work()

    return Contender(name, run, score=lambda: score(kept[0]), note=lambda: note)


def _consistency(spectrogram: _Spectrogram) -> float:
    return float(_ops.consistency(spectrogram, **FRAMING))


def _ours(magnitude: NDArray[np.float32]) -> Iterator[Contender]:
    def lws(online: int, batch: int) -> _Spectrogram:
        return np.asarray(_ops.lws(magnitude, **FRAMING, online_iterations=online, batch_iterations=batch))

    def sweeps(n_iter: int) -> _Spectrogram:
        return np.asarray(_ops.griffin_lim(magnitude, **FRAMING, n_iter=n_iter, seed=0))

    def from_lws(n_iter: int) -> _Spectrogram:
        start = _ops.lws(magnitude, **FRAMING)
        return np.asarray(_ops.griffin_lim_refine(start, magnitude, **FRAMING, n_iter=n_iter))

    yield _kept("unisono pghi", lambda: _ops.pghi(magnitude, **FRAMING), _consistency)
    families: dict[str, tuple[Callable[[int], _Spectrogram], Sequence[int]]] = {
        **{f"lws, {n} online + batch": (partial(lws, n), _BATCHES) for n in _ONLINE},
        "griffin_lim": (sweeps, _SWEEPS),
        "lws, music, then griffin_lim": (from_lws, _SWEEPS),
    }
    for family, (method, lengths) in families.items():
        for n in lengths:
            yield _kept(f"unisono {family}, {n}", partial(method, n), _consistency)


def _librosa(magnitude: NDArray[np.float32]) -> Iterator[Contender]:
    if missing("librosa"):
        yield Contender("librosa griffinlim", None, missing("librosa"))
        return
    import librosa

    columns = np.ascontiguousarray(magnitude.T)
    window = _ops.window(FRAMING["n_fft"], kind=FRAMING["window"])
    options = {"n_fft": FRAMING["n_fft"], "hop_length": FRAMING["hop_length"], "window": window, "center": False}

    def work(n_iter: int) -> Any:
        return librosa.griffinlim(columns, n_iter=n_iter, momentum=0.99, init="random", random_state=0, **options)

    for n in _PEER_SWEEPS:
        name = f"librosa griffinlim, {n}"
        yield _kept(name, partial(work, n), lambda y: _consistency(with_phases_of(y, magnitude, FRAMING)))


def with_phases_of(y: Any, magnitude: NDArray[np.float32], framing: dict[str, Any]) -> _Spectrogram:
    """Return the magnitudes with the phases that a signal has."""
    phases = np.angle(_ops.stft(np.asarray(y, np.float32), **framing))
    n = min(len(phases), len(magnitude))
    return np.asarray(magnitude[:n] * np.exp(1j * phases[:n]), np.complex64)


def _lws(part: NDArray[np.float32]) -> Iterator[Contender]:
    if missing("lws"):
        yield Contender("lws package", None, missing("lws"))
        return
    import lws

    processor = lws.lws(FRAMING["n_fft"], FRAMING["hop_length"], mode="music")
    magnitude = np.abs(processor.stft(part.astype(np.float64))).astype(np.complex128)

    def work(batch: int) -> Any:
        found = processor.online_lws(processor.nofuture_lws(magnitude))
        return processor.batch_lws(found, iterations=batch) if batch else found

    def score(found: Any) -> float:
        return float(processor.get_consistency(found))

    for n in (0, 10, 20, 50, 100):
        yield _kept(f"lws package, {n}", partial(work, n), score)


def _pghipy(part: NDArray[np.float32]) -> Iterator[Contender]:
    """It wants a Gaussian window, so that it is judged by its own transform; the frames at the ends are left out."""
    if missing("pghipy"):
        yield Contender("pghipy", None, missing("pghipy"))
        return
    import pghipy

    n_fft, hop = FRAMING["n_fft"], FRAMING["hop_length"]
    window, gamma = pghipy.get_default_window(n_fft)
    synthesis = pghipy.calculate_synthesis_window(n_fft, hop, window)
    magnitude = np.abs(pghipy.stft(part.astype(np.float64), n_fft, hop, window))

    def score(phases: Any) -> float:
        made = magnitude * np.exp(1j * phases)
        return _within(made, pghipy.stft(pghipy.istft(made, n_fft, hop, window, synthesis), n_fft, hop, window))

    yield _kept("pghipy", lambda: pghipy.pghi(magnitude, n_fft, hop, gamma), score, "its own Gaussian window")


def _tifresi(part: NDArray[np.float32]) -> Iterator[Contender]:
    """PGHI again with a Gaussian window, and the time includes the way back to samples, which it does by itself."""
    if missing("tifresi"):
        yield Contender("tifresi", None, missing("tifresi"))
        return
    from tifresi import stft

    n_fft, hop = FRAMING["n_fft"], FRAMING["hop_length"]
    made: dict[str, Any] = {}

    class Truncated(stft.GaussTruncTF):  # type: ignore[misc]
        def idgt(self, spectrogram: Any, *sizes: int) -> Any:
            made["spectrogram"] = spectrogram  # what it turns into samples
            return super().idgt(spectrogram, *sizes)

    transform = Truncated(hop, n_fft)
    magnitude = np.abs(transform.dgt(part[: len(part) // n_fft * n_fft].astype(np.float64)))

    def score(samples: Any) -> float:
        return _within(made["spectrogram"].T, transform.dgt(samples).T)

    yield _kept("tifresi", lambda: transform.invert_spectrogram(magnitude), score, "its own Gaussian window")


def _within(made: Any, again: Any) -> float:
    """Return the consistency of frames with those of their own sound, but for the ends."""
    ends = FRAMING["n_fft"] // FRAMING["hop_length"]
    inner = slice(ends, min(len(again), len(made)) - ends)
    return float(20 * np.log10(np.linalg.norm(made[inner]) / np.linalg.norm(again[inner] - made[inner])))
