"""JavaScript engines for the WebAssembly module: Node (V8), Bun (JavaScriptCore), Chromium, Firefox, WebKit."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from unisono.parity.browser import KINDS, browsers
from unisono.parity.engines import Engine, in_javascript

BUN = Path(__file__).resolve().parent / "node_modules" / "@oven" / "bun-linux-x64" / "bin" / "bun"
PACKAGES = {"Chromium": "chromium", "Firefox": "firefox-esr", "WebKit": "webkit2gtk-driver xvfb"}


def shells(module: Path, suffix: str = "") -> Iterator[tuple[str, list[Engine], str]]:
    """Yield Node and Bun as (name, engines, why not)."""
    for name, program, hint in (
        ("Node", "node", "apt-get install nodejs"),
        ("Bun", str(BUN), "npm --prefix tests/parity ci"),
    ):
        found = shutil.which(program)
        name = f"wasm in {name}{suffix}"
        yield name, [in_javascript(found, module, name)] if found else [], "" if found else f"absent: {hint}"


def pages(module: Path) -> Iterator[tuple[str, list[Engine], str]]:
    """Yield each browser's page, Worker and AudioWorklet as (name, engines, why not)."""
    for kind in KINDS:
        found = browsers(module, kinds=[kind])
        yield f"wasm in {kind.name}", found, "" if found else f"absent: apt-get install {PACKAGES[kind.name]}"
