"""`python -m codegen` writes what is generated; `--check` only compares; `wasm` builds the WebAssembly module."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from codegen.expr import SpecError
from codegen.load import load


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a generated file is stale; write nothing")
    commands = parser.add_subparsers(dest="command")
    wasm = commands.add_parser("wasm", help="build dist_web/wasm/unisono.wasm with Emscripten")
    wasm.add_argument("--out", type=Path, help="where to put the module")
    wasm.add_argument("--build", type=Path, help="where to put objects and Emscripten's cache")
    wasm.add_argument("--jobs", type=int, default=2, help="compilers at a time (default 2)")
    options = parser.parse_args(arguments)
    try:
        return _wasm(options) if options.command == "wasm" else _generate(options.check)
    except SpecError as error:
        print(f"codegen: {error}", file=sys.stderr)
        return 2


def _generate(check: bool) -> int:
    from codegen import render  # needs jinja2, which the WebAssembly build does not

    api = load()
    if check:
        wrong = render.stale(api)
        for path in wrong:
            print(f"stale: {path}")
        if wrong:
            print("run `python -m codegen`", file=sys.stderr)
        return 1 if wrong else 0
    for path in render.write(api):
        print(f"wrote {path}")
    return 0


def _wasm(options: argparse.Namespace) -> int:
    from codegen.wasm import BuildError, build

    try:
        built = build(options.out, options.build, options.jobs)
    except BuildError as error:
        print(f"codegen wasm: {error}", file=sys.stderr)
        return 2
    print(f"built {built} ({built.stat().st_size} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
