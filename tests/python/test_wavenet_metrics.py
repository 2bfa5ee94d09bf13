"""What ``unisono wavenet evaluate`` measures, beside librosa and on sounds whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from unisono import wavenet_metrics as metrics
from unisono.audio import read_audio
from unisono.wavenet_evaluate import naive_bits


@pytest.fixture(scope="module")
def guitar(recordings) -> NDArray[np.float64]:  # type: ignore[no-untyped-def]
    samples = read_audio(recordings / "guit_em9.flac", sr=16000).samples[:64000]
    return samples.astype(np.float64) / np.abs(samples).max()


def test_log_mel_is_librosas(guitar: NDArray[np.float64]) -> None:
    librosa = pytest.importorskip("librosa")
    power = librosa.feature.melspectrogram(
        y=guitar, sr=16000, n_fft=1024, win_length=512, hop_length=160, n_mels=64, fmin=40, fmax=7600
    )
    db = 10 * np.log10(power + 1e-10)
    np.testing.assert_allclose(metrics.log_mel(guitar), np.maximum(db, db.max() - 60), atol=1e-3)


def test_a_copy_is_perfect_and_a_gain_a_shift_and_an_order_are_seen(guitar: NDArray[np.float64]) -> None:
    assert metrics.mel_distance(guitar, guitar) == 0 and metrics.worst_second(guitar, guitar) == 0
    assert metrics.fingerprint_shares(guitar, guitar) == pytest.approx((1, 1), abs=0.01)
    assert metrics.worst_second(0.5 * guitar, guitar) == pytest.approx(-6.02, abs=0.01)
    assert 3 < metrics.mel_distance(0.5 * guitar, guitar) <= 6.03  # the floor hides the rest
    turned = np.concatenate(guitar.reshape(4, -1)[::-1])  # its four seconds, from the last to the first
    assert metrics.strangest_second(turned, guitar) == 0 and metrics.worst_second(turned, guitar) != 0
    assert metrics.strangest_second(2 * turned, guitar) == pytest.approx(6.02, abs=0.01)
    assert metrics.strangest_second(np.concatenate([turned, 0 * turned]), guitar) < -60
    late = np.concatenate([np.zeros(16 * 256), guitar])[: len(guitar)]
    found, at_one_offset = metrics.fingerprint_shares(late, guitar)
    assert found > 0.9 and at_one_offset > 0.9
    pieces = np.concatenate(guitar.reshape(16, -1)[np.random.default_rng(0).permutation(16)])
    found, at_one_offset = metrics.fingerprint_shares(pieces, guitar)
    assert found > 2 * at_one_offset
    noise = np.random.default_rng(1).standard_normal(len(guitar))
    assert max(metrics.fingerprint_shares(noise, guitar)) < 0.02
    assert metrics.fingerprint_shares(np.zeros(len(guitar)), guitar) == (0, 0)


def test_naive_bits_of_noise_are_its_entropy_and_prediction_takes_bits_away(guitar: NDArray[np.float64]) -> None:
    noise = np.random.default_rng(2).laplace(scale=0.02, size=50000)
    assert naive_bits(noise, 32) == pytest.approx(np.log2(2 * np.e * 0.02 * 32768), abs=0.1)
    assert naive_bits(guitar, 256) < naive_bits(guitar, 32) - 0.5


def test_a_resampled_copy_is_still_the_clip(guitar: NDArray[np.float64]) -> None:
    there = soxr.resample(guitar, 16000, 44100, quality="HQ")
    back = soxr.resample(there, 44100, 16000, quality="HQ")
    assert metrics.mel_distance(back[: len(guitar)], guitar) < 0.5
