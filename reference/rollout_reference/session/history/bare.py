"""Files from before events: their messages stand for the events that later versions write beside them.

[SESSION-HISTORY-26]
"""

from collections.abc import Iterable, Iterator

from rollout_reference.session.context.boundaries import is_contextual_user
from rollout_reference.session.items.content import InputImage, InputText, OutputText, SummaryText
from rollout_reference.session.items.events import conversation
from rollout_reference.session.items.response_items import Message, Reasoning
from rollout_reference.session.lines import Line
from rollout_reference.session.shapes.shape import Shape

_INSTRUCTIONS = "<user_instructions>"
"""How the instructions of the user begin, which those versions put before the first message."""


def told_by_events(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield each line, its item replaced by the events that it stands for."""
    for line in lines:
        events = _events(line)
        if events is None:
            yield line
            continue
        for event in events:
            yield Line(
                number=line.number,
                timestamp=line.timestamp,
                ordinal=None,
                type="event_msg",
                payload={"type": event.__struct_config__.tag},
                item=event,
                extra={},
            )


def _events(line: Line) -> list[Shape] | None:
    item = line.item
    if isinstance(item, Message) and item.role == "user":
        return _from_user(line, item)
    if isinstance(item, Message) and item.role == "assistant":
        texts = (part.text for part in item.content if isinstance(part, OutputText))
        return [conversation.AgentMessage(message=text) for text in texts]
    if isinstance(item, Reasoning):
        summaries = (part.text for part in item.summary if isinstance(part, SummaryText))
        return [conversation.AgentReasoning(text=text) for text in summaries]
    return None


def _from_user(line: Line, item: Message) -> list[Shape]:
    texts = [part.text for part in item.content if isinstance(part, InputText)]
    if is_contextual_user(line.payload) or any(text.lstrip().startswith(_INSTRUCTIONS) for text in texts):
        return []
    images = [part.image_url for part in item.content if isinstance(part, InputImage) and part.image_url]
    return [conversation.UserMessage(message="".join(texts), images=images)]
