"""Builds the native runner with many compilers, for many processors, and says how each build is run."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from unisono.parity.engines import KEEP_MEMORY, Engine
from unisono.parity.plan import interface
from unisono.parity.wasm import find_wasm

ROOT = Path(__file__).resolve().parents[2]
RUNNER = ROOT / "tests" / "parity" / "native" / "runner.cpp"
JOBS = int(os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", "2"))
INCLUDES = [ROOT / "dsp_core/include", ROOT / "dsp_core/src", ROOT / "bindings/capi", RUNNER.parent]

# As in CMakeLists.txt; -ffp-contract=off must stay last.
COMMON = ["-std=c++20", "-Wall", "-DUNISONO_WORKERS=1", "-pthread"]
CONTRACT = ["-fno-fast-math", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]
AVX512 = ["-mavx512f", "-mavx512dq", "-mavx512vl", "-mavx512bw", "-mprefer-vector-width=512", "-mno-fma", "-w"]
AVX512 += ["-fno-tree-slp-vectorize"]  # see CMakeLists.txt


@dataclass(frozen=True)
class Build:
    """A compiler and its flags; what runs the program; which Debian packages that takes."""

    name: str
    compiler: str
    flags: tuple[str, ...]
    emulator: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    threads: tuple[int, ...] = (1,)
    flush: bool = False  # also with flush-to-zero set beforehand
    cpu: str = ""  # what /proc/cpuinfo must name
    environment: dict[str, str] = field(default_factory=lambda: KEEP_MEMORY)

    @property
    def missing(self) -> str:
        """Why it cannot be run here: empty if it can."""
        if self.cpu and self.cpu not in Path("/proc/cpuinfo").read_text():
            return f"this processor has no {self.cpu}"
        absent = [p for p in (self.compiler, *self.emulator[:1]) if not shutil.which(p)]
        return f"{' and '.join(absent)} absent: apt-get install {' '.join(self.packages)}" if absent else ""


SANITIZE = ("-O1", "-g", "-msse2", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-Wno-psabi", "-w")


def _cross(name: str, triple: str, emulator: str, *flags: str) -> Build:
    package = f"g++-{triple}"
    return Build(
        f"{name}, gcc -O2", f"{triple}-g++", ("-O2", "-w", *flags), (emulator, "-L", f"/usr/{triple}"),
        (package, "qemu-user"),
    )  # fmt: skip


BUILDS = (
    Build("gcc -O0, sse2", "g++", ("-O0", "-msse2", "-mno-fma", "-w")),
    Build("gcc -O2, avx2", "g++", ("-O2", "-mavx2", "-mno-fma", "-w"), cpu="avx2"),
    Build("gcc -O3, sse2", "g++", ("-O3", "-msse2", "-mno-fma", "-w"), flush=True),
    Build("gcc -O3, avx2", "g++", ("-O3", "-mavx2", "-mno-fma", "-w"), cpu="avx2", threads=(1, 2, 3, 8), flush=True),
    Build("gcc -O3, avx512", "g++", ("-O3", *AVX512), cpu="avx512bw", threads=(1, 3)),
    Build("clang 14 -O3, avx2", "clang++-14", ("-O3", "-mavx2", "-mno-fma"), packages=("clang-14",), cpu="avx2"),
    Build("clang 19 -O3, avx2", "clang++-19", ("-O3", "-mavx2", "-mno-fma"), packages=("clang-19",), cpu="avx2"),
    Build("gcc, address and undefined-behaviour sanitizers", "g++", SANITIZE, threads=(1, 3)),
    _cross("arm64", "aarch64-linux-gnu", "qemu-aarch64"),
    _cross("32-bit arm", "arm-linux-gnueabihf", "qemu-arm"),
    _cross("riscv64", "riscv64-linux-gnu", "qemu-riscv64"),
)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stderr[-4000:]}")


def sources() -> list[Path]:
    """Return the core's sources, the waist's, and the runner."""
    lines = (ROOT / "dsp_core" / "sources.txt").read_text().splitlines()
    waist = ROOT / "bindings" / "capi"
    core = [ROOT / "dsp_core" / line for line in lines if line.startswith("src/")]
    return [*core, *sorted(waist.glob("*.gen.cpp")), waist / "checks.cpp", RUNNER]


def _dependencies(source: Path) -> list[Path]:
    """The source and every file of ours that it includes, directly or not."""
    found = [source]
    for path in found:  # grows while it is walked
        for name in re.findall(r'^\s*#\s*include\s*"([^"]+)"', path.read_text(), re.MULTILINE):
            places = [path.parent / name, *(folder / name for folder in INCLUDES)]
            included = next((p.resolve() for p in places if p.is_file()), None)
            if included is not None and included not in found:
                found.append(included)
    return found


def _key(source: Path, command: Sequence[str]) -> str:
    digest = hashlib.sha256(repr(command).encode())
    for path in _dependencies(source):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _object(build: Build, source: Path, folder: Path) -> Path:
    includes = [f"-I{path}" for path in (*INCLUDES, folder)]
    command = [build.compiler, *COMMON, f'-DUNISONO_ISA="{build.name.split(",")[0].split()[0]}"', *includes]
    command += [*build.flags, *CONTRACT, "-c", str(source)]
    target = folder / f"{source.parent.name}_{source.stem}-{_key(source, command)}.o"
    if not target.exists():
        half = target.with_suffix(".part")
        _run([*command, "-o", str(half)])
        half.replace(target)
    return target


def _folder_name(build: Build) -> str:
    return "".join(c if c.isalnum() else "-" for c in build.name)


def objects(build: Build, folder: Path, jobs: int = JOBS) -> list[Path]:
    """Compile what has not been compiled yet, and return what the runner is linked from."""
    folder = folder / _folder_name(build)
    folder.mkdir(parents=True, exist_ok=True)
    table = "".join(f"F({name})\n" for name in interface()["table"])
    names = folder / "functions.inc"
    if not names.is_file() or names.read_text() != table:
        names.write_text(table)
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda source: _object(build, source, folder), sources()))


def program(build: Build, folder: Path, jobs: int = JOBS) -> Path:
    """Build the runner, as far as it is not there yet, and return its path."""
    linked = objects(build, folder, jobs)
    target = linked[0].parent / f"runner-{hashlib.sha256(repr(linked).encode()).hexdigest()[:16]}"
    if not target.exists():
        _run([build.compiler, "-pthread", *build.flags, *map(str, linked), "-o", str(target)])
    return target


# Fused multiply-adds of x86, ARM (32-bit vmla rounds twice and is allowed) and RISC-V.
FUSED = re.compile(r"\t(vfn?m(add|sub)\w*|fml[as]\w*|fcmla|vfn?m[as]\.\w+|fn?m(add|sub)(\.[sdq])?)\t?\b")


def fused(build: Build, folder: Path) -> list[str]:
    """Return the fused instructions in the objects of the core and the waist, which must be none."""
    prefix = build.compiler.removesuffix("g++") if build.compiler.endswith("-g++") else ""
    found = []
    for path in objects(build, folder):
        command = [f"{prefix}objdump", "-d", "--no-show-raw-insn", str(path)]
        code = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        found += [f"{path.name}: {line.strip()}" for line in code.splitlines() if FUSED.search(line)]
    return found


def engines(build: Build, folder: Path, jobs: int = JOBS) -> list[Engine]:
    """Build the runner and return it as engines: one a number of threads, and one with flush-to-zero."""
    path = str(program(build, folder, jobs))
    command = (*build.emulator, path)
    found = []
    for threads in build.threads:
        counted = f"{threads} thread{'s' if threads > 1 else ''}"
        more = threads != build.threads[0]
        words = (*command, "--threads", str(threads))
        found.append(Engine(f"{build.name}, {counted}", words, build.environment, True, more_threads=more))
    if build.flush:
        found.append(Engine(f"{build.name}, flush-to-zero", (*command, "--flush"), build.environment, True))
    return found


def folder_of_builds() -> Path:
    """Return where the builds are kept between runs."""
    return Path(os.environ.get("UNISONO_PARITY_BUILDS", ROOT / "build" / "parity"))


def wasm_module() -> Path | None:
    """Return the module that this checkout has built, or what an installed package carries."""
    built = ROOT / "dist_web" / "wasm" / "unisono.wasm"
    return built if built.is_file() and "UNISONO_WASM" not in os.environ else find_wasm()


def scalar_wasm() -> Path | None:
    """Build the WebAssembly module without vectors, for engines that lack them; None without emcc."""
    from unittest.mock import patch

    from codegen import wasm

    if shutil.which("emcc") is None:
        return None
    folder = folder_of_builds() / "wasm-scalar"
    plain = {name: [flag for flag in getattr(wasm, name) if flag != "-msimd128"] for name in ("COMPILE", "LINK")}
    with patch.multiple(wasm, **plain):
        return wasm.build(folder / "unisono.wasm", folder)
