"""Sound files: every format and rate comes in as mono float32; WAV goes out exactly, with its recipe."""

from __future__ import annotations

import json
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

import unisono
from unisono.audio import SAMPLE_RATE, clip_sha256, read_audio, read_recipe, write_wav
from unisono.errors import AudioFileError

Samples = NDArray[np.float32]


@pytest.mark.parametrize(("suffix", "delay"), [("wav", 0), ("flac", 0), ("ogg", 0), ("mp3", 2400)])
def test_formats(tmp_path: Path, suffix: str, delay: int) -> None:
    t = np.arange(44100) / SAMPLE_RATE
    sweep = (0.5 * np.sin(2 * np.pi * (200 * t + 600 * t * t))).astype(np.float32)
    soundfile.write(tmp_path / f"x.{suffix}", sweep, SAMPLE_RATE)
    clip = read_audio(tmp_path / f"x.{suffix}")
    assert clip.samples.dtype == np.float32
    assert clip.samples.ndim == 1
    assert abs(len(clip.samples) - len(sweep)) <= delay  # MP3 pads to whole frames
    middle = sweep[10000:30000]
    likeness = np.correlate(clip.samples[10000 - delay : 30000 + delay], middle, "valid") / (middle @ middle)
    assert likeness.max() == pytest.approx(1.0, abs=0.01)
    assert clip.changes() == []


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 32000, 48000, 96000, 192000])
def test_rates_are_resampled_and_said(tmp_path: Path, rate: int) -> None:
    t = np.arange(rate) / rate
    soundfile.write(tmp_path / "x.wav", (0.5 * np.sin(2 * np.pi * 440 * t)).astype(np.float32), rate, subtype="FLOAT")
    clip = read_audio(tmp_path / "x.wav")
    assert clip.sr == SAMPLE_RATE
    assert len(clip.samples) == SAMPLE_RATE
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    assert np.abs(clip.samples - expected)[500:-500].max() < 1e-3
    assert clip.changes() == [f"resampled from {rate} to 44100 Hz"]


def test_own_rate_is_kept_when_asked(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.ones(100, np.float32) / 2, 8000)
    clip = read_audio(tmp_path / "x.wav", sr=None)
    assert (clip.sr, clip.source_sr, len(clip.samples)) == (8000, 8000, 100)


@pytest.mark.parametrize("channels", [2, 3, 6])
def test_channels_are_averaged_and_said(tmp_path: Path, channels: int) -> None:
    sound = np.random.default_rng(1).uniform(-1, 1, (5000, channels)).astype(np.float32)
    soundfile.write(tmp_path / "x.wav", sound, SAMPLE_RATE, subtype="FLOAT")
    clip = read_audio(tmp_path / "x.wav")
    np.testing.assert_allclose(clip.samples, sound.mean(axis=1), atol=1e-6)
    assert clip.changes() == [f"{channels} channels averaged to mono"]


def test_clip_hash_is_of_the_samples_not_of_the_container(tmp_path: Path, tone: Samples) -> None:
    for suffix in ("wav", "flac"):
        soundfile.write(tmp_path / f"x.{suffix}", (tone * 32767).astype(np.int16), SAMPLE_RATE)
    assert read_audio(tmp_path / "x.wav").sha256 == read_audio(tmp_path / "x.flac").sha256
    assert clip_sha256(tone) != clip_sha256(tone[:-1])


def test_real_recordings_are_read(recordings: Path) -> None:
    for name in ("guit_em9", "loop_tabla", "ambi_glass_hum"):
        clip = read_audio(recordings / f"{name}.flac")
        assert clip.sr == SAMPLE_RATE
        assert 0.01 < np.abs(clip.samples).max() <= 1.0


def test_wav_is_exact_16_bit_pcm_for_any_reader(tmp_path: Path, tone: Samples) -> None:
    write_wav(tmp_path / "x.wav", tone, sr=SAMPLE_RATE, recipe={"unisono": "1"})
    with wave.open(str(tmp_path / "x.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, SAMPLE_RATE)
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    np.testing.assert_array_equal(frames, np.rint(tone.astype(np.float64) * 32768).astype(np.int64))
    assert soundfile.info(tmp_path / "x.wav").frames == len(tone)


@pytest.mark.parametrize("channels", [1, 2])
def test_wavs_of_24_bits_and_of_floats_hold_the_samples_for_any_reader(
    tmp_path: Path, tone: Samples, channels: int
) -> None:
    sound = tone[: len(tone) // 2 * 2].reshape(-1, channels)
    given = sound if channels == 2 else sound[:, 0]
    for format, subtype in (("pcm24", "PCM_24"), ("float", "FLOAT")):
        write_wav(tmp_path / "x.wav", given, sr=SAMPLE_RATE, recipe={"unisono": "1"}, format=format)
        assert soundfile.info(tmp_path / "x.wav").subtype == subtype
        read, _ = soundfile.read(tmp_path / "x.wav", dtype="float32")
        assert np.array_equal(read, given) if format == "float" else np.abs(read - given).max() <= 2**-24
        assert read_recipe(tmp_path / "x.wav") == {"unisono": "1"}


def test_dither_is_named_by_its_seed_and_never_louder_than_full_scale(tmp_path: Path) -> None:
    sound = np.concatenate([np.full(1000, value, np.float32) for value in (1.0, -1.0, 2.0, 0.0, 1e-5)])
    files = []
    for seed in (1, 1, 2):
        write_wav(tmp_path / "x.wav", sound, sr=SAMPLE_RATE, recipe={"unisono": "1"}, dither=seed)
        assert read_recipe(tmp_path / "x.wav") == {"unisono": "1", "dither": seed}
        files.append((tmp_path / "x.wav").read_bytes())
    assert files[0] == files[1] != files[2]
    values, _ = soundfile.read(tmp_path / "x.wav", dtype="int16")
    assert values[:1000].min() >= 32766 and values[1000:2000].max() <= -32767 and values[2000:3000].min() >= 32766
    assert set(values[3000:4000]) == {-1, 0, 1}  # silence is not silent: a sound of a third of a step lives in this
    assert abs(values[4000:].mean() - 1e-5 * 32768) < 0.06


def test_a_format_that_is_none_and_floats_with_dither_are_refused(tmp_path: Path) -> None:
    with pytest.raises(unisono.ParameterError, match=r"format: got 'pcm8'; must be one of pcm16, pcm24, float"):
        write_wav(tmp_path / "x.wav", np.zeros(4, np.float32), sr=8000, format="pcm8")  # type: ignore[arg-type]
    with pytest.raises(unisono.ParameterError, match="not rounded"):
        write_wav(tmp_path / "x.wav", np.zeros(4, np.float32), sr=8000, format="float", dither=1)


def test_a_recipe_of_any_length_is_found_again(tmp_path: Path) -> None:
    recipe = {"unisono": "1", "automation": [[i, "pitch", i / 1000] for i in range(20_000)]}
    write_wav(tmp_path / "x.wav", np.zeros(3, np.float32), sr=8000, recipe=recipe)
    assert read_recipe(tmp_path / "x.wav") == recipe
    whole = (tmp_path / "x.wav").read_bytes()
    for end in (12, 20, 44, 50, 57, 60, 1000, len(whole) - 10):
        (tmp_path / "cut.wav").write_bytes(whole[:end])
        assert read_recipe(tmp_path / "cut.wav") is None


def test_wav_clips_what_is_beyond_full_scale(tmp_path: Path) -> None:
    write_wav(tmp_path / "x.wav", np.array([2.0, -2.0, 1.0, -1.0, 0.5], np.float32), sr=8000)
    values, _ = soundfile.read(tmp_path / "x.wav", dtype="int16")
    assert values.tolist() == [32767, -32768, 32767, -32768, 16384]


@pytest.mark.parametrize("name", ["plain.flac", "", 'Gitarre ä, 日本語 "x" \\ \n.flac', "x" * 1001])
def test_recipe_round_trip(tmp_path: Path, name: str) -> None:
    recipe = {"unisono": unisono.__version__, "seed": 4294967295, "temperature": 0.7, "clip": name, "none": None}
    write_wav(tmp_path / "x.wav", np.zeros(11, np.float32), sr=SAMPLE_RATE, recipe=recipe)
    assert read_recipe(tmp_path / "x.wav") == recipe
    assert struct.unpack_from("<I", (tmp_path / "x.wav").read_bytes(), 4)[0] == (tmp_path / "x.wav").stat().st_size - 8


def test_same_sound_and_recipe_give_the_same_file(tmp_path: Path, tone: Samples) -> None:
    write_wav(tmp_path / "1.wav", tone, sr=SAMPLE_RATE, recipe={"unisono": "1", "a": 2})
    write_wav(tmp_path / "2.wav", tone, sr=SAMPLE_RATE, recipe={"a": 2, "unisono": "1"})
    assert (tmp_path / "1.wav").read_bytes() == (tmp_path / "2.wav").read_bytes()


def test_no_recipe_in_other_peoples_files(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "x.wav", np.zeros(9), 8000)
    assert read_recipe(tmp_path / "x.wav") is None
    for comment in ("hello", "[1]", json.dumps({"other": 1}), "[" * 60_000, "9" * 70_000):
        with soundfile.SoundFile(tmp_path / "x.wav", "w", 8000, 1) as file:
            file.comment = comment
            file.write(np.zeros(9))
        assert read_recipe(tmp_path / "x.wav") is None


def test_rates_that_cannot_be(tmp_path: Path, tone: Samples) -> None:
    write_wav(tmp_path / "x.wav", tone, sr=SAMPLE_RATE)
    for sr in (0, -1, 10**9):
        with pytest.raises(unisono.ParameterError, match="sr: got"):
            read_audio(tmp_path / "x.wav", sr=sr)
    for sr in (0, -1, 1 << 32):
        with pytest.raises(unisono.ParameterError, match="sr: got"):
            write_wav(tmp_path / "y.wav", tone, sr=sr)
    assert not (tmp_path / "y.wav").exists()


def test_not_finite_samples_are_named_by_their_time(tmp_path: Path) -> None:
    for poison in (np.nan, np.inf, -np.inf):
        sound = np.zeros(8000, np.float32)
        sound[4000] = poison
        soundfile.write(tmp_path / "x.wav", sound, 8000, subtype="FLOAT")
        with pytest.raises(AudioFileError, match=r"NaN or infinity, first at 0\.500 s"):
            read_audio(tmp_path / "x.wav")
