"""Sound files that lie or are damaged: each gives one line that names the fault, and no memory for its promises."""

from __future__ import annotations

import random
import resource
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from unisono.audio import read_audio
from unisono.errors import AudioFileError


def riff(*chunks: tuple[bytes, bytes, int | None]) -> bytes:
    """Make a WAV of (name, content, claimed size or None for the true one)."""
    body = b"".join(
        name + struct.pack("<I", len(content) if size is None else size) + content for name, content, size in chunks
    )
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


def form(*, tag: int = 1, channels: int = 1, rate: int = 44100, bits: int = 16) -> tuple[bytes, bytes, None]:
    align = channels * bits // 8
    return b"fmt ", struct.pack("<HHIIHH", tag, channels, rate, rate * align % (1 << 32), align % (1 << 16), bits), None


PCM = bytes(range(200))

ATTACKS: dict[str, tuple[str, bytes, str]] = {
    "empty": ("x.wav", b"", "is empty"),
    "text named .wav": ("x.wav", b"Dear reader, this is no sound.\n" * 20, "cannot be read"),
    "text named .mp3": ("x.mp3", b"Dear reader, this is no sound.\n" * 20, "cannot be read"),
    "text named .raw": ("x.raw", b"Dear reader, this is no sound.\n" * 20, "cannot be read"),
    "picture named .wav": ("x.wav", b"\x89PNG\r\n\x1a\n" + bytes(500), "cannot be read"),
    "only a header": ("x.wav", riff(form(), (b"data", b"", None)), "no samples"),
    "no data chunk": ("x.wav", riff(form()), "cannot be read|no samples"),
    "no format": ("x.wav", riff((b"data", PCM, None)), "cannot be read"),
    "RIFF and nothing": ("x.wav", b"RIFF\xff\xff\xff\xffWAVE", "cannot be read"),
    "no channels": ("x.wav", riff(form(channels=0), (b"data", PCM, None)), "cannot be read"),
    "too many channels": ("x.wav", riff(form(channels=1000), (b"data", bytes(20000), None)), "channels|cannot be read"),
    "rate 0": ("x.wav", riff(form(rate=0), (b"data", PCM, None)), "rate|cannot be read"),
    "rate 1": ("x.wav", riff(form(rate=1), (b"data", PCM, None)), "rate is 1 Hz"),
    "giant rate": ("x.wav", riff(form(rate=2_000_000_000), (b"data", PCM, None)), "rate is 2000000000 Hz"),
    "unknown codec": ("x.wav", riff(form(tag=0x7777), (b"data", PCM, None)), "cannot be read"),
    "cut-off FLAC": ("x.flac", b"fLaC\x00\x00\x00\x22" + bytes(10), "cannot be read"),
    "cut-off OGG": ("x.ogg", b"OggS" + bytes(30), "cannot be read"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_gets_one_line_that_names_the_fault(name: str, tmp_path: Path) -> None:
    file_name, content, fault = ATTACKS[name]
    path = tmp_path / file_name
    path.write_bytes(content)
    with pytest.raises(AudioFileError, match=fault) as caught:
        read_audio(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_header_that_promises_hours_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(riff(form(), (b"data", PCM, 0xFFFFFFF0)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert len(read_audio(path).samples) == len(PCM) // 2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB; the promise was 8 GB


def test_flac_that_promises_an_impossible_length(tmp_path: Path) -> None:
    path = tmp_path / "x.flac"
    soundfile.write(path, np.random.default_rng(3).uniform(-0.5, 0.5, 44100), 44100)
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F  # the 36-bit count of samples ends in bytes 21 to 25
    content[22:26] = b"\xff\xff\xff\xff"
    path.write_bytes(content)
    try:
        assert len(read_audio(path).samples) <= 44100
    except AudioFileError as error:
        assert "\n" not in str(error)


def test_missing_file_folder_and_odd_names(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="does not exist"):
        read_audio(tmp_path / "none.wav")
    with pytest.raises(AudioFileError, match="is a folder"):
        read_audio(tmp_path)
    with pytest.raises(AudioFileError):
        read_audio("nul\0byte.wav")


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_damaged_files_give_sound_or_one_line(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x.{suffix}"
    soundfile.write(path, np.random.default_rng(4).uniform(-0.5, 0.5, 8000), 44100)
    good, draw = path.read_bytes(), random.Random(5)
    for _ in range(150):
        content = bytearray(good[: draw.randint(1, len(good))] if draw.random() < 0.3 else good)
        for _ in range(draw.randint(1, 10)):
            content[draw.randrange(min(len(content), 300 if draw.random() < 0.7 else len(content)))] = draw.randrange(
                256
            )
        path.write_bytes(content)
        try:
            clip = read_audio(path)
        except AudioFileError as error:
            assert "\n" not in str(error)
        else:
            assert np.isfinite(clip.samples).all()
            assert clip.samples.dtype == np.float32
