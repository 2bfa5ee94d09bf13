"""Builds the WebAssembly module with Emscripten, driven by subprocess: `python -m codegen wasm`.

It needs nothing but `emcc` and works with Debian's package as it is: its frozen cache is used, and Node finds Debian's
modules. One module for one thread and for several, no JavaScript of Emscripten's: dist_web/src/loader.ts starts it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "dist_web" / "wasm" / "unisono.wasm"
BUILD = ROOT / "build" / "wasm"
DEBIAN_CACHE = Path("/usr/share/emscripten/cache")
DEBIAN_NODE_MODULES = Path("/usr/share/nodejs")  # where Debian's packages put acorn, which emcc runs

COMPILE = [
    "-std=c++20", "-msimd128", "-fno-exceptions", "-fno-rtti", "-fvisibility=hidden", "-Wall", "-Wextra",
    "-fno-fast-math", "-fno-math-errno", '-DUNISONO_ISA="wasm-simd128"',
    "-fno-slp-vectorize",  # LLVM 14's needs minutes for the rounds of Philox
]  # fmt: skip
LAST = "-ffp-contract=off"  # must stay last: see the numeric contract in CMakeLists.txt
THREADS = ["-matomics", "-mbulk-memory"]  # for bindings/wasm: the only code that several threads touch by themselves
LINK = [
    "-O3", "-msimd128", "--no-entry", "-sSTANDALONE_WASM=1", "-sALLOW_MEMORY_GROWTH=1", "-sMAXIMUM_MEMORY=2147483648",
    "-sINITIAL_MEMORY=16777216", "-sTOTAL_STACK=1048576", "-sFILESYSTEM=0", "-sABORTING_MALLOC=0", "-sMALLOC=emmalloc",
    "-sIMPORTED_MEMORY=1", "-Wl,--shared-memory,--no-check-features",
    "-Wl,--wrap=snprintf,--wrap=vsnprintf,--wrap=strtod",  # see bindings/wasm/text.cpp
]  # fmt: skip


# emcc runs Binaryen's optimiser once; a second time it takes another half per cent off.
OPTIMISE = ["-O3", "--enable-simd", "--enable-threads", "--enable-bulk-memory", "--enable-mutable-globals"]

# A page waits for every byte, so code is small (the core is written in vectors already), but for the files where this
# costs time.
SMALL = ["-Os", "-finline-hint-functions", "-fno-unroll-loops", "-fno-vectorize"]
FAST_FILES = ("frame_integrator", "lws_lanes", "lws_stencil", "pghi")
REPLACED = "src/nn/workers.cpp"  # by bindings/wasm/workers.cpp


class BuildError(RuntimeError):
    """The build cannot go on; the text says what to do."""


def environment(emcc: str, build: Path) -> dict[str, str]:
    """The environment that emcc runs in.

    Debian ships its cache of system libraries complete and frozen; elsewhere a cache is filled at the first build,
    which needs a folder that can be written.
    """
    env = dict(os.environ)
    shipped = DEBIAN_CACHE if Path(emcc).resolve().is_relative_to("/usr") else Path(emcc).resolve().parent / "cache"
    if "EM_CACHE" not in env and not (shipped / "sysroot_install.stamp").is_file():
        env["EM_CACHE"] = str((build / "cache").resolve())
    if DEBIAN_NODE_MODULES.is_dir():
        given = env.get("NODE_PATH")
        env["NODE_PATH"] = f"{given}:{DEBIAN_NODE_MODULES}" if given else str(DEBIAN_NODE_MODULES)
    return env


def find_emcc() -> str:
    """The path of emcc."""
    emcc = os.environ.get("EMCC") or shutil.which("emcc")
    if emcc is None:
        raise BuildError("emcc was not found; install Emscripten, on Debian with `apt-get install emscripten`")
    return emcc


def find_wasm_opt(emcc: str) -> str:
    """The path of Binaryen's optimiser: in a Debian package of its own, or beside Emscripten's folder."""
    own = Path(emcc).resolve().parent.parent / "bin" / "wasm-opt"
    found = str(own) if own.is_file() else shutil.which("wasm-opt")
    if found is None:
        raise BuildError("wasm-opt was not found; install Binaryen, on Debian with `apt-get install binaryen`")
    return found


def sources() -> list[Path]:
    """The core's sources, the waist's, and this build's own."""
    core = ROOT / "dsp_core"
    lines = (core / "sources.txt").read_text(encoding="utf-8").splitlines()
    listed = [core / line for line in lines if line.startswith("src/") and line != REPLACED]
    waist, glue = ROOT / "bindings" / "capi", ROOT / "bindings" / "wasm"
    return [*listed, *sorted(waist.glob("*.gen.cpp")), waist / "checks.cpp", *sorted(glue.glob("*.cpp"))]


def flags(source: Path) -> list[str]:
    """The compiler's flags for a source; the numeric ones stay last."""
    own = THREADS if source.parent.name == "wasm" else []
    size = ["-O2"] if source.stem in FAST_FILES else SMALL
    return [*own, *COMPILE, *size, LAST]


def exported() -> list[str]:
    """What the module exports."""
    text = (ROOT / "bindings" / "wasm" / "exports.gen.txt").read_text(encoding="utf-8")
    return [*text.split(), "_malloc", "_free", "_unisono_set_helpers", "_unisono_help"]


def run(command: list[str], env: dict[str, str]) -> str:
    """Runs a tool; its complaint becomes the error."""
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        raise BuildError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


_FOLDERS = ("dsp_core/include", "dsp_core/src", "bindings/capi")
_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def _includes() -> list[str]:
    return [f"-I{ROOT / folder}" for folder in _FOLDERS]


def _dependencies(source: Path) -> list[Path]:
    """The source and every file of ours that it includes, directly or not."""
    found = [source]
    for path in found:  # grows while it is walked
        for name in _INCLUDE.findall(path.read_text(encoding="utf-8")):
            places = [path.parent / name, *(ROOT / folder / name for folder in _FOLDERS)]
            included = next((p.resolve() for p in places if p.is_file()), None)
            if included is not None and included not in found:
                found.append(included)
    return found


def _key(source: Path, emcc: str) -> str:
    """Names an object by all that goes into it."""
    digest = hashlib.sha256(repr((emcc, flags(source))).encode())
    for path in _dependencies(source):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def compile_one(emcc: str, source: Path, build: Path, env: dict[str, str]) -> Path:
    """One object, unless it is there already."""
    target = build / f"{source.parent.name}_{source.stem}-{_key(source, emcc)}.o"
    if not target.exists():
        half = target.with_suffix(".part")
        run([emcc, *_includes(), *flags(source), "-c", str(source), "-o", str(half)], env)
        half.replace(target)
    return target


MEMORY_IMPORT = b"\x03env\x06memory\x02"  # module, field, and that it is a memory; its flags follow


def with_own_memory(module: bytes) -> bytes:
    """The module wanting memory that is not shared: what is linked for threads then runs anywhere, with one.

    The loader sets the flag again where threads are to be had; everything else of the module serves both.
    """
    if module.count(MEMORY_IMPORT) != 1:
        raise BuildError("the linked module does not import its memory once, as env.memory")
    at = module.index(MEMORY_IMPORT) + len(MEMORY_IMPORT)
    return module[:at] + bytes([module[at] & ~2]) + module[at + 1 :]


def build(out: Path | None = None, folder: Path | None = None, jobs: int = 2) -> Path:
    """Compiles and links; returns the path of the module."""
    emcc, build_folder, target = find_emcc(), folder or BUILD, out or OUT
    optimiser = find_wasm_opt(emcc)
    build_folder.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    env = environment(emcc, build_folder)
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        objects = list(pool.map(lambda s: compile_one(emcc, s, build_folder, env), sources()))
    names = build_folder / "exports.txt"
    names.write_text("\n".join(exported()) + "\n", encoding="utf-8")
    half = build_folder / "linked.wasm"
    objects.reverse()  # callers before what they call: a fifth of a per cent less, compressed
    run([emcc, *LINK, f"-sEXPORTED_FUNCTIONS=@{names}", *map(str, objects), "-o", str(half)], env)
    run([optimiser, *OPTIMISE, str(half), "-o", str(half)], env)
    finished = target.with_suffix(".part")  # the two may lie on different disks
    finished.write_bytes(with_own_memory(half.read_bytes()))
    finished.replace(target)
    return target
