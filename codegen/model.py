"""What the spec says, as frozen dataclasses: parameters, results, operations, classes, enums, and the whole API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from codegen.expr import Functions, names
from codegen.type_table import TYPES, Type

Scalar = bool | int | float | str


@dataclass(frozen=True)
class Check:
    """A named condition on an integer: `[check.NAME]`."""

    name: str
    doc: str
    cpp: str
    good: tuple[int, ...]
    bad: tuple[int, ...]


@dataclass(frozen=True)
class Enum:
    """A set of names that travel as 0, 1, 2, ...: `[enum.NAME]`."""

    name: str
    doc: str
    cpp: str | None
    values: tuple[str, ...]

    @property
    def title(self) -> str:
        return camel(self.name)


@dataclass(frozen=True)
class Value:
    """What parameters and results have in common."""

    name: str
    type: Type
    enum: Enum | None = None
    shape: tuple[str, ...] | None = None
    unit: str = ""
    doc: str = ""

    @property
    def is_array(self) -> bool:
        return self.shape is not None

    @property
    def dims(self) -> tuple[str, ...]:
        return self.shape or ()

    @property
    def floats(self) -> int:
        """Numbers an element is made of."""
        return 2 if self.type.name == "c64" else 1

    @property
    def is_float(self) -> bool:
        return self.type.name in ("f32", "f64", "c64")


@dataclass(frozen=True)
class Param(Value):
    """An argument."""

    default: Scalar | None = None
    min: int | float | str | None = None
    max: int | float | str | None = None
    check: Check | None = None
    finite: bool = True
    min_n: int = 1
    zero_means: str | None = None
    parity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_keyword(self) -> bool:
        return self.default is not None

    @property
    def is_control(self) -> bool:
        """An array for which a single number is accepted and repeated."""
        return self.is_array and self.is_keyword


@dataclass(frozen=True)
class Size:
    """One dimension of an input array as the C function gets it: bound by it, or checked against `expr`."""

    name: str
    param: Param
    axis: int
    expr: str | None

    @property
    def is_bound(self) -> bool:
        return self.expr is None


@dataclass(frozen=True)
class Requirement:
    """A condition on the arguments, or on the object's state."""

    that: str
    text: str
    state: bool = False


@dataclass(frozen=True)
class Callable:
    """An operation, a constructor or a method."""

    name: str
    doc: str
    params: tuple[Param, ...]
    returns: tuple[Value, ...]
    owner: str | None = None  # the class of a method
    cpp: str | None = None  # the C++ type of that class
    call: str | None = None
    call_checks: tuple[str, ...] = ()  # arrays whose floats the call itself finds finite or not; it returns a status
    source: str = ""
    require: tuple[Requirement, ...] = ()
    errors: tuple[str, ...] = ()
    hot: bool = False
    example: Mapping[str, str] = field(default_factory=dict)
    parity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its name in C, without the prefix."""
        return f"{snake(self.owner)}_{self.name}" if self.owner else self.name

    @property
    def is_constructor(self) -> bool:
        return self.owner is not None and self.name == "new"

    @property
    def arrays(self) -> tuple[Param, ...]:
        return tuple(p for p in self.params if p.is_array)

    @property
    def scalars(self) -> tuple[Param, ...]:
        return tuple(p for p in self.params if not p.is_array)

    @property
    def positional(self) -> tuple[Param, ...]:
        return tuple(p for p in self.params if not p.is_keyword)

    @property
    def keywords(self) -> tuple[Param, ...]:
        return tuple(p for p in self.params if p.is_keyword)

    @property
    def array_returns(self) -> tuple[Value, ...]:
        return tuple(r for r in self.returns if r.is_array)

    @property
    def has_shape(self) -> bool:
        return bool(self.array_returns)

    @property
    def takes_out(self) -> bool:
        """Python's `out=`: for a single array."""
        return len(self.returns) == 1 and self.returns[0].is_array

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes at the end of the C function's arguments."""
        known = {p.name for p in self.params}
        sizes: list[Size] = []
        for param in self.arrays:
            for axis, dim in enumerate(param.dims):
                if dim.isidentifier() and dim not in known:
                    known.add(dim)
                    sizes.append(Size(dim, param, axis, None))
                else:
                    sizes.append(Size(f"{param.name}_{axis}", param, axis, dim))
        return tuple(sizes)

    def size_of(self, param: Param, axis: int) -> Size:
        return next(s for s in self.sizes if s.param is param and s.axis == axis)

    def names_used(self) -> Iterator[tuple[str, str]]:
        """(where, name) for every name in an expression, for validation."""
        for value in (*self.params, *self.returns):
            for dim in value.dims:
                yield from ((value.name, n) for n in names(dim))
        for param in self.params:
            bounds = (param.min, param.max, param.zero_means)
            for text in (b for b in bounds if isinstance(b, str)):
                yield from ((param.name, n) for n in names(text))
        for requirement in self.require:
            yield from (("require", n) for n in names(requirement.that))


@dataclass(frozen=True)
class Class:
    """A class: constructor and methods, in the order to be shown."""

    name: str
    doc: str
    cpp: str
    new: Callable
    methods: tuple[Callable, ...]
    source: str = ""
    oscillator: bool = False
    example: Mapping[str, str] = field(default_factory=dict)
    parity: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return snake(self.name)

    @property
    def callables(self) -> tuple[Callable, ...]:
        return (self.new, *self.methods)


@dataclass(frozen=True)
class Topic:
    """One spec file: a page of reference, a C++ file of the waist."""

    name: str
    title: str
    doc: str
    headers: tuple[str, ...]
    ops: tuple[Callable, ...]
    classes: tuple[Class, ...]

    @property
    def callables(self) -> tuple[Callable, ...]:
        return (*self.ops, *(c for cls in self.classes for c in cls.callables))


@dataclass(frozen=True)
class Api:
    """Everything."""

    topics: tuple[Topic, ...]
    enums: Mapping[str, Enum]
    functions: Functions
    hash: str
    bits: int = 1  # the version of the bits: raised whenever any result changes

    @property
    def ops(self) -> tuple[Callable, ...]:
        return tuple(o for t in self.topics for o in t.ops)

    @property
    def classes(self) -> tuple[Class, ...]:
        return tuple(c for t in self.topics for c in t.classes)

    @property
    def callables(self) -> tuple[Callable, ...]:
        return tuple(c for t in self.topics for c in t.callables)


def snake(name: str) -> str:
    """MagnetModel -> magnet_model."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def camel(name: str) -> str:
    """white_noise -> WhiteNoise."""
    return "".join(part.capitalize() for part in name.split("_"))


def type_named(text: str) -> Type:
    """The type of a spec's `type` field."""
    return TYPES[text.partition(":")[0]]
