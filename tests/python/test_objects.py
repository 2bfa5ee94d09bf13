"""The shipped machine code keeps the numeric contract: no fused instruction, no call into libm, one exported symbol."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import unisono

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = sorted(Path(unisono.__file__).parent.glob("**/libunisono_*.so"))
WASM = ROOT / "dist_web" / "wasm" / "unisono.wasm"

FUSED = re.compile(r"\b(vfn?m(add|sub)\w*|fn?m(add|sub|la|ls)\b|fcmla)")
MATHS = r"sin|cos|sincos|tan|a?tanh?|atan2|exp2?|expm1|log(2|10|1p)?|pow|cbrt|hypot|fmod|fma"
LIBM = re.compile(rf"\b(__)?({MATHS})[fl]?(@|$)")


def output_of(*command: str) -> str:
    if not shutil.which(command[0]):
        pytest.fail(f"{command[0]} is needed to read the machine code; `make test` installs it", pytrace=False)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_there_are_libraries_to_look_at() -> None:
    assert LIBRARIES


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda path: path.stem)
def test_no_fused_multiply_add_in_native_code(library: Path) -> None:
    code = output_of("objdump", "-d", "--no-show-raw-insn", str(library))
    assert len(code.splitlines()) > 10000
    assert not [line for line in code.splitlines() if FUSED.search(line)][:5]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda path: path.stem)
def test_native_code_calls_no_libm(library: Path) -> None:
    names = [line.split()[-1] for line in output_of("nm", "-D", "--undefined-only", str(library)).splitlines()]
    assert names and not [name for name in names if LIBM.match(name)]


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda path: path.stem)
def test_native_library_exports_the_table_and_nothing_else(library: Path) -> None:
    names = [line.split()[-1] for line in output_of("nm", "-D", "--defined-only", str(library)).splitlines()]
    assert [name for name in names if "unisono" in name and not name.startswith("_Z")] == ["unisono_get_api"]


def test_no_fused_or_relaxed_instruction_in_webassembly() -> None:
    if not WASM.exists():
        pytest.skip("the WebAssembly module is not built: python -m codegen wasm")
    code = output_of("wasm-dis", str(WASM), "--enable-simd", "--enable-bulk-memory", "--enable-sign-ext")
    assert "f32x4.mul" in code  # vectors are in use
    assert not re.findall(r"\(\S*(?:relaxed|fma|qfm)\S*", code)[:5]
    imports = re.findall(r'\(import "[^"]*" "([^"]*)"', code)
    assert not [name for name in imports if LIBM.match(name)]


def test_the_checks_see() -> None:
    assert FUSED.search("  1234: vfmadd213ps %ymm1,%ymm2,%ymm3") and FUSED.search("fmla v0.4s, v1.4s, v2.4s")
    assert not FUSED.search("vmulps %ymm1,%ymm2,%ymm3")
    assert LIBM.match("sinf@GLIBC_2.2.5") and LIBM.match("tanhf")
    assert not LIBM.match("single") and not LIBM.match("memcpy")
