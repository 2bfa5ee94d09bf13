"""Proof on this machine that every build of the core and every number of threads give the same bits."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from .._version import BITS
from ..audio import SAMPLE_RATE
from ..demo import render_piece
from ..errors import UnisonoError
from ..resynthesis import resynthesize
from ..training import train

__all__ = ["Engine", "compare", "engines", "jobs"]

_ISAS = ("sse2", "avx2", "avx512")  # by age; a processor that runs one runs those before it
_PRESETS: tuple[_ops.Preset, ...] = ("default", "icmc2019", "magnet2024")
_SECONDS = 2  # of the piece that is trained on


@dataclass(frozen=True)
class Engine:
    """One of the package's libraries, and a number of threads."""

    isa: str
    threads: int

    def __str__(self) -> str:
        return f"{self.isa}, {self.threads} thread{'s' if self.threads > 1 else ''}"

    def run(self, epochs: int) -> dict[str, str]:
        """Do all jobs in a process of their own and return their hashes by name.

        Raises
        ------
        UnisonoError
            If the process fails.
        """
        command = [sys.executable, "-m", "unisono.parity", str(self.threads), str(epochs)]
        environment = {**os.environ, "UNISONO_ISA": self.isa}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode != 0:
            last = done.stderr.strip().rpartition("\n")[2]
            raise UnisonoError(f"{self} failed with code {done.returncode}: {last}")
        return {str(name): str(value) for name, value in json.loads(done.stdout).items()}


def engines() -> list[Engine]:
    """Return what this machine can run: every library up to the one that is chosen by itself, with 1 and 2 threads."""
    best = _ops.build_info()["isa"]
    isas = _ISAS[: _ISAS.index(best) + 1] if best in _ISAS else (best,)
    here = Path(__file__).parent.parent
    return [Engine(isa, n) for isa in isas if (here / f"libunisono_{isa}.so").exists() for n in (1, 2)]


def compare(chosen: Sequence[Engine], epochs: int) -> Iterator[tuple[str, list[str]]]:
    """Run all jobs in all engines; yield each job's name and its hash in each engine.

    Raises
    ------
    UnisonoError
        If an engine fails.
    """
    results = [engine.run(epochs) for engine in chosen]
    for name in results[0]:
        yield name, [result[name] for result in results]


def jobs(threads: int, epochs: int) -> Iterator[tuple[str, str]]:
    """Do one job after the other in this process, and yield its name and the SHA-256 of all that it gave."""
    piece = render_piece()
    yield "oscillators, noise, exp and sin: the demo's piece", _sha256(piece)
    clip = piece[: _SECONDS * SAMPLE_RATE]
    for phase in ("lws", "griffin_lim", "pghi"):
        sound, consistency = resynthesize(clip, phase=phase)
        yield f"stft, {phase}, istft", _sha256(sound, np.float64(consistency))
    for preset in _PRESETS:
        model = train(clip, sr=SAMPLE_RATE, preset=preset, epochs=epochs, threads=threads)
        yield f"train {preset}, {epochs} epochs", model.sha256
        yield f"generate {preset}, 2 s", _sha256(model.generate(2.0, seed=1))


def _sha256(*results: NDArray[np.float32] | np.float64) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(result).tobytes() for result in results)).hexdigest()


def report(epochs: int, *, as_json: bool = False) -> bool:
    """Compare, print, and return whether all bits are equal.

    Raises
    ------
    UnisonoError
        If an engine fails.
    """
    chosen = engines()
    rows = list(compare(chosen, epochs))
    equal = all(len(set(hashes)) == 1 for _, hashes in rows)
    total = hashlib.sha256("".join(hashes[0] for _, hashes in rows).encode()).hexdigest()
    if as_json:
        table = {name: dict(zip(map(str, chosen), hashes, strict=True)) for name, hashes in rows}
        print(json.dumps({"bits": BITS, "equal": equal, "sha256": total, "jobs": table}, indent=2))
        return equal
    for name, hashes in rows:
        same = len(set(hashes)) == 1
        print(f"{name:52} {hashes[0][:16] if same else 'DIFFERS'}")
        if not same:
            print("\n".join(f"  {engine!s:20} {value[:16]}" for engine, value in zip(chosen, hashes, strict=True)))
    print(f"{len(chosen)} engines ({'; '.join(map(str, chosen))}): {'all bits equal' if equal else 'NOT EQUAL'}")
    print(f"bits {BITS}, all together {total[:32]}: the same line on every machine")
    return equal


def _main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("threads", type=int)
    parser.add_argument("epochs", type=int)
    given = parser.parse_args()
    print(json.dumps(dict(jobs(given.threads, given.epochs))))


if __name__ == "__main__":
    _main()
