"""Which engines all.py runs: those that this machine can build or has, and why the others are absent."""

from __future__ import annotations

from collections.abc import Iterator

import builds
import javascript

from unisono.parity.engines import Engine, in_wasmtime
from unisono.parity.wasm import has_wasmtime

__all__ = ["all_engines", "is_slow", "runs_rest"]

SLOW = ("-O0", "sanitizers", "arm", "riscv64", "worklet")
COMPILERS = ("Node", "Bun", "a Firefox page", "wasmtime")  # of WebAssembly: V8, JavaScriptCore, SpiderMonkey, Cranelift


def is_slow(engine: Engine) -> bool:
    """Tell an engine that takes minutes for what others do in seconds."""
    return any(word in engine.name for word in SLOW)


def runs_rest(engine: Engine) -> bool:
    """Tell an engine in which whole models have all their cases: each native build, and one place of each compiler."""
    place = engine.name.removeprefix("wasm in ")
    again = is_slow(engine) or engine.more_threads or "flush" in engine.name
    return not again and (place == engine.name or place in COMPILERS)


def all_engines(only: list[str]) -> Iterator[tuple[str, list[Engine], str]]:
    """Yield (name, engines, why not) of everything that is meant to run; building when it is asked for."""

    def wanted(name: str) -> bool:
        return not only or any(word in name or word.startswith(name) for word in only)

    for build in builds.BUILDS:
        if wanted(build.name):
            folder = builds.folder_of_builds()
            yield build.name, [] if build.missing else builds.engines(build, folder), build.missing
            if not build.missing and (fused := builds.fused(build, folder)):
                raise SystemExit(f"{build.name}: {len(fused)} fused multiply-adds, such as {fused[0]}")
    plain = wanted("wasm, no SIMD") or any("no SIMD" in word for word in only)
    for name, found, missing in in_webassembly(plain=plain):
        chosen = [engine for engine in found if wanted(engine.name)]
        if chosen or (missing and wanted(name)):
            yield name, chosen, missing


def in_webassembly(*, plain: bool) -> Iterator[tuple[str, list[Engine], str]]:
    """Yield everything that runs the WebAssembly module, and the one without vectors."""
    modules = [("", builds.wasm_module())] + ([(", no SIMD", builds.scalar_wasm())] if plain else [])
    for suffix, module in modules:
        if module is None:
            yield f"wasm{suffix}", [], "unisono.wasm is absent: python -m codegen wasm"
            continue
        for option, how in (("", ()), (", flush-to-zero", ("--flush",))):
            name = f"wasm in wasmtime{suffix}{option}"
            missing = "" if has_wasmtime() else "wasmtime is absent: pip install wasmtime"
            yield name, [] if missing else [in_wasmtime(module, name, *how)], missing
        yield from javascript.shells(module, suffix)
        if not suffix:
            yield from javascript.pages(module)
