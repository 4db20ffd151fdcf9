"""A conversation as a host remembers it, from its first line on: turns, windows, what the model knows.

Each turn remembers what was before it, so that taking turns back is going back there.  A compaction
begins a timeline of its own beside the one before it, which goes on as if nothing had been compacted:
the compaction may be taken back, and the other is the history then.
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from rollout_conformance.machines.session.shown import Shown
from rollout_conformance.machines.session.timelines import Item, Timeline
from rollout_conformance.machines.session.windows import Window, initial

Tree = dict[str, Any]


class Knowledge(Struct, frozen=True):
    """What a writer knows after a turn, apart from the history."""

    window: Window | None = None
    """Told by a compaction."""
    world_state: Tree | None = None
    settings: Tree | None = None
    """The `turn_context` of the last turn of the user, or in which all was told."""
    reference: Tree | None = None
    """The `turn_context` that the model was told."""


class Turn(Struct, eq=False):
    """A turn and what stands behind it; the first one is what stands before all others."""

    before: Knowledge
    of_user: bool = False
    told_whole: bool = False
    """Whether the model was told all of its surroundings, and no compaction came since."""
    taken_back: bool = False
    window: Window | None = None
    world_state: Tree | None = None
    settings: Tree | None = None
    told: Tree | UnsetType | None = UNSET
    """The `turn_context` that the model was told last; None after a compaction."""

    @property
    def after(self) -> Knowledge:
        """Return what is known after it; what was told counts in turns of the user, or if all was told."""
        telling = self.of_user or self.told_whole
        told = self.told if telling or self.told is None else UNSET
        return Knowledge(
            self.window or self.before.window,
            self.world_state,
            self.settings if telling and self.settings else self.before.settings,
            self.before.reference if told is UNSET else told,
        )


class Conversation:
    """The conversation of one thread; tell it what happened, in its order."""

    def __init__(self, initial_window_id: str | None) -> None:
        """Begin in a window, None for a file from before windows."""
        self.shown = Shown()
        self.running_id: str | None = None
        """The turn that was begun and has not ended."""
        self._initial = initial_window_id
        self._turns = [Turn(Knowledge())]
        self._last = self._turns[0]
        self._timelines: list[tuple[Turn | None, Timeline]] = [(None, Timeline())]
        self._compactions = 0
        self._numbered = True
        self._answered: list[bool] = []
        """For each message of the user that was not taken back, whether a turn ended since."""

    # --- what happens -----------------------------------------------------------------------------------

    def begin(self, turn_id: str) -> None:
        """Begin a turn."""
        before = self._known
        self.running_id = turn_id
        self._last = Turn(before, world_state=before.world_state)
        self._turns.append(self._last)
        self.shown.begin(turn_id)

    def complete(self) -> None:
        """End a turn."""
        self.abort()
        self.shown.complete()

    def abort(self) -> None:
        """Stop a turn."""
        self.running_id = None
        self._answered = [True] * len(self._answered)

    def append(self, item: Item) -> None:
        """Say or do something."""
        for _, timeline in self._timelines:
            timeline.append(item)
        self._last.of_user |= item.begins
        if item.text is not None:
            self._answered.append(False)

    def tell(self, settings: Tree) -> None:
        """Tell the model under which settings the turn runs."""
        self._last.settings = self._last.settings or settings
        self._last.told = settings

    def describe(self, state: Tree, *, full: bool) -> None:
        """Tell the model about its surroundings, or what has changed of them; null is gone."""
        known = self._last.world_state
        if full:
            self._last.world_state = state
            self._last.told_whole = True
        elif known is not None:
            gone = {key for key, value in state.items() if value is None}
            merged = known | state
            self._last.world_state = {key: merged[key] for key in merged if key not in gone}

    def compact(self, summary: str, replacement: list[Item] | None, window: Window | None) -> None:
        """Compact the context; without a replacement the summary is all that is left of it."""
        self._compactions += 1
        self._numbered &= window is not None
        self._last.window = window or self._last.window
        self._last.world_state = self._last.told = None
        self._last.told_whole = False
        self.shown.compact()
        if replacement is None:
            for _, timeline in self._timelines:
                timeline.sum_up(summary)
        elif not self._last.taken_back:
            self._timelines.append((self._last, Timeline(replacement)))

    def roll_back(self, turns: int) -> None:
        """Take the last turns of the user back, with all that stands between and behind them."""
        left = turns
        while left and self._turns:
            turn = self._turns.pop()
            turn.taken_back = True
            left -= turn.of_user
        for _, timeline in self._timelines:
            timeline.roll_back(turns)
        self._timelines = [each for each in self._timelines if each[0] is None or not each[0].taken_back]
        self._answered = self._answered[: max(len(self._answered) - turns, 0)]
        self.running_id = None
        self.shown.roll_back(turns)

    # --- what follows -----------------------------------------------------------------------------------

    @property
    def history(self) -> list[Tree]:
        """Return what the model is given."""
        return [item.tree for item in self._timeline.items]

    @property
    def items(self) -> list[Item]:
        """Return what the model is given, and what it is to the host."""
        return list(self._timeline.items)

    @property
    def window(self) -> Window:
        """Return the window of the last compaction, or the first; if one had no number, they are counted."""
        if self._known.window is not None:
            return self._known.window
        if self._initial is not None and self._numbered:
            return initial(self._initial)
        return Window(self._compactions)

    @property
    def world_state(self) -> Tree | None:
        """Return what the model knows of its surroundings."""
        return self._known.world_state

    @property
    def settings(self) -> Tree | None:
        """Return what told the settings of the last turn of the user, or in which all was told."""
        return self._known.settings

    @property
    def reference(self) -> Tree | None:
        """Return what the model was told of its settings; nothing after a compaction of old versions."""
        return None if self._timeline.summed_up else self._known.reference

    @property
    def is_interrupted(self) -> bool:
        """Tell whether a fork finds it in the middle of a turn."""
        return self.running_id is not None or not all(self._answered[-1:])

    @property
    def can_go_on(self) -> bool:
        """Tell whether what comes now belongs to a turn that was not taken back."""
        return not self._last.taken_back

    @property
    def _known(self) -> Knowledge:
        return self._turns[-1].after if self._turns else Knowledge()

    @property
    def _timeline(self) -> Timeline:
        return self._timelines[-1][1]
