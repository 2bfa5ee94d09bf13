"""What the pages for people say is so: links lead somewhere, commands and names exist, the example oscillator works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import unisono

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "codegen/spec/README.md")]

PROBE = """
#include <cstdio>
#include "parabola.h"
int main() {
  unisono::Parabola ticking, blocks;
  float frequency[100], out[100];
  for (int i = 0; i < 100; ++i) frequency[i] = 100.0f * static_cast<float>(i);
  unisono::process(blocks, out, frequency, 100);
  for (int i = 0; i < 100; ++i) {
    if (ticking.tick(frequency[i]) != out[i]) return 1;
  }
  blocks.reset(0.25f);
  std::printf("%g", static_cast<double>(blocks.tick(0.0f)));
}
"""


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def test_commands_in_the_readme_exist_with_their_options() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^unisono (\w+)(.*)$", text, re.MULTILINE)
    assert {name for name, _ in lines} >= {"train", "generate", "evaluate", "resynthesize", "info"}
    wide = {**os.environ, "COLUMNS": "200"}
    for name, rest in lines:
        command = [sys.executable, "-m", "unisono", name, "--help"]
        page = subprocess.run(command, capture_output=True, text=True, check=True, env=wide).stdout
        assert [option for option in re.findall(r"--[\w-]+", rest) if option not in page] == []


def test_make_targets_in_the_pages_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`make ([\w-]+)", "".join(page.read_text(encoding="utf-8") for page in PAGES)))
    assert targets >= {"test", "lint"}
    assert [name for name in targets if not re.search(rf"^{name}:", makefile, re.MULTILINE)] == []


def test_names_in_the_readmes_python_exist() -> None:
    code = "\n".join(blocks(ROOT / "README.md", "python"))
    compile(code, "README.md", "exec")
    names = set(re.findall(r"\bunisono\.(\w+)", code.replace('"guitar.unisono"', "")))
    assert len(names) >= 4 and [name for name in names if not hasattr(unisono, name)] == []


def test_the_example_oscillator_compiles_and_its_blocks_are_its_ticks(tmp_path: Path) -> None:
    compiler = shutil.which("g++")
    assert compiler, "g++ is needed"
    (header,) = blocks(ROOT / "CONTRIBUTING.md", "cpp")
    (tmp_path / "parabola.h").write_text(header)
    (tmp_path / "probe.cpp").write_text(PROBE)
    include = ROOT / "dsp_core" / "include"
    command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", f"-I{include}", "probe.cpp", "-o", "probe"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert subprocess.run(["./probe"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "1"
