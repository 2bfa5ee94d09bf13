"""Pictures and their sounds: a training in JavaScript is the one in Python, and so is what a model file sounds like."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import node

import unisono

HERE = Path(__file__).resolve().parent


def text(values: Any) -> str:
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode()


def test_trainings_and_sounds_are_the_same_in_javascript(tmp_path: Path) -> None:
    found = node()
    if found is None or not (HERE.parents[1] / "dist_web/lib/pairs.js").is_file():
        pytest.skip("node or the web build is absent: npm install and npm run build in dist_web")
    random = np.random.default_rng(1)
    pairs = [
        unisono.Pair(
            f"p{i}", random.integers(0, 256, (40 + i, 50, 3), np.uint8), random.normal(0, 0.1, 15000).astype(np.float32)
        )
        for i in range(3)
    ]
    model = unisono.train_pairs(pairs, epochs=1, seed=5)
    model.save(tmp_path / "m.unisono")
    picture = random.integers(0, 256, (33, 47, 3), np.uint8)
    job = {
        "pairs": [{"pixels": text(p.pixels), "shape": p.pixels.shape, "samples": text(p.samples)} for p in pairs],
        "picture": {"pixels": text(picture), "shape": picture.shape},
        "steps": model.core.step(),
    }
    (tmp_path / "pairs.json").write_text(json.dumps(job))
    command = [found, str(HERE / "pairs_node.mjs"), str(tmp_path / "pairs.json"), str(tmp_path / "m.unisono")]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    sound = unisono.sonify(picture, mapping="learned", model=model, seconds=0.4, seed=3)
    assert told == {
        "trained": model.sha256,
        "sound": hashlib.sha256(sound.tobytes()).hexdigest(),
        "blend": hashlib.sha256(unisono.blend_pictures(pairs[0].pixels, picture, amount=0.3).tobytes()).hexdigest(),
        "names": ["p0", "p1", "p2"],
        "model": model.sha256,
    }
