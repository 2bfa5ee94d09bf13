"""Long recordings: what training and writing hold in memory grows slowly enough for an hour within 2 GiB."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from unisono.audio import SAMPLE_RATE

HOUR, LIMIT = 3600.0, 2 << 30

TRAIN = """
import sys, unisono
from unisono.audio import clip_sha256, read_audio
from unisono.training import is_silent

clip = read_audio(sys.argv[1])
assert not is_silent(clip.samples)
clip_sha256(clip.samples)
model = unisono.MagnetModel(preset=sys.argv[2])
model.set_clip(clip.samples)
model.train_step()
"""

WRITE = """
import sys, soundfile
from unisono.audio import write_wav

samples, sr = soundfile.read(sys.argv[1], dtype="float32")
write_wav(sys.argv[1] + ".copy", samples, sr=sr, format=sys.argv[2])
"""

# Of this program alone: getrusage goes on from the process that started it.
PEAK = """
from pathlib import Path
print(1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]))
"""


def peak(script: str, folder: Path, seconds: int, *arguments: str) -> int:
    """The most bytes that were resident while a script of its own process dealt with a sound of so many seconds."""
    path = folder / f"{seconds}.wav"
    if not path.exists():
        sound = np.random.default_rng(1).uniform(-0.5, 0.5, seconds * SAMPLE_RATE).astype(np.float32)
        soundfile.write(path, sound, SAMPLE_RATE)
    command = [sys.executable, "-c", script + PEAK, str(path), *arguments]
    return int(subprocess.run(command, capture_output=True, check=True, text=True, timeout=120).stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(
    ("script", "how", "short", "long"),
    [
        (TRAIN, "default", 50, 100),  # more than one block of frames; its time grows fastest
        (TRAIN, "magnet2024", 400, 600),  # more frames than are kept
        (TRAIN, "icmc2019", 400, 600),
        (WRITE, "pcm16", 100, 300),
        (WRITE, "pcm24", 100, 300),
        (WRITE, "float", 100, 300),
    ],
)
def test_an_hour_fits_in_2_gib(tmp_path: Path, script: str, how: str, short: int, long: int) -> None:
    least, most = (peak(script, tmp_path, seconds, how) for seconds in (short, long))
    slope = (most - least) / (long - short)
    assert slope > 4 * SAMPLE_RATE / 2  # the sound itself is there: this measures something
    assert most + slope * (HOUR - long) < LIMIT
