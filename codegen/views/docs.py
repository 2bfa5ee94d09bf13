"""The reference pages, one a topic: shapes, units, defaults, ranges, errors, source, examples in both languages."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.expr import Function
from codegen.model import Api, Callable, Class, Param, Topic, Value
from codegen.views import c, js, python
from codegen.views.python_types import ordered, result_annotation
from codegen.wording import allowed_or_zero, in_words


@dataclass(frozen=True)
class DocFunction:
    """One callable as a page shows it."""

    title: str
    doc: str
    python: str
    javascript: str
    c: str
    params: list[tuple[str, str, str, str, str]]
    returns: list[tuple[str, str, str]]
    errors: list[str]
    source: str
    examples: list[tuple[str, str]]


def view(f: Callable) -> DocFunction:
    """Everything the page template needs to know about a callable."""
    return DocFunction(
        title="Constructor" if f.is_constructor else f.name, doc="" if f.is_constructor else f.doc,
        python=_python(f), javascript=_javascript(f),
        c=f"{c.result_type(f)} unisono_{f.id}({', '.join(c.arguments(f)) or 'void'});",
        params=[_param(p) for p in ordered(f)], returns=[_return(r) for r in f.returns],
        errors=_errors(f), source=f.source, examples=_examples(f),
    )  # fmt: skip


def _python(f: Callable) -> str:
    sign = ", ".join(p for p in python.parameters(f) if p != "self")
    name = f.owner if f.is_constructor else f.name
    return f"{name}({sign})" + ("" if f.is_constructor else f" -> {result_annotation(f)}")


def _javascript(f: Callable) -> str:
    options = ", ".join(f"{p.name}: {js.literal(p)}" for p in f.keywords)
    inline = [f"{p.name} = {js.literal(p)}" for p in f.keywords]  # of a hot method, which takes no options
    tail = inline if f.hot else ([f"{{ {options} }}"] if options else [])
    args = ", ".join([*(p.name for p in f.positional), *tail])
    return f"new u.{f.owner}({args})" if f.is_constructor else f"{f.name}({args}): {js.result_type(f)}"


def _type(v: Value) -> str:
    if v.is_array:
        return f"{v.type.doc}[{in_words(', '.join(v.dims))}]"
    return "name" if v.enum is not None else v.type.doc


def _param(p: Param) -> tuple[str, str, str, str, str]:
    default = f"`{p.default!r}`" if p.is_keyword else "required"
    about = p.doc or (p.enum.doc if p.enum else "")
    kind = _type(p) + (" or a number" if p.is_control else "")
    return (f"`{p.name}`", f"{kind}{', ' + p.unit if p.unit else ''}", default, allowed_or_zero(p), about)


def _return(r: Value) -> tuple[str, str, str]:
    return (f"`{r.name}`", f"{_type(r)}{', ' + r.unit if r.unit else ''}", r.doc)


def _errors(f: Callable) -> list[str]:
    if f.hot:
        return []
    errors = [f"`ParameterError`: {r.text}" for r in f.require if not r.state]
    errors += [f"`StateError`: {r.text}" for r in f.require if r.state]
    errors += [f"`ParameterError`: `{p.name}` is empty" for p in f.arrays if p.min_n == 1]
    errors += [f"`ParameterError`: `{p.name}` has fewer than {p.min_n} elements" for p in f.arrays if p.min_n > 1]
    for s in f.sizes:
        if s.expr is not None:
            errors.append(f"`ParameterError`: dimension {s.axis} of `{s.param.name}` is not `{in_words(s.expr)}`")
    return errors + list(f.errors)


def _examples(f: Callable) -> list[tuple[str, str]]:
    given = dict(f.example)
    if f.is_constructor or f.hot or (f.owner and not given):
        return []
    call = ", ".join(p.name for p in f.positional)
    given.setdefault("python", f"unisono.{f.name}({call})")
    given.setdefault("js", f"u.{f.name}({call})")
    return [("python", given["python"]), ("js", given["js"])]


def _class_examples(cls: Class) -> list[tuple[str, str]]:
    return [(language, cls.example[language]) for language in ("python", "js") if language in cls.example]


def topic_context(topic: Topic, api: Api) -> dict[str, object]:
    """What `reference.md.j2` prints for one topic."""
    used = _used_functions(topic, api)
    return {
        "topic": topic,
        "ops": [view(f) for f in topic.ops],
        "classes": [(cls, _class_examples(cls), [view(f) for f in cls.callables]) for cls in topic.classes],
        "formulae": [api.functions.table[n] for n in used],
    }


def _used_functions(topic: Topic, api: Api) -> list[str]:
    texts = " ".join(d for f in topic.callables for v in (*f.params, *f.returns) for d in v.dims)
    texts += " ".join(r.that for f in topic.callables for r in f.require)
    texts += " ".join(str(b) for f in topic.callables for p in f.params for b in (p.min, p.max, p.zero_means))
    return [name for name in api.functions.table if f"{name}(" in texts]


def formula(function: Function) -> str:
    """A named formula in one line."""
    return f"{function.name}({', '.join(function.args)}) = {function.expr}"


def index_context(api: Api) -> dict[str, object]:
    """What the index page prints."""
    return {"api": api, "topics": api.topics, "enums": list(api.enums.values())}
