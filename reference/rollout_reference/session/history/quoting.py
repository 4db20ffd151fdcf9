"""A command as one line for a shell.  [SESSION-HISTORY-17]"""

import re
from collections.abc import Iterable, Iterator

NUL_INCLUDED = "<command included NUL byte>"
"""Shown for a command that no shell can be given."""

_FORMS = (
    (re.compile(r"[A-Za-z0-9+./:@_\]-]+"), "{}"),
    (re.compile(r"\^?[^'^\\]*"), "'{}'"),
    (re.compile(r"[^`$!^]*"), '"{}"'),
)
"""The forms that a piece of a word may have, the preferred one first."""

_ESCAPED = re.compile(r'["\\]')


def command_line(words: Iterable[str]) -> str:
    """Return the words of a command as a line, quoted where a shell needs it."""
    words = list(words)
    return NUL_INCLUDED if any("\0" in word for word in words) else " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    return "".join(_pieces(word)) or "''"


def _pieces(word: str) -> Iterator[str]:
    """Cut a word into pieces, each as long as one of the forms can be."""
    start = 0
    while start < len(word):
        ends = [found.end() if (found := form.match(word, start)) else start for form, _ in _FORMS]
        end = max(ends)
        quotes = _FORMS[ends.index(end)][1]
        piece = word[start:end]
        yield quotes.format(_ESCAPED.sub(r"\\\g<0>", piece) if quotes[0] == '"' else piece)
        start = end
