"""FFT, windows and STFT against NumPy, SciPy and librosa."""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
import pytest
import scipy.signal
from numpy.typing import NDArray

import unisono

SIZES = [n for n in range(16, 2049) if not [p for p in (7, 11, 13) if n % p == 0]]
WINDOWS = {"hann": "hann", "hamming": "hamming", "blackman": "blackman", "rectangular": "boxcar"}


def smooth(n: int) -> bool:
    """True for products of 2, 3 and 5."""
    for p in (2, 3, 5):
        while n % p == 0:
            n //= p
    return n == 1


def noise(n: int, seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(n).astype(np.float32)


def distance(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Relative to the size of b, root mean square."""
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


@pytest.mark.parametrize("n", [*filter(smooth, SIZES), 6561, 15625, 65536])
def test_fft_agrees_with_numpy(n: int) -> None:
    x = noise(n)
    z = (x + 1j * noise(n, 1)).astype(np.complex64)
    assert distance(unisono.rfft(x), np.fft.rfft(x.astype(np.float64))) < 4e-7
    assert distance(unisono.fft(z), np.fft.fft(z.astype(np.complex128))) < 4e-7
    assert distance(unisono.ifft(unisono.fft(z)), z) < 6e-7
    assert distance(unisono.irfft(unisono.rfft(x), n=n), x) < 6e-7


@pytest.mark.parametrize("kind", WINDOWS)
@pytest.mark.parametrize("periodic", [True, False])
def test_windows_agree_with_scipy(kind: str, periodic: bool) -> None:
    for n in (1, 2, 25, 1024):
        expected = scipy.signal.get_window(WINDOWS[kind], n, fftbins=periodic)
        assert np.abs(unisono.window(n, kind=kind, periodic=periodic) - expected).max() < 4e-8


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("pad_mode", ["constant", "reflect"])
@pytest.mark.parametrize(
    ("n_fft", "hop", "win"), [(2048, 512, 2048), (2048, 512, 1024), (400, 150, 399), (405, 100, 405)]
)
def test_stft_agrees_with_librosa(n_fft: int, hop: int, win: int, pad_mode: Any, center: bool) -> None:
    x = noise(22050)
    options: Any = {"n_fft": n_fft, "hop_length": hop, "win_length": win, "center": center}
    ours = unisono.stft(x, **options, pad_mode=pad_mode)
    theirs = librosa.stft(x, **options, pad_mode=pad_mode).T
    assert ours.shape == theirs.shape
    assert distance(ours, theirs) < 1e-6

    back = unisono.istft(theirs, **options, length=len(x))
    reference = librosa.istft(theirs.T, **options, length=len(x))
    edge = 0 if center else n_fft  # there the windows' sum is next to nothing, and rounding is divided by it
    inner = slice(edge, len(x) - n_fft)
    assert distance(back[inner], reference[inner]) < 1e-6
    assert distance(back[inner], x[inner]) < 1e-6
    assert len(unisono.istft(theirs, **options)) == len(librosa.istft(theirs.T, **options))


def test_magnitude_agrees_with_numpy() -> None:
    z = unisono.stft(noise(5000))
    assert np.abs(unisono.magnitude(z) / np.abs(z.astype(np.complex128)) - 1).max() < 6.1e-8
