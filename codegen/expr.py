"""The tiny integer expressions of the spec: shown in the docs, translated to C, evaluated to draw parity cases."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache


class SpecError(ValueError):
    """Something in the spec does not make sense."""


@dataclass(frozen=True)
class Function:
    """What expressions may call: a named formula `[function.NAME]`, or a condition `[check.NAME]` in C++."""

    name: str
    args: tuple[str, ...]
    expr: str
    doc: str = ""
    cpp: str = ""  # for a condition
    good: tuple[int, ...] = ()  # for a condition: values known to fulfil it


@dataclass
class Functions:
    """All named formulas of a spec."""

    table: dict[str, Function] = field(default_factory=dict)


@cache
def parse(text: str) -> ast.expr:
    """The syntax tree of an expression, refused if it uses more than the grammar allows."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise SpecError(f"expression {text!r}: {error.msg}") from None
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise SpecError(f"expression {text!r}: {type(node).__name__} is not allowed")
    return tree


_ALLOWED = (
    ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call, ast.Name, ast.Constant,
    ast.Attribute, ast.Load, ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.USub, ast.Not, ast.And, ast.Or,
    ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
)  # fmt: skip


def names(text: str) -> set[str]:
    """The free names of an expression (functions and `self` are not names)."""
    tree = parse(text)
    called = {id(n.func) for n in ast.walk(tree) if isinstance(n, ast.Call)}
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and id(n) not in called and n.id != "self"}


def uses_self(text: str) -> bool:
    """Whether an expression asks the object."""
    return any(isinstance(n, ast.Name) and n.id == "self" for n in ast.walk(parse(text)))


_C_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.And: "&&", ast.Or: "||",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def to_c(text: str, functions: Functions, enums: Mapping[str, int] | None = None) -> str:
    """The expression in C++, on 64-bit integers; divisions round down as in Python."""

    def go(node: ast.expr, bound: Mapping[str, str]) -> str:
        if isinstance(node, ast.Constant):
            return _c_constant(node, text, enums or {})
        if isinstance(node, ast.Name):
            return bound.get(node.id, f"int64_t{{{node.id}}}")
        if isinstance(node, ast.BinOp):
            left, right = go(node.left, bound), go(node.right, bound)
            if isinstance(node.op, ast.FloorDiv):
                return f"floor_div({left}, {right})"
            return f"({left} {_C_OPERATORS[type(node.op)]} {right})"
        if isinstance(node, ast.UnaryOp):
            return f"({'!' if isinstance(node.op, ast.Not) else '-'}{go(node.operand, bound)})"
        if isinstance(node, ast.BoolOp):
            return "(" + f" {_C_OPERATORS[type(node.op)]} ".join(go(v, bound) for v in node.values) + ")"
        if isinstance(node, ast.Compare):
            return _c_compare(node, lambda n: go(n, bound))
        if isinstance(node, ast.IfExp):
            return f"({go(node.test, bound)} ? {go(node.body, bound)} : {go(node.orelse, bound)})"
        if isinstance(node, ast.Call):
            return call(node, bound)
        raise SpecError(f"expression {text!r}: {ast.dump(node)} is not allowed")

    def call(node: ast.Call, bound: Mapping[str, str]) -> str:
        args = [go(a, bound) for a in node.args]
        if isinstance(node.func, ast.Attribute):
            return f"int64_t{{self->{node.func.attr}({', '.join(f'static_cast<int32_t>({a})' for a in args)})}}"
        assert isinstance(node.func, ast.Name)
        if node.func.id in ("min", "max"):
            return f"std::{node.func.id}<int64_t>({', '.join(args)})"
        function = _function(functions, node.func.id, text)
        if function.cpp:
            return f"{function.cpp}(clamped({', '.join(args)}))"
        return go(parse(function.expr), dict(zip(function.args, args, strict=True)))

    return _strip(go(parse(text), {}))


def _strip(c: str) -> str:
    """Without its outermost pair of brackets, if that pair is one."""
    if not (c.startswith("(") and c.endswith(")")):
        return c
    depth = 0
    for i, letter in enumerate(c):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and i < len(c) - 1:
            return c
    return c[1:-1]


def _c_constant(node: ast.Constant, text: str, enums: Mapping[str, int]) -> str:
    if isinstance(node.value, bool):
        return "1" if node.value else "0"
    if isinstance(node.value, int):
        return str(node.value)
    if isinstance(node.value, str) and node.value in enums:
        return str(enums[node.value])
    raise SpecError(f"expression {text!r}: constant {node.value!r} is not allowed")


def _c_compare(node: ast.Compare, go: Callable[[ast.expr], str]) -> str:
    terms, left = [], node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        terms.append(f"{go(left)} {_C_OPERATORS[type(op)]} {go(right)}")
        left = right
    return "(" + " && ".join(terms) + ")"


def _function(functions: Functions, name: str, text: str) -> Function:
    if name not in functions.table:
        raise SpecError(f"expression {text!r}: there is no [function.{name}]")
    return functions.table[name]


def evaluate(text: str, values: Mapping[str, object], functions: Functions) -> int:
    """The value of an expression; names are looked up in `values`. It cannot ask an object (`self`)."""
    if uses_self(text):
        raise SpecError(f"expression {text!r} needs an object")
    scope: dict[str, object] = {"min": min, "max": max}
    for function in functions.table.values():
        scope[function.name] = _python_function(function, functions)
    scope.update(values)
    code = compile(ast.fix_missing_locations(ast.Expression(parse(text))), text, "eval")
    return int(eval(code, {"__builtins__": {}}, scope))  # noqa: S307 - the grammar was checked by parse


def _python_function(function: Function, functions: Functions) -> Callable[..., int]:
    if function.cpp:
        return lambda n: n in function.good
    return lambda *args: evaluate(function.expr, dict(zip(function.args, args, strict=True)), functions)
