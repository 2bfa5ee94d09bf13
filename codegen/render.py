"""Renders every generated file, writes those that changed, or tells which are stale."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import jinja2

from codegen import parity
from codegen.model import Api
from codegen.views import c, cython, docs, interface, js, nodes, python

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = Path(__file__).parent / "templates"

# What is generated and has no fixed list of names: files here that nothing renders are stale.
OWNED = ("bindings/capi/*.gen.cpp", "bindings/docs/reference/*.md")


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - it writes code, not pages for a browser
    )  # fmt: skip


def tidy(path: str, text: str) -> str:
    """Without trailing spaces or runs of empty lines (two are the most, in Python), with one line end at the end."""
    most = 2 if path.endswith(".py") or ".py." in path else 1
    text = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub("\n" * (most + 2) + "+", "\n" * (most + 1), text).strip("\n") + "\n"


def rendered(api: Api) -> Iterator[tuple[str, str]]:
    """(path, text) of every generated file."""
    env = _environment()

    def render(template: str, context: dict[str, object]) -> str:
        return tidy(template, env.get_template(f"{template}.j2").render(context))

    waist = c.api_context(api)
    yield "bindings/capi/unisono.h", render("unisono.h", waist)
    yield "bindings/capi/table.gen.cpp", render("table.gen.cpp", waist)
    for topic in api.topics:
        yield f"bindings/capi/{topic.name}.gen.cpp", render("waist.gen.cpp", c.topic_context(topic, api))
        yield f"bindings/docs/reference/{topic.name}.md", render("reference.md", docs.topic_context(topic, api))
    yield "bindings/docs/reference/index.md", render("index.md", docs.index_context(api))
    yield "bindings/python/_core.gen.cpp", render("_core.gen.cpp", python.context(api))
    yield "python/unisono/_core.pyi", render("_core.pyi", python.context(api))
    yield "python/unisono/_ops.py", render("_ops.py", python.context(api))
    yield "python/unisono/_bits.py", render("_bits.py", {"api": api})
    yield "python/unisono/parity/interface.gen.json", interface.text(api, c.members(api))
    yield "bindings/cython/dsp.pxd", render("dsp.pxd", cython.context(api))
    yield "bindings/cython/dsp.pyx", render("dsp.pyx", cython.context(api))
    yield "bindings/wasm/exports.gen.txt", render("exports.gen.txt", js.context(api))
    yield "dist_web/src/generated/core.js", render("core.js", js.context(api))
    yield "dist_web/src/generated/core.d.ts", render("core.d.ts", js.context(api))
    yield "dist_web/src/generated/worklet_core.js", render("core.js", nodes.core_context(api))
    for name in ("nodes.js", "nodes.d.ts", "oscillators.js", "oscillators.d.ts", "worklet_core.d.ts"):
        yield f"dist_web/src/generated/{name}", render(name, nodes.context(api))
    yield "tests/parity/cases.gen.json", _cases_text(api)


def _cases_text(api: Api) -> str:
    """One case a line, so that a diff shows which moved."""
    made = parity.cases(api)
    lines = ",\n".join(json.dumps(case, separators=(",", ":"), allow_nan=False) for case in made["cases"])
    return f'{{"version":{made["version"]},"api":"{made["api"]}","cases":[\n{lines}\n]}}\n'


def stale(api: Api, root: Path = ROOT) -> list[str]:
    """The paths of files that are missing, differ, or should not be there."""
    wanted = dict(rendered(api))
    wrong = [p for p, text in wanted.items() if _read(root / p) != text]
    found = [str(p.relative_to(root)) for pattern in OWNED for p in sorted(root.glob(pattern))]
    return wrong + [p for p in found if p not in wanted]


def write(api: Api, root: Path = ROOT) -> list[str]:
    """Brings every generated file up to date; returns the paths that changed."""
    changed = stale(api, root)
    wanted = dict(rendered(api))
    for path in changed:
        target = root / path
        if path not in wanted:
            target.unlink()
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(wanted[path], encoding="utf-8")
    return changed


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
