"""The peers that may be installed: their versions, and how to get them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

__all__ = ["NODE_PEERS", "install", "missing", "node_packages", "node_versions", "versions"]

# name as imported -> what pip is asked for, by the groups that compare with it
_PEERS = {
    "numpy": ("numpy", ("dsp",)),
    "scipy": ("scipy", ("dsp",)),
    "cython": ("cython", ("dsp",)),
    "librosa": ("librosa", ("dsp", "phase", "generation")),
    "lws": ("lws==1.2.8", ("phase",)),
    "pghipy": ("pghipy", ("phase",)),
    "ltfatpy": ("ltfatpy", ("phase",)),
    "tifresi": ("tifresi", ("phase",)),
    "torch": ("torch", ("training", "generation")),
    "tensorflow": ("tensorflow-cpu", ("training", "generation")),
    "keras": ("keras", ("training", "generation")),
    "cv2": ("opencv-python-headless", ("pictures",)),
}
_DISTRIBUTIONS = {"cv2": ("opencv-python-headless", "opencv-python"), "tensorflow": ("tensorflow", "tensorflow-cpu")}
NODE_PEERS = Path(os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))) / "unisono" / "bench"
_NPM = {
    "dsp": ("@echogarden/pffft-wasm@0.4.2",),  # with PFFFT's source in C
    "web": (
        "@tensorflow/tfjs@4.22.0",
        "@tensorflow/tfjs-backend-wasm@4.22.0",
        "@echogarden/pffft-wasm@0.4.2",
        "fft.js@4.0.4",
        "webfft@1.0.3",
        "kissfft-js@0.1.8",
        "essentia.js@0.1.3",
        "sema-engine@0.0.68",  # with Maximilian in JavaScript
        "esbuild@0.28.2",
    ),
    "pictures": ("tracking@1.1.3",),
}
_APT = {
    "dsp": ("libfftw3-single3",),
    "phase": (
        "cmake",
        "libfftw3-dev",
        "liblapack-dev",
        "libopenblas-dev",
    ),  # for ltfatpy, which tifresi needs
}
_PARTICULAR = ("lws==1.2.8", "pghipy", "ltfatpy", "tifresi")  # these build from source, which may fail
_FOR_BUILDS = ("cython", "setuptools<80", "wheel", "scipy", "numba", "importlib_resources")


def versions() -> dict[str, str | None]:
    """Return the version of every peer, None where it is not installed."""
    return {name: _version(name) for name in _PEERS}


def node_versions() -> dict[str, str]:
    """Return the version of every package of npm that is compared with and installed."""
    names = {name for group in _NPM for name in node_packages(group)}
    files = {name: NODE_PEERS / "node_modules" / name / "package.json" for name in sorted(names)}
    return {name: json.loads(file.read_text())["version"] for name, file in files.items() if file.is_file()}


def missing(name: str) -> str:
    """Return what to say about a peer that is not installed, or nothing if it is."""
    return "" if _version(name) else f"{name} is not installed"


def node_packages(group: str) -> list[str]:
    """Return the names of npm's packages that a group compares with."""
    return [package.rpartition("@")[0] for package in _NPM[group]]


def _version(name: str) -> str | None:
    for distribution in _DISTRIBUTIONS.get(name, (name,)):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return None


def install(groups: Sequence[str]) -> None:
    """Install with pip, npm and apt the peers of these groups that are missing."""
    _install_debian([package for group in groups for package in _APT.get(group, ())])
    wanted = [what for name, (what, used) in _PEERS.items() if set(used) & set(groups) and not _version(name)]
    plain = [what for what in wanted if what not in _PARTICULAR]
    pip = [sys.executable, "-m", "pip", "install"]
    if plain:
        subprocess.run([*pip, *plain], check=True)
    if len(plain) < len(wanted):  # they build only outside pip's isolation, and lws through Cython
        subprocess.run([*pip, *_FOR_BUILDS], check=True)
    for what in _PARTICULAR:
        if what in wanted:
            build = [*pip, "--no-build-isolation", what]
            done = subprocess.run(build, check=False, env={**os.environ, "LWS_USE_CYTHON": "1"})
            print("" if done.returncode == 0 else f"{what} could not be installed; its rows will say so")
    packages = sorted({package for group in groups for package in _NPM.get(group, ())})
    if packages and shutil.which("npm"):
        NODE_PEERS.mkdir(parents=True, exist_ok=True)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(NODE_PEERS), *packages]
        subprocess.run(npm, check=True)


def _install_debian(packages: Sequence[str]) -> None:
    """Install with apt-get where that is there and allowed; where not, the rows say what is missing."""
    if packages and shutil.which("apt-get"):
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        subprocess.run([*sudo, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], check=False)
