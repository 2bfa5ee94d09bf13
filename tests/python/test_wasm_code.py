"""The WebAssembly module holds no relaxed or fused instruction, imports no libm, and does use vectors."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

WASM = Path(__file__).resolve().parents[2] / "dist_web" / "wasm" / "unisono.wasm"
MATHS = re.compile(r"(sin|cos|tan|a?tanh?|atan2|exp2?|expm1|log(2|10|1p)?|pow|cbrt|hypot|fmod|fma)[fl]?")


@pytest.fixture(scope="module")
def text() -> str:
    if not WASM.exists():
        pytest.skip("the WebAssembly module is absent: python -m codegen wasm")
    if not shutil.which("wasm-dis"):
        pytest.skip("wasm-dis is absent: apt-get install binaryen")
    return subprocess.run(["wasm-dis", str(WASM), "-all"], capture_output=True, text=True, check=True).stdout


def test_vectors_are_in_use(text: str) -> None:
    assert text.count("f32x4.mul") > 100


def test_no_instruction_depends_on_the_host(text: str) -> None:
    assert re.findall(r"\(\S*(?:relaxed|fma|fms|qfm)\S*", text)[:5] == []


def test_no_function_of_the_mathematical_library_is_imported(text: str) -> None:
    imported = re.findall(r'\(import "[^"]*" "([^"]*)"', text)
    assert [name for name in imported if MATHS.fullmatch(name)] == []


def test_no_shared_memory_is_required(text: str) -> None:
    """The loader sets the flag itself where threads are to be had: the module as it stands runs anywhere."""
    assert re.search(r"\(import \"env\" \"memory\" \(memory [^)]*\)", text)
    assert re.search(r"\(memory [^)]*\bshared\)", text) is None
