"""Sweeps the elementary functions over all 2^32 floats and records how near they come to the correctly rounded values.

    python tests/sweep/sweep.py                check every function against results.json: half an hour
    python tests/sweep/sweep.py exp log        some functions
    python tests/sweep/sweep.py --write        record what is found

sweep.cpp says how. The record holds a hash of all 2^32 results, and those of a few slices for a quick test.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path(__file__).with_name("results.json")
FUNCTIONS = ("exp", "log", "sin", "cos", "tanh", "sigmoid", "sqrt")
SLICES = ("00", "3c", "3e", "3f", "40", "41", "42", "4b", "bd", "be", "bf", "c0", "c1")  # top bytes of the inputs

Json = dict[str, Any]


def program() -> Path:
    """Compile the sweep with the functions of the core, as the shipped library is compiled."""
    target = ROOT / "build" / "sweep"
    target.parent.mkdir(exist_ok=True)
    sources = [*sorted((ROOT / "dsp_core/src/math").glob("*.cpp")), Path(__file__).with_name("sweep.cpp")]
    sources += [ROOT / "bindings/capi" / name for name in ("math.gen.cpp", "checks.cpp")]
    flags = ["-std=c++20", "-O3", "-msse2", "-mno-fma", "-w", "-fno-fast-math", "-fno-math-errno"]
    includes = [f"-I{ROOT / folder}" for folder in ("dsp_core/include", "dsp_core/src", "bindings/capi")]
    command = ["g++", *flags, *includes, "-fno-trapping-math", "-ffp-contract=off", *map(str, sources)]
    subprocess.run([*command, "-lmpfr", "-lgmp", "-o", str(target)], check=True)
    return target


def swept(path: Path, name: str) -> Json:
    """Sweep a function and return its entry of the record."""
    done = subprocess.run([str(path), name], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    hashes = found.pop("hashes")
    whole = hashlib.sha256("".join(hashes.values()).encode()).hexdigest()
    return {"inputs": 2**32, **found, "hash": whole, "slices": {top: hashes[top] for top in SLICES}}


def write(results: Json) -> None:
    """Write the record, one function a line."""
    lines = [f"{json.dumps(name)}: {json.dumps(results[name])}" for name in FUNCTIONS if name in results]
    RESULTS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main() -> int:
    """Sweep, print, compare or record; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", choices=[*FUNCTIONS, []], default=[])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    kept = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    names, path, good = given.functions or FUNCTIONS, program(), True
    with ThreadPoolExecutor(given.jobs) as pool:
        for name, entry in zip(names, pool.map(lambda name: swept(path, name), names)):
            same = "" if kept.get(name) == entry else "  not as recorded" if name in kept else "  not recorded"
            good = good and not same
            how = f"{entry['misrounded']:6} of 2^32 not correctly rounded, at most {entry['worst_ulp']} ulp"
            print(f"{name:8} {how}{same}", flush=True)
            if given.write:
                kept[name] = entry
                write(kept)
    return 0 if good or given.write else 1


if __name__ == "__main__":
    sys.exit(main())
