"""The compiled loops and the peers behind them: built once a run by this machine's compiler, and called by ctypes."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._ops import build_info
from .peers import NODE_PEERS

__all__ = [
    "address",
    "aligned",
    "cython_ticks",
    "fast_loops",
    "fftw",
    "loops",
    "loops_wasm",
    "maximilian",
    "maximilian_embind",
    "pffft",
    "waist",
]

_HERE = Path(__file__).resolve().parent
_AVX512 = ("-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mprefer-vector-width=512", "-mno-fma")
_FLAGS = {"avx2": ("-mavx2", "-mno-fma"), "avx512": (*_AVX512, "-fno-tree-slp-vectorize")}  # as CMakeLists.txt has them
_folder = tempfile.TemporaryDirectory(prefix="unisono-bench-")


@cache
def loops(isa: str = "") -> ctypes.CDLL | str:
    """Return loops.cpp for the instruction set (that of the package if left out), or why it could not be built."""
    isa = isa or build_info()["isa"]
    flags, fft = ["-std=c++20", "-ffp-contract=off", *_FLAGS.get(isa, ())], []
    if core := _checkout_core():
        fft = sorted((core / "src" / "fft").glob("*.cpp"))
        flags += [f"-I{core / 'include'}", f"-I{core / 'src'}"]
    return _build(f"loops-{isa}", [_HERE / "loops.cpp", *fft], flags)


@cache
def fast_loops() -> ctypes.CDLL | str:
    """Return the loops under fast-math, where sinf is the C library's vector code, or why they could not be built.

    Without the start files, which would have this process flush subnormal numbers to zero.
    """
    isa = build_info()["isa"]
    library = _build("fast", [_HERE / "loops.cpp"], ["-ffast-math", "-nostartfiles", *_FLAGS.get(isa, ())])
    if isinstance(library, str) or b"_ZGV" in Path(library._name).read_bytes():
        return library
    return "this C library has no vector sinf"


def _checkout_core() -> Path | None:
    """Return the core's sources, if this runs in a checkout."""
    places = [*_HERE.parents, Path.cwd(), *Path.cwd().parents]
    return next((p / "dsp_core" for p in places if (p / "dsp_core" / "include" / "unisono" / "osc.h").is_file()), None)


@cache
def pffft() -> ctypes.CDLL | str:
    """Return PFFFT, whose C source comes with its npm package."""
    source = next((NODE_PEERS / "node_modules" / "@echogarden" / "pffft-wasm").rglob("pffft.c"), None)
    return _build("pffft", [source], ("-x", "c")) if source else "not installed (--install-peers)"


@cache
def fftw() -> ctypes.CDLL | str:
    """Return FFTW for floats, if the system has it."""
    found = ctypes.util.find_library("fftw3f")
    return ctypes.CDLL(found) if found else "libfftw3f is not installed (--install-peers)"


def maximilian_sources() -> Path | str:
    """Return the folder of Maximilian's sources, which no registry has: UNISONO_MAXIMILIAN names the one around it."""
    given = os.environ.get("UNISONO_MAXIMILIAN")
    return Path(given) / "src" if given else "no registry has it: name its folder in UNISONO_MAXIMILIAN"


@cache
def maximilian(*, lto: bool = False) -> ctypes.CDLL | str:
    """Return the loops with Maximilian, or why there are none."""
    source = maximilian_sources()
    if isinstance(source, str):
        return source
    flags = ("-std=c++17", f"-I{source}", *(("-flto",) if lto else ()))
    return _build(f"maximilian{'-lto' * lto}", [_HERE / "loops.cpp", source / "maximilian.cpp"], flags)


def maximilian_embind(folder: Path) -> Path | str:
    """Compile Maximilian's oscillator with embind into a module in the folder, or return why not."""
    source = maximilian_sources()
    if isinstance(source, str):
        return source
    flags = ["--bind", "-std=c++17", f"-I{source}", "-sSINGLE_FILE=1", "-sMODULARIZE=1", "-sEXPORT_ES6=1"]
    flags += ["-sENVIRONMENT=web", "-sUSE_ES6_IMPORT_META=0", "-sALLOW_MEMORY_GROWTH=1"]
    return _emscripten(folder / "maximilian_embind.mjs", [_HERE / "embind.cpp", source / "maximilian.cpp"], flags)


@cache
def loops_wasm() -> Path | str:
    """Compile the loop over the core's sine, as a program in C++ has it, to WebAssembly, or return why not."""
    core = _checkout_core()
    if core is None:
        return "needs the core's headers: run in a checkout"
    flags = ["-std=c++20", "-ffp-contract=off", "-msimd128", f"-I{core / 'include'}", f"-I{core / 'src'}"]
    flags += ["--no-entry", "-sSTANDALONE_WASM=1", "-sEXPORTED_FUNCTIONS=_core_ticks"]
    sources = [_HERE / "loops.cpp", *(core / "src" / "fft").glob("*.cpp"), *(core / "src" / "math").glob("*.cpp")]
    return _emscripten(Path(_folder.name) / "loops.wasm", sources, flags)


def _emscripten(made: Path, sources: Sequence[Path], flags: Sequence[str]) -> Path | str:
    compiler = shutil.which("em++")
    if compiler is None:
        return "there is no Emscripten"
    command = [compiler, "-O3", *flags, "-o", str(made), *map(str, sources)]
    environment = {"NODE_PATH": "/usr/share/nodejs", **os.environ}  # where Debian's has its modules
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return made if done.returncode == 0 else _fault(done.stderr, made.name)


@cache
def cython_ticks() -> ModuleType | str:
    """Return ticks.pyx as a module."""
    if importlib.util.find_spec("Cython") is None:
        return "cython is not installed"
    made = Path(_folder.name) / "ticks.cpp"
    translate = [sys.executable, "-m", "cython", "--cplus", "-o", str(made), str(_HERE / "ticks.pyx")]
    done = subprocess.run(translate, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return _fault(done.stdout + done.stderr, "ticks.pyx")
    import sysconfig

    library = _compile("ticks", [made], (f"-I{sysconfig.get_paths()['include']}",))
    if isinstance(library, str):
        return library
    spec = importlib.util.spec_from_file_location("ticks", library)
    assert spec is not None and spec.loader is not None  # noqa: S101 - a file that is there
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def waist(name: str) -> ctypes.c_void_p:
    """Return the address of a function of the C waist, as Cython's users get it."""
    capsule = ctypes.py_object(import_module("..dsp", __package__).__pyx_capi__[name])
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype, api.PyCapsule_GetPointer.restype = ctypes.c_char_p, ctypes.c_void_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return ctypes.c_void_p(api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule)))


def aligned(n: int) -> NDArray[np.float32]:
    """Return room for n floats at a multiple of 64 bytes, which the peers want."""
    room = np.zeros(n + 16, np.float32)
    return room[-room.ctypes.data % 64 // 4 :][:n]


def address(what: Any) -> ctypes.c_void_p:
    """Return the address of an array or of a library's function."""
    return ctypes.c_void_p(what.ctypes.data) if isinstance(what, np.ndarray) else ctypes.cast(what, ctypes.c_void_p)


def _build(name: str, sources: list[Path], flags: Sequence[str]) -> ctypes.CDLL | str:
    library = _compile(name, sources, flags)
    return library if isinstance(library, str) else ctypes.CDLL(str(library))


def _compile(name: str, sources: list[Path], flags: Sequence[str]) -> Path | str:
    """Compile a shared library; return its path, or one line that says why there is none."""
    compiler = os.environ.get("CXX") or next(filter(None, map(shutil.which, ("g++", "clang++"))), None)
    if compiler is None:
        return "there is no C++ compiler"
    target = Path(_folder.name) / f"{name}.so"
    command = [*compiler.split(), *flags, "-O3", "-shared", "-fPIC", "-o", str(target), *map(str, sources), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return target if done.returncode == 0 else _fault(done.stderr, name)


def _fault(text: str, name: str) -> str:
    lines = [line for line in text.splitlines() if "error" in line.lower()]
    return f"{name} did not compile: {lines[0][:100] if lines else 'no reason given'}"
