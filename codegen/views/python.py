"""Python: the raw module over pybind11, its stub, and the annotated functions and classes that users call."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.model import Api, Callable, Class, Param, Value, snake
from codegen.wording import allowed_or_zero, wrap

WIDTH = 110
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


def literal(p: Param) -> str:
    """A default in Python."""
    return f'"{p.default}"' if isinstance(p.default, str) else repr(p.default)


def ordered(f: Callable) -> tuple[Param, ...]:
    """Parameters as Python takes them: positional ones, then keywords."""
    return (*f.positional, *f.keywords)


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
        id=f.id, name=f.name, arity=cpp.arity, free_name=cpp.free_name, free=f", api().{cpp.free_name}" if cpp.method else "", inputs=cpp.inputs(), shape_call=cpp.shape_call(),
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


# Docstrings ------------------------------------------------------------------------------------------------------


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
    return [f"{r.text[0].upper()}{r.text[1:]}." for r in f.require if not r.state] + list(f.errors)


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
    rule = allowed_or_zero(p)
    if rule and p.enum is None and p.type.name != "bool":
        words.append(f"{rule[0].upper()}{rule[1:]}{', in ' + p.unit if p.unit else ''}.")
    elif p.unit:
        words.append(f"In {p.unit}.")
    return " ".join(w for w in words if w) or "See above."


def _out_doc(r: Value) -> list[str]:
    text = "Where to put the result: a contiguous, writable array of exactly its shape. A new array if left out."
    return [f"out : ndarray of {r.type.doc}, shape {shape_text(r)}, optional", *wrap(text, WIDTH - 8, "    ")]


def _return_doc(r: Value) -> list[str]:
    kind = f"ndarray of {r.type.doc}, shape {shape_text(r)}" if r.is_array else scalar_annotation(r)
    text = " ".join(w for w in (r.doc, f"In {r.unit}." if r.unit else "") if w)
    return [f"{r.name} : {kind}", *(wrap(text, WIDTH - 8, "    ") if text else [])]


def class_doc(cls: Class) -> list[str]:
    """The docstring of a class: its own text, then its constructor's parameters."""
    return docstring(cls.new)


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
