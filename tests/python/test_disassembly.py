"""The shipped libraries hold no fused multiply-add and call no mathematical function of the C library."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import unisono

LIBRARIES = sorted(Path(unisono.__file__).parent.glob("libunisono_*.so"))
OBJECTS = sorted(Path(unisono.__file__).parent.glob("*.so"))  # the modules for Python too

# x86 FMA3 and FMA4, ARM's scalar and vector forms. Integer multiply-add (madd, pmaddwd) rounds nothing and is allowed.
FUSED = re.compile(r"\t(v?fn?m(add|sub)\w*|vf(n?m|m)\w+(ps|pd|ss|sd)|fml[as]\w*|fcmla|fmadd|fmsub|fnmadd|fnmsub)\b")

NAMES = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil cos cosh erf erfc exp exp10 exp2 expm1 fdim floor fma fmax fmin "
    "fmod hypot j0 j1 ldexp lgamma log log10 log1p log2 logb lrint lround modf nearbyint nextafter pow remainder "
    "remquo rint round scalbn sin sincos sinh sqrt tan tanh tgamma trunc y0 y1"
)
LIBM = {name + suffix for name in NAMES.split() for suffix in ("", "f", "l")}


def output(*command: str | Path) -> str:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=True).stdout


@pytest.fixture(autouse=True)
def binutils() -> None:
    if shutil.which("objdump") is None:
        pytest.skip("objdump is absent: apt-get install binutils")


def test_there_are_libraries_to_look_at() -> None:
    assert LIBRARIES
    assert len(OBJECTS) > len(LIBRARIES)


def test_the_pattern_knows_fused_instructions_from_others() -> None:
    fused = ["vfmadd231ps", "vfmsub132sd", "vfnmadd213ss", "vfmaddsub132ps", "vfmsubadd231pd", "fmla", "fmls", "fcmla"]
    others = ["mulps", "vaddps", "pmaddwd", "vpmaddubsw", "madd", "vmulsd", "fmul", "fmov"]
    assert [m for m in fused if not FUSED.search(f"\t{m} %xmm0")] == []
    assert [m for m in others if FUSED.search(f"\t{m} %xmm0")] == []


@pytest.mark.parametrize("library", OBJECTS, ids=lambda path: path.stem)
def test_no_instruction_fuses_multiplication_and_addition(library: Path) -> None:
    code = output("objdump", "-d", "--no-show-raw-insn", library)
    multiplications = code.count("mulps") + code.count("mulpd") + code.count("fmul")
    assert multiplications > 100 or library not in LIBRARIES  # it did disassemble the arithmetic
    assert [line for line in code.splitlines() if FUSED.search(line)] == []


@pytest.mark.parametrize("library", OBJECTS, ids=lambda path: path.stem)
def test_no_function_of_the_mathematical_library_is_imported(library: Path) -> None:
    symbols = {line.split()[-1].split("@")[0] for line in output("nm", "-D", "--undefined-only", library).splitlines()}
    assert symbols
    assert symbols & LIBM == set()


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda path: path.stem)
def test_one_function_is_exported(library: Path) -> None:
    exported = [line.split()[-1].split("@")[0] for line in output("nm", "-D", "--defined-only", library).splitlines()]
    ours = [name for name in exported if not name.startswith(("_Z", "_init", "_fini"))]
    assert ours == ["unisono_get_api"]
    assert [name for name in exported if "unisono" in name and name != "unisono_get_api"] == []
