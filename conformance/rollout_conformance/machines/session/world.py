"""What a host knows about the threads that it records, whatever their files say."""

from collections.abc import Iterable

from msgspec import Struct, field

from rollout_conformance.machines.session.conversation import Conversation
from rollout_conformance.machines.session.deeds import Deed, Mode
from rollout_conformance.machines.session.windows import Window


class Entry(Struct):
    """One thing that was to be kept; `label` tells it from all others."""

    label: str
    acknowledged: bool = False
    deed: Deed | None = None
    """What it means, None if that is nobody's concern."""
    given: bool = False
    """A paginated agent has it from its parent, whose history shows it."""


class Thread(Struct, eq=False):
    """A thread and what was handed over for it, in the order of the calls."""

    id: str
    mode: Mode
    bare: bool = False
    """Its file is from before the envelope."""
    entries: list[Entry] = field(default_factory=list)
    copied: list[Entry] = field(default_factory=list)
    """What its file has from its parent."""
    inherited: list[Entry] = field(default_factory=list)
    """What its parent's file has of its history."""
    base: "Thread | None" = None
    """The parent whose file it builds on."""
    first_ordinal: int = 0
    begun: bool = False
    """Its file was asked for or has an acknowledged line; without that there may be none."""
    torn: int = 0
    """Processes that died in the middle of a write."""
    unfinished: bool = False
    """A write has failed, and its recorder has still to complete it."""
    unreadable: bool = False
    """Its writer died before the header was whole, so that nothing was acknowledged."""
    window_id: str | None = None
    """The window that it began in."""
    turn: str | None = None
    """The turn that its process runs."""
    continued: Window | None = None
    """The window of its parent, in which its process goes on until it compacts."""

    @property
    def waiting(self) -> list[Entry]:
        """Return what was handed over and is not acknowledged."""
        return [entry for entry in self.entries if not entry.acknowledged]

    @property
    def whole(self) -> list[Entry]:
        """Return what its history is made of."""
        return [*self.inherited, *self.copied, *self.entries]

    @property
    def conversation(self) -> Conversation:
        """Return the conversation so far."""
        return conversation_of(self.whole, self.window_id)

    def hand_over(self, labels: list[str]) -> list[Entry]:
        """Take note of what was handed to a recorder."""
        added = [Entry(label) for label in labels]
        self.entries += added
        return added

    def do(self, deeds: Iterable[Deed]) -> None:
        """Take note of deeds that were handed to a recorder, as far as it keeps them."""
        self.entries += [Entry(deed.label, deed=deed) for deed in deeds if self.mode in deed.modes]

    def acknowledge(self) -> None:
        """Take note that all that was handed over and not lost stands in the file."""
        self.unfinished = False
        for entry in self.entries:
            entry.acknowledged = True
        self.begun = self.begun or bool(self.entries)

    def lose(self, found: list[str]) -> None:
        """Forget what a dead process had not written; what stands in the file stays there."""
        self.entries = [entry for entry in self.entries if entry.acknowledged or entry.label in found]
        self.acknowledge()

    def stop(self) -> None:
        """Take note that its process is gone, with what only that knew."""
        self.turn = self.continued = None


def conversation_of(entries: list[Entry], window_id: str | None) -> Conversation:
    """Return the conversation that entries make, in a thread that began in a window."""
    conversation = Conversation(window_id)
    for entry in entries:
        if entry.deed is not None and entry.deed.effect is not None:
            entry.deed.effect(conversation)
    return conversation


class World:
    """All threads of a home."""

    def __init__(self) -> None:
        self.threads: list[Thread] = []
        self._count = 0

    def name(self) -> str:
        """Return a label that was never used before."""
        self._count += 1
        return f"n{self._count}"
