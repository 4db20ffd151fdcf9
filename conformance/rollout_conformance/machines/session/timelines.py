"""What a model is given, as a host remembers it: the items so far, and what there was before each turn."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

NO_SUMMARY = "(no summary available)"
SUMMARY = "Another language model started to solve this problem and left a summary: "
"""How the message begins that tells of an earlier compaction."""


class Item(Struct, frozen=True):
    """A response item, and what it is to the host."""

    tree: dict[str, Any]
    begins: bool = False
    """Somebody tells the agent something."""
    injected: bool = False
    """It tells the model about its surroundings, and goes with what comes after it."""
    text: str | None = None
    """What the user said."""


class Timeline:
    """A course of the conversation; turns are taken back by going back to what was before them."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self.items: list[Item] = []
        self.summed_up = False
        """Whether a compaction of old versions happened in it."""
        self._before: list[list[Item]] = []
        self._take(items)

    def append(self, item: Item) -> None:
        """Go on with an item."""
        if item.begins:
            self._before.append(self._without_injected() if self._before else list(self.items))
        self.items.append(item)

    def roll_back(self, turns: int) -> None:
        """Go back to before the last turns, or the first if there are not as many."""
        if turns and self._before:
            place = max(len(self._before) - turns, 0)
            self.items = self._before[place]
            del self._before[place:]

    def sum_up(self, summary: str) -> None:
        """Keep what the user said, and a summary in place of the rest."""
        texts = [item.text for item in self.items if item.text is not None]
        said = [text for text in texts if not text.startswith(SUMMARY)]
        self._take(map(message_of_user, [*said, summary or NO_SUMMARY]))
        self.summed_up = True

    def _take(self, items: Iterable[Item]) -> None:
        self.items, self._before = [], []
        for item in items:
            self.append(item)

    def _without_injected(self) -> list[Item]:
        kept = list(self.items)
        while kept[-1].injected:
            kept.pop()
        return kept


def message_of_user(text: str, **more: str) -> Item:
    """Return a message of the user."""
    content = [{"type": "input_text", "text": text}]
    return Item({"type": "message", **more, "role": "user", "content": content}, begins=True, text=text)
