"""Web Audio nodes for the oscillators: the table that the worklet works from, and the page's side with its types."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.model import Api, Callable, Class, Param
from codegen.views import js
from codegen.wording import wrap

_FREQUENCY_DEFAULT = 440.0  # Hz, as the Web Audio API's own oscillator


@dataclass(frozen=True)
class Node:
    """One oscillator as an AudioWorkletNode."""

    name: str
    id: str
    doc: list[str]
    controls: list[tuple[str, str, str, str, list[str]]]  # name, default, least, most, doc
    options: list[tuple[list[str], str, str]]  # doc, name, type
    call: str


def _controls(process: Callable) -> list[tuple[str, str, str, str, list[str]]]:
    def control(p: Param) -> tuple[str, str, str, str, list[str]]:
        default = _FREQUENCY_DEFAULT if p.default is None else p.default
        return p.name, repr(default), repr(p.min), repr(p.max), wrap(p.doc, 112)

    return [control(p) for p in process.arrays]


def _call(process: Callable) -> str:
    """The C function's arguments: `at` is where the controls lie, in their order; every size is n."""
    places = {p.name: f"at[{i}]" for i, p in enumerate(process.arrays)}
    given = [places.get(p.name, "n") for p in process.params]
    return f"wasm.unisono_{process.id}({', '.join(['self', 'out', *given, *('n' for _ in process.sizes)])})"


def _option(p: Param) -> tuple[list[str], str, str]:
    return wrap(f"{p.doc} Default {js.literal(p)}.", 110), p.name, js.param_type(p)


def _node(cls: Class) -> Node:
    process = next(m for m in cls.methods if m.name == "process")
    options = [_option(p) for p in cls.new.params if p.name != "sr"]  # the rate is the context's
    return Node(cls.name, cls.id, wrap(cls.doc, 112), _controls(process), options, _call(process))


def context(api: Api) -> dict[str, object]:
    """What the templates of the nodes print."""
    return {"nodes": [_node(c) for c in api.classes if c.oscillator]}


# What processors use beside the oscillators; whatever plays is called by the C function itself.
_METHODS = {"PictureSound": ("set_picture",), "StftStream": ("process",)}
_OPS = ("magnitude",)


def core_context(api: Api) -> dict[str, object]:
    """What the wrapper prints with no more in it than processors use: each page loads it once more, for its worklet."""
    whole = js.context(api)
    classes = [c for c in api.classes if c.oscillator or c.name in _METHODS]
    callables = {c.name: [c.new, *(m for m in c.methods if m.name in _METHODS.get(c.name, ()))] for c in classes}
    used = {p.enum for fs in callables.values() for f in fs for p in f.params if p.enum is not None}
    return {
        **whole,
        "enums": [e for e in api.enums.values() if e in used],
        "ops": [js.view(f) for f in api.ops if f.name in _OPS],
        "classes": [(c, js.class_doc(c), [js.view(f) for f in callables[c.name]]) for c in classes],
    }
