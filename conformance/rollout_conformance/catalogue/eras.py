"""In which kinds of file each part of the format stands, by the policy of what is kept and by versions."""

from collections.abc import Iterable

from rollout_conformance.catalogue.history import History
from rollout_conformance.catalogue.model import Era, Seen
from rollout_conformance.catalogue.typed import EXTENSION, TURN_ITEM, TypedFormat
from rollout_reference.session.legacy.bare import BARE_ITEMS
from rollout_reference.session.writing import policy

BARE: Era = "bare"
ALL: tuple[Era, ...] = ("bare", "legacy", "paginated")
_TABLES = {
    "": policy.LINES,
    "response_item": policy.RESPONSE_ITEMS,
    "event_msg": policy.EVENTS,
    TURN_ITEM: policy.TURN_ITEMS,
    EXTENSION: {
        name.removeprefix("Extension/"): kept
        for name, kept in policy.TURN_ITEMS.items()
        if name.startswith("Extension/")
    },
}
_HOLDERS = {"item_completed": policy.TURN_ITEMS, "Extension": policy.TURN_ITEMS}
"""Variants that are kept if anything that they can hold is."""


def of_line(name: str) -> list[Era]:
    """Return the eras of a line type; one that holds variants is in all that have an envelope."""
    return _ordered(policy.LINES[name].value if name in policy.LINES else ("legacy", "paginated"))


def of_variant(family: str, tag: str) -> list[Era]:
    """Return the eras whose files keep a variant; none if it is never kept."""
    table = _TABLES.get(family, policy.LINES)
    if tag in table:
        kept = set(table[tag].value)
    else:
        kept = {
            mode for name, each in _HOLDERS.get(tag, {}).items() for mode in each.value if _held(tag, name)
        }
    if family == "response_item" and tag in BARE_ITEMS:
        kept.add(BARE)
    return _ordered(kept)


def of_shapes(typed: TypedFormat) -> dict[str, list[Era]]:
    """Return the eras of every shape: those of the variant that it is, or of what holds it."""
    found: dict[str, set[str]] = {}
    for entry in typed.shapes:
        own = entry.family in _TABLES and entry.family != ""
        found[entry.id] = set(of_variant(entry.family, entry.tag)) if own else set()
    holders = {entry.id: entry.used_in for entry in typed.shapes if not entry.family}
    found["Envelope"] = {"legacy", "paginated"}
    lines = {line.type: set(of_line(line.type)) for line in typed.lines}
    changed = True
    while changed:
        changed = False
        for name, users in holders.items():
            more = set().union(*(found.get(user) or lines.get(user, set()) for user in users)) - found[name]
            found[name] |= more
            changed = changed or bool(more)
    return {name: _ordered(kept) for name, kept in found.items()}


def within(kept: Iterable[Era], first: Seen, last: Seen, history: History) -> list[Era]:
    """Leave out the eras that were over before the first version, or began after the last."""
    spans = {era.name: era for era in history.eras}
    return [
        era
        for era in kept
        if (not spans[era].last or _order(spans[era].last) >= first.order)
        and _order(spans[era].first) <= last.order
    ]


def _held(tag: str, variant: str) -> bool:
    return tag == "item_completed" or variant.startswith(f"{tag}/")


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _ordered(kept: Iterable[str]) -> list[Era]:
    names = set(kept)
    return [era for era in ALL if era in names]
