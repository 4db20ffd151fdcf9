"""Compactions of old versions, which keep a summary and not the history that takes its place.

[SESSION-CONTEXT-18 to 21]
"""

from collections.abc import Iterable, Iterator

from rollout_reference.session.context.boundaries import Item, is_user_message
from rollout_reference.session.context.fragments import is_summary
from rollout_reference.session.context.shortening import BYTES_PER_TOKEN, shortened, tokens_of

BUDGET = 20_000
"""Tokens of user messages that outlive a compaction.  [SESSION-CONTEXT-19]"""

NO_SUMMARY = "(no summary available)"

_OPEN_LABELS = ("<image name=", "<image>")
_CLOSE_LABEL = "</image>"


def compacted(history: Iterable[Item], summary: str) -> list[Item]:
    """Return the history after a compaction without replacement history.  [SESSION-CONTEXT-18]"""
    texts = [text for text in map(text_of, filter(is_user_message, history)) if not is_summary(text)]
    return [_message(text) for text in (*_within_budget(texts), summary or NO_SUMMARY)]


def text_of(message: Item) -> str:
    """Return what the user wrote: the text parts joined, without the labels of images.

    [SESSION-CONTEXT-20]
    """
    return "".join(_texts(message["content"]))


def _texts(content: list[Item]) -> Iterator[str]:
    for index, part in enumerate(content):
        if part["type"] != "input_text":
            continue
        text: str = part["text"]
        opens = text == _OPEN_LABELS[1] or (text.startswith(_OPEN_LABELS[0]) and text.endswith(">"))
        if opens and _is_image(content[index + 1 : index + 2]):
            continue
        if text == _CLOSE_LABEL and _is_image(content[max(index - 1, 0) : index]):
            continue
        yield text


def _is_image(parts: list[Item]) -> bool:
    return bool(parts) and parts[0]["type"] == "input_image"


def _within_budget(texts: list[str]) -> list[str]:
    """Keep the newest texts, of the first that is too long its beginning and end.  [SESSION-CONTEXT-19]"""
    kept: list[str] = []
    left = BUDGET
    for text in reversed(texts):
        if not left:
            break
        cost = tokens_of(text)
        if cost > left:
            kept.append(shortened(text, left * BYTES_PER_TOKEN, "tokens"))
            break
        kept.append(text)
        left -= cost
    kept.reverse()
    return kept


def _message(text: str) -> Item:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
