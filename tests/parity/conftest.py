"""What the parity tests need: the engines of this machine, and a real recording as raw float32 samples."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from compare import Engine, engines, node

ROOT = Path(__file__).resolve().parents[2]
RECORDINGS = Path(os.environ.get("UNISONO_RECORDINGS", "/usr/share/sonic-pi/samples"))


@pytest.fixture(scope="session")
def all_engines() -> list[Engine]:
    """Every engine that this machine runs; WebAssembly in Node has to be among them."""
    if node() is None:
        pytest.skip("node is absent: apt-get install nodejs")
    if not (ROOT / "dist_web/wasm/unisono.wasm").is_file() or not (ROOT / "dist_web/lib/index.js").is_file():
        pytest.skip("the web build is absent: python -m codegen wasm, then npm install and npm run build in dist_web")
    return engines()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of a real guitar, decoded once, as raw little-endian float32."""
    recording = RECORDINGS / "guit_em9.flac"
    if not recording.is_file():
        pytest.skip(f"{recording} is absent: apt-get install sonic-pi-samples")
    import soundfile

    samples, sr = soundfile.read(recording, dtype="float32", always_2d=True)
    assert sr == 44100
    path = tmp_path_factory.mktemp("clip") / "clip.f32"
    samples.mean(axis=1, dtype=np.float32)[: 4 * sr].astype("<f4").tofile(path)
    return path
