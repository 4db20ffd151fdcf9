"""Tell what mutmut found: `score.py FOLDER [--afresh]`, after `mutmut run` in FOLDER.

Prints the score of each module and every survivor that `equivalent-mutants.toml` does not explain,
in the form of that file.  The score leaves out what no reader can see: equivalent mutants, and those
of performance and text.  Exit code 1 if it is below the limit or there is a survivor.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

KNOWN = Path(__file__).resolve().parents[2] / "spec" / "conformance" / "equivalent-mutants.toml"
PACKAGE = "rollout_reference."
LIMIT = 95.0
"""Per cent that have to die of the mutants which change more than time and text."""

KINDS = ("equivalent", "performance", "text", "free", "host")
"""Why a mutant may live; see `mutants.md`."""

SURVIVED, NO_TESTS = (0,), (5, 33)
DIED = (1, 3, 24, 36, 152, 255, -24, -9, -11)
"""Exit codes: a failed test, and what is killed for running too long or too large."""


_RULE = re.compile(r"'(TRACE-[A-Z]+-[0-9]+)'")


class Change(NamedTuple):
    """What a mutant changes: one statement of one function."""

    function: str
    line: str
    became: str


class Mutant(NamedTuple):
    """A mutant of mutmut and how its run ended."""

    name: str
    module: str
    code: int | None
    change: Change


def mutants(folder: Path) -> Iterator[Mutant]:
    """Yield all mutants of a folder in which mutmut has run."""
    root = folder / "mutants"
    for meta in sorted(root.rglob("*.py.meta")):
        codes: dict[str, int | None] = json.loads(meta.read_bytes())["exit_code_by_key"]
        texts = _functions(meta.with_suffix("").read_text("utf-8")) if codes else {}
        for name, code in codes.items():
            mangled = name.rpartition(".")[2]
            yield Mutant(name, _module_of(name), code, _change(name, mangled, texts))


def known_changes() -> dict[Change, str]:
    """Return the changes that make no difference to any case, with their kind."""
    entries: list[dict[str, Any]] = tomllib.loads(KNOWN.read_text("utf-8"))["mutants"]
    return {
        Change(entry["function"], entry["line"], became): entry["kind"]
        for entry in entries
        for became in entry["became"]
    }


def is_text(change: Change) -> bool:
    """Tell whether only the id of a requirement changes, which a rejection shows to people."""
    return any(
        change.line[: found.start()] + became + change.line[found.end() :] == change.became
        for found in _RULE.finditer(change.line)
        for became in ("None", f"'XX{found[1]}XX'", f"'{found[1].lower()}'")
    )


def dies_afresh(folder: Path, name: str) -> bool:
    """Tell whether a mutant dies in a process of its own, where it is there from the first import on."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "test_killers.py"],
        cwd=folder / "mutants",
        env={**os.environ, "MUTANT_UNDER_TEST": name, "PYTHONPATH": "."},
        capture_output=True,
        timeout=300,
        check=False,
    )
    return done.returncode != 0


def main(folder: Path, *, afresh: bool) -> int:
    """Print table and survivors; returns the exit code."""
    known, used = known_changes(), set()
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    survivors: list[Mutant] = []
    for mutant in mutants(folder):
        fate = fate_of(mutant, known)
        if fate == "survived" and afresh and dies_afresh(folder, mutant.name):
            fate = "killed"
        if fate == "survived":
            survivors.append(mutant)
        if fate in known.values():
            used.add(mutant.change)
        counts[mutant.module][fate] += 1
        counts["all"][fate] += 1
    _print_table(counts)
    for mutant in survivors:
        print(f"\n# {mutant.name}\n[[mutants]]")
        for key, value in mutant.change._asdict().items():
            print(f"{key} = {json.dumps([value] if key == 'became' else value, ensure_ascii=False)}")
    for change in known.keys() - used:
        print(f"\nno such survivor: {change}")
    return int(bool(survivors) or float(_score(counts["all"])) < LIMIT)


def fate_of(mutant: Mutant, known: dict[Change, str]) -> str:
    """Return how a mutant ended: killed, survived, not run, or for which kind of reason it lives."""
    if mutant.code in DIED:
        return "killed"
    if mutant.code not in (*SURVIVED, *NO_TESTS):
        return "not run"
    return "text" if is_text(mutant.change) else known.get(mutant.change, "survived")


def _print_table(counts: dict[str, Counter[str]]) -> None:
    fates = ("killed", "survived", *KINDS)
    print(_row("Module", "Mutants", "Run", *(fate.capitalize() for fate in fates), "Score"))
    print(_row("---", *["---:"] * (len(fates) + 3)))
    for module in [*sorted(counts.keys() - {"all"}), "all"]:
        of = counts[module]
        print(_row(module, of.total(), of.total() - of["not run"], *(of[fate] for fate in fates), _score(of)))


def _score(of: Counter[str]) -> str:
    decided = sum(of[fate] for fate in ("killed", "survived", "free", "host"))
    return f"{100 * of['killed'] / decided if decided else 100:.1f}"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _functions(text: str) -> dict[str, list[str]]:
    """Return the statements of each function, one a line, its own name as `_`."""
    return {
        node.name: [line.strip() for line in ast.unparse(node).replace(node.name, "_").splitlines()]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }


def _change(name: str, mangled: str, texts: dict[str, list[str]]) -> Change:
    stem = mangled.partition("__mutmut_")[0]
    before, after = texts[f"{stem}__mutmut_orig"], texts[mangled]
    first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        first += 1
    rest = min(len(before), len(after)) - first
    while rest and before[-rest:] != after[-rest:]:
        rest -= 1
    function = f"{_module_of(name)}.{stem.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}"
    return Change(
        function, "\n".join(before[first : len(before) - rest]), "\n".join(after[first : len(after) - rest])
    )


def _module_of(name: str) -> str:
    return name.removeprefix(PACKAGE).rpartition(".")[0]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), afresh="--afresh" in sys.argv[2:]))
