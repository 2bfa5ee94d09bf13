"""Serves the studio page on this machine, under headers that let it use threads and nothing from elsewhere."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Mapping
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from .errors import UnisonoError

__all__ = ["HOST", "StaticHandler", "find_site", "make_server", "serve"]

HOST = "127.0.0.1"
_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; "
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class StaticHandler(SimpleHTTPRequestHandler):
    """Files of one folder, with the headers above; no lists of folders, and no log."""

    extensions_map = {  # noqa: RUF012 - the base class has it so
        **SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".wasm": "application/wasm",
        ".svg": "image/svg+xml",
    }

    sent: ClassVar[Mapping[str, str]] = _HEADERS

    def end_headers(self) -> None:
        """Add the headers to every answer."""
        for name, value in self.sent.items():
            self.send_header(name, value)
        super().end_headers()

    def list_directory(self, path: str | os.PathLike[str]) -> None:
        """Refuse: only the files are served."""
        self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def find_site() -> Path:
    """Return the studio's folder: what UNISONO_SITE names, what the package carries, or what a checkout has built."""
    package = Path(__file__).resolve().parent
    built = Path("dist_web", "site")
    given = os.environ.get("UNISONO_SITE")
    places = [Path(given)] if given else [package / "site", package.parents[1] / built, built]
    for place in places:
        if (place / "index.html").is_file() and (place / "unisono" / "wasm" / "unisono.wasm").is_file():
            return place.resolve()
    raise UnisonoError(
        "this package was built without the studio, which needs Node: run `make studio` in a checkout, "
        "or name the studio's folder in UNISONO_SITE"
    )


def make_server(site: Path, port: int) -> ThreadingHTTPServer:
    """Return a server for the folder on the loopback interface; port 0 picks a free one."""
    return ThreadingHTTPServer((HOST, port), partial(StaticHandler, directory=str(site)))


def serve(port: int, *, open_browser: bool) -> None:
    """Serve the studio until Ctrl-C."""
    site = find_site()
    with make_server(site, port) as server:
        address = f"http://{HOST}:{server.server_address[1]}/"
        print(f"The studio is at {address} and the gallery at {address}gallery/ (Ctrl-C ends it)", flush=True)
        print("Nothing leaves this machine.", flush=True)
        if open_browser:
            webbrowser.open(address)
        server.serve_forever()
