"""Every range, name and shape of the spec is enforced, and the error names the argument and what it was."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import unisono
from codegen.expr import SpecError, uses_self
from codegen.load import load
from codegen.model import Callable, Class, Param
from codegen.parity import Drawer
from codegen.wording import number
from unisono import _ops
from unisono.parity.inputs import make_argument

API = load()
CLASSES = {cls.name: cls for cls in API.classes}
NOT_THE_NAME = "no such name"


@dataclass(frozen=True)
class Wrong:
    """A call that must be refused: the value that is wrong, and what the error has to say."""

    f: Callable
    param: Param
    value: Any
    shown: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.f.owner or ''}.{self.f.name}({self.param.name}={self.shown})".lstrip(".")


def wrong_scalars(f: Callable, p: Param) -> Iterator[Wrong]:
    """Values of a scalar parameter just outside of what the spec allows, and of the wrong type."""
    if p.enum is not None:
        yield Wrong(f, p, NOT_THE_NAME, f"'{NOT_THE_NAME}'", p.enum.values[0])
        yield Wrong(f, p, 0, "0", p.enum.values[0])
    elif p.type.name == "bool":
        yield Wrong(f, p, 1, "1", "true or false")
    elif p.is_float:
        yield Wrong(f, p, "loud", "'loud'", "a number")
        yield from wrong_floats(f, p)
    else:
        yield Wrong(f, p, 1.5, "1.5", "an integer")
        yield Wrong(f, p, True, "True", "an integer")
        yield Wrong(f, p, 2**40, str(2**40), "an integer from")
        yield from wrong_integers(f, p)


def wrong_floats(f: Callable, p: Param) -> Iterator[Wrong]:
    if not (p.finite or p.min is not None or p.max is not None):
        return
    text = "finite" if p.min is None and p.max is None else "must be"
    yield Wrong(f, p, math.nan, "nan", text)
    yield Wrong(f, p, math.inf, "inf", text)
    for bound, direction in ((p.min, -math.inf), (p.max, math.inf)):
        if bound is not None:
            value = float(np.nextafter(np.float32(bound), np.float32(direction)))
            yield Wrong(f, p, value, "", number(bound))


def wrong_integers(f: Callable, p: Param) -> Iterator[Wrong]:
    for bound, step in ((p.min, -1), (p.max, 1)):
        if not isinstance(bound, int):
            continue
        value = bound + step
        if value == 0 and p.zero_means is not None:
            value = -1
        if abs(value) < 2**31:
            yield Wrong(f, p, value, str(value), number(bound))
    for value in p.check.bad if p.check else ():
        yield Wrong(f, p, value, str(value), p.check.doc if p.check else "")
    if p.type.name == "u32":
        yield Wrong(f, p, -1, "-1", "an integer from 0 to 4294967295")


def wrong_arrays(f: Callable, p: Param) -> Iterator[Wrong]:
    """Arrays of the wrong type, number of dimensions or size, and with an element that is not allowed."""
    ones = np.ones([1] * len(p.dims), dtype=p.type.numpy)
    yield Wrong(f, p, "text", "", "must be an array")
    yield Wrong(f, p, np.ones((1,) * (len(p.dims) + 1), p.type.numpy), "shape", "dimension")
    if p.type.name == "f32":
        yield Wrong(f, p, ones.astype(np.int16), "int16", "float32")
        yield Wrong(f, p, ones.astype(np.complex64), "complex64", "float32")
    if p.type.name in ("i32", "i16", "u8"):
        yield Wrong(f, p, ones.astype(np.float32), "float32", p.type.numpy)
    if p.min_n > 0 and p.dims[0].isidentifier() and f.size_of(p, 0).is_bound:
        yield Wrong(f, p, np.ones([0, *[1] * (len(p.dims) - 1)], p.type.numpy), "size 0", "at least")


def every_wrong_call() -> list[Wrong]:
    """Of all calls but those that a fresh object refuses for its state: test_a_call_too_early_is_a_state_error."""
    calls = [f for f in API.callables if not f.hot and not any(r.state for r in f.require)]
    return [
        w
        for f in calls
        for p in f.params
        for w in (wrong_arrays(f, p) if p.is_array else itertools.chain(wrong_scalars(f, p)))
    ]


def right_arguments(f: Callable) -> dict[str, Any]:
    """Arguments that fulfil the spec, as the parity cases have them; zeros where only an object knows."""
    asks = any(uses_self(t) for p in f.params for t in (*p.dims, p.min, p.max) if isinstance(t, str))
    if not asks:
        try:
            drawn = Drawer(API, f).call(10**6)
            given = dict(zip([p.name for p in f.positional], map(make_argument, drawn["args"]), strict=True))
            return {**given, **{name: make_argument(v) for name, v in drawn.get("options", {}).items()}}
        except SpecError:
            pass
    return {p.name: np.zeros([1] * len(p.dims), p.type.numpy) if p.is_array else 0 for p in f.positional}


def fresh(name: str) -> Any:
    """A new object of a class, with what its constructor must be given."""
    new = CLASSES[name].new
    given = right_arguments(new)
    return getattr(_ops, name)(*(given[p.name] for p in new.positional))


def target(f: Callable) -> Any:
    """What to call: the function, the class, or a method of a fresh object."""
    if f.owner is None:
        return getattr(_ops, f.name)
    return getattr(_ops, f.owner) if f.is_constructor else getattr(fresh(f.owner), f.name)


def call(f: Callable, arguments: dict[str, Any]) -> Any:
    positional = [arguments[p.name] for p in f.positional]
    keywords = {p.name: arguments[p.name] for p in f.keywords if p.name in arguments}
    return target(f)(*positional, **keywords)


@pytest.mark.parametrize("wrong", every_wrong_call(), ids=str)
def test_what_the_spec_does_not_allow_is_refused_by_name(wrong: Wrong) -> None:
    arguments = {**right_arguments(wrong.f), wrong.param.name: wrong.value}
    with pytest.raises(_ops.ParameterError) as refusal:
        call(wrong.f, arguments)
    text = str(refusal.value)
    assert text.startswith(f"{wrong.param.name}: "), text
    assert wrong.shown in text, text
    assert wrong.allowed in text, text
    assert "\n" not in text


def calls_with_arrays() -> list[Callable]:
    """Those whose arrays a fresh object looks at: MagnetModel wants a long clip, or a clip, before anything else."""
    asks = [f for f in API.callables if any(r.state or uses_self(r.that) for r in f.require)]
    return [f for f in API.callables if f.arrays and not f.hot and f not in asks]


@pytest.mark.parametrize("f", calls_with_arrays(), ids=lambda f: f.id)
def test_one_not_a_number_in_an_array_is_refused_with_its_place(f: Callable) -> None:
    arguments = right_arguments(f)
    for p in f.arrays:
        refused = p.is_float and (p.finite or p.min is not None or p.max is not None)
        values = np.array(arguments.get(p.name, 0.0))
        if not refused or values.ndim == 0 or values.size == 0 or any(uses_self(d) for d in p.dims):
            continue
        flat = values.reshape(-1).view(np.float32)
        flat[flat.size // 2] = np.nan
        with pytest.raises(_ops.ParameterError, match=f"^{p.name}: got nan at index {flat.size // 2}; must be"):
            call(f, {**arguments, p.name: values})


def calls_with_sizes() -> list[Callable]:
    """Those that look at them first, not at the state of a fresh object."""
    return [f for f in API.callables if any(not s.is_bound for s in f.sizes) and not any(r.state for r in f.require)]


@pytest.mark.parametrize("f", calls_with_sizes(), ids=lambda f: f.id)
def test_sizes_that_do_not_agree_are_refused(f: Callable) -> None:
    for size in f.sizes:
        arguments = right_arguments(f)
        p, expr = size.param, size.expr
        if expr is None or uses_self(expr) or np.ndim(arguments.get(p.name, 0)) == 0:
            continue
        shape = list(np.shape(arguments[p.name]))
        shape[size.axis] += 1
        wrong = np.zeros(shape, p.type.numpy)
        with pytest.raises(
            _ops.ParameterError, match=f"^{p.name}: got size {shape[size.axis]} along dimension {size.axis}"
        ):
            call(f, {**arguments, p.name: wrong})


def state_errors() -> list[tuple[Class, Callable]]:
    """What needs another call before it; to add too many pairs is an error of state too, but one that comes late."""
    return [
        (CLASSES[f.owner or ""], f)
        for f in API.callables
        if any(r.state and re.search(r"\b(before|first)\b", r.text) for r in f.require)
    ]


@pytest.mark.parametrize(("cls", "f"), state_errors(), ids=lambda x: x.name)
def test_a_call_too_early_is_a_state_error(cls: Class, f: Callable) -> None:
    arguments = {**right_arguments(f)}
    with pytest.raises(_ops.StateError) as refusal:
        call(f, arguments)
    assert str(refusal.value) in {r.text for r in f.require if r.state}
    assert issubclass(_ops.StateError, RuntimeError)
    assert hasattr(_ops, cls.name)


def test_the_text_is_the_one_that_was_promised() -> None:
    x = np.zeros(100, np.float32)
    with pytest.raises(unisono.ParameterError) as refusal:
        unisono.stft(x, n_fft=17)
    assert str(refusal.value) == "n_fft: got 17; must be a product of 2, 3 and 5 from 16 to 65536"
    assert isinstance(refusal.value, ValueError)
    with pytest.raises(unisono.ParameterError, match=r"^hop_length: got 65; must be from 1 to n_fft, which is 64$"):
        unisono.stft(x, n_fft=64, hop_length=65)
    with pytest.raises(unisono.ParameterError, match=r"^window: got 'flat'; must be one of hann, hamming, "):
        unisono.stft(x, window="flat")  # type: ignore[arg-type]
    model = _ops.MagnetModel()
    model.set_clip(np.full(model.min_clip_samples(), 0.1, np.float32))
    with pytest.raises(unisono.ParameterError, match=r"^temperature: got 10\.1; must be from 0 to 10$"):
        model.generate(10, temperature=10.1)


def test_out_must_fit() -> None:
    x = np.zeros(8, np.float32)
    assert _ops.exp(x, out=(y := np.empty(8, np.float32))) is y
    assert (y == 1).all()
    read_only = np.empty(8, np.float32)
    read_only.flags.writeable = False
    for out, text in [
        (np.empty(7, np.float32), r"out: got shape \(7,\); must be \(8,\)"),
        (np.empty(8), "out: got an array of float64; must be float32"),
        (np.empty(16, np.float32)[::2], "out: must be writable and contiguous"),
        (read_only, "out: must be writable and contiguous"),
        ([0.0] * 8, "out: got .*must be an array of float32"),
    ]:
        with pytest.raises(_ops.ParameterError, match=text):
            _ops.exp(x, out=out)  # type: ignore[arg-type]


def test_arrays_are_taken_as_numpy_users_expect() -> None:
    x = np.linspace(-1, 1, 40, dtype=np.float32)
    want = _ops.exp(x)
    assert np.array_equal(_ops.exp(list(map(float, x))), want)
    assert np.array_equal(_ops.exp(x.astype(np.float64)), want)
    assert np.array_equal(_ops.exp(np.repeat(x, 2)[::2]), want)
    assert np.array_equal(_ops.exp(x[::-1]), want[::-1])
    assert np.array_equal(_ops.exp(x.astype(">f4")), want)
    assert _ops.exp([]).shape == (0,)
    with pytest.raises(_ops.ParameterError, match=r"x: got an array of int16; .* divided by 32768"):
        _ops.exp(np.ones(4, np.int16))
