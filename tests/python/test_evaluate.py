"""The figures of `unisono evaluate`: what each must say about sounds whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from unisono.audio import read_audio
from unisono.evaluate import evaluate

Samples = NDArray[np.float32]
SR = 44100


@pytest.fixture(scope="module")
def melody() -> Samples:
    """8 s of 32 different short notes, so that every frame has its place."""
    draw = np.random.default_rng(11)
    t = np.arange(SR // 4) / SR
    notes = []
    for _ in range(32):
        partials = draw.uniform(100, 6000, 6)
        notes.append(sum(np.sin(2 * np.pi * f * t) * np.exp(-draw.uniform(2, 12) * t) for f in partials) / 8)
    return np.concatenate(notes).astype(np.float32)


@pytest.fixture(scope="module")
def other_order(melody: Samples) -> Samples:
    notes = melody.reshape(32, -1)
    return np.ascontiguousarray(notes[np.random.default_rng(2).permutation(32)].reshape(-1))


def test_a_sound_beside_itself(melody: Samples) -> None:
    result = evaluate(melody, melody, sr=SR)
    assert result.spectral_distance == 0.0
    assert result.nearest_distance == 0.0
    assert (result.rms_low, result.rms_high, result.flux_ratio) == (0.0, 0.0, 1.0)
    assert result.copy_share == 1.0
    assert result.level_holds
    assert result.moves


@pytest.mark.parametrize("shift", [512 * 100, 512 * 100 + 256, 12345])
def test_a_shifted_copy_is_a_copy(melody: Samples, shift: int) -> None:
    assert evaluate(melody, np.roll(melody, shift), sr=SR).copy_share > 0.9


def test_new_order_of_short_notes_is_near_and_no_copy(melody: Samples, other_order: Samples) -> None:
    result = evaluate(melody, other_order, sr=SR)
    assert result.copy_share < 0.2
    assert result.nearest_distance < 2.5
    assert result.spectral_distance < 0.5


def test_what_is_not_of_the_clip_and_what_the_clip_lacks(melody: Samples) -> None:
    noise = np.random.default_rng(4).normal(0, 0.1, len(melody)).astype(np.float32)
    half = melody[: len(melody) // 2]
    assert evaluate(melody, noise, sr=SR).nearest_output > 10
    result = evaluate(melody, np.concatenate([half, half]), sr=SR)
    assert result.nearest_output < 1 < result.nearest_clip
    assert evaluate(melody, np.concatenate([half, noise]), sr=SR).nearest_output > result.nearest_output


@pytest.mark.parametrize("gain", [0.25, 4.0])
def test_gain_is_read_in_db(melody: Samples, gain: float) -> None:
    result = evaluate(melody, melody * np.float32(gain), sr=SR)
    decibels = 20 * np.log10(gain)
    assert result.rms_low == pytest.approx(decibels, abs=1e-3)
    assert result.rms_high == pytest.approx(decibels, abs=1e-3)
    assert result.flux_ratio == pytest.approx(gain, rel=1e-3)
    assert not result.level_holds
    assert not result.moves


def test_fading_and_freezing_are_noticed(melody: Samples) -> None:
    fading = melody * np.linspace(1, 0, len(melody), dtype=np.float32) ** 3
    assert evaluate(melody, fading, sr=SR).rms_low < -6
    drone = np.tile(melody[2048:4096], len(melody) // 2048)
    assert not evaluate(melody, drone, sr=SR).moves


def test_half_a_second_is_where_a_copy_begins(melody: Samples) -> None:
    def with_copies(of_seconds: float) -> float:
        n = round(of_seconds * SR)
        starts = np.random.default_rng(7).integers(0, len(melody) - n, 20)
        return evaluate(melody, np.concatenate([melody[s : s + n] for s in starts]), sr=SR).copy_share

    assert with_copies(0.35) < 0.15
    assert with_copies(1.0) > 0.7


def test_bad_input_is_refused(melody: Samples) -> None:
    with pytest.raises(ValueError, match="clip is silent"):
        evaluate(np.zeros(SR, np.float32), melody, sr=SR)
    with pytest.raises(ValueError, match="output has 3 samples"):
        evaluate(melody, melody[:3], sr=SR)
    silent = evaluate(melody, np.zeros(SR, np.float32), sr=SR)
    assert silent.rms_low < -60
    assert np.isfinite(list(silent.as_dict().values())).all()


def test_real_recordings_differ_more_from_each_other_than_from_themselves(recordings: Path) -> None:
    guitar, tabla = (read_audio(recordings / f"{name}.flac").samples for name in ("guit_em9", "loop_tabla"))
    half = len(tabla) // 2
    among = evaluate(tabla[:half], tabla[half:], sr=SR)
    between = evaluate(tabla[:half], guitar, sr=SR)
    assert among.nearest_distance < between.nearest_distance / 1.5
    assert among.spectral_distance < between.spectral_distance / 1.5
