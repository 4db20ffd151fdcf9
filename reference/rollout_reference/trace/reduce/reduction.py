"""What a replay carries from event to event: the state, and the indexes that spare searching it."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from rollout_reference.errors import TurnOnOtherThread, UnknownThread, UnknownTurn
from rollout_reference.trace.bundle import Bundle
from rollout_reference.trace.events import CodeCellStarted, Event, EventTable, RawEvent
from rollout_reference.trace.state import (
    AgentThread,
    CodexTurn,
    ConversationItem,
    EdgeKind,
    ExecutionWindow,
    IdList,
    RolloutTrace,
)
from rollout_reference.trace.vocabulary import ExecutionStatus, ItemKind

Handler = Callable[["Reduction", Event[Any]], None]
"""Applies one event to a reduction."""

MatchKey = tuple[Any, ...]
"""Equal for exactly those items that the match rule calls the same.  [TRACE-CONVERSATION-1]"""


@dataclass(frozen=True)
class Dialect:
    """What one schema version knows: its event types and what each does."""

    schema_version: int
    events: EventTable
    handlers: Mapping[type[RawEvent], Handler]


@dataclass
class View:
    """What the model sees in a thread: item ids, and the JSON in which each was last shown.

    A source is UNSET where the same JSON would not give the same item.
    """

    item_ids: list[str] = field(default_factory=list)
    sources: list[Any] = field(default_factory=list)

    def part(self, begin: int, end: int) -> "View":
        """Return the view of the items from one position to before another."""
        return View(self.item_ids[begin:end], self.sources[begin:end])


@dataclass
class Conversation:
    """The conversation of one thread while it is being reduced."""

    view: View = field(default_factory=View)
    replacement: View | None = None
    """The history that a compaction put in place and no full request has shown yet."""
    key_of_call: dict[tuple[str, str], MatchKey] = field(default_factory=dict)
    """The one match key that all items of a (call id, kind) have.  [TRACE-CONVERSATION-6]"""


@dataclass
class QueuedCell:
    """A code cell whose source item no request or response has shown yet.  [TRACE-CELL-2]"""

    start: Event[CodeCellStarted]
    thread_id: str
    lifecycle: list[Event[Any]] = field(default_factory=list)


@dataclass
class PendingEdge:
    """A delivery whose message the target thread has not shown yet.  [TRACE-AGENT-10]"""

    edge_id: str
    kind: EdgeKind
    source: Any
    target_thread_id: str
    author: str
    content: str
    fallback_thread_id: str | None
    started_at_unix_ms: int
    ended_at_unix_ms: int | None
    carried_raw_payload_ids: IdList

    @property
    def address(self) -> tuple[str, str, str]:
        """Return what a message must have to be this delivery."""
        return (self.target_thread_id, self.author, self.content)


class Reduction:
    """A replay in progress."""

    def __init__(self, bundle: Bundle, state: RolloutTrace) -> None:
        self.bundle = bundle
        self.state = state
        self.next_item = 1
        self.next_operation = 1

        self.conversations: dict[str, Conversation] = {}
        self.keys: dict[str, MatchKey] = {}
        self.items_by_call: defaultdict[str, list[str]] = defaultdict(list)
        self.last_message: dict[tuple[str, str], ConversationItem] = {}
        """By (thread, turn): the assistant message that an agent result comes from."""
        self.unsettled: set[str] = set()
        """Items that a tool, cell or response may link to when they are seen once more."""

        self.calls_by_response: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self.responses_showing: defaultdict[str, list[str]] = defaultdict(list)
        self.inferences_of_turn: defaultdict[str, list[str]] = defaultdict(list)

        self.tool_by_visible_call: dict[str, str] = {}
        self.tools_of_cell: defaultdict[str, list[str]] = defaultdict(list)
        self.cells_of_turn: defaultdict[str, list[str]] = defaultdict(list)
        self.cell_by_runtime_id: dict[tuple[str, str], str] = {}
        self.queued_cells: dict[str, QueuedCell] = {}
        self.ready_cells: set[str] = set()

        self.pending_edges: dict[str, PendingEdge] = {}
        self.pending_by_address: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
        self.undelivered: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
        """By address: messages in a thread that no edge points to, oldest first."""
        self.edges_of_tool: defaultdict[str, set[str]] = defaultdict(set)
        self.compaction_requests_of: defaultdict[str, list[str]] = defaultdict(list)

    def thread(self, thread_id: str, rule: str) -> AgentThread:
        """Return a started thread; raises `UnknownThread` in the name of `rule`."""
        thread = self.state.threads.get(thread_id)
        if thread is None:
            raise UnknownThread(thread_id, rule=rule)
        return thread

    def turn(self, turn_id: str, rule: str) -> CodexTurn:
        """Return a started turn; raises `UnknownTurn` in the name of `rule`."""
        turn = self.state.codex_turns.get(turn_id)
        if turn is None:
            raise UnknownTurn(turn_id, rule=rule)
        return turn

    def turn_of_thread(self, turn_id: str, thread_id: str, *, unknown: str, other: str) -> CodexTurn:
        """Return a turn of a thread; raises in the name of the rule that fails."""
        turn = self.turn(turn_id, unknown)
        if turn.thread_id != thread_id:
            raise TurnOnOtherThread(turn_id, turn.thread_id, thread_id, rule=other)
        return turn

    def items_of_call(self, call_id: str | None, thread_id: str, kinds: frozenset[ItemKind]) -> list[str]:
        """Return a thread's items with a call id, in byte order of their ids.  [TRACE-TOOL-8]"""
        if call_id is None:
            return []
        items = self.state.conversation_items
        return sorted(
            item_id
            for item_id in self.items_by_call.get(call_id, ())
            if items[item_id].thread_id == thread_id and items[item_id].kind in kinds
        )

    def conversation(self, thread_id: str) -> Conversation:
        """Return the conversation of a thread, empty at first."""
        return self.conversations.setdefault(thread_id, Conversation())


E = TypeVar("E", bound=RawEvent)

HANDLERS_1: dict[type[RawEvent], Handler] = {}
"""What each event type of schema 1 does."""


def handles(
    event_type: type[E],
) -> Callable[[Callable[[Reduction, Event[E]], None]], Callable[[Reduction, Event[E]], None]]:
    """Register a function as the handler of an event type under schema 1."""

    def register(handler: Callable[[Reduction, Event[E]], None]) -> Callable[[Reduction, Event[E]], None]:
        HANDLERS_1[event_type] = handler
        return handler

    return register


def opened_at(event: Event[Any]) -> ExecutionWindow:
    """Return a running window that begins with an event.  [TRACE-REPLAY-5]"""
    return ExecutionWindow(event.wall_time_unix_ms, event.seq)


def close(window: ExecutionWindow, event: Event[Any], status: ExecutionStatus) -> None:
    """End a window with an event; an earlier end is overwritten.  [TRACE-REPLAY-5]"""
    window.ended_at_unix_ms = event.wall_time_unix_ms
    window.ended_seq = event.seq
    window.status = status
