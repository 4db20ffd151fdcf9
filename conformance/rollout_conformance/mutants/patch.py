"""Small, deliberate damage to the reference, undone when the mutant is done.

Functions are changed in place, by their code object: whoever imported one by name, and every table
of handlers, sees the damage, and nothing needs to be imported again.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from rollout_reference.errors import Rejected

PACKAGE = "rollout_reference"


class StaleMutant(Exception):
    """A mutant that does not fit the reference any more; the message says what it looked for."""


class Absent:
    """Stands for an entry that a table shall not have."""


ABSENT = Absent()


class Patch:
    """What a mutant may do to the reference."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._texts: dict[FunctionType, str] = {}

    def edit(self, function: Callable[..., Any], old: str, new: str) -> None:
        """Replace the one occurrence of `old` in the text of a function.

        The text is that of `ast.unparse`: one statement a line, single quotes, no comment and no
        docstring, so that a change of layout does not make a mutant stale.  The lines of `new`
        after the first are indented as the line in which `old` begins.
        """
        target = _plain(function)
        text = self._text_of(target)
        if text.count(old) != 1:
            raise StaleMutant(
                f"{target.__qualname__} has {text.count(old)} times {old!r}, not once, in\n{text}"
            )
        line = text[: text.index(old)].rpartition("\n")[2]
        margin = line[: len(line) - len(line.lstrip())]
        self._rewrite(target, text.replace(old, new.replace("\n", "\n" + margin)))

    def never_raises(
        self, function: Callable[..., Any], rejection: type[Rejected], instead: str = "pass"
    ) -> None:
        """Replace every `raise` of a rejection in a function by another statement."""
        target = _plain(function)
        finder = _Forgive(rejection.__name__, instead)
        changed = ast.unparse(finder.visit(ast.parse(self._text_of(target))))
        if not finder.found:
            raise StaleMutant(f"{target.__qualname__} does not raise {rejection.__name__}")
        self._rewrite(target, changed)

    def wrap(self, function: Callable[..., Any], wrapper: Callable[..., Any]) -> None:
        """Let `wrapper(original, *arguments)` be called in place of a function."""
        target = _plain(function)
        original = FunctionType(
            target.__code__, target.__globals__, target.__name__, target.__defaults__, target.__closure__
        )
        original.__kwdefaults__ = target.__kwdefaults__
        self._restore_later(target)
        target.__code__ = _pass_on.__code__
        target.__defaults__ = None
        target.__kwdefaults__ = {"_to": wrapper, "_original": original}

    def does_nothing(self, function: Callable[..., Any], answer: object = None) -> None:
        """Let a function do nothing and return `answer`."""
        self.wrap(function, lambda _original, *_, **__: answer)

    def constant(self, module: ModuleType, name: str, value: object) -> None:
        """Give a name of a module another value, wherever it was imported from there."""
        before = getattr(module, name)
        holders = [
            holder
            for key, holder in sorted(sys.modules.items())
            if key.startswith(PACKAGE) and getattr(holder, name, None) is before
        ]
        for holder in holders:
            setattr(holder, name, value)
            self._undo.append(lambda holder=holder: setattr(holder, name, before))  # type: ignore[misc]

    def entry(self, table: dict[Any, Any], key: object, value: object) -> None:
        """Change an entry of a table; `ABSENT` removes it."""
        before = dict(table)

        def restore() -> None:
            table.clear()
            table.update(before)

        self._undo.append(restore)
        if value is ABSENT:
            del table[key]
        else:
            table[key] = value

    def restore(self) -> None:
        """Undo everything, the last change first."""
        while self._undo:
            self._undo.pop()()
        self._texts.clear()

    def _text_of(self, function: FunctionType) -> str:
        if function not in self._texts:
            self._texts[function] = _canonical(function)
        return self._texts[function]

    def _rewrite(self, function: FunctionType, text: str) -> None:
        self._texts[function] = text
        self._restore_later(function)
        function.__code__ = _compile(function, text)

    def _restore_later(self, function: FunctionType) -> None:
        code, defaults, keywords = function.__code__, function.__defaults__, function.__kwdefaults__

        def restore() -> None:
            function.__code__ = code
            function.__defaults__ = defaults
            function.__kwdefaults__ = keywords

        self._undo.append(restore)


@contextmanager
def patched(damage: Callable[[Patch], None]) -> Iterator[None]:
    """Damage the reference for as long as the block runs.  Raises `StaleMutant`."""
    patch = Patch()
    try:
        damage(patch)
        _forget_answers()
        yield
    finally:
        patch.restore()
        _forget_answers()


def _forget_answers() -> None:
    """Empty the caches in which the reference keeps what it made of recent values.

    They are those of limited size; one without a limit keeps what it knows of types, which no mutant changes.
    """
    for key, module in list(sys.modules.items()):
        if key.startswith(PACKAGE):
            for cached in list(vars(module).values()):
                if isinstance(cached, _CACHED) and cached.cache_parameters()["maxsize"] is not None:
                    cached.cache_clear()


class _Forgive(ast.NodeTransformer):
    """Replaces each `raise` of a rejection."""

    def __init__(self, rejection: str, instead: str) -> None:
        self._rejection = rejection
        self._instead = instead
        self.found = False

    def visit_Raise(self, node: ast.Raise) -> ast.AST | list[ast.stmt]:
        """Replace the statement if it raises the rejection."""
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if not isinstance(raised, ast.Name) or raised.id != self._rejection:
            return node
        self.found = True
        return ast.parse(self._instead).body


def _pass_on(*arguments: Any, _to: Any, _original: Any, **keywords: Any) -> Any:
    return _to(_original, *arguments, **keywords)


def _plain(function: Callable[..., Any]) -> FunctionType:
    if not isinstance(function, FunctionType):
        raise StaleMutant(f"{function!r} is no plain function")
    return function


def _canonical(function: FunctionType) -> str:
    """Return the text of a function without decorators and docstring, in the layout of `ast.unparse`."""
    definition = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise StaleMutant(f"{function.__qualname__} is not defined by `def`")
    definition.decorator_list = []
    if ast.get_docstring(definition) is not None:
        definition.body = definition.body[1:] or [ast.Pass()]
    return ast.unparse(definition)


def _compile(function: FunctionType, text: str) -> CodeType:
    """Compile the text of a function, its free variables included."""
    cells = function.__code__.co_freevars
    if cells:
        text = f"def _outer({', '.join(cells)}):\n{textwrap.indent(text, '    ')}"
    code = _find(compile(text, f"<mutant of {function.__qualname__}>", "exec"), function.__name__)
    if code is None or code.co_freevars != cells:
        raise StaleMutant(f"{function.__qualname__} cannot be changed to\n{text}")
    return code


_CACHED = type(lru_cache(_plain))


def _find(code: CodeType, name: str) -> CodeType | None:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_name == name:
                return constant
            inner = _find(constant, name)
            if inner is not None:
                return inner
    return None
