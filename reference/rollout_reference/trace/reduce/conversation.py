"""The conversation of a thread: which items of a payload were seen before, and which are new.

A request shows the whole view (or appends to it), a response extends it, a compaction replaces
it.  Items are recognised by position first and by match key then; both are index lookups.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import takewhile
from operator import is_
from typing import Any

from msgspec import UNSET, Struct

from rollout_reference.errors import CallIdConflict, ConversationMismatch
from rollout_reference.trace.events import Event
from rollout_reference.trace.reduce.agents import deliver
from rollout_reference.trace.reduce.code_cells import link_output, materialise_ready_cells, note_source
from rollout_reference.trace.reduce.normalize import NormalItem, normalize
from rollout_reference.trace.reduce.reduction import Conversation, MatchKey, Reduction, View
from rollout_reference.trace.reduce.tools import link_item
from rollout_reference.trace.state import (
    Body,
    ConversationItem,
    Encoded,
    Part,
    Producer,
    Summary,
    Text,
)


class Shown(Struct, frozen=True):
    """An item as a payload shows it: its JSON, and its normal form unless it is recognised."""

    source: Any
    normal: NormalItem | None = None
    key: MatchKey = ()


@dataclass
class ShownItems:
    """The items of a payload: first so many that stand unchanged where they stood, then these."""

    unchanged: int
    others: list[Shown]


@dataclass
class Payload:
    """Where items come from: payload, thread, turn, time, and who produced them."""

    trace: Reduction
    event: Event[Any]
    payload_id: str
    thread_id: str
    turn_id: str
    producer: Producer | None = None

    @property
    def conversation(self) -> Conversation:
        """Return the conversation that the items belong to."""
        return self.trace.conversation(self.thread_id)

    # --- the three ways in which a payload shows items ----------------------------------------

    def show_all(self, items: list[Any], base: View) -> View:
        """Reconcile a full snapshot with the view before it.

        [TRACE-CONVERSATION-3, TRACE-CONVERSATION-4, TRACE-CONVERSATION-13]
        """
        shown = self._read(items, base)
        pool = _Pool(self.trace, base.item_ids)

        def choose(position: int, item: Shown) -> str | None:
            if position < len(base.item_ids) and item.key == self.trace.keys[base.item_ids[position]]:
                return pool.take_this(base.item_ids[position])
            return pool.take_first(item.key)

        return self._reconcile(shown, base, choose, pool)

    def show_more(self, items: list[Any], base: View, prefix: list[str]) -> View:
        """Reconcile an incremental request: after `prefix`, it may only repeat or append.

        [TRACE-CONVERSATION-5]
        """
        shown = self._read(items, base, len(prefix))

        def choose(offset: int, item: Shown) -> str | None:
            position = len(prefix) + offset
            if position >= len(base.item_ids):
                return None
            if item.key != self.trace.keys[base.item_ids[position]]:
                raise ConversationMismatch(position, base.item_ids[position])
            return base.item_ids[position]

        return self._reconcile(shown, base, choose, start=len(prefix))

    def show_known(self, items: list[Any], base: View) -> View:
        """Reuse the first unused equal item of a view, in any order.  [TRACE-COMPACTION-10]"""
        pool = _Pool(self.trace, base.item_ids)
        return self._reconcile(self._read(items), View(), lambda _, item: pool.take_first(item.key))

    def show_new(self, items: list[Any]) -> View:
        """Create every item.  [TRACE-CONVERSATION-10, TRACE-COMPACTION-12]"""
        return self._reconcile(self._read(items), View(), lambda _position, _item: None)

    # --- one item -------------------------------------------------------------------------------

    def create(self, item: NormalItem) -> ConversationItem:
        """Add an item to the graph under the next id.  [TRACE-CONVERSATION-14, TRACE-STATE-5]"""
        trace = self.trace
        created = ConversationItem(
            item_id=f"conversation_item:{trace.next_item}",
            thread_id=self.thread_id,
            codex_turn_id=self.turn_id,
            first_seen_at_unix_ms=self.event.wall_time_unix_ms,
            role=item.role,
            channel=item.channel,
            kind=item.kind,
            agent_message=item.agent_message or UNSET,
            body=Body(item.parts),
            call_id=item.call_id,
            produced_by=[self.producer] if self.producer else [],
        )
        trace.next_item += 1
        trace.state.conversation_items[created.item_id] = created
        if item.call_id is not None:
            trace.items_by_call[item.call_id].append(created.item_id)
            note_source(trace, created)
        return created

    def _read(self, items: list[Any], base: View | None = None, start: int = 0) -> ShownItems:
        """Normalise all items before any is reconciled.  [TRACE-CONVERSATION-15]

        An item whose JSON stands unchanged where it stood before is recognised without it.
        """
        known = base.sources[start:] if base else []
        unchanged = sum(takewhile(bool, map(is_, known, items)))
        shown: list[Shown] = []
        for source in items[unchanged:]:
            position = unchanged + len(shown)
            if position < len(known) and known[position] == source:
                shown.append(Shown(source))
            elif (normal := normalize(source, self.payload_id)) is not None:
                shown.append(Shown(source, normal, normal.match_key()))
        return ShownItems(unchanged, shown)

    def _reconcile(
        self,
        shown: ShownItems,
        base: View,
        choose: Callable[[int, Shown], str | None],
        pool: "_Pool | None" = None,
        start: int = 0,
    ) -> View:
        """Give each shown item an id, in order, and follow what its sighting changes."""
        trace = self.trace
        result = base.part(start, start + shown.unchanged)
        self._show_unchanged(result.item_ids, pool)
        for position, item in enumerate(shown.others, shown.unchanged):
            if item.normal is None:
                item_id = base.item_ids[start + position]
                self._show_unchanged([item_id], pool)
            else:
                self._check_call(item.normal, item.key)
                chosen = choose(position, item)
                if chosen is None:
                    stored = self.create(item.normal)
                    trace.keys[stored.item_id] = item.key
                else:
                    stored = trace.state.conversation_items[chosen]
                    if stored.kind == "reasoning":
                        stored.body.parts = merge_reasoning(stored.body.parts, item.normal.parts)
                item_id = stored.item_id
                self._link(stored)
                if chosen is None:
                    deliver(trace, stored)
            result.item_ids.append(item_id)
            result.sources.append(item.source if item.normal is None or item.normal.repeatable else UNSET)
        materialise_ready_cells(trace)
        return result

    def _show_unchanged(self, item_ids: list[str], pool: "_Pool | None") -> None:
        """Pass over items that can only have gained links."""
        if pool:
            pool.take_these(item_ids)
        for item_id in [item_id for item_id in item_ids if item_id in self.trace.unsettled]:
            self._link(self.trace.state.conversation_items[item_id])

    def _check_call(self, item: NormalItem, key: MatchKey) -> None:
        """Refuse a call id that stood for something else in this thread.  [TRACE-CONVERSATION-6]"""
        if item.call_id is not None:
            before = self.conversation.key_of_call.setdefault((item.call_id, item.kind), key)
            if before != key:
                raise CallIdConflict(item.call_id, item.kind, self.thread_id)

    def _link(self, item: ConversationItem) -> None:
        """Follow the call id of a sighted item to its tool and its code cell."""
        self.trace.unsettled.discard(item.item_id)
        if item.call_id is not None:
            link_item(self.trace, item, item.call_id)
            link_output(self.trace, item)


class _Pool:
    """The items of a view that one payload has not shown yet."""

    def __init__(self, trace: Reduction, item_ids: Iterable[str]) -> None:
        self._trace = trace
        self._item_ids = item_ids
        self._taken: set[str] = set()
        self._by_key: defaultdict[MatchKey, deque[str]] | None = None

    def take_this(self, item_id: str) -> str:
        """Take an item by id, also one that is taken already.  [TRACE-CONVERSATION-4]"""
        self._taken.add(item_id)
        return item_id

    def take_these(self, item_ids: list[str]) -> None:
        """Take items by id."""
        self._taken.update(item_ids)

    def take_first(self, key: MatchKey) -> str | None:
        """Take the first item with a match key that is not taken yet."""
        if self._by_key is None:
            self._by_key = defaultdict(deque)
            for item_id in [item_id for item_id in self._item_ids if item_id not in self._taken]:
                self._by_key[self._trace.keys[item_id]].append(item_id)
        waiting = self._by_key.get(key)
        while waiting:
            item_id = waiting.popleft()
            if item_id not in self._taken:
                return self.take_this(item_id)
        return None


def merge_reasoning(stored: tuple[Part, ...], sighted: tuple[Part, ...]) -> tuple[Part, ...]:
    """Complete the readable parts of a reasoning item from another sighting.  [TRACE-CONVERSATION-12]"""
    return (
        *(_of(Text, stored) or _of(Text, sighted)),
        *(_of(Summary, stored) or _of(Summary, sighted)),
        *_of(Encoded, stored),
    )


def _of(part_type: type[Part], parts: tuple[Part, ...]) -> list[Part]:
    return [part for part in parts if isinstance(part, part_type)]


def list_in_thread(trace: Reduction, thread_id: str, item_ids: Iterable[str]) -> None:
    """Add items to the thread's transcript, each once.  [TRACE-CONVERSATION-9]"""
    trace.state.threads[thread_id].conversation_item_ids.add_all(item_ids)
