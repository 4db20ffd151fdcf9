"""What a user is shown of a thread, as a host remembers it: turns, and what was said in each."""

from msgspec import Struct, field


class ShownTurn(Struct):
    """A turn; one that nothing began has no id."""

    id: str | None
    texts: list[str] = field(default_factory=list)


class Shown:
    """The turns that were not taken back, the oldest first."""

    def __init__(self) -> None:
        self.turns: list[ShownTurn] = []
        self._open = False

    def begin(self, turn_id: str | None) -> None:
        """Show a turn."""
        self.turns.append(ShownTurn(turn_id))
        self._open = True

    def complete(self) -> None:
        """End the turn; one that is aborted can still go on."""
        self._open = False

    def compact(self) -> None:
        """Show a compaction between turns as one."""
        if not self._open:
            self.begin(None)

    def hear(self, text: str) -> None:
        """Show what the user said; where turns are not begun, each message begins one."""
        if self._open and self.turns[-1].id is None and self.turns[-1].texts:
            self._open = False
        self.say(text)

    def say(self, text: str) -> None:
        """Show what the agent said."""
        if not self._open:
            self.begin(None)
        self.turns[-1].texts.append(text)

    def roll_back(self, turns: int) -> None:
        """Take turns of any kind back."""
        self._open = False
        del self.turns[max(len(self.turns) - turns, 0) :]

    @property
    def ids(self) -> list[str | None]:
        """Return the ids of the turns."""
        return [turn.id for turn in self.turns]

    @property
    def texts(self) -> list[str]:
        """Return what was said."""
        return [text for turn in self.turns for text in turn.texts]
