"""A module runs in Chromium by its command line alone: it sees a folder, is given bytes, its result comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from unisono.browsers import find_chromium, run_module
from unisono.errors import UnisonoError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    site.mkdir()
    (site / "beside.js").write_text("export const answer = 42;")
    return site


def module(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "work.mjs"
    path.write_text(f"export default async (given) => {{ {body} }};")
    return path


def test_a_module_sees_the_folder_and_what_it_is_given(tmp_path: Path, folder: Path) -> None:
    body = """
    const { answer } = await import("/beside.js");
    const bytes = new Uint8Array(await given("some.bin"));
    return { answer, bytes: [...bytes], crossOriginIsolated, nothing: (await fetch("/given/other")).status };
    """
    found = run_module(module(tmp_path, body), folder, given={"some.bin": b"\x01\xff"}, timeout=60)
    assert found == {"answer": 42, "bytes": [1, 255], "crossOriginIsolated": True, "nothing": 404}


@pytest.mark.parametrize("strict", [True, False])
def test_text_becomes_code_only_where_that_is_allowed(tmp_path: Path, folder: Path, strict: bool) -> None:
    body = "try { return new Function('return 6 * 7')(); } catch (error) { return error.name; }"
    found = run_module(module(tmp_path, body), folder, timeout=60, strict=strict)
    assert found == ("EvalError" if strict else 42)


def test_what_a_module_throws_is_told(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UnisonoError, match=r"work\.mjs: TypeError: too bad"):
        run_module(module(tmp_path, "throw new TypeError('too bad');"), folder, timeout=60)


def test_a_module_that_never_ends_is_ended(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UnisonoError, match="took longer than 3 s"):
        run_module(module(tmp_path, "await new Promise(() => {});"), folder, timeout=3)


def test_a_browser_ends_with_the_process_that_started_it(tmp_path: Path, folder: Path) -> None:
    """And it starts where temporary files have so long a path that no socket can be made in it."""
    profile, waits = tmp_path / "profiles", module(tmp_path, "await new Promise(() => {});")
    profile.mkdir()
    work = f"run_module(Path({str(waits)!r}), Path({str(folder)!r}))"
    code = f"from pathlib import Path; from unisono.browsers import run_module; {work}"
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(profile)}) as process:
        wait_until(lambda: running(profile))
        process.terminate()
        assert process.wait(30) == 128 + signal.SIGTERM
    wait_until(lambda: not running(profile))


def running(profile: Path) -> bool:
    """Whether any process has the folder in its command line."""
    lines = subprocess.run(["ps", "-eww", "-o", "args="], capture_output=True, text=True, check=True).stdout
    return f"--user-data-dir={profile}" in lines


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.mark.parametrize(
    ("program", "text"), [("no-such-browser", "Chromium is not installed"), ("false", "ended before the page did")]
)
def test_a_browser_that_is_not_there_or_does_not_run(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, program: str, text: str
) -> None:
    monkeypatch.setenv("UNISONO_CHROMIUM", program)
    assert (find_chromium() is None) == (program == "no-such-browser")
    with pytest.raises(UnisonoError, match=text):
        run_module(module(tmp_path, "return 1;"), folder)
