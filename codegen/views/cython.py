"""Cython: `noexcept nogil` functions over the same table, for `cimport unisono.dsp` without linking."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.model import Api, Callable, Param, Value
from codegen.wording import wrap


@dataclass(frozen=True)
class CyFunction:
    """One C function as Cython declares it."""

    name: str
    comment: list[str]
    result: str
    args: str
    call: str


def _input(p: Param) -> str:
    return f"const {p.type.cython}* {p.name}" if p.is_array else f"{p.type.cython} {p.name}"


def _output(r: Value) -> str:
    return f"{r.type.cython}* {r.name}"


def _function(name: str, comment: list[str], result: str, args: list[str]) -> CyFunction:
    passed = ", ".join(a.rsplit(" ", 1)[1] for a in args)
    return CyFunction(name, comment, result, ", ".join(args), f"{name}({passed})")


def views(f: Callable) -> list[CyFunction]:
    """The function, and the one that tells its shapes."""
    sizes = [f"int {s.name}" for s in f.sizes]
    first = ["void** self" if f.is_constructor else "void* self"] if f.owner else []
    comment = wrap(f.doc, 112)
    if f.hot:
        return [_function(f.id, comment, f.returns[0].type.cython, [*first, *map(_input, f.params)])]
    made = [_function(f.id, comment, "int", [*first, *map(_output, f.returns), *map(_input, f.params), *sizes])]
    if f.has_shape:
        args = ["int* shape", *first, *map(_input, f.scalars), *sizes]
        made.append(_function(f"{f.id}_sizes", [], "int", args))
    return made


def context(api: Api) -> dict[str, object]:
    """What the Cython templates print."""
    functions = [v for f in api.callables for v in views(f)]
    functions += [_function(f"{c.id}_free", [], "void", ["void* self"]) for c in api.classes]
    functions.append(_function("last_error", ["The text of this thread's last error."], "const char*", []))
    return {"api": api, "enums": list(api.enums.values()), "functions": functions}
