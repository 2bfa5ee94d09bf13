"""One engine in a Python process of its own: `python -m unisono.parity.worker PLAN.json --wasm FILE`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import cast

from .machine import Machine, line
from .native import Flushing, Native
from .wasm import Wasm


def main() -> None:
    """Run the plans of a file and print one JSON line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("plan", type=Path)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--wasm", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--flush", action="store_true", help="let the processor flush subnormals to zero beforehand")
    parser.add_argument("--steps", action="store_true")
    given = parser.parse_args()
    plans = json.loads(given.plan.read_text())
    machine: Machine = Wasm(given.wasm) if given.wasm else Native(given.library, given.threads)
    if given.flush:
        machine = cast(Machine, Flushing(machine))
    for plan in plans:
        print(json.dumps(line(machine, plan, steps=given.steps)))


if __name__ == "__main__":
    main()
