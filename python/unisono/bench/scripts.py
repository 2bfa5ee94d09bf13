"""The scripts that time JavaScript: where they are, and Node to run them."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

__all__ = ["NO_SCRIPTS", "run_node", "script_path"]

NO_SCRIPTS = "this package was built without its scripts: run in a checkout"


def script_path(name: str) -> Path | None:
    """Return a script that times JavaScript: the checkout's, or the one that the package carries."""
    folder = _web_folder()
    places = [*([folder / name] if folder else []), Path(__file__).resolve().parent / name]
    return next((place for place in places if place.is_file()), None)


def _web_folder() -> Path | None:
    """Return the checkout's dist_web folder, if this runs in one."""
    places = [Path.cwd(), *Path.cwd().parents]
    return next((p / "dist_web" for p in places if (p / "dist_web" / "bench.mjs").exists()), None)


def run_node(script: Path, *arguments: str) -> Any:
    """Run a script; return its JSON, or one line that says what went wrong."""
    if not shutil.which("node"):
        return "node is not installed"
    done = subprocess.run(["node", str(script), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"{script.name} failed"
    return json.loads(done.stdout.strip().splitlines()[-1])
