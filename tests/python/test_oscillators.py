"""What the oscillators sound like from Python: blocks equal ticks, and the spectra are what the pages say."""

from __future__ import annotations

import numpy as np
import pytest

import unisono

SR = 32768  # with n = SR, bin k of the FFT is k Hz, and whole frequencies have exact increments
PHASED = [
    unisono.Sine,
    unisono.Cosine,
    unisono.Phasor,
    unisono.Saw,
    unisono.Square,
    unisono.Pulse,
    unisono.Triangle,
]
BAND_LIMITED = [unisono.Saw, unisono.Square, unisono.Pulse, unisono.Triangle]


def steady(oscillator: object, frequency: float, n: int = SR) -> np.ndarray:
    return oscillator.process(np.full(n, frequency, np.float32))


def spectrum(x: np.ndarray) -> np.ndarray:
    return np.abs(np.fft.rfft(x.astype(np.float64))) / (len(x) / 2)


def decibels(ratio: float) -> float:
    return float(20 * np.log10(max(ratio, 1e-20)))


@pytest.mark.parametrize("kind", PHASED)
def test_blocks_and_single_samples_have_the_same_bits(kind: type) -> None:
    frequency = np.random.default_rng(1).uniform(-30000, 30000, 500).astype(np.float32)
    whole = kind(sr=44100.0, phase=0.25).process(frequency)
    ticking, blocks = kind(sr=44100.0, phase=0.25), kind(sr=44100.0, phase=0.25)
    ticks = np.array([ticking.tick(float(f)) for f in frequency], np.float32)
    parts = np.concatenate([blocks.process(part) for part in np.split(frequency, [1, 2, 130, 131, 400])])
    assert whole.tobytes() == ticks.tobytes() == parts.tobytes()


@pytest.mark.parametrize("kind", PHASED)
def test_reset_equals_fresh(kind: type) -> None:
    used = kind(sr=SR)
    steady(used, 123.4, 77)
    used.reset(phase=0.125)
    assert steady(used, 50, 300).tobytes() == steady(kind(sr=SR, phase=0.125), 50, 300).tobytes()


@pytest.mark.parametrize("frequency", [1, 441, 3001, 12345])
def test_sine_matches_numpy_and_is_pure(frequency: int) -> None:
    x = steady(unisono.Sine(sr=SR), frequency)
    exact = np.sin(2 * np.pi * ((frequency * np.arange(SR)) % SR) / SR)
    assert np.abs(x - exact).max() <= 1.11e-7
    bins = spectrum(x)
    assert bins[frequency] == pytest.approx(1.0, abs=1e-7)
    assert decibels(np.delete(bins, frequency).max()) < -150


def test_cosine_is_the_sine_a_quarter_turn_on() -> None:
    quarter_ahead = steady(unisono.Sine(sr=SR, phase=0.25), 441)
    assert steady(unisono.Cosine(sr=SR), 441).tobytes() == quarter_ahead.tobytes()


def test_increment_is_frequency_rounded_to_a_32_bit_turn() -> None:
    frequency = np.random.default_rng(2).uniform(-50000, 50000, 2000).astype(np.float32)
    increment = np.rint(frequency.astype(np.float64) * (2.0**32 / 44100.0)).astype(np.int64)
    position = np.concatenate([[0], np.cumsum(increment)[:-1]]) % 2**32
    expected = (position >> 8).astype(np.float32) * np.float32(2.0**-24)
    assert np.array_equal(unisono.Phasor(sr=44100.0).process(frequency), expected)


@pytest.mark.parametrize("kind", [unisono.Sine, unisono.Cosine, *BAND_LIMITED])
@pytest.mark.parametrize("frequency", [101, 1001, 7001])
def test_no_dc_and_no_clipping(kind: type, frequency: int) -> None:
    x = steady(kind(sr=SR), frequency)
    assert abs(float(x.astype(np.float64).mean())) < 1e-6
    assert np.abs(x).max() <= 1.0


def test_pulse_mean_follows_the_width() -> None:
    for width in (0.0, 0.1, 0.5, 0.75, 1.0):
        x = unisono.Pulse(sr=SR).process(np.full(SR, 100, np.float32), width=width)
        assert float(x.astype(np.float64).mean()) == pytest.approx(2 * width - 1, abs=1e-4)


def test_pulse_at_half_width_is_the_square() -> None:
    assert steady(unisono.Pulse(sr=SR), 997).tobytes() == steady(unisono.Square(sr=SR), 997).tobytes()


def aliasing(x: np.ndarray, frequency: int) -> tuple[float, float]:
    """Energy that is not at a harmonic, in dB of the rest; and its worst bin below 8 kHz, in dB of the fundamental."""
    power = spectrum(x) ** 2
    harmonic = np.zeros(len(power), bool)
    harmonic[::frequency] = True
    stray = np.where(harmonic, 0.0, power)
    return (
        float(10 * np.log10(stray.sum() / power[harmonic].sum())),
        float(10 * np.log10(stray[:8000].max() / power[frequency])),
    )


@pytest.mark.parametrize("kind", BAND_LIMITED)
@pytest.mark.parametrize("frequency", [101, 441, 1001, 3001])
def test_band_limited_waves_alias_far_less_than_naive_ones(kind: type, frequency: int) -> None:
    naive = aliasing(steady(kind(sr=SR, band_limited=False), frequency), frequency)
    rounded = aliasing(steady(kind(sr=SR), frequency), frequency)
    assert rounded[0] < naive[0] - 20
    assert rounded[1] < naive[1] - 40
    assert rounded[1] < -70


@pytest.mark.parametrize("kind", [unisono.Saw, unisono.Triangle])
def test_band_limiting_keeps_the_low_harmonics(kind: type) -> None:
    frequency = 101
    naive = spectrum(steady(kind(sr=SR, band_limited=False), frequency))
    rounded = spectrum(steady(kind(sr=SR), frequency))
    harmonics = np.arange(1, 20, 2) * frequency
    exact_droop = np.sinc(harmonics / SR) ** 4  # the cubic B-spline's own response
    assert np.abs(rounded[harmonics] / naive[harmonics] / exact_droop - 1).max() < 2e-3


@pytest.mark.parametrize("kind", [unisono.Sine, unisono.Cosine, unisono.Triangle])
def test_phase_is_continuous_where_the_frequency_jumps(kind: type) -> None:
    frequency = np.where(np.arange(SR) % 1000 < 500, 50, 400).astype(np.float32)
    steps = np.abs(np.diff(kind(sr=SR).process(frequency)))
    steepest = 2 * np.pi * 400 / SR  # no wave here has a greater slope at 400 Hz than the sine
    assert steps.max() <= steepest * 1.001


def test_negative_frequency_plays_backwards() -> None:
    forward = steady(unisono.Saw(sr=SR, band_limited=False), 100, 1000)
    backward = steady(unisono.Saw(sr=SR, band_limited=False), -100, 1001)
    position = np.arange(1000) * 100 % SR
    moving = position != 0  # at the drop itself there is nothing to mirror
    assert np.array_equal(backward[:1000][moving], -forward[moving])


def test_white_noise_is_flat_centred_and_named_by_its_seed() -> None:
    noise = unisono.WhiteNoise(seed=3)
    x = np.concatenate([noise.process(5), noise.process(2**18 - 5)])
    assert x.tobytes() == unisono.WhiteNoise(seed=3).process(2**18).tobytes()
    assert x.tobytes() != unisono.WhiteNoise(seed=4).process(2**18).tobytes()
    assert abs(float(x.astype(np.float64).mean())) < 4 / np.sqrt(3 * 2**18)  # four standard errors
    assert float(x.std()) == pytest.approx(1 / np.sqrt(3), rel=0.005)
    assert float(np.abs(x).max()) < 1
    power = (np.abs(np.fft.rfft(x.astype(np.float64))) ** 2)[1:-1]
    octaves = [power[len(power) * k // 8 : len(power) * (k + 1) // 8].mean() for k in range(8)]
    assert max(octaves) / min(octaves) < 1.1


def test_bad_frequencies_are_refused_in_blocks_with_one_clear_line() -> None:
    with pytest.raises(unisono.ParameterError, match="frequency"):
        unisono.Sine().process(np.array([440, np.nan], np.float32))
    with pytest.raises(unisono.ParameterError, match="width"):
        unisono.Pulse().process(np.full(4, 440, np.float32), width=1.5)
    with pytest.raises(unisono.ParameterError, match="sr"):
        unisono.Sine(sr=0.0)
