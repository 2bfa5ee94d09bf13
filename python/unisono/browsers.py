"""Runs a module in a browser of this machine, without a driver: a server here gives it, and gets its result."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .errors import UnisonoError
from .parity.browser import KINDS, end, start
from .web import HOST, StaticHandler

__all__ = ["find_chromium", "run_module"]

_CHROMIUM = next(kind for kind in KINDS if kind.name == "Chromium")
_KINDS = {".mjs": "text/javascript", ".js": "text/javascript", ".json": "application/json"}
_PAGE = b'<!doctype html><meta charset="utf-8"><title>Unisono</title><script type="module" src="page.mjs"></script>'
_SCRIPT = b"""import work from "/given/module.mjs";
const post = (what) => fetch("/given/result", { method: "POST", body: JSON.stringify(what) });
const named = (name) => fetch(`/given/${name}`).then((answer) => answer.arrayBuffer());
work(named).then((result) => post({ result }), (error) => post({ error: String(error?.stack ?? error) }));
"""


def find_chromium() -> str | None:
    """Return the path of Chromium or Chrome, which UNISONO_CHROMIUM may name; None if there is none."""
    given = os.environ.get("UNISONO_CHROMIUM")
    return shutil.which(given) if given else _CHROMIUM.find()


def run_module(
    module: Path,
    site: Path,
    *,
    given: Mapping[str, bytes] | None = None,
    timeout: float = 600.0,
    strict: bool = True,
) -> Any:
    """Run a module's default export in Chromium, on a page beside the files of a folder, and return its JSON.

    Parameters
    ----------
    module : Path
        JavaScript whose default export is an async function; it is called with a function that fetches what is given
        by name, as an ArrayBuffer.
    site : Path
        The folder whose files the page sees at ``/``, under the headers of `unisono web`.
    given : mapping of str to bytes, optional
        What the module may fetch.
    timeout : float, s
        How long it may take.
    strict : bool
        Whether the page has the content security policy of `unisono web`, under which no text becomes code; some
        libraries of others need that.

    Raises
    ------
    UnisonoError
        If there is no Chromium, it ends early, takes too long, or the module throws.
    """
    chromium = find_chromium()
    if chromium is None:
        raise UnisonoError("Chromium is not installed")
    answers: queue.Queue[bytes] = queue.Queue()
    content = {"": _PAGE, "page.mjs": _SCRIPT, "module.mjs": module.read_bytes(), **(given or {})}
    sent = {name: value for name, value in StaticHandler.sent.items() if strict or name != "Content-Security-Policy"}
    handler = type("Handler", (_Handler,), {"given": content, "answers": answers, "sent": sent})
    with ThreadingHTTPServer((HOST, 0), lambda *a: handler(*a, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            answer = _visit(chromium, f"http://{HOST}:{server.server_address[1]}/given/", answers, timeout)
        finally:
            server.shutdown()
    if "error" in answer:
        raise UnisonoError(f"{module.name}: {answer['error']}")
    return answer["result"]


class _Handler(StaticHandler):
    """The folder's files, what is given below /given/, and a place for the result."""

    given: Mapping[str, bytes]
    answers: queue.Queue[bytes]

    def do_GET(self) -> None:
        """Answer with what is given, or a file."""
        name = self.path.partition("?")[0].removeprefix("/given/")
        if not self.path.startswith("/given/") or name not in self.given:
            return super().do_GET()
        kind = _KINDS.get(Path(name).suffix, "application/octet-stream") if name else "text/html"
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(self.given[name])))
        self.end_headers()
        self.wfile.write(self.given[name])
        return None

    def do_POST(self) -> None:
        """Take the result."""
        self.answers.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()


def _visit(chromium: str, url: str, answers: queue.Queue[bytes], timeout: float) -> Any:
    """Open the page in a fresh profile and wait for what it posts."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = _CHROMIUM.command(chromium, profile, url)
        process = start(command)
        try:
            return json.loads(_wait(process, answers, timeout))
        finally:
            end(process)


def _wait(process: subprocess.Popen[bytes], answers: queue.Queue[bytes], timeout: float) -> bytes:
    end = time.monotonic() + timeout
    while True:
        try:
            return answers.get(timeout=0.2)
        except queue.Empty:
            if process.poll() is not None:
                raise UnisonoError(f"Chromium ended before the page did (code {process.returncode})") from None
            if time.monotonic() > end:
                raise UnisonoError(f"Chromium took longer than {timeout:g} s") from None
