"""What reading a rollout found: each line of the file is counted, once."""

from collections import Counter
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.legacy.bare import Era
from rollout_reference.session.lines import Defect, Line


class OrdinalCount(Struct):
    """The ordinals of a paginated file, in the order of its lines.  [SESSION-FILE-17]"""

    next: int | None = None
    """The ordinal after the largest one seen."""
    missing: int = 0
    """Items without an ordinal."""
    repeated: int = 0
    """Lines whose ordinal is not above all that came before."""
    skipped: int = 0
    """Times that an ordinal is beyond the next one."""

    def count(self, ordinal: int | None) -> None:
        """Take note of the next line's ordinal."""
        if ordinal is None:
            self.missing += 1
        elif self.next is not None and ordinal < self.next:
            self.repeated += 1
        else:
            self.skipped += self.next is not None and ordinal > self.next
            self.next = ordinal + 1


class Diagnostics(Struct):
    """What a reading found so far; complete when the reading is at its end.

    `lines` is the sum of `blank`, `items` and all counts in `defects`.  [SESSION-FILE-15]
    """

    form: Literal["plain", "cold"]
    era: Era | None = None
    thread_id: str | None = None
    history_mode: str | None = None
    bytes: int = 0
    """Bytes of the plain form."""
    lines: int = 0
    blank: int = 0
    items: int = 0
    own_metas: int = 0
    """`session_meta` lines of the owner, the first one counted."""
    foreign_metas: int = 0
    """`session_meta` lines of other threads."""
    unterminated: bool = False
    """The last line has no line feed."""
    changed: bool = False
    """The file grew, shrank or was replaced while it was read."""
    types: dict[str, int] = field(default_factory=Counter)
    """Items by the type of their line."""
    defects: dict[str, int] = field(default_factory=Counter)
    """Lines that are no item, by code."""
    ordinals: OrdinalCount | None = None

    def count_item(self, line: Line) -> None:
        """Count an item; the first `session_meta` makes its thread the owner.  [SESSION-FILE-6]"""
        self.types[line.type] += 1
        if type(line.item) is SessionMeta:
            self._count_meta(line.item)
        if self.ordinals is not None:
            self.ordinals.count(line.ordinal)

    def count_defect(self, defect: Defect, ordinal: int | None) -> None:
        """Count a line that is no item; an envelope of an unknown type still has its ordinal."""
        self.defects[defect.code] += 1
        if self.ordinals is not None and ordinal is not None:
            self.ordinals.count(ordinal)

    def to_tree(self) -> dict[str, Any]:
        """Return it as JSON; names in byte order, `ordinals` only of a paginated file."""
        tree: dict[str, Any] = msgspec.to_builtins(self)
        tree["types"] = dict(sorted(self.types.items()))
        tree["defects"] = dict(sorted(self.defects.items()))
        if self.ordinals is None:
            del tree["ordinals"]
        return tree

    def _count_meta(self, meta: SessionMeta) -> None:
        if self.thread_id is None:
            self.thread_id = str(meta.id)
            self.history_mode = meta.history_mode
            self.ordinals = OrdinalCount() if meta.history_mode == "paginated" else None
        if meta.id == self.thread_id:
            self.own_metas += 1
        else:
            self.foreign_metas += 1
