"""Reads `spec/*.toml` into the model, and refuses what does not make sense, naming the entry."""

from __future__ import annotations

import hashlib
import json
import keyword
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from codegen.expr import Function, Functions, SpecError, parse
from codegen.model import Api, Callable, Check, Class, Enum, Param, Requirement, Topic, Value, camel, type_named
from codegen.oscillator import expand_oscillator
from codegen.type_table import TYPES

Table = dict[str, Any]
SPEC = Path(__file__).parent / "spec"

_ENTRY_KEYS = {
    "doc", "source", "headers", "returns", "params", "require", "call", "call_checks", "errors",
    "example", "parity", "hot",
}  # fmt: skip
_CLASS_KEYS = {"doc", "source", "headers", "cpp", "new", "method", "example", "parity", "oscillator"}
_VALUE_KEYS = {"name", "type", "shape", "unit", "doc"}
_PARAM_KEYS = _VALUE_KEYS | {"default", "min", "max", "check", "finite", "min_n", "zero_means", "parity"}
_TOP_KEYS = {"title", "doc", "headers", "op", "class", "osc", "enum", "check", "function", "group", "bits"}


class Loader:
    """Turns the tables of all files into one API."""

    def __init__(self, files: Mapping[str, Table]) -> None:
        self.files = files
        self.enums: dict[str, Enum] = {}
        self.checks: dict[str, Check] = {}
        self.functions = Functions()
        self.groups: dict[str, list[Table]] = {}

    def load(self) -> Api:
        for name, table in self.files.items():
            _known(name, table, _TOP_KEYS)
            self._shared(table)
        topics = tuple(self._topic(name, t) for name, t in self.files.items() if _has_entries(t))
        bits = max((t["bits"] for t in self.files.values() if "bits" in t), default=1)
        api = Api(topics, self.enums, self.functions, _hash(self.files), bits)
        _no_duplicates(api)
        return api

    def _shared(self, table: Table) -> None:
        for name, e in table.get("enum", {}).items():
            self.enums[name] = Enum(name, _line(e.get("doc", "")), e.get("cpp"), tuple(e["values"]))
        for name, c in table.get("check", {}).items():
            good, bad = tuple(c.get("good", ())), tuple(c.get("bad", ()))
            self.checks[name] = Check(name, c["doc"], c["cpp"], good, bad)
            self.functions.table[name] = Function(name, ("n",), "n", c["doc"], c["cpp"], good)
        for name, g in table.get("group", {}).items():
            self.groups[name] = g["params"]
        for name, f in table.get("function", {}).items():
            parse(f["expr"])
            self.functions.table[name] = Function(name, tuple(f["args"]), f["expr"], f.get("doc", ""))

    def _topic(self, name: str, table: Table) -> Topic:
        headers = list(table.get("headers", []))
        classes = dict(table.get("class", {}))
        for osc, entry in table.get("osc", {}).items():
            classes[camel(osc)] = expand_oscillator(osc, entry)
        for entry in (*table.get("op", {}).values(), *classes.values()):
            headers += entry.get("headers", [])
        return Topic(
            name=name,
            title=table.get("title", name.replace("_", " ").capitalize()),
            doc=_line(table.get("doc", "")),
            headers=tuple(sorted(set(headers))),
            ops=tuple(self._callable(n, e) for n, e in table.get("op", {}).items()),
            classes=tuple(self._class(n, e) for n, e in classes.items()),
        )

    def _class(self, name: str, entry: Table) -> Class:
        _known(name, entry, _CLASS_KEYS)
        cpp = f"unisono::{entry.get('cpp', name)}"
        new = self._callable("new", {"doc": entry["doc"], **entry.get("new", {})}, name, cpp)
        methods = tuple(self._callable(n, e, name, cpp) for n, e in entry.get("method", {}).items())
        return Class(
            name=name, doc=_line(entry["doc"]), cpp=cpp, new=new, methods=methods, source=entry.get("source", ""),
            oscillator=entry.get("oscillator", False), example=entry.get("example", {}),
            parity=entry.get("parity", {}),
        )  # fmt: skip

    def _callable(self, name: str, entry: Table, owner: str | None = None, cpp: str | None = None) -> Callable:
        where = f"{owner}.{name}" if owner else name
        _known(where, entry, _ENTRY_KEYS)
        _identifier(where, name)
        if "doc" not in entry:
            raise SpecError(f"{where}: has no doc")
        made = Callable(
            name=name, owner=owner, cpp=cpp, doc=_line(entry["doc"]), source=entry.get("source", ""),
            params=tuple(self._param(where, p) for p in self._params(where, entry)),
            returns=tuple(self._value(where, r) for r in entry.get("returns", [])),
            require=tuple(Requirement(**r) for r in entry.get("require", [])), call=entry.get("call"),
            call_checks=tuple(entry.get("call_checks", [])), errors=tuple(entry.get("errors", [])),
            hot=entry.get("hot", False), example=entry.get("example", {}), parity=entry.get("parity", {}),
        )  # fmt: skip
        _check_names(where, made)
        return made

    def _params(self, where: str, entry: Table) -> list[Table]:
        """The parameters with each `{ use = "NAME" }` replaced by that group."""
        params: list[Table] = []
        for p in entry.get("params", []):
            if "use" in p and p["use"] not in self.groups:
                raise SpecError(f"{where}: there is no [group.{p['use']}]")
            params += self.groups[p["use"]] if "use" in p else [p]
        return params

    def _value(self, where: str, table: Table) -> Value:
        _known(f"{where}: result {table.get('name')}", table, _VALUE_KEYS)
        return Value(**self._common(where, table))

    def _common(self, where: str, table: Table) -> Table:
        _identifier(where, table["name"])
        kind, _, enum = table["type"].partition(":")
        if kind not in TYPES or (enum and enum not in self.enums):
            raise SpecError(f"{where}: {table['name']}: there is no type {table['type']!r}")
        shape = tuple(str(d) for d in table["shape"]) if "shape" in table else None
        if shape is not None and not TYPES[kind].can_be_array:
            raise SpecError(f"{where}: {table['name']}: arrays of {kind} are not possible")
        for dim in shape or ():
            parse(dim)
        return {
            "name": table["name"], "type": type_named(kind), "enum": self.enums.get(enum), "shape": shape,
            "unit": table.get("unit", ""), "doc": _line(table.get("doc", "")),
        }  # fmt: skip

    def _param(self, where: str, table: Table) -> Param:
        _known(f"{where}: parameter {table.get('name')}", table, _PARAM_KEYS)
        if "check" in table and table["check"] not in self.checks:
            raise SpecError(f"{where}: there is no [check.{table['check']}]")
        param = Param(
            **self._common(where, table), default=table.get("default"), min=table.get("min"), max=table.get("max"),
            check=self.checks.get(table.get("check", "")), finite=table.get("finite", True),
            min_n=table.get("min_n", 1), zero_means=table.get("zero_means"), parity=table.get("parity", {}),
        )  # fmt: skip
        _check_default(where, param)
        return param


def _known(where: str, table: Table, keys: set[str]) -> None:
    for key in table:
        if key not in keys:
            raise SpecError(f"{where}: unknown key {key!r}; known are {', '.join(sorted(keys))}")


def _identifier(where: str, name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name) or name in ("self", "out", "options", "shape"):
        raise SpecError(f"{where}: {name!r} cannot be a name")


def _check_names(where: str, made: Callable) -> None:
    known = {p.name for p in made.params} | {s.name for s in made.sizes if s.is_bound}
    for place, name in made.names_used():
        if name not in known:
            raise SpecError(f"{where}: {place}: {name!r} is neither a parameter nor a size")
    everything = [v.name for v in (*made.params, *made.returns)] + [s.name for s in made.sizes]
    for name in everything:
        if everything.count(name) > 1:
            raise SpecError(f"{where}: {name!r} is used twice")
    if made.hot and (made.arrays or len(made.returns) != 1 or made.returns[0].is_array):
        raise SpecError(f"{where}: a hot method has scalars only, and one result")


def _check_default(where: str, p: Param) -> None:
    if p.default is None:
        return
    if p.enum is not None and p.default not in p.enum.values:
        raise SpecError(f"{where}: {p.name}: default {p.default!r} is not one of {', '.join(p.enum.values)}")
    if isinstance(p.default, str) or (p.zero_means and p.default == 0):
        return
    low, high = (b if isinstance(b, int | float) else p.default for b in (p.min, p.max))
    if not low <= p.default <= high:
        raise SpecError(f"{where}: {p.name}: default {p.default} is not from {low} to {high}")


def _has_entries(table: Table) -> bool:
    return any(table.get(kind) for kind in ("op", "class", "osc"))


def _no_duplicates(api: Api) -> None:
    ids = [i for c in api.callables for i in ([c.id, f"{c.id}_sizes"] if c.has_shape else [c.id])]
    ids += [f"{c.id}_free" for c in api.classes]
    for name in ids:
        if ids.count(name) > 1:
            raise SpecError(f"{name}: is defined twice")


def _line(text: str) -> str:
    """Text of several lines as one."""
    return " ".join(text.split())


_WORDS = {"doc", "title", "source", "example", "errors", "parity", "unit", "bits"}  # what does not change the calls


def _hash(files: Mapping[str, Table]) -> str:
    """Names the interface: libraries and wrappers of different hashes do not fit together."""

    def bare(x: Any) -> Any:
        if isinstance(x, dict):
            return {k: bare(v) for k, v in x.items() if k not in _WORDS}
        return [bare(v) for v in x] if isinstance(x, list) else x

    return hashlib.sha256(json.dumps(bare(dict(files)), default=str).encode()).hexdigest()[:16]


_ORDER: Sequence[str] = ("math", "random", "window", "fft", "stft")


def _rank(path: Path) -> tuple[int, str]:
    return (_ORDER.index(path.stem) if path.stem in _ORDER else len(_ORDER), path.stem)


def load(folder: Path = SPEC) -> Api:
    """The API that a folder of TOML files describes."""
    files: dict[str, Table] = {}
    for path in sorted(folder.glob("*.toml"), key=_rank):
        try:
            files[path.stem] = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise SpecError(f"{path.name}: {error}") from None
    return Loader(files).load()
