"""The glue between Python and the C waist: threads, the choice of library, what an installation carries."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import unisono
from unisono import _core, _ops


def test_threads_share_an_object_one_call_at_a_time() -> None:
    """No sample is lost or made twice, whoever makes it."""
    noise, blocks, size = _ops.WhiteNoise(seed=5), 64, 5000
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: noise.process(size), range(blocks)))
    want = _ops.WhiteNoise(seed=5).process(blocks * size).reshape(blocks, size)
    assert sorted(block.tobytes() for block in made) == sorted(block.tobytes() for block in want)


def test_other_threads_run_while_the_core_works() -> None:
    """A call that takes a while does not hold the GIL: another thread ends while it runs."""
    magnitude = np.ones((120, 1025), np.float32)
    order: list[str] = []

    def long_call() -> None:
        _ops.griffin_lim(magnitude, n_iter=60)
        order.append("core")

    worker = threading.Thread(target=long_call)
    worker.start()
    order.append("python")
    worker.join()
    assert order == ["python", "core"]


def run(code: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], env={**os.environ, **more}, capture_output=True, text=True)


def test_the_library_can_be_chosen_and_says_what_it_is() -> None:
    info = unisono.build_info()
    assert set(info) >= {"isa", "lanes", "compiler", "abi"}
    for library in Path(_core.__file__).parent.glob("libunisono_*.so"):
        isa = library.stem.removeprefix("libunisono_")
        done = run("import unisono; print(unisono.build_info()['isa'], unisono.build_info()['abi'])", UNISONO_ISA=isa)
        if isa == "avx512" and done.returncode != 0:
            continue
        assert done.stdout.split() == [isa, info["abi"]], done.stderr


def test_the_library_is_the_best_for_this_processor() -> None:
    flags = Path("/proc/cpuinfo").read_text().split()
    on_x86 = "avx512" if "avx512_vbmi2" in flags else "avx2" if "avx2" in flags else "sse2"
    wanted = on_x86 if os.uname().machine == "x86_64" else "generic"
    assert run("import unisono; print(unisono.build_info()['isa'])", UNISONO_ISA="").stdout.split() == [wanted]


def test_a_library_that_is_not_there_is_named() -> None:
    done = run("import unisono", UNISONO_ISA="abacus")
    assert done.returncode != 0
    assert "libunisono_abacus.so" in done.stderr
    assert "ImportError" in done.stderr


def test_a_handle_of_another_class_is_refused() -> None:
    """So are things that are no handle: nothing wrong reaches a pointer."""
    for wrong in (_ops.Saw()._handle, None, 3):
        with pytest.raises(TypeError):
            _core.sine_tick(wrong, 440.0)  # type: ignore[arg-type]


def test_what_was_installed_is_enough_for_cython_and_c() -> None:
    folder = Path(unisono.__file__).parent
    for name in ("dsp.pxd", "include/unisono.h", "_core.pyi", "py.typed"):
        places = [folder / name, Path(_core.__file__).parent / name]
        assert any(p.is_file() for p in places), name
