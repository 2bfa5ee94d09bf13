"""Runs parity cases in the native core and prints one JSON line for each; run_python.py --help says how."""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np

import unisono
from unisono.parity.inputs import make_argument

HERE = Path(__file__).parent
TYPES = {"float32": "f32", "complex64": "f32", "int32": "i32", "int16": "i16", "uint8": "u8"}

Case = dict[str, Any]


def outputs(result: Any) -> list[Any]:
    """Return the outputs of one call in order."""
    if result is None:
        return []
    return list(result) if isinstance(result, tuple) else [result]


def bytes_of(value: Any) -> bytes:
    """Return an output as README.md says: arrays as they are, scalars as float64, text as UTF-8."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, np.ndarray):
        return value.astype(value.dtype.newbyteorder("<"), copy=False).tobytes()
    return struct.pack("<d", value) if value == value else bytes.fromhex("000000000000f87f")  # the NaN of JavaScript


def type_of(value: Any) -> str:
    """Return how to read the bytes of an output."""
    if isinstance(value, str):
        return "text"
    return TYPES[str(value.dtype)] if isinstance(value, np.ndarray) else "f64"


def call(target: Any, name: str, step: Case) -> list[Any]:
    """Call an operation or method with the arguments of a case."""
    options = {key: make_argument(value) for key, value in step.get("options", {}).items()}
    return outputs(getattr(target, name)(*map(make_argument, step.get("args", [])), **options))


def run(case: Case, threads: int) -> list[Any]:
    """Run a case: an operation, or a class with a sequence of calls whose outputs are joined."""
    if "op" in case:
        return call(unisono, case["op"], case)
    new = {key: make_argument(value) for key, value in case.get("new", {}).items()}
    if new.get("threads") in range(1, 65):  # a wrong number stays wrong
        new["threads"] = threads
    instance = getattr(unisono, case["class"])(**new)
    return [output for step in case["calls"] for output in call(instance, step["method"], step)]


def line(case: Case, threads: int, dump: bool) -> Case:
    """Return what is printed for a case."""
    head = {"case": case["id"], "op": case.get("op") or case["class"]}
    try:
        results = run(case, threads)
    except (unisono.ParameterError, RuntimeError) as error:
        return {**head, "error": str(error)}
    if dump:
        return {**head, "outputs": [{"type": type_of(r), "hex": bytes_of(r).hex()} for r in results]}
    content = b"".join(map(bytes_of, results))
    return {**head, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def main() -> None:
    """Read the command line, run, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", nargs="?", type=Path, default=HERE / "cases.gen.json")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--case")
    parser.add_argument("--dump", action="store_true")
    given = parser.parse_args()
    for case in json.loads(given.cases.read_text())["cases"]:
        if given.case in (None, case["id"]):
            sys.stdout.write(json.dumps(line(case, given.threads, given.dump)) + "\n")


if __name__ == "__main__":
    main()
