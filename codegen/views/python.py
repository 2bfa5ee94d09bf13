"""Python: the raw module over pybind11, its stub, and the annotated functions and classes that users call."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.model import Api, Callable, Param, Value, snake
from codegen.views.numpydoc import class_doc, docstring
from codegen.views.python_types import array_annotation, ordered, param_annotation, result_annotation

_ALWAYS = ("ParameterError", "StateError", "build_info")
LINE = 120


@dataclass(frozen=True)
class PyFunction:
    """One callable as the Python templates print it."""

    id: str
    name: str
    arity: int
    free_name: str  # the C function that frees objects of its class
    free: str  # the same as an argument, for methods
    inputs: list[str]  # C++ lines that convert the arguments
    shape_call: str | None
    outputs: list[str]
    call: str
    result: str
    stub: str  # whole declaration in _core.pyi
    head: str  # `def` line or lines of the public function
    body: str  # its return statement
    doc: list[str]
    hot: bool
    is_constructor: bool


def literal(p: Param) -> str:
    """A default in Python."""
    return f'"{p.default}"' if isinstance(p.default, str) else repr(p.default)


def parameters(f: Callable) -> list[str]:
    """The parameters of the public function."""
    parts = ["self"] if f.owner else []
    parts += [f"{p.name}: {param_annotation(p)}" for p in f.positional]
    tail = [f"{p.name}: {param_annotation(p)} = {literal(p)}" for p in f.keywords]
    if f.takes_out:
        tail.append(f"out: {array_annotation(f.returns[0])} | None = None")
    if tail and not f.hot:  # tick is called often: its controls may be given by position too
        parts.append("*")
    return [*parts, *tail]


def _laid_out(before: str, parts: list[str], after: str, indent: str) -> str:
    """A bracketed list in one line if it fits, else an item a line: both as ruff leaves them."""
    line = f"{indent}{before}({', '.join(parts)}){after}"
    if len(line) <= LINE:
        return line
    items = "".join(f"{indent}    {part},\n" for part in parts)
    return f"{indent}{before}(\n{items}{indent}){after}"


def _head(f: Callable) -> str:
    name = "__init__" if f.is_constructor else f.name
    result = "None" if f.is_constructor else result_annotation(f)
    return _laid_out(f"def {name}", parameters(f), f" -> {result}:", "    " if f.owner else "")


def _body(f: Callable) -> str:
    args = ["self._handle"] if f.owner and not f.is_constructor else []
    args += [p.name for p in ordered(f)]
    args += ["out"] if f.takes_out else []
    if f.is_constructor:
        return _laid_out(f"self._handle = _core.{f.id}", args, "", "        ")
    return _laid_out(f"{'return ' if f.returns else ''}_core.{f.id}", args, "", "        " if f.owner else "    ")


def _stub(f: Callable) -> str:
    parts = ["handle: Handle"] if f.owner and not f.is_constructor else []
    parts += [f"{p.name}: {param_annotation(p)}" for p in ordered(f)]
    if f.takes_out:
        parts.append(f"out: {array_annotation(f.returns[0])} | None")
    result = "Handle" if f.is_constructor else result_annotation(f)
    return _laid_out(f"def {f.id}", [*parts, "/"] if parts else [], f" -> {result}: ...", "")


def view(f: Callable) -> PyFunction:
    """Everything the templates need to know about a callable."""
    cpp = _Cpp(f)
    return PyFunction(
        id=f.id, name=f.name, arity=cpp.arity, free_name=cpp.free_name,
        free=f", api().{cpp.free_name}" if cpp.method else "", inputs=cpp.inputs(), shape_call=cpp.shape_call(),
        outputs=cpp.outputs(), call=cpp.call(), result=cpp.result(), stub=_stub(f), head=_head(f),
        body=_body(f), doc=docstring(f, "        " if f.owner else "    "), hot=f.hot, is_constructor=f.is_constructor,
    )  # fmt: skip


def _reader(p: Param) -> str:
    """The member of `Call` that reads a scalar."""
    return "bool_" if p.type.name == "bool" else p.type.name


class _Cpp:
    """The body of a raw function in C++."""

    def __init__(self, f: Callable) -> None:
        self.f = f
        self.method = f.owner is not None and not f.is_constructor
        self.order = {p.name: i + self.method for i, p in enumerate(ordered(f))}
        self.free_name = f"{snake(f.owner)}_free" if f.owner else ""
        self.arity = len(self.order) + self.method + f.takes_out

    def inputs(self) -> list[str]:
        controls = [p for p in self.f.params if p.is_control]
        lines = [self._input(p) for p in self.f.params if not p.is_control]
        return lines + [self._input(p) for p in controls]

    def _input(self, p: Param) -> str:
        at = self.order[p.name]
        if p.is_control:
            length = next(s.name for s in self.f.sizes if s.is_bound) if self._binds(p) else p.dims[0]
            return f'const auto {p.name} = call.control("{p.name}", {at}, {self._length(p, length)});'
        if p.is_array:
            return f'const auto {p.name} = call.array<{self._element(p)}>("{p.name}", {at}, {len(p.dims)});'
        if p.enum is not None:
            return f'const int32_t {p.name} = call.choice("{p.name}", {at}, {p.enum.name}_names);'
        return f'const {p.type.c} {p.name} = call.{_reader(p)}("{p.name}", {at});'

    def _binds(self, p: Param) -> bool:
        return self.f.size_of(p, 0).is_bound

    def _length(self, p: Param, name: str) -> str:
        """How long a control becomes when it is a single number."""
        for s in self.f.sizes:
            if s.is_bound and s.name == name and s.param is not p:
                return f"{s.param.name}.size({s.axis})"
        return "1" if self._binds(p) else name

    @staticmethod
    def _element(v: Value) -> str:
        return "std::complex<float>" if v.type.name == "c64" else v.type.c

    def _sizes(self) -> list[str]:
        return [f"{s.param.name}.size({s.axis})" for s in self.f.sizes]

    def shape_call(self) -> str | None:
        if not self.f.has_shape:
            return None
        scalars = [p.name for p in self.f.scalars]
        args = ["shape", *(["call.object()"] if self.method else []), *scalars, *self._sizes()]
        return f"call.check(api().{self.f.id}_sizes({', '.join(args)}));"

    def outputs(self) -> list[str]:
        lines, at = [], 0
        dims = sum(len(r.dims) for r in self.f.array_returns)
        if dims:
            lines.append(f"int32_t shape[{dims}];")
            lines.append(self.shape_call() or "")
        for r in self.f.returns:
            if r.is_array:
                out = str(self.arity - 1) if self.f.takes_out else "-1"
                args = f"{out}, shape + {at}, {len(r.dims)}"
                lines.append(f"auto {r.name} = call.output<{self._element(r)}>({args});")
                at += len(r.dims)
            else:
                lines.append(f"{r.type.c} {r.name}{{}};")
        return lines

    def call(self) -> str:
        f = self.f
        args = ["call.object()"] if self.method else (["&object"] if f.is_constructor else [])
        args += [f"{r.name}.data" if r.is_array else f"&{r.name}" for r in f.returns if not f.hot]
        args += [f"{p.name}.data" if p.is_array else p.name for p in f.params]
        if f.hot:
            return f"api().{f.id}({', '.join(args)})"
        return f"call.run([&] {{ return api().{f.id}({', '.join([*args, *self._sizes()])}); }});"

    def result(self) -> str:
        parts = [self._result(r) for r in self.f.returns]
        if not parts:
            return "py::none()"
        return parts[0] if len(parts) == 1 else f"py::make_tuple({', '.join(parts)})"

    @staticmethod
    def _result(r: Value) -> str:
        if r.is_array:
            return f"{r.name}.object"
        if r.type.name == "bool":
            return f"py::bool_({r.name} != 0)"
        if r.enum is not None:
            return f"py::str({r.enum.name}_names[{r.name}])"
        kind = {"f32": "py::float_", "f64": "py::float_", "str": "py::str"}.get(r.type.name, "py::int_")
        return f"{kind}({r.name})"


def context(api: Api) -> dict[str, object]:
    """What the Python templates print."""
    return {
        "api": api,
        "enums": list(api.enums.values()),
        "ops": [view(f) for f in api.ops],
        "classes": [(cls, class_doc(cls), [view(f) for f in cls.callables]) for cls in api.classes],
        "functions": [view(f) for f in api.callables],
        "public": sorted([*(f.name for f in api.ops), *(c.name for c in api.classes), *_ALWAYS]),
    }
