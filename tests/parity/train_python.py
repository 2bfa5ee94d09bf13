"""Trains and generates in the native core and prints one JSON line: the hashes of weights, file and samples."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

import unisono
from unisono.audio import clip_sha256, write_wav


def arguments() -> argparse.Namespace:
    """Return the command line; the options are those of train_node.mjs and `--threads`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clip", type=Path, help="raw little-endian float32 samples")
    parser.add_argument("--sr", type=int, default=44100)
    parser.add_argument("--preset", default="default")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--phase", default="lws")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--model", type=Path, help="a file to generate from, or to resume if a clip is given")
    parser.add_argument("--save", type=Path)
    parser.add_argument("--wav", type=Path)
    return parser.parse_args()


def trained(given: argparse.Namespace) -> Any:
    """Return the model that the command line asks for."""
    old = unisono.load(given.model, threads=given.threads) if given.model else None
    if not given.clip:
        return old
    return unisono.train(
        np.fromfile(given.clip, "<f4"), sr=given.sr, preset=given.preset, epochs=given.epochs, seed=given.seed,
        threads=given.threads, resume=old, name="clip.f32",
    )  # fmt: skip


def main() -> None:
    """Train or load, save, generate, print."""
    given = arguments()
    model = trained(given)
    result = {"model": model.sha256, "epochs": model.epochs_done, "losses": model.losses}
    if given.save:
        model.save(given.save)
    if given.seconds > 0:
        made = {"seed": given.seed, "temperature": 1.0, "phase": given.phase}
        samples = model.generate(given.seconds, **made)
        result["samples"] = clip_sha256(samples)
        if given.wav:
            write_wav(given.wav, samples, sr=model.sr, recipe=model.recipe(seconds=given.seconds, **made))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
