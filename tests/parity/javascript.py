"""JavaScript engines for the WebAssembly module: Node (V8), Bun (JavaScriptCore), Chromium, Firefox."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from unisono.parity.engines import Engine, in_javascript

HERE = Path(__file__).resolve().parent
BUN = HERE / "node_modules" / "@oven" / "bun-linux-x64" / "bin" / "bun"
TOOLS = "npm --prefix tests/parity ci"


# Firefox flushes subnormal numbers in the thread of its AudioWorklets, against WebAssembly's rules (seen in version
# 153): what makes or meets numbers below 1.2e-38 differs there. What is meant to run there does not.
OSCILLATORS = ("Sine", "Cosine", "Phasor", "Saw", "Square", "Pulse", "Triangle", "WhiteNoise")
LIMITED = {"wasm in a Firefox worklet": OSCILLATORS}


@dataclass(frozen=True)
class Place:
    """Where JavaScript runs."""

    name: str
    program: str  # what has to be there
    browser: str = ""  # chromium or firefox
    where: str = ""  # page, worker or worklet
    hint: str = ""
    slow: bool = False

    @property
    def missing(self) -> str:
        """Why it cannot be used here: empty if it can."""
        if not (shutil.which(self.program) or Path(self.program).is_file()):
            return f"{Path(self.program).name} is absent: {self.hint}"
        if self.browser and not (HERE / "node_modules").is_dir():
            return f"its driver is absent: {TOOLS}"
        return ""

    def engine(self, module: Path, name: str) -> Engine:
        """Return it as an engine that runs a module."""
        if not self.browser:
            return in_javascript(self.program, module, name)
        command = ("node", str(HERE / "browser.mjs"), "--browser", self.browser, "--where", self.where)
        return Engine(name, (*command, "--wasm", str(module)))


PLACES = (
    Place("Node", "node", hint="apt-get install nodejs"),
    Place("Bun", str(BUN), hint=TOOLS),
    *(
        Place(f"a {browser} {where}", program, browser.lower(), where, f"apt-get install {program}", slow=True)
        for browser, program in (("Chromium", "chromium"), ("Firefox", "firefox-esr"))
        for where in ("page", "worker", "worklet")
    ),
)
