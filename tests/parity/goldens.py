"""Keeps the golden list: what every operation gives, in hashes. Bits that move need a reason, for the changelog.

    python tests/parity/goldens.py                                check; name the operations that moved
    python tests/parity/goldens.py --write                        add new operations; refuse if any moved
    python tests/parity/goldens.py --write --because "REASON"     also raise the version of the bits, and say so

It runs the installed package, which must be built from this checkout.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "tests" / "parity" / "goldens.json"
CASES = ROOT / "tests" / "parity" / "cases.gen.json"
CHANGELOG = ROOT / "CHANGELOG.md"
SPEC = ROOT / "codegen" / "spec" / "bits.toml"

Json = dict[str, Any]


def read() -> Json:
    """Return the golden list of the checkout."""
    return json.loads(GOLDENS.read_text()) if GOLDENS.is_file() else {"bits": 0, "cases": {}, "many": {}}


def write(bits: int, **parts: dict[str, Json]) -> None:
    """Write the golden list, one operation a line."""
    lines = [f'{{"bits":{bits}']
    for part, entries in {**{"cases": {}, "many": {}}, **parts}.items():
        body = ",\n".join(f"{json.dumps(name)}:{json.dumps(entry)}" for name, entry in entries.items())
        lines.append(f'"{part}":{{\n{body}\n}}' if body else f'"{part}":{{}}')
    GOLDENS.write_text(",\n".join(lines) + "}\n")


def measured() -> dict[str, Json]:
    """Return the entries of all operations as the first engine gives them."""
    from unisono.parity import engines, goldens, plans_of

    plans = plans_of(cases=CASES)
    lines = {line["case"]: line for line in engines()[0].run(plans)}
    groups = goldens.grouped(plans)
    return {name: goldens.entry(group, [lines[plan["id"]] for plan in group]) for name, group in groups.items()}


def changelog_with(bits: int, because: str, operations: list[str], text: str) -> str:
    """Return the changelog with an entry under the newest Bits."""
    entry = f"- Bits {bits}: {because.rstrip('.')}. Moved: {', '.join(operations)}.\n"
    head, found, tail = text.partition("### Bits\n\n")
    if not found:
        raise SystemExit("CHANGELOG.md has no section Bits")
    return head + found + entry + tail


def bits_in_spec() -> int:
    """Return the version of the bits as the spec has it."""
    found = re.search(r"^bits = (\d+)$", SPEC.read_text(), re.MULTILINE)
    assert found is not None
    return int(found[1])


def raise_bits(because: str, operations: list[str]) -> int:
    """Raise the version in the spec and in what is made from it, and tell the changelog why."""
    bits = bits_in_spec() + 1
    SPEC.write_text(re.sub(r"^bits = \d+$", f"bits = {bits}", SPEC.read_text(), flags=re.MULTILINE))
    CHANGELOG.write_text(changelog_with(bits, because, operations, CHANGELOG.read_text()))
    subprocess.run([sys.executable, "-m", "codegen"], cwd=ROOT, check=True)
    return bits


def main() -> int:
    """Check or write; return the exit code."""
    from unisono.parity.goldens import moved

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--because", help="one sentence for the users: what moved the bits")
    given = parser.parse_args()
    old, new = read(), measured()
    other = moved(old["cases"], new)
    fresh = [name for name in new if name not in other and new[name] != old["cases"].get(name)]
    print(f"{len(new)} operations, {len(fresh)} new or with new cases, {len(other)} moved {', '.join(other)}".rstrip())
    if not given.write:
        return 1 if fresh or other else 0
    if other and not given.because:
        print('bits moved: say why with --because "...", or find out', file=sys.stderr)
        return 1
    bits = raise_bits(given.because, other) if other else bits_in_spec()
    many = {name: entry for name, entry in old["many"].items() if name.partition("[")[0] not in {*other, *fresh}}
    write(bits, cases=new, many=many)
    return 0


if __name__ == "__main__":
    sys.exit(main())
