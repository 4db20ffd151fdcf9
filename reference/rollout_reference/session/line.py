"""A line that is an item, in as little memory as what is asked of it takes."""

from typing import Any

from msgspec import Struct

from rollout_reference import jsontext
from rollout_reference.session.envelopes import envelope_decoder
from rollout_reference.session.line_types import LINE_TYPES
from rollout_reference.session.shapes.shape import Shape, convert


class Line(Struct, gc=False):
    """A line that is an item of the thread."""

    number: int
    """Of the physical line, from 1."""
    timestamp: str
    ordinal: int | None
    type: str
    payload: Any
    """The tree as it stands in the file, unknown keys included."""
    item: Shape
    extra: dict[str, Any]
    """Other keys of the envelope, as they stand."""


_PAYLOAD: Any = Line.__dict__["payload"]
"""What a plain line has as its payload: its text (no tree is `bytes`), later the tree."""
_ITEM: Any = Line.__dict__["item"]
_EXTRA: Any = Line.__dict__["extra"]

NOT_PARSED: dict[str, Any] = {}
_NOT_MADE: Any = None
_ENVELOPE = frozenset({"timestamp", "ordinal", "type"})


class PlainLine(Line, gc=False):
    """A line in ordinary form: `payload` and `extra` are parsed when one of them is first asked for."""

    @property  # type: ignore[misc]
    def payload(self) -> Any:
        """Return the tree as it stands in the file."""
        if type(_PAYLOAD.__get__(self)) is bytes:
            self._parse()
        return _PAYLOAD.__get__(self)

    @property  # type: ignore[misc]
    def extra(self) -> dict[str, Any]:  # type: ignore[override]
        """Return the other keys of the envelope."""
        if type(_PAYLOAD.__get__(self)) is bytes:
            self._parse()
        found: dict[str, Any] = _EXTRA.__get__(self)
        return found

    def _parse(self) -> None:
        tree = jsontext.parse(_PAYLOAD.__get__(self))
        _PAYLOAD.__set__(self, tree.pop("payload"))
        _EXTRA.__set__(self, {key: value for key, value in tree.items() if key not in _ENVELOPE})


class HeldLine(PlainLine, gc=False):
    """A line that waits among many as its text; the item, too, is made when it is first asked for.

    Once the payload was parsed, the item shares its texts.
    """

    @property  # type: ignore[misc]
    def item(self) -> Any:  # type: ignore[override]
        """Return the typed item."""
        item = _ITEM.__get__(self)
        if item is None:
            item = self._made()
            _ITEM.__set__(self, item)
        return item

    def _parse(self) -> None:
        super()._parse()
        _ITEM.__set__(self, None)

    def _made(self) -> Any:
        text = _PAYLOAD.__get__(self)
        if type(text) is bytes:
            return envelope_decoder().decode(text).payload
        tree = {"timestamp": self.timestamp, "payload": text, **self.extra}
        return convert(tree, LINE_TYPES[self.type].line).payload


def held(line: Line) -> Line:
    """Return a line for holding it with many others, in the memory of its text as far as that can be."""
    if type(line) is not PlainLine or type(text := _PAYLOAD.__get__(line)) is not bytes:
        return line
    return HeldLine(line.number, line.timestamp, line.ordinal, line.type, text, _NOT_MADE, NOT_PARSED)
