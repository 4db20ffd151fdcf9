"""The known form that is nearest to an unknown one, and which version brought it."""

from difflib import get_close_matches
from functools import cached_property

from rollout_conformance.catalogue.model import Catalogue, LineEntry, Shape

LINE = "line"
_WHAT = {
    LINE: "a line type",
    "response_item": "a response item",
    "event_msg": "an event",
    "turn_item": "a turn item",
    "extension": "a kind of extension item",
}
_CLOSE = 0.7


class Nearest:
    """Looks up names in the catalogue; answers are kept, since a drift repeats itself."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._told: dict[tuple[str, str], str] = {}

    def name(self, family: str, name: str) -> str:
        """Say what is known of an unknown name of a family; `line` is that of line types."""
        if (family, name) not in self._told:
            self._told[family, name] = self._look_up(family, name)
        return self._told[family, name]

    def key(self, name: str, present: list[str]) -> str:
        """Say which of the keys that are present a missing one may be meant by."""
        close = get_close_matches(name, present, 1, _CLOSE)
        return f"there is a key `{close[0]}` instead" if close else ""

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every key of the format; other steps of a pointer are data."""
        names = {field.name for shape in self._catalogue.shapes for field in shape.fields}
        old = {name for shape in self._catalogue.shapes for field in shape.fields for name in field.old_names}
        tags = {shape.tag_key for shape in self._catalogue.shapes}
        return frozenset(names | old | tags) - {""} | {"payload", "timestamp", "ordinal", "type"}

    @cached_property
    def _families(self) -> dict[str, dict[str, LineEntry | Shape]]:
        families: dict[str, dict[str, LineEntry | Shape]] = {name: {} for name in _WHAT}
        families[LINE] |= {line.type: line for line in self._catalogue.lines}
        for shape in self._catalogue.shapes:
            for tag in shape.tags:
                families.setdefault(shape.family, {})[tag] = shape
        return families

    def _look_up(self, family: str, name: str) -> str:
        members = self._families.get(family, {})
        if name in members:
            return self._of_another_version(members[name])
        for other, names in self._families.items():
            if name in names and other in _WHAT:
                return f"`{name}` is {_WHAT[other]}, not {_WHAT.get(family, 'this')}"
        close = get_close_matches(name, members, 1, _CLOSE)
        if close:
            known = members[close[0]]
            return f"nearest known: `{close[0]}`, since {known.first.version}"
        return f"nothing like it is known up to {self._catalogue.newest}"

    def _of_another_version(self, entry: LineEntry | Shape) -> str:
        first, last = entry.first.version, entry.last.version
        if last == self._catalogue.newest:
            return f"a form of newer versions, first seen in {first}"
        return f"a form of old versions, seen from {first} to {last}"
