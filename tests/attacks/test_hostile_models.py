"""Model files made to harm, or damaged: each gives one line that names the fault, and no memory for its promises."""

from __future__ import annotations

import json
import random
import struct
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisono.errors import ModelFileError
from unisono.model_file import parse_model, read_model_file, write_model_file

METADATA = {"format": "unisono", "version": "1", "kind": "magnet", "options": "{}"}


def pack(header: Any, values: bytes = b"", *, size: int | None = None) -> bytes:
    """Make a file of a header (an object, or text as it stands) and values; `size` lies about the header's length."""
    text = header.encode() if isinstance(header, str) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + values


def tensor(first: int, last: int, shape: list[Any], dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [first, last]}


def with_tensors(**tensors: Any) -> dict[str, Any]:
    return {"__metadata__": METADATA, **tensors}


META = '"__metadata__": ' + json.dumps(METADATA)
NAN = struct.pack("<f", float("nan"))
INF = struct.pack("<f", float("-inf"))
EIGHT = bytes(8)

ATTACKS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "empty"),
    "short": (b"abc", "not a Unisono model"),
    "text": (b"This is a text file named .unisono, and nothing else.", "header does not fit"),
    "header larger than the file": (pack({}, size=1000), "header does not fit"),
    "giant header length": (pack({}, size=2**64 - 1), "header does not fit"),
    "header length that wraps around": (pack({}, size=2**64 - 8), "header does not fit"),
    "header above the bound": (pack(" " * (1 << 21) + "{}"), "header does not fit"),
    "not JSON": (pack("{{{{"), "not JSON"),
    "not UTF-8": (struct.pack("<Q", 4) + b'{"\xff"', "not JSON"),
    "deep nesting": (pack("[" * 100_000), "nested|not JSON"),
    "number too long to parse": (pack('{"a": ' + "9" * 10_000 + "}"), "not JSON|not a Unisono model"),
    "list as header": (pack([1, 2]), "not an object"),
    "no metadata": (pack({"a": tensor(0, 8, [2])}, EIGHT), "something else"),
    "metadata is a list": (pack({"__metadata__": [1]}), "something else"),
    "other format": (pack({"__metadata__": {"format": "pt"}}), "something else"),
    "other kind": (pack({"__metadata__": {**METADATA, "kind": "wavenet"}}), "kind 'wavenet', not 'magnet'"),
    "newer version": (pack({"__metadata__": {**METADATA, "version": "2"}}), "version '2'"),
    "options missing": (pack({"__metadata__": {k: v for k, v in METADATA.items() if k != "options"}}), "options"),
    "options not JSON": (pack({"__metadata__": {**METADATA, "options": "{"}}), "options"),
    "options a list": (pack({"__metadata__": {**METADATA, "options": "[]"}}), "options"),
    "options with NaN": (pack({"__metadata__": {**METADATA, "options": '{"sr": NaN}'}}), "NaN"),
    "options nested": (pack({"__metadata__": {**METADATA, "options": "[" * 50_000}}), "options"),
    "tensor named twice": (
        pack(
            "{" + META + ', "a": ' + json.dumps(tensor(0, 8, [2])) + ', "a": ' + json.dumps(tensor(0, 8, [2])) + "}",
            EIGHT,
        ),
        "twice",
    ),
    "field named twice": (
        pack("{" + META + ', "a": {"dtype": "F32", "shape": [2], "shape": [1], "data_offsets": [0, 8]}}', EIGHT),
        "twice",
    ),
    "overlap": (pack(with_tensors(a=tensor(0, 8, [2]), b=tensor(4, 12, [2])), bytes(12)), "overlaps"),
    "same bytes twice": (pack(with_tensors(a=tensor(0, 8, [2]), b=tensor(0, 8, [2])), EIGHT), "overlaps"),
    "hole": (pack(with_tensors(a=tensor(0, 4, [1]), b=tensor(8, 12, [1])), bytes(12)), "hole"),
    "starts late": (pack(with_tensors(a=tensor(4, 8, [1])), EIGHT), "hole"),
    "bytes left over": (pack(with_tensors(a=tensor(0, 4, [1])), EIGHT), "belong to no tensor"),
    "cut off": (pack(with_tensors(a=tensor(0, 400, [100])), EIGHT), "beyond the file"),
    "shape asks for more": (pack(with_tensors(a=tensor(0, 8, [3])), EIGHT), "bytes its shape asks for"),
    "shape product overflows": (pack(with_tensors(a=tensor(0, 0, [2**31, 2**31, 4])), b""), "impossible shape"),
    "giant tensor": (pack(with_tensors(a=tensor(0, 1 << 30, [1 << 28])), EIGHT), "beyond the file"),
    "many dimensions": (pack(with_tensors(a=tensor(0, 8, [1, 1, 1, 1, 1, 2])), EIGHT), "impossible shape"),
    "negative shape": (pack(with_tensors(a=tensor(0, 8, [-2])), EIGHT), "impossible shape"),
    "shape of floats": (pack(with_tensors(a=tensor(0, 8, [2.0])), EIGHT), "impossible shape"),
    "shape of booleans": (pack(with_tensors(a=tensor(0, 4, [True])), bytes(4)), "impossible shape"),
    "shape is a number": (
        pack(with_tensors(a={"dtype": "F32", "shape": 2, "data_offsets": [0, 8]}), EIGHT),
        "impossible shape",
    ),
    "negative offsets": (pack(with_tensors(a=tensor(-8, 0, [2])), EIGHT), "bytes its shape asks for"),
    "offsets backwards": (pack(with_tensors(a=tensor(8, 0, [2])), EIGHT), "bytes its shape asks for"),
    "three offsets": (
        pack(with_tensors(a={"dtype": "F32", "shape": [2], "data_offsets": [0, 8, 8]}), EIGHT),
        "bytes its shape",
    ),
    "offsets of text": (
        pack(with_tensors(a={"dtype": "F32", "shape": [2], "data_offsets": ["0", "8"]}), EIGHT),
        "bytes its shape",
    ),
    "unknown field": (pack(with_tensors(a={**tensor(0, 8, [2]), "x": 1}), EIGHT), "not described"),
    "tensor is a number": (pack(with_tensors(a=3)), "not described"),
    "wrong type": (pack(with_tensors(a=tensor(0, 8, [1], "F64")), EIGHT), "type 'F64'"),
    "half floats": (pack(with_tensors(a=tensor(0, 4, [2], "F16")), bytes(4)), "type 'F16'"),
    "type is a list": (pack(with_tensors(a={"dtype": [], "shape": [2], "data_offsets": [0, 8]}), EIGHT), "type"),
    "NaN": (pack(with_tensors(a=tensor(0, 8, [2])), bytes(4) + NAN), "NaN or infinity"),
    "infinity": (pack(with_tensors(a=tensor(0, 8, [2])), INF + bytes(4)), "NaN or infinity"),
    "too many tensors": (pack(with_tensors(**{f"t{i}": tensor(0, 0, [0]) for i in range(2000)})), "names 2001 tensors"),
    "control characters in a name": (pack(with_tensors(**{"\x1b[2J\n": tensor(0, 8, [3])})), r"\\x1b"),
    "very long name": (pack(with_tensors(**{"n" * 90_000: tensor(0, 8, [3])})), r"nnn\.\.\."),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_gets_one_line_that_names_the_fault(name: str, tmp_path: Path) -> None:
    content, fault = ATTACKS[name]
    path = tmp_path / "evil.unisono"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=fault) as caught:
        read_model_file(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.isprintable()
    assert len(message) < 300
    assert str(path) in message


def test_lying_sizes_allocate_nothing(tmp_path: Path) -> None:
    content = pack(with_tensors(a=tensor(0, 1 << 30, [1 << 28])), EIGHT)
    (tmp_path / "m").write_bytes(content)
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError):
            read_model_file(tmp_path / "m")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 << 20


def test_sparse_giant_file_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "giant.unisono"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    began = time.perf_counter()
    with pytest.raises(ModelFileError, match="larger than"):
        read_model_file(path)
    assert time.perf_counter() - began < 5.0


def test_folder_missing_file_and_odd_names(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="is a folder"):
        read_model_file(tmp_path)
    with pytest.raises(ModelFileError, match="does not exist"):
        read_model_file(tmp_path / "none.unisono")
    with pytest.raises(ModelFileError):
        read_model_file("nul\0byte.unisono")


def _good(tmp_path: Path) -> bytes:
    tensors = {f"layer{i}": np.full((3, 4), i, np.float32) for i in range(5)}
    write_model_file(tmp_path / "good", tensors, {"preset": "default", "seed": 1})
    return (tmp_path / "good").read_bytes()


def test_every_truncation_is_noticed(tmp_path: Path) -> None:
    good = _good(tmp_path)
    for length in range(len(good)):
        with pytest.raises(ModelFileError):
            parse_model(good[:length])


def test_random_damage_gives_an_error_or_a_finite_model(tmp_path: Path) -> None:
    good, draw = _good(tmp_path), random.Random(20)
    for _ in range(3000):
        content = bytearray(good)
        for _ in range(draw.randint(1, 8)):
            content[draw.randrange(len(content))] = draw.randrange(256)
        try:
            file = parse_model(bytes(content))
        except ModelFileError:
            continue
        assert all(np.isfinite(value).all() for value in file.tensors.values())
