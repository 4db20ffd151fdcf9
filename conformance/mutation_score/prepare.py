"""Make a folder in which mutmut runs: `prepare.py FOLDER`.

mutmut leaves decorated functions alone, and every handler of the reducer is one.  The copy of the
reference registers its handlers by a call after each instead, which is the same thing.
"""

import ast
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
PACKAGE = "rollout_reference"
REGISTERS = "handles"


def prepare(folder: Path) -> None:
    """Fill a new folder; raises `FileExistsError` for one that is there."""
    source = CHECKOUT / "reference" / PACKAGE
    shutil.copytree(source, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    for path in sorted((folder / PACKAGE).rglob("*.py")):
        path.write_text(register_by_call(path.read_text("utf-8")), "utf-8")
    shutil.copy(HERE / "test_killers.py", folder)
    shutil.copy(CHECKOUT / "pyproject.toml", folder)


def register_by_call(text: str) -> str:
    """Return a module in which a call after a handler stands for the decorator before it."""
    lines = text.splitlines()
    for node in reversed(ast.parse(text).body):
        if isinstance(node, ast.FunctionDef) and len(node.decorator_list) == 1:
            decorator = node.decorator_list[0]
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == REGISTERS:
                lines.insert(node.end_lineno or 0, f"\n\n{ast.unparse(decorator)}({node.name})")
                del lines[decorator.lineno - 1]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
