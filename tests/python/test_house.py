"""The house's rules, read off the sources: who may include or import whom, and which names the core must not use."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "dsp_core"

# The rooms of the core by height: a room may use itself and the rooms below it. On the two lowest floors
# neighbours may use each other too.
FLOORS = [
    {"numerics"},
    {"simd", "math", "math_kernels", "math_rounding", "random", "parallel"},
    {"fft", "window", "osc", "nn", "audio"},
    {"stft", "sonify"},
    {"phase"},
    {"magnet"},
    {"wavenet"},
]
SHARED_FLOORS = 2
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}

STANDARD_HEADERS = re.compile(
    r"algorithm|array|atomic|bit|cfloat|climits|concepts|condition_variable|cstddef|cstdint|cstring|functional|"
    r"initializer_list|limits|memory|mutex|new|numeric|optional|span|string|string_view|thread|tuple|"
    r"type_traits|utility|vector|emmintrin\.h|xmmintrin\.h|wasm_simd128\.h|arm_neon\.h"
)

MATHS = (
    r"sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|exp|exp2|expm1|log|log2|log10|log1p|pow|cbrt|hypot|erf|tgamma|"
    r"fmod|remainder|fma"
)
LIBM = "libm gives other bits on other systems; use unisono/math.h"
FORBIDDEN = {
    rf"\bstd::({MATHS}|sqrt|fmin|fmax|lerp)f?\b": LIBM,
    rf"\b({MATHS})f\s*\(": LIBM,
    rf"\b__builtin_({MATHS})f?\b": "may become a call of libm or a fused instruction",
    r"\bfma\s*\(": "fused multiply-add changes the bits",
    r"\bstd::(sort|partial_sort|nth_element|shuffle|reduce|transform_reduce)\b": "its order is the library's choice",
    r"\bunordered_(map|set|multimap|multiset)\b": "iteration order is the library's choice",
    r"\bstd::(hash|complex|cout|cerr|chrono|random_device)\b": "has no place in the core",
    r"\blong\b": "has another size on other systems; use a fixed-width type",
    r"\b(throw|try|catch)\b": "the core has no exceptions",
    r"\b(printf|fopen|getenv|malloc|rand|srand|time)\s*\(": "the core has no I/O, environment, clock or C heap",
    r"#\s*pragma\s+(?!once|GCC unroll)": "pragmas change code generation; the flags are in CMakeLists.txt",
    r"-ffast-math|-Ofast|-mrelaxed-simd": "changes the bits",
}
UNSAFE_FLAGS = re.compile(r"-ffast-math|-Ofast|-mrelaxed-simd|-march=native|-mfma\b|-ffp-contract=(?!off)|-ffp-model")


def sources(folder: str, *endings: str) -> list[Path]:
    return sorted(p for p in (ROOT / folder).rglob("*") if p.suffix in endings and "node_modules" not in p.parts)


def without_comments(text: str) -> str:
    """The code with comments and string literals blanked, line breaks kept, so that line numbers hold."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"'
    return re.sub(pattern, lambda m: '""' if m[0][0] == '"' else re.sub(r"[^\n]", " ", m[0]), text, flags=re.DOTALL)


def room(path: str) -> str:
    """'fft' for unisono/fft.h, src/fft/real.cpp and include/unisono/fft/x.h."""
    parts = Path(path).parts
    anchor = max(parts.index(name) for name in ("unisono", "src") if name in parts)
    return Path(parts[anchor + 1]).stem


def includes(path: Path) -> Iterator[tuple[int, str, bool]]:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if found := re.match(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', line):
            yield number, found[1] or found[2], found[1] is not None


def may_use(user: str, used: str) -> bool:
    if user == used:
        return True
    return FLOOR[used] < FLOOR[user] or (FLOOR[used] == FLOOR[user] < SHARED_FLOORS)


def core_include_faults(path: Path) -> Iterator[str]:
    user = room(str(path.relative_to(CORE)))
    if user not in FLOOR:
        yield f"{path}: the room '{user}' has no floor; give it one in {Path(__file__).name}"
        return
    for number, name, quoted in includes(path):
        where = f"{path}:{number}"
        if not quoted:
            if not STANDARD_HEADERS.fullmatch(name):
                yield f"{where}: <{name}> is not among the headers that the core may use"
        elif name.startswith("unisono/"):
            if not may_use(user, room(name)):
                yield f"{where}: {user} must not include {name}"
        elif not (CORE / "src" / name).exists():
            yield f'{where}: "{name}" is not a header of the core'
        elif not may_use(user, Path(name).parts[0]):
            yield f"{where}: {user} must not include {name}"


def report(faults: list[str]) -> None:
    if faults:
        pytest.fail("\n" + "\n".join(faults).replace(f"{ROOT}/", ""), pytrace=False)


def test_core_rooms_include_only_what_lies_below_them() -> None:
    files = sources("dsp_core", ".h", ".cpp")
    assert len(files) > 20
    report([fault for path in files for fault in core_include_faults(path)])


def forbidden_faults(path: Path) -> Iterator[str]:
    written = ["", *path.read_text().splitlines()]
    for number, line in enumerate(without_comments(path.read_text()).splitlines(), 1):
        for pattern, why in FORBIDDEN.items():
            if "std::" in pattern and "total order" in written[number - 1]:
                continue  # the comment above says why the order of the result is not the library's
            if found := re.search(pattern, line):
                yield f"{path}:{number}: {found[0].strip()}: {why}"


def test_core_uses_no_name_that_could_change_the_bits() -> None:
    report([fault for path in sources("dsp_core", ".h", ".cpp") for fault in forbidden_faults(path)])


@pytest.mark.parametrize(
    "line",
    [
        "y = std::sin(x);",
        "y = sinf(x);",
        "#pragma omp simd",
        "long n;",
        "unsigned long long n;",
        "throw 1;",
        "std::sort(a, b);",
        "y = fma(a, b, c);",
        "std::unordered_map<int, int> m;",
        "long double x;",
        "std::complex<float> z;",
    ],
)
def test_the_check_for_names_sees(line: str, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.cpp", tmp_path / "good.cpp"
    bad.write_text(f"int a;\n{line}\n")
    good.write_text(f"// {line}\n/* {line} */\n#pragma once\nfloat y = sin(x);\n")
    assert next(forbidden_faults(bad)).startswith(f"{bad}:2: ")
    assert not list(forbidden_faults(good))


def test_the_check_for_arrows_sees() -> None:
    assert may_use("stft", "fft") and may_use("magnet", "phase") and may_use("math", "simd")
    assert not may_use("fft", "stft") and not may_use("osc", "nn") and not may_use("numerics", "math")
    assert room("unisono/osc/sine.h") == "osc" and room("src/fft/real.cpp") == "fft" and room("unisono/fft.h") == "fft"


def test_skins_see_the_waist_and_not_the_core() -> None:
    faults = []
    for folder in ("bindings/python", "bindings/cython"):
        for path in sources(folder, ".h", ".cpp", ".pyx", ".pxd"):
            for number, name, _ in includes(path):
                if name.startswith("unisono/") or "dsp_core" in name:
                    faults.append(f"{path}:{number}: a skin must not include the core's {name}")
    report(faults)


def imported_modules(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module


def test_nobody_imports_codegen_and_codegen_imports_nothing_of_ours() -> None:
    faults = [
        f"{path}:{line}: the package must not import {module}"
        for path in sources("python", ".py")
        for line, module in imported_modules(path)
        if module.split(".")[0] in ("codegen", "tests")
    ]
    faults += [
        f"{path}:{line}: codegen must not import {module}"
        for path in sources("codegen", ".py")
        for line, module in imported_modules(path)
        if module.split(".")[0] in ("unisono", "numpy", "tests")
    ]
    report(faults)


def test_the_web_package_imports_only_itself() -> None:
    faults = []
    for path in sources("dist_web/src", ".ts", ".js"):
        for number, line in enumerate(without_strings_kept(path).splitlines(), 1):
            found = re.search(r"""(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']""", line)
            if found and not re.match(r"\.\.?/|node:", found[1]):
                faults.append(f"{path}:{number}: the package must not import {found[1]}")
            if found and found[1].startswith("../.."):
                faults.append(f"{path}:{number}: {found[1]} lies outside the package")
    report(faults)


def without_strings_kept(path: Path) -> str:
    """TypeScript with its comments blanked and its strings left alone: the imports are strings."""
    return re.sub(r"^\s*(//|\*|/\*).*$", "", path.read_text(), flags=re.MULTILINE)


def test_javascript_does_no_maths_of_its_own() -> None:
    names = re.compile(rf"\bMath\.({MATHS}|random)\b")
    report(
        [
            f"{path}:{number}: {found[0]} gives other bits in other engines"
            for path in sources("dist_web/src", ".ts", ".js")
            for number, line in enumerate(without_comments(path.read_text()).splitlines(), 1)
            if (found := names.search(line))
        ]
    )


def test_build_files_keep_the_numeric_contract() -> None:
    rooms = ("dsp_core", "bindings", "codegen", "tests/cpp")
    files = [path for room in rooms for path in sources(room, ".txt", ".cmake", ".py")]
    files += [ROOT / "CMakeLists.txt", ROOT / "pyproject.toml"]
    faults = [
        f"{path}:{number}: {found[0]} changes the bits"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (found := UNSAFE_FLAGS.search(line.split("#")[0]))
    ]
    report(faults)
    numerics = (ROOT / "CMakeLists.txt").read_text()
    options = re.search(r"target_compile_options\(unisono_numerics INTERFACE(.*?)\)", numerics, re.DOTALL)
    assert options and options[1].split()[-1] == "-ffp-contract=off"


@pytest.mark.parametrize("folder", ["dsp_core", "bindings", "codegen", "python", "tests"])
def test_every_file_says_what_it_is_for(folder: str) -> None:
    faults = []
    for path in sources(folder, ".h", ".cpp", ".py"):
        text = path.read_text()
        if text.strip() and not text.lstrip().startswith(("//", '"""', "/*", "#")):
            faults.append(f"{path}:1: begin with one sentence that says what the file is for")
    report(faults)
