"""Photo to sound natively beside OpenCV, and in Chromium, when it is there, beside tracking.js."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _ops
from ..browsers import run_module
from ..errors import UnisonoError
from ..web import find_site
from .peers import NODE_PEERS, missing
from .scripts import NO_SCRIPTS, script_path
from .timing import Case, Contender, Result, Row, measure, row_of

__all__ = ["bench_picture", "results"]

_HEIGHT, _WIDTH = 683, 1024
_SECONDS = 20
_SR = 44100
_THRESHOLD = 40  # of corners, the default of both sides


def bench_picture() -> NDArray[np.uint8]:
    """Return a made-up photo, uint8[683, 1024, 3]: shades of colour, nine hundred discs, and noise."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:_HEIGHT, :_WIDTH] / _WIDTH
    picture = np.stack([90 + 90 * y, 120 + 60 * np.sin(5 * x + 3 * y), 200 - 180 * y], axis=2)
    for _ in range(900):
        radius = int(rng.integers(2, 16))
        top, left = rng.integers(0, _HEIGHT - 2 * radius), rng.integers(0, _WIDTH - 2 * radius)
        v, u = np.mgrid[-radius:radius, -radius:radius]
        inside = (u * u + v * v < radius * radius)[:, :, None]
        part = picture[top : top + 2 * radius, left : left + 2 * radius]
        part[...] = np.where(inside, rng.uniform(0, 255, 3), part)
    picture += rng.normal(0, 6, picture.shape)
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


def results(repeats: int) -> Iterator[Result]:
    """Yield the sounds of both mappings and the search for corners, here and in the browser."""
    picture = bench_picture()
    n = _SECONDS * _SR
    for mapping, make in (("classic", _ops.sonify_classic), ("perceptual", _ops.sonify_perceptual)):
        yield measure(_sound(mapping, make, picture, n), repeats)
    yield measure(_corners(picture), repeats)
    yield from _in_chromium(picture, repeats)


def _sound(mapping: str, make: Callable[..., Any], picture: NDArray[np.uint8], n: int) -> Case:
    contenders = [Contender(f"unisono.sonify_{mapping}", lambda: make(picture, n))]
    return Case(f"{_SECONDS} s of sound from {_WIDTH} x {_HEIGHT} pixels, {mapping}", contenders)


def _corners(picture: NDArray[np.uint8]) -> Case:
    ours = Contender("unisono.find_corners", lambda: _ops.find_corners(picture), note=lambda: _count(picture))
    return Case("grey and FAST-9 corners of the same picture", [ours, _opencv(picture)], unit="ms", scale=1e3)


def _count(picture: NDArray[np.uint8]) -> str:
    return f"{_ops.find_corners(picture, max_corners=1 << 20)[1]} corners"


def _opencv(picture: NDArray[np.uint8]) -> Contender:
    name = "OpenCV, one thread"
    if missing("cv2"):
        return Contender(name, None, missing("cv2"))
    import cv2

    cv2.setNumThreads(1)
    kind = cv2.FAST_FEATURE_DETECTOR_TYPE_9_16
    detector = cv2.FastFeatureDetector.create(threshold=_THRESHOLD, nonmaxSuppression=False, type=kind)

    def work() -> Any:
        return detector.detect(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))

    return Contender(name, work, note=lambda: f"{len(work())} corners, those at right angles too")


def _in_chromium(picture: NDArray[np.uint8], repeats: int) -> Iterator[Result]:
    found = _chromium(picture, repeats)
    if isinstance(found, str):
        yield Result("photo to sound in Chromium", "s", [Row("unisono in Chromium", missing=found)])
        return
    name = f"unisono in {found['browser']}"
    for mapping in ("classic", "perceptual"):
        yield Result(f"{_SECONDS} s of sound, {mapping}, in a page", "s", [row_of(name, found[mapping])])
    theirs = Row("tracking.js", missing="not installed (--install-peers)")
    if found["tracking"]:
        theirs = _corner_row("tracking.js", found["tracking"])
    yield Result("grey and FAST-9 corners in a page", "ms", [_corner_row(name, found["corners"]), theirs]).compare()
    rows = [row_of(f"{name}, {mapping}", found[f"{mapping}_share"]) for mapping in ("classic", "perceptual")]
    rows[0].note = f"{min(found['corners']['corners'], 200)} oscillators"
    yield Result("share of one core while a picture plays in the audio worklet", "%", rows)


def _corner_row(name: str, found: Any) -> Row:
    return row_of(name, [1000 * seconds for seconds in found["seconds"]], f"{found['corners']} corners")


def _chromium(picture: NDArray[np.uint8], repeats: int) -> Any:
    script = script_path("bench_pictures.mjs")
    if script is None:
        return NO_SCRIPTS
    options = {"width": _WIDTH, "seconds": _SECONDS, "repeats": repeats}
    given = {"pixels.rgb": picture.tobytes(), "options.json": json.dumps(options).encode()}
    tracking = NODE_PEERS / "node_modules" / "tracking" / "build" / "tracking.js"
    if tracking.is_file():
        given["tracking.mjs"] = tracking.read_bytes()
    try:
        return run_module(script, find_site(), given=given)
    except UnisonoError as error:
        return str(error)
