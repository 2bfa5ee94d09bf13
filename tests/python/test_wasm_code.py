"""The WebAssembly module holds no relaxed or fused instruction, has no part of a libm, and does use vectors."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from test_disassembly import LIBM

from codegen import wasm

WASM = Path(__file__).resolve().parents[2] / "dist_web" / "wasm" / "unisono.wasm"


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


def test_no_function_of_the_mathematical_library_is_imported_or_linked(text: str) -> None:
    """Emscripten's libm would be linked in, without a name: so what our objects ask of others is looked at too."""
    if not shutil.which("emcc") or not shutil.which("llvm-nm"):
        pytest.skip("emcc or llvm-nm is absent: apt-get install emscripten")
    imported = re.findall(r'\(import "[^"]*" "([^"]*)"', text)
    assert set(imported) & LIBM == set()
    environment = wasm.environment(wasm.find_emcc(), wasm.BUILD)
    objects = [wasm.compile_one(wasm.find_emcc(), source, wasm.BUILD, environment) for source in wasm.sources()]
    listed = subprocess.run(["llvm-nm", "-u", *map(str, objects)], capture_output=True, text=True, check=True).stdout
    asked = {line.split()[1] for line in listed.splitlines() if line.strip().startswith("U ")}
    assert "memcpy" in asked
    assert asked & LIBM == set()


def test_no_shared_memory_is_required(text: str) -> None:
    """The loader sets the flag itself where threads are to be had: the module as it stands runs anywhere."""
    assert re.search(r"\(import \"env\" \"memory\" \(memory [^)]*\)", text)
    assert re.search(r"\(memory [^)]*\bshared\)", text) is None
