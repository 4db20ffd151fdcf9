"""How much of a turn is shown: all items, what was asked and answered, or none.  [SESSION-HISTORY-28]"""

from collections.abc import Iterator

import msgspec

from rollout_reference.session.history.answer import AgentMessage, ItemsView, ThreadItem, Turn, UserMessage


def seen(turns: list[Turn], view: ItemsView) -> list[Turn]:
    """Return turns with the items of a view.

    Turns that are in progress must still say so: they have no answer yet that only its place tells.
    """
    if view == "full":
        return turns
    told = _summary if view == "summary" else _nothing
    return [msgspec.structs.replace(turn, items=list(told(turn)), items_view=view) for turn in turns]


def _nothing(_turn: Turn) -> Iterator[ThreadItem]:
    return iter(())


def _summary(turn: Turn) -> Iterator[ThreadItem]:
    """Yield what was asked and what was answered, in the order of the turn.  [SESSION-HISTORY-29]"""
    asked = next((item for item in turn.items if isinstance(item, UserMessage)), None)
    answered = _answer(turn)
    for item in turn.items:
        if item is asked or item is answered:
            yield item


def _answer(turn: Turn) -> AgentMessage | None:
    """Return the message that answers: the last one said to be final, else the last without a phase.

    [SESSION-HISTORY-29]
    """
    messages = [item for item in reversed(turn.items) if isinstance(item, AgentMessage)]
    final = next((item for item in messages if item.phase == "final_answer"), None)
    if final is not None or turn.status == "inProgress":
        return final
    return next((item for item in messages if item.phase is None), None)
