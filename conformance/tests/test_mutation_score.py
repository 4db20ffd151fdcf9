"""The list of mutants that live speaks of the reference as it is, and its copy for mutmut is whole."""

import ast
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.thorough

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "conformance" / "mutation_score"
PACKAGE = REPOSITORY / "reference" / "rollout_reference"
KINDS = {"equivalent", "performance", "text", "free", "host"}

ENTRIES: list[dict[str, Any]] = tomllib.loads(
    (REPOSITORY / "spec/conformance/equivalent-mutants.toml").read_text("utf-8")
)["mutants"]


def statements_of(path: str) -> list[str]:
    """Return the lines of a function by its dotted path, in the layout of `ast.unparse`."""
    names = path.split(".")
    folder = PACKAGE
    while (folder / names[0]).is_dir():
        folder /= names.pop(0)
    module = folder / f"{names[0]}.py"
    body: Any = ast.parse((module if module.is_file() else folder / "__init__.py").read_text("utf-8"))
    for name in names[1:] if module.is_file() else names:
        body = next(node for node in body.body if getattr(node, "name", None) == name)
    body.name = "_"
    body.decorator_list = []
    return [line.strip() for line in ast.unparse(body).splitlines()]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry['function']}: {entry['line']}"[:80])
def test_living_mutant_changes_what_the_reference_says(entry: dict[str, Any]) -> None:
    """The function has the statement, once or more, and says why changing it shows nowhere."""
    assert f"\n{entry['line']}\n" in "\n".join(["", *statements_of(entry["function"]), ""])
    assert entry["line"] not in entry["became"]
    assert entry["kind"] in KINDS
    assert entry["reason"]


def test_no_living_mutant_is_listed_twice() -> None:
    """Each change has one reason."""
    changes = [(entry["function"], entry["line"], each) for entry in ENTRIES for each in entry["became"]]
    assert len(changes) == len(set(changes))


def test_copy_for_mutmut_has_no_decorated_handler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mutmut would leave it alone; every handler is registered by a call instead."""
    monkeypatch.syspath_prepend(FOLDER)
    prepare = __import__("prepare")
    monkeypatch.delitem(sys.modules, "prepare")

    prepare.prepare(tmp_path / "work")

    modules = (tmp_path / "work" / "rollout_reference" / "trace" / "reduce").glob("*.py")
    text = "".join(path.read_text("utf-8") for path in modules)
    original = "".join(path.read_text("utf-8") for path in (PACKAGE / "trace" / "reduce").glob("*.py"))
    assert text.count("\nhandles(") == original.count("\n@handles(") > 20
    assert "@handles(" not in text
