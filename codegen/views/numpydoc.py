"""Docstrings in numpydoc's form, with shapes, units, ranges, errors and source."""

from __future__ import annotations

from codegen.model import Callable, Class, Param, Value
from codegen.views.python_types import ordered, scalar_annotation
from codegen.wording import allowed_or_zero, wrap

WIDTH = 110


def docstring(f: Callable, indent: str = "    ") -> list[str]:
    """A numpydoc docstring with shapes, units, ranges, errors and source, without the quotes."""
    lines = wrap(f.doc, WIDTH - len(indent))
    if f.params:
        lines += ["", "Parameters", "----------", *(line for p in ordered(f) for line in _param_doc(p))]
        if f.takes_out:
            lines += _out_doc(f.returns[0])
    if f.returns and not f.is_constructor:
        lines += ["", "Returns", "-------", *(line for r in f.returns for line in _return_doc(r))]
    if not f.hot and (f.params or f.require):
        lines += ["", "Raises", "------", *_raises(f)]
    if f.source:
        lines += ["", "References", "----------", *wrap(f.source, WIDTH - len(indent))]
    return lines


def _raises(f: Callable) -> list[str]:
    lines = []
    if f.params:
        lines += ["ParameterError", "    If an argument is not as described."]
        lines += [line for text in _conditions(f) for line in wrap(text, WIDTH - 8, "    ")]
    state = [r.text for r in f.require if r.state]
    if state:
        lines += ["StateError", *(line for t in state for line in wrap(f"Unless ready: {t}.", WIDTH - 8, "    "))]
    return lines


def _conditions(f: Callable) -> list[str]:
    return [f"{r.text}." for r in f.require if not r.state] + list(f.errors)


def shape_text(v: Value) -> str:
    """The shape as a Python tuple."""
    return f"({', '.join(v.dims)}{',' if len(v.dims) == 1 else ''})"


def _param_doc(p: Param) -> list[str]:
    if p.is_array:
        kind = f"array_like of {p.type.doc}, shape {shape_text(p)}"
        kind = f"float or {kind}" if p.is_control else kind
    elif p.enum is not None:
        kind = "{" + ", ".join(f"'{v}'" for v in p.enum.values) + "}"
    else:
        kind = {"i32": "int", "u32": "int", "f32": "float", "f64": "float"}.get(p.type.name, p.type.name)
    tail = f", default {p.default!r}" if p.is_keyword else ""
    return [f"{p.name} : {kind}{tail}", *wrap(_about(p), WIDTH - 8, "    ")]


def _about(p: Param) -> str:
    words = [p.doc or (p.enum.doc if p.enum else "")]
    rule, unit = allowed_or_zero(p), "" if p.unit == "sample" else p.unit
    if rule and p.enum is None and p.type.name != "bool":
        words.append(f"{rule[0].upper()}{rule[1:]}{', in ' + unit if unit else ''}.")
    elif unit:
        words.append(f"In {unit}.")
    return " ".join(w for w in words if w) or "See above."


def _out_doc(r: Value) -> list[str]:
    text = "Where to put the result: a contiguous, writable array of exactly its shape. A new array if left out."
    return [f"out : ndarray of {r.type.doc}, shape {shape_text(r)}, optional", *wrap(text, WIDTH - 8, "    ")]


def _return_doc(r: Value) -> list[str]:
    kind = f"ndarray of {r.type.doc}, shape {shape_text(r)}" if r.is_array else scalar_annotation(r)
    text = " ".join(w for w in (r.doc, f"In {r.unit}." if r.unit not in ("", "sample") else "") if w)
    return [f"{r.name} : {kind}", *(wrap(text, WIDTH - 8, "    ") if text else [])]


def class_doc(cls: Class) -> list[str]:
    """The docstring of a class: its own text, then its constructor's parameters."""
    return docstring(cls.new)
