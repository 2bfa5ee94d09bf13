"""What several Python tests need: real recordings, sounds made on the spot, the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

Run = Callable[..., "subprocess.CompletedProcess[str]"]

_RECORDINGS = Path(os.environ.get("UNISONO_RECORDINGS", "/usr/share/sonic-pi/samples"))


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings, from Debian's package sonic-pi-samples."""
    if not (_RECORDINGS / "guit_em9.flac").is_file():
        pytest.skip(f"real recordings are absent from {_RECORDINGS}: apt-get install sonic-pi-samples")
    return _RECORDINGS


@pytest.fixture(scope="session")
def tone() -> NDArray[np.float32]:
    """1.5 s of a decaying two-note sound at 44.1 kHz: long enough to train on, short enough to be quick."""
    t = np.arange(66150) / 44100.0
    notes = np.where(t < 0.75, 220.0, 330.0)
    return (0.5 * np.sin(2 * np.pi * notes * t) * np.exp(-3.0 * (t % 0.75))).astype(np.float32)


@pytest.fixture
def unisono_command() -> Run:
    """Run the real command in a process of its own and return its result, output as text."""

    def run(*arguments: str | os.PathLike[str], timeout: float = 120.0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "unisono", *map(os.fspath, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)

    return run
