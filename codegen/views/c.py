"""The C waist: signatures, argument checks from the spec, and the calls into the core."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.expr import Functions, to_c
from codegen.model import Api, Callable, Class, Param, Topic, Value
from codegen.wording import allowed, in_words, wrap


@dataclass(frozen=True)
class CFunction:
    """One callable as the templates print it."""

    id: str
    comment: list[str]
    result: str
    args: str
    types: str
    shape_args: str | None
    shape_types: str
    check_args: str
    check_pass: str
    checks: list[str]
    array_checks: list[str]
    shapes: list[str]
    core_result: str
    core_args: str
    core_body: str
    core_pass: str
    assign: str
    call_checks: bool
    cpp: str | None
    hot: bool
    is_constructor: bool


def scalar_arg(p: Value) -> str:
    """A scalar parameter in a C signature."""
    return f"{p.type.c} {p.name}"


def input_arg(p: Param) -> str:
    """A parameter in a C signature."""
    return f"const {p.type.c}* {p.name}" if p.is_array else scalar_arg(p)


def output_arg(r: Value) -> str:
    """A result in a C signature."""
    return f"{r.type.c}* {r.name}"


def arguments(f: Callable) -> list[str]:
    """The whole C signature: object, outputs, parameters, sizes."""
    if f.hot:
        return ["void* self", *(input_arg(p) for p in f.params)]
    first = [] if f.owner is None else ["void** self" if f.is_constructor else "void* self"]
    outputs = [output_arg(r) for r in f.returns]
    return [*first, *outputs, *(input_arg(p) for p in f.params), *(f"int32_t {s.name}" for s in f.sizes)]


def shape_arguments(f: Callable) -> list[str] | None:
    """The signature of the function that tells the shapes of the results."""
    if not f.has_shape:
        return None
    first = ["void* self"] if f.owner else []
    scalars = [scalar_arg(p) for p in f.scalars]
    return ["int32_t* shape", *first, *scalars, *(f"int32_t {s.name}" for s in f.sizes)]


def result_type(f: Callable) -> str:
    """Status, or a hot method's value."""
    return f.returns[0].type.c if f.hot else "int32_t"


def types_of(args: list[str]) -> str:
    """The arguments of a function pointer (names are kept: they document it)."""
    return ", ".join(args) or "void"


def view(f: Callable, api: Api) -> CFunction:
    """Everything the templates need to know about a callable."""
    args, shape_args = arguments(f), shape_arguments(f)
    core = _Core(f)
    return CFunction(
        id=f.id, comment=wrap(f.doc, 114), result=result_type(f), args=", ".join(args) or "void",
        types=types_of(args), shape_args=", ".join(shape_args) if shape_args else None,
        shape_types=types_of(shape_args or []), check_args=_check_args(f), check_pass=_check_pass(f),
        checks=_Checks(f, api.functions).lines(), array_checks=_array_checks(f), shapes=_shapes(f, api.functions),
        core_result=core.result, core_args=core.args, core_body=core.body, core_pass=core.passed,
        assign=core.assign, call_checks=bool(f.call_checks), cpp=f.cpp, hot=f.hot, is_constructor=f.is_constructor,
    )  # fmt: skip


def _check_args(f: Callable) -> str:
    first = [f"const {f.cpp}* self"] if f.owner and not f.is_constructor else []
    scalars = [f"{p.type.c}{'&' if p.zero_means else ''} {p.name}" for p in f.scalars]
    return ", ".join([*first, *scalars, *(f"int32_t {s.name}" for s in f.sizes)])


def _check_pass(f: Callable) -> str:
    first = [f"static_cast<const {f.cpp}*>(self)"] if f.owner and not f.is_constructor else []
    return ", ".join([*first, *(p.name for p in f.scalars), *(s.name for s in f.sizes)])


class _Checks:
    """The checks on scalars, sizes and conditions, in the order of the parameters."""

    def __init__(self, f: Callable, functions: Functions) -> None:
        self.f = f
        self.functions = functions
        self.enums = {v: i for p in f.params if p.enum for i, v in enumerate(p.enum.values)}

    def lines(self) -> list[str]:
        out: list[str] = []
        state = [r for r in self.f.require if r.state]
        plain = [r for r in self.f.require if not r.state]
        out += [self._require(r.that, r.text, "kBadState") for r in state]
        for s in self.f.sizes:
            if s.is_bound:
                out.append(self._least(s.name, s.param, s.axis))
        for p in self.f.scalars:
            out += self._scalar(p)
        for s in self.f.sizes:
            if s.expr is not None:
                c = to_c(s.expr, self.functions, self.enums)
                out.append(
                    f"UNISONO_TRY(same_size({_q(s.param.name)}, {s.axis}, {s.name}, {_q(in_words(s.expr))}, {c}));"
                )
        for p in self.f.arrays:
            if len(p.dims) > 1:
                out.append(f"UNISONO_TRY(countable({_q(p.name)}, {count(self.f, p)}));")
        out += [self._require(r.that, r.text, "kBadArgument") for r in plain]
        return out

    def _require(self, that: str, text: str, status: str) -> str:
        return f'if (!({to_c(that, self.functions, self.enums)})) return fail({status}, "%s", {_q(text)});'

    def _least(self, name: str, p: Param, axis: int) -> str:
        least = p.min_n if axis == 0 else min(p.min_n, 1)
        return f"UNISONO_TRY(long_enough({_q(p.name)}, {axis}, {name}, {least}));"

    def _scalar(self, p: Param) -> list[str]:
        if p.type.name in ("f32", "f64"):
            return self._float(p)
        if p.enum is not None:
            text = _q(f"from 0 to {len(p.enum.values) - 1}")
            return [f"UNISONO_TRY(in_range({_q(p.name)}, {p.name}, 0, {len(p.enum.values) - 1}, {text}));"]
        if p.type.name == "bool" or (p.min is None and p.max is None and p.check is None):
            return []
        return self._integer(p)

    def _float(self, p: Param) -> list[str]:
        if p.min is None and p.max is None:
            return [f"UNISONO_TRY(finite({_q(p.name)}, {p.name}));"] if p.finite else []
        low, high = _float_bounds(p)
        return [f"UNISONO_TRY(in_range({_q(p.name)}, {p.name}, {low}, {high}, {_q(allowed(p))}));"]

    def _integer(self, p: Param) -> list[str]:
        lines = []
        if p.zero_means is not None:
            lines.append(f"if ({p.name} == 0) {p.name} = clamped({to_c(p.zero_means, self.functions, self.enums)});")
        low, high = self._bound(p.min, "kLowest"), self._bound(p.max, "kHighest")
        tail = f", {p.check.cpp}({p.name})" if p.check else ""
        symbols = [b for b in (p.min, p.max) if isinstance(b, str)]
        if tail or symbols:
            tail = tail or ", true"
        if symbols:
            tail += f", {low if isinstance(p.min, str) else high}"
        call = f"in_range({_q(p.name)}, int64_t{{{p.name}}}, {low}, {high}, {_q(allowed(p))}{tail})"
        return [*lines, f"UNISONO_TRY({call});"]

    def _bound(self, bound: int | float | str | None, missing: str) -> str:
        if bound is None:
            return missing
        if isinstance(bound, str):
            return to_c(bound, self.functions, self.enums)
        return str(int(bound))


def _float_bounds(p: Param) -> tuple[str, str]:
    suffix = "f" if p.type.name in ("f32", "c64") else ""
    low = "-kLargest" if p.min is None else f"{float(p.min)!r}{suffix}"
    high = "kLargest" if p.max is None else f"{float(p.max)!r}{suffix}"
    return low, high


def count(f: Callable, p: Param) -> str:
    """The number of elements of an input array, in 64 bits."""
    sizes = [f.size_of(p, axis).name for axis in range(len(p.dims))]
    return " * ".join(f"int64_t{{{s}}}" for s in sizes)


def _array_checks(f: Callable) -> list[str]:
    lines = []
    for p in f.arrays:
        n = count(f, p) + (" * 2" if p.floats == 2 else "")
        bounded = p.min is not None or p.max is not None
        if p.is_float and bounded:
            low, high = _float_bounds(p)
            lines.append(f"UNISONO_TRY(all_in_range({_q(p.name)}, {p.name}, {n}, {low}, {high}, {_q(allowed(p))}));")
        elif p.is_float and p.finite and p.name not in f.call_checks:
            lines.append(f"UNISONO_TRY(finite({_q(p.name)}, {p.name}, {n}));")
        elif bounded:
            low, high = (str(b) if b is not None else d for b, d in ((p.min, "kLowest"), (p.max, "kHighest")))
            lines.append(f"UNISONO_TRY(all_in_range({_q(p.name)}, {p.name}, {n}, {low}, {high}, {_q(allowed(p))}));")
    return lines


def _shapes(f: Callable, functions: Functions) -> list[str]:
    lines, at = [], 0
    enums = {v: i for p in f.params if p.enum for i, v in enumerate(p.enum.values)}
    for r in f.array_returns:
        dims = ", ".join(to_c(d, functions, enums) for d in r.dims)
        lines.append(f"UNISONO_TRY(set_shape(shape + {at}, {_q(r.name)}, {{{dims}}}));")
        at += len(r.dims)
    return lines


class _Core:
    """The function that calls the core, with the types that the core sees."""

    def __init__(self, f: Callable) -> None:
        self.f = f
        self.value = len(f.returns) == 1 and not f.returns[0].is_array
        self.outputs = () if self.value else f.returns
        self.bound = [s.name for s in f.sizes if s.is_bound]
        self.result = _core_scalar(f.returns[0]) if self.value else "int32_t" if f.call_checks else "void"
        self.args = self._args()
        self.body = self._body()
        self.passed = self._passed()
        self.assign = f"*{f.returns[0].name} = " if self.value and not f.hot else ("return " if f.hot else "")

    def _args(self) -> str:
        first = [f"{self.f.cpp}* self"] if self.f.owner else []
        outputs = [f"{r.type.core}* {r.name}" for r in self.outputs]
        inputs = [
            f"const {p.type.core}* {p.name}" if p.is_array else f"{_core_scalar(p)} {p.name}" for p in self.f.params
        ]
        every = [*outputs, *inputs, *(f"int32_t {s}" for s in self.bound)]
        return ", ".join([*first, *every])

    def _body(self) -> str:
        call = self.f.call
        if call is None:
            names = [r.name for r in self.outputs] + [p.name for p in self.f.params] + self.bound
            prefix = "self->" if self.f.owner else "unisono::"
            call = f"{prefix}{'configure' if self.f.is_constructor else self.f.name}({', '.join(names)})"
        return f"return {call};" if self.value or self.f.call_checks else call.rstrip(";") + ";"

    def _passed(self) -> str:
        f = self.f
        first = ["object.get()"] if f.is_constructor else [f"static_cast<{f.cpp}*>(self)"] if f.owner else []
        return ", ".join([*first, *map(_pass, self.outputs), *map(_pass, f.params), *self.bound])


def _core_scalar(p: Value) -> str:
    if p.enum is not None and p.enum.cpp:
        return f"unisono::{p.enum.cpp}"
    return p.type.core


def _pass(v: Value) -> str:
    """An argument converted to the type that the core sees."""
    if v.is_array and v.type.name == "c64":
        const = "const " if isinstance(v, Param) else ""
        return f"reinterpret_cast<{const}Complex*>({v.name})"
    if v.enum is not None and v.enum.cpp and not v.is_array:
        return f"static_cast<unisono::{v.enum.cpp}>({v.name})"
    return f"{v.name} != 0" if v.type.name == "bool" and isinstance(v, Param) else v.name


def _q(text: str) -> str:
    """A C string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def topic_context(topic: Topic, api: Api) -> dict[str, object]:
    """What `waist.cpp.j2` prints for one topic."""
    return {
        "topic": topic,
        "headers": topic.headers,
        "ops": [view(f, api) for f in topic.ops],
        "classes": [(cls, [view(f, api) for f in cls.callables]) for cls in topic.classes],
        "functions": [view(f, api) for f in topic.callables],
    }


def api_context(api: Api) -> dict[str, object]:
    """What the header and the table print."""
    topics = [topic_context(t, api) for t in api.topics]
    return {"topics": topics, "members": members(api), "api": api, "enums": list(api.enums.values())}


def members(api: Api) -> list[str]:
    """The functions in the order of the table."""
    found = [m for f in api.callables for m in _members(f)]
    for cls in api.classes:
        found.insert(_after_new(found, cls), f"{cls.id}_free")
    return found


def _members(f: Callable) -> list[str]:
    return [f.id, f"{f.id}_sizes"] if f.has_shape else [f.id]


def _after_new(members: list[str], cls: Class) -> int:
    return members.index(f"{cls.id}_new") + 1
