"""Browsers as engines, each driven by nothing but its command line: a page asks this process for plans and sends what
they gave. One browser serves its page, its Workers and its AudioWorklets, and stays until the process ends.
"""

from __future__ import annotations

import atexit
import glob
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ..errors import UnisonoError
from .engines import Engine

__all__ = ["KINDS", "PLACES", "Browser", "InBrowser", "Kind", "browsers"]

Json = dict[str, Any]

PLACES = ("page", "worker", "worklet")
WEB = Path(__file__).parent / "web"
_HTML = b'<!doctype html><meta charset="utf-8"><title>parity</title><script type="module" src="page.mjs"></script>'
_PATIENCE = 120  # seconds for a browser to start and ask for its first job
_POLL = 20.0  # seconds that a page waits for a job before it asks again
_TEMPORARY = 60  # characters: Chromium adds 45 for a socket, whose path may have some 105, or it does not start

# Firefox 153 and WebKitGTK 2.50 flush subnormal numbers in the thread of their AudioWorklets, against WebAssembly's
# rules: what makes or meets numbers below 1.2e-38 differs there. What is meant to be computed there does not.
_PLAYING = (
    "Sine", "Cosine", "Phasor", "Saw", "Square", "Pulse", "Triangle", "WhiteNoise", "RtpghiStream", "PictureSound",
)  # fmt: skip
_FIREFOX_SETTINGS = {
    "browser.shell.checkDefaultBrowser": "false",
    "datareporting.policy.dataSubmissionEnabled": "false",
    "toolkit.telemetry.reportingpolicy.firstRun": "false",
    "browser.aboutwelcome.enabled": "false",
    "app.update.enabled": "false",
    "network.captive-portal-service.enabled": "false",
    "dom.max_script_run_time": "0",
}
_CHROMIUM_SWITCHES = (
    "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A family of browsers: what its programs are called, and what may run where."""

    name: str
    programs: tuple[str, ...]  # names on PATH, or patterns of files
    worklet_operations: tuple[str, ...] = ()  # all if empty
    live: bool = False  # a sound may start unasked

    def find(self) -> str | None:
        """Return the program, if it is installed, and so is the display that it may need."""
        if self.name == "WebKit" and not (os.environ.get("DISPLAY") or shutil.which("xvfb-run")):
            return None
        for program in self.programs:
            if found := shutil.which(program) or next(iter(sorted(glob.glob(program))), None):
                return found
        return None

    def command(self, program: str, profile: str, address: str) -> list[str]:
        """Return what opens a page in a fresh profile, without a window."""
        if self.name == "Chromium":
            free = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # root has no sandbox
            return [program, *_CHROMIUM_SWITCHES, *free, f"--user-data-dir={profile}", address]
        if self.name == "Firefox":
            settings = [f'user_pref("{name}", {value});\n' for name, value in _FIREFOX_SETTINGS.items()]
            Path(profile, "user.js").write_text("".join(settings))
            return [program, "--headless", "--no-remote", "--new-instance", "--profile", profile, address]
        display = [] if os.environ.get("DISPLAY") else ["xvfb-run", "-a"]
        return [*display, program, address]


KINDS = (
    Kind(
        "Chromium",
        ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge"),
        live=True,
    ),
    Kind("Firefox", ("firefox", "firefox-esr"), _PLAYING),
    Kind(
        "WebKit",
        ("MiniBrowser", "/usr/lib/*/webkit2gtk-4.*/MiniBrowser", "/usr/libexec/webkit2gtk-4.*/MiniBrowser"),
        _PLAYING,
    ),
)


def start(command: Sequence[str], environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start a browser that does not outlive this process, unless that is killed by force."""
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # else the browser would stay
    environment = dict(os.environ if environment is None else environment)
    if len(tempfile.gettempdir()) > _TEMPORARY:
        environment.pop("TMPDIR", None)  # then it takes the system's own
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """End a browser and everything that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


class Browser:
    """A browser that is started when there is something to run, and the server that it talks to."""

    def __init__(self, kind: Kind, program: str) -> None:
        self.kind, self.program = kind, program
        self._jobs: queue.Queue[bytes] = queue.Queue()
        self._results: queue.Queue[Json] = queue.Queue()
        self._modules: list[Path] = []
        self._asked = threading.Event()
        self._fault = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._profile = tempfile.TemporaryDirectory(prefix="unisono-", ignore_cleanup_errors=True)
        self._busy = threading.Lock()

    def fault(self) -> str:
        """Start it, if it was not started, and return why it shows no page: empty if it does."""
        with self._busy:
            try:
                self._started()
            except UnisonoError as error:
                self._fault = str(error)
        return self._fault

    def run(self, module: Path, where: str, plans: Sequence[Json], *, steps: bool) -> list[Json]:
        """Run plans in a place and return one line for each.

        Raises
        ------
        UnisonoError
            If the browser does not start, ends, or reports an error.
        """
        with self._busy:
            process = self._started()
            if module not in self._modules:
                self._modules.append(module)
            job = {"where": where, "live": self.kind.live, "steps": steps, "plans": list(plans)}
            self._jobs.put(json.dumps({**job, "wasm": f"wasm/{self._modules.index(module)}"}).encode())
            while process.poll() is None:
                try:
                    result = self._results.get(timeout=1.0)
                except queue.Empty:
                    continue
                if "error" in result:
                    raise UnisonoError(f"{self.kind.name} {where}: {result['error']}")
                return list(result["lines"])
            raise UnisonoError(f"{self.program} ended with code {process.returncode}")

    def _started(self) -> subprocess.Popen[bytes]:
        if self._fault:
            raise UnisonoError(self._fault)
        if self._process is not None:
            return self._process
        server = _Server(("127.0.0.1", 0), _handler_of(self))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}/"
        command = self.kind.command(self.program, self._profile.name, address)
        environment = {**os.environ, "HOME": self._profile.name} if self.kind.name != "Chromium" else None
        self._process = start(command, environment)
        atexit.register(self.close)
        for _ in range(_PATIENCE):
            if self._asked.wait(1.0):
                return self._process
            if self._process.poll() is not None:
                raise UnisonoError(f"{self.program} ended with code {self._process.returncode}")
        self.close()
        raise UnisonoError(f"{self.program} did not open a page within {_PATIENCE} s")

    def close(self) -> None:
        """End the browser and everything that it started."""
        if self._process is not None:
            end(self._process)
        self._profile.cleanup()

    def answer(self, path: str) -> tuple[int, str, bytes]:
        """Return status, type and content of what the page asks for."""
        if path == "/job":
            self._asked.set()
            try:
                return 200, "application/json", self._jobs.get(timeout=_POLL)
            except queue.Empty:
                return 204, "text/plain", b""
        if path == "/":
            return 200, "text/html", _HTML
        room, _, name = path[1:].rpartition("/")
        if room == "wasm" and name.isdecimal() and int(name) < len(self._modules):
            return 200, "application/wasm", self._modules[int(name)].read_bytes()
        script = WEB / name
        if not room and script.suffix == ".mjs" and script.is_file():
            return 200, "text/javascript", script.read_bytes()
        return 404, "text/plain", b"not here"

    def take(self, result: Json) -> None:
        """Take what a job gave."""
        self._results.put(result)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing: a browser that is ended leaves connections."""


def _handler_of(browser: Browser) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(*browser.answer(self.path))

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            self._send(204, "text/plain", b"")
            browser.take(json.loads(content))

        def _send(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.send_header("cache-control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@dataclass(frozen=True, kw_only=True)
class InBrowser(Engine):
    """A WebAssembly module in a place of a browser."""

    browser: Browser
    module: Path
    where: str

    def fault(self) -> str:
        """Return why the browser shows no page: some may not read a profile, or have no sandbox in a container."""
        return self.browser.fault()

    def run(self, plans: Sequence[Json], *, steps: bool = False) -> list[Json]:
        """Run plans in the browser and return one line for each.

        Raises
        ------
        UnisonoError
            If the browser fails.
        """
        lines = self.browser.run(self.module, self.where, plans, steps=steps)
        if len(lines) != len(plans):
            raise UnisonoError(f"{self.name} gave {len(lines)} of {len(plans)}")
        return lines


def browsers(module: Path, suffix: str = "", kinds: Sequence[Kind] = KINDS) -> list[Engine]:
    """Return page, Worker and AudioWorklet of every browser that is installed, as engines for a module."""
    found: list[Engine] = []
    for kind in kinds:
        if program := kind.find():
            browser = Browser(kind, program)
            for where in PLACES:
                only = kind.worklet_operations if where == "worklet" else ()
                name = f"wasm in a {kind.name} {where}{suffix}"
                found.append(InBrowser(name, (program,), only=only, browser=browser, module=module, where=where))
    return found
