"""The types that Python's annotations name, and the order of a function's parameters."""

from __future__ import annotations

from codegen.model import Callable, Param, Value


def scalar_annotation(v: Value) -> str:
    """The annotation of a scalar."""
    return v.enum.title if v.enum is not None else v.type.python


def array_annotation(v: Value) -> str:
    """The annotation of an array that we make."""
    return f"NDArray[np.{v.type.numpy}]"


def param_annotation(p: Param) -> str:
    """The annotation of a parameter."""
    return "ArrayLike" if p.is_array else scalar_annotation(p)


def result_annotation(f: Callable) -> str:
    """The annotation of what a callable returns."""
    parts = [array_annotation(r) if r.is_array else scalar_annotation(r) for r in f.returns]
    if not parts:
        return "None"
    return parts[0] if len(parts) == 1 else f"tuple[{', '.join(parts)}]"


def ordered(f: Callable) -> tuple[Param, ...]:
    """Parameters as Python takes them: positional ones, then keywords."""
    return (*f.positional, *f.keywords)
