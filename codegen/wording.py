"""How ranges and values are put into words: the same in error texts, docs and comments."""

from __future__ import annotations

import textwrap

from codegen.model import Param


def number(value: float | str) -> str:
    """A bound as a reader expects it: 1, 0.5, 1e6, n_fft."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return in_words(str(value))


def in_words(expression: str) -> str:
    """An expression of the spec as a reader expects it: what is the object's own needs no `self`."""
    return expression.replace("self.", "")


def allowed(p: Param) -> str:
    """What a parameter may be: the text after "must be"."""
    if p.enum is not None:
        return "one of " + ", ".join(p.enum.values)
    if p.type.name == "bool":
        return "true or false"
    words = _range(p)
    if p.check is not None:
        words = f"{p.check.doc} {words}".strip()
    if not words and p.is_float and p.finite:
        words = "finite"
    return words


def allowed_or_zero(p: Param) -> str:
    """The same for the docs, with what 0 stands for."""
    return f"{allowed(p)}, or 0 for {p.zero_means}".lstrip(", ") if p.zero_means is not None else allowed(p)


def _range(p: Param) -> str:
    if p.min is not None and p.max is not None:
        return f"from {number(p.min)} to {number(p.max)}"
    if p.min is not None:
        return f"at least {number(p.min)}"
    if p.max is not None:
        return f"at most {number(p.max)}"
    return ""


def wrap(text: str, width: int = 110, indent: str = "") -> list[str]:
    """Text as lines of at most `width` letters."""
    return textwrap.wrap(text, width=width, initial_indent=indent, subsequent_indent=indent) or [indent.rstrip()]


def sentences(text: str) -> tuple[str, str]:
    """The first sentence, and the rest."""
    head, dot, rest = text.partition(". ")
    return (head + ("." if dot else ""), rest.strip())
