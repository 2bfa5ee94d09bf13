"""Model files are read by the same rules in Python and JavaScript: same tensors, same bytes, same complaint."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compare import node

from unisono.errors import ModelFileError
from unisono.model_file import model_sha256, parse_model, write_model_file

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OPTIONS: dict[str, Any] = {
    "preset": "default", "clip": "Gitarre \u00e4\u4e2d\U0001f600\n\"\x7f.wav", "losses": [0.1, 1e-05, 0.1234567],
    "seed": 4294967295,
}  # fmt: skip


# Refused by both, but by JSON parsers that have limits and words of their own.
OWN_WORDS = {"number too long to parse", "options with NaN"}


def attacks() -> dict[str, bytes]:
    """Return the hostile files of the attack tests by name."""
    path = ROOT / "tests/attacks/test_hostile_models.py"
    spec = importlib.util.spec_from_file_location("hostile_models", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: content for name, (content, _) in module.ATTACKS.items()}


def in_node(folder: Path) -> dict[str, dict[str, str]]:
    """Read all files of a folder in JavaScript."""
    found = node()
    if found is None or not (ROOT / "dist_web/lib/safetensors.js").is_file():
        pytest.skip("node or the web build is absent: npm install and npm run build in dist_web")
    command = [found, str(HERE / "parse_node.mjs"), str(folder)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return {line["name"]: line for line in map(json.loads, lines)}


def in_python(content: bytes) -> str:
    """Return the complaint about a file, or an empty text."""
    try:
        parse_model(content)
    except ModelFileError as error:
        return str(error)
    return ""


def test_hostile_files_get_the_same_complaint_in_both_languages(tmp_path: Path) -> None:
    contents = attacks()
    assert len(contents) > 20
    for number, content in enumerate(contents.values()):
        (tmp_path / f"{number:03}").write_bytes(content)
    found = in_node(tmp_path)
    different = {}
    for number, (name, content) in enumerate(contents.items()):
        python, javascript = in_python(content), found[f"{number:03}"].get("error", "")
        assert python and javascript, name
        if python != javascript and name not in OWN_WORDS:
            different[name] = (python, javascript)
    assert not different, different


def test_a_file_is_written_again_byte_for_byte(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    tensors = {
        name: random.standard_normal(shape).astype(np.float32)
        for name, shape in {"z": (3, 4), "a.b": (7,), "\u00e4": (1, 2, 3), "none": (0,)}.items()
    }
    write_model_file(tmp_path / "model", tensors, OPTIONS)
    content = (tmp_path / "model").read_bytes()
    found = in_node(tmp_path)["model"]
    assert found["sha256"] == model_sha256(tensors)
    assert found["written"] == hashlib.sha256(content).hexdigest()
