"""JavaScript over WebAssembly: the wrapper, its declarations, and the list of exports."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.model import Api, Callable, Class, Param, Value
from codegen.wording import allowed_or_zero, in_words, wrap

_READERS = {"i32": "as_i32", "u32": "as_u32", "f32": "as_float", "f64": "as_float", "bool": "as_bool"}


@dataclass(frozen=True)
class JsFunction:
    """One callable as the JavaScript templates print it."""

    id: str
    name: str
    parameters: str
    options: str | None  # the names of its options, quoted
    inputs: list[str]
    outputs: list[str]
    call: str
    result: str | None
    needs_frame: bool
    hot: bool
    is_constructor: bool
    declaration: str
    result_type: str
    option_types: list[tuple[list[str], str]]
    options_name: str
    doc: list[str]


def view(f: Callable) -> JsFunction:
    """Everything the templates need to know about a callable."""
    js = _Js(f)
    return JsFunction(
        id=f.id, name=f.name, parameters=js.parameters(), options=js.option_list(), inputs=js.inputs(),
        outputs=js.outputs(), call=js.call(), result=js.result(),
        needs_frame=js.needs_frame, hot=f.hot, is_constructor=f.is_constructor, declaration=js.declaration(),
        result_type=result_type(f), option_types=js.option_types(), options_name=js.options_name(), doc=js.doc(),
    )  # fmt: skip


def array_type(v: Value) -> str:
    """The TypeScript type of an array result."""
    return v.type.js_array if len(v.dims) == 1 else f"NdArray<{v.type.js_array}>"


def value_type(v: Value) -> str:
    """The TypeScript type of a scalar."""
    return v.enum.title if v.enum is not None else v.type.typescript


def param_type(p: Param) -> str:
    """The TypeScript type of a parameter."""
    if not p.is_array:
        return value_type(p)
    kind = f"ArrayLikeInput<{p.type.js_array}>" if len(p.dims) == 1 else f"NdArray<{p.type.js_array}>"
    return f"number | {kind}" if p.is_control else kind


def result_type(f: Callable) -> str:
    """The TypeScript type of what a callable returns."""
    types = [array_type(r) if r.is_array else value_type(r) for r in f.returns]
    if not types:
        return "void"
    if len(types) == 1:
        return types[0]
    return "{ " + "; ".join(f"{r.name}: {t}" for r, t in zip(f.returns, types, strict=True)) + " }"


class _Js:
    def __init__(self, f: Callable) -> None:
        self.f = f
        self.method = f.owner is not None and not f.is_constructor
        self.takes_out = not f.hot and f.takes_out
        self.needs_frame = not f.hot and bool(f.returns or f.arrays or f.is_constructor)

    # hot methods take everything by position: they are called for each sample
    def _in_options(self) -> tuple[Param, ...]:
        return () if self.f.hot else self.f.keywords

    def parameters(self) -> str:
        names = [p.name for p in self.f.positional]
        if self.f.hot:
            names += [f"{p.name} = {literal(p)}" for p in self.f.keywords]
        return ", ".join([*names, *(["options = {}"] if self.option_list() else [])])

    def option_list(self) -> str | None:
        names = [*(p.name for p in self._in_options()), *(["out"] if self.takes_out else [])]
        return ", ".join(f'"{name}"' for name in names) if names else None

    def inputs(self) -> list[str]:
        plain = [p for p in self.f.params if not p.is_control]
        controls = [p for p in self.f.params if p.is_control]
        return [self._input(p) for p in (*plain, *controls)]

    def _input(self, p: Param) -> str:
        value = f"options.{p.name} ?? {literal(p)}" if p.is_keyword else p.name
        scalar = f"options, {literal(p)}" if p.is_keyword else p.name
        if p.is_control:
            return f'const {p.name}_ = frame.control("{p.name}", {value}, {self._control_length(p)});'
        if p.is_array:
            return f'const {p.name}_ = frame.input("{p.name}", {value}, "{p.type.name}", {len(p.dims)});'
        if p.enum is not None:
            return f'const {p.name}_ = as_enum("{p.name}", {p.enum.name}_names, {scalar});'
        return f'const {p.name}_ = {_READERS[p.type.name]}("{p.name}", {scalar});'

    def _control_length(self, p: Param) -> str:
        for s in self.f.sizes:
            if s.is_bound and s.name == p.dims[0] and s.param is not p:
                return f"{s.param.name}_.shape[{s.axis}]"
        return "1" if self.f.size_of(p, 0).is_bound else f"{p.dims[0]}_"

    def _sizes(self) -> list[str]:
        return [f"{s.param.name}_.shape[{s.axis}]" for s in self.f.sizes]

    def outputs(self) -> list[str]:
        f, lines, at = self.f, [], 0
        dims = sum(len(r.dims) for r in f.array_returns)
        if dims:
            args = ["shape", *(["this.pointer"] if self.method else []), *(f"{p.name}_" for p in f.scalars)]
            lines.append(f"const shape = frame.integers({dims});")
            lines.append(f"memory.check(wasm.unisono_{f.id}_sizes({', '.join([*args, *self._sizes()])}));")
        for r in f.returns:
            if r.is_array:
                place, out = f"shape + {4 * at}" if at else "shape", ", options.out" if self.takes_out else ""
                lines.append(f'const {r.name}_out = frame.output("{r.type.name}", {place}, {len(r.dims)}{out});')
                at += len(r.dims)
            else:
                lines.append(f"const {r.name}_at = frame.alloc(8);")
        if f.is_constructor:
            lines.append("const self = frame.integers(1);")
        return lines

    def call(self) -> str:
        f = self.f
        if f.hot:
            return f"wasm.unisono_{f.id}({', '.join(['this.pointer', *(p.name for p in f.params)])})"
        args = ["this.pointer"] if self.method else (["self"] if f.is_constructor else [])
        args += [f"{r.name}_out.pointer" if r.is_array else f"{r.name}_at" for r in f.returns]
        args += [f"{p.name}_.pointer" if p.is_array else f"{p.name}_" for p in f.params]
        return f"memory.check(wasm.unisono_{f.id}({', '.join([*args, *self._sizes()])}));"

    def result(self) -> str | None:
        parts = [_read(r) for r in self.f.returns]
        if not parts:
            return None
        if len(parts) == 1:
            return parts[0]
        return "{ " + ", ".join(f"{r.name}: {x}" for r, x in zip(self.f.returns, parts, strict=True)) + " }"

    # Declarations -------------------------------------------------------------------------------------------------

    def options_name(self) -> str:
        owner = self.f.owner or ""
        middle = "" if self.f.is_constructor else "".join(w.capitalize() for w in self.f.name.split("_"))
        return f"{owner}{middle}Options"

    def declaration(self) -> str:
        parts = [f"{p.name}: {param_type(p)}" for p in self.f.positional]
        if self.f.hot:
            parts += [f"{p.name}?: {param_type(p)}" for p in self.f.keywords]
        kinds = [self.options_name()] if self._in_options() else []
        kinds += [f"Out<{self.f.returns[0].type.js_array}>"] if self.takes_out else []
        if kinds:
            parts.append(f"options?: {' & '.join(kinds)}")
        return ", ".join(parts)

    def option_types(self) -> list[tuple[list[str], str]]:
        return [(_option_doc(p), f"{p.name}?: {param_type(p)} | undefined;") for p in self._in_options()]

    def doc(self) -> list[str]:
        lines = wrap(self.f.doc, 112)
        for p in self.f.positional:
            lines += _tag(f"@param {p.name}", _about(p))
        for r in self.f.returns if len(self.f.returns) == 1 else ():
            lines += _tag("@returns", _returned(r))
        if not self.f.hot and self.f.params:
            lines.append("@throws ParameterError if an argument is not as described.")
        return lines


def _read(r: Value) -> str:
    if r.is_array:
        return f"frame.take({r.name}_out)"
    number = f'frame.scalar({r.name}_at, "{r.type.name if r.enum is None else "i32"}")'
    if r.type.name == "bool":
        return f"{number} !== 0"
    return f"{r.enum.name}_names[{number}]" if r.enum is not None else number


def literal(p: Param) -> str:
    """The default of a parameter in JavaScript."""
    if isinstance(p.default, bool):
        return "true" if p.default else "false"
    if isinstance(p.default, str):
        return f'"{p.default}"'
    return repr(p.default)


def _tag(tag: str, text: str) -> list[str]:
    return wrap(f"{tag} {text}".rstrip(), 112)


def _shape(v: Value) -> str:
    """The shape in square brackets."""
    pairs = " interleaved complex numbers (re, im)," if v.type.name == "c64" else ""
    return f"{v.type.js_array},{pairs} shape [{in_words(', '.join(v.dims))}]" if v.is_array else ""


def _about(p: Param) -> str:
    rule, unit = allowed_or_zero(p), "" if p.unit == "sample" else p.unit
    words = [p.doc or (p.enum.doc if p.enum else ""), f"{_shape(p)}." if p.is_array else ""]
    if rule and p.type.name != "bool":
        words.append(f"{rule[0].upper()}{rule[1:]}{', in ' + unit if unit else ''}.")
    return " ".join(w for w in words if w)


def _option_doc(p: Param) -> list[str]:
    return wrap(f"{_about(p)} Default {literal(p)}.", 110)


def _returned(r: Value) -> str:
    unit = f"In {r.unit}." if r.unit not in ("", "sample") else ""
    return " ".join(w for w in (f"{_shape(r)}." if r.is_array else "", r.doc, unit) if w)


def class_doc(cls: Class) -> list[str]:
    """The comment above a class."""
    return wrap(cls.doc, 112)


def exports(api: Api) -> list[str]:
    """Every C function, in the order of the table."""
    names = ["last_error", "build_info"]
    for f in api.callables:
        names += [f.id, f"{f.id}_sizes"] if f.has_shape else [f.id]
    names += [f"{c.id}_free" for c in api.classes]
    return [f"_unisono_{n}" for n in names]


def context(api: Api) -> dict[str, object]:
    """What the JavaScript templates print."""
    return {
        "api": api,
        "enums": list(api.enums.values()),
        "ops": [view(f) for f in api.ops],
        "classes": [(c, class_doc(c), [view(f) for f in c.callables]) for c in api.classes],
        "functions": [view(f) for f in api.callables],
        "exports": exports(api),
    }
