"""How lines say something: messages, reasoning, prompts of hooks, reviews."""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import UNSET

from rollout_reference.session.history import answer
from rollout_reference.session.history.answer import ThreadItem, Turn, UserPart
from rollout_reference.session.history.hook_prompts import fragments_of
from rollout_reference.session.history.reducer import Reducer, handles
from rollout_reference.session.history.reviews import review_text
from rollout_reference.session.history.said import citation, elements
from rollout_reference.session.history.shown import referred
from rollout_reference.session.items.events.conversation import (
    AgentMessage,
    AgentReasoning,
    AgentReasoningRawContent,
    EnteredReviewMode,
    ExitedReviewMode,
    UserMessage,
)
from rollout_reference.session.items.response_items import Message

REVIEW_REQUESTED = "Review requested."
"""Shown when a review begins without a hint for the user."""


@handles(UserMessage)
def say(history: Reducer, message: UserMessage) -> None:
    """Show what the user sent; each message begins a turn where no turns are told.  [SESSION-HISTORY-8]"""
    turn = history.open
    if turn is not None and not turn.explicit and not (turn.compacted and not turn.items):
        history.close()  # SESSION-TURN-2
    history.push(answer.UserMessage(history.next_id(), message.client_id, _parts(message)))


def _parts(message: UserMessage) -> list[UserPart]:
    parts: list[UserPart] = []
    if message.message.strip():
        parts.append(answer.Text(message.message, elements(message.text_elements)))
    if message.images or message.file_ids:
        parts += _images(message)
    for path, detail in _with(message.local_image_details, message.local_images):
        parts.append(answer.LocalImage(detail, path))
    if message.audio_references is None:
        parts += (answer.Audio(url) for url in message.audio or ())
    else:
        parts += (answer.Audio(*referred(each.audio_url, each.file_id)) for each in message.audio_references)
    parts += map(answer.LocalAudio, message.local_audio)
    return parts


def _images(message: UserMessage) -> Iterator[answer.Image]:
    """Yield the images that are held by the message, then the files; or in the order that it tells."""
    held = _with(message.image_details, message.images or [])
    files = _with(message.file_id_details, message.file_ids or [])
    told = message.image_order
    counts = Counter(inline=len(held), file=len(files))
    order = told if Counter(told) == counts else [*counts.elements()]
    left = {"inline": iter(held), "file": iter(files)}
    for kind in order:
        reference, detail = next(left[kind])
        yield answer.Image(detail, *((reference,) if kind == "inline" else (UNSET, reference)))


def _with(details: Sequence[str | None], values: list[str]) -> list[tuple[str, str | None]]:
    """Return values with their details, as far as there are any."""
    return [(value, details[index] if index < len(details) else None) for index, value in enumerate(values)]


@handles(AgentMessage)
def answer_user(history: Reducer, message: AgentMessage) -> None:
    """Show what the agent said.  [SESSION-HISTORY-9]"""
    if message.message:
        cited = citation(message.memory_citation)
        history.push(answer.AgentMessage(history.next_id(), message.message, message.phase, cited))


@handles(AgentReasoning)
def summarize(history: Reducer, reasoning: AgentReasoning) -> None:
    """Show a summary of what the agent thought.  [SESSION-HISTORY-10]"""
    if reasoning.text:
        _last_reasoning(history).summary.append(reasoning.text)


@handles(AgentReasoningRawContent)
def think(history: Reducer, reasoning: AgentReasoningRawContent) -> None:
    """Show what the agent thought.  [SESSION-HISTORY-10]"""
    if reasoning.text:
        _last_reasoning(history).content.append(reasoning.text)


def _last_reasoning(history: Reducer) -> answer.Reasoning:
    """Return the last item of the open turn if it is reasoning, else a new one behind it."""
    items = history.ensure_open().items
    if items and isinstance(items[-1], answer.Reasoning):
        return items[-1]
    reasoning = answer.Reasoning(history.next_id(), [], [])
    history.push(reasoning)
    return reasoning


@handles(Message)
def prompt(history: Reducer, message: Message) -> None:
    """Show what hooks added to the prompt; other messages are told by events.  [SESSION-HISTORY-11]"""
    fragments = fragments_of(message) if message.role == "user" else None
    if fragments:
        item_id = f"hook-{history.index}" if message.id is None else message.id
        history.push(answer.HookPrompt(item_id, fragments))


@handles(EnteredReviewMode)
def begin_review(history: Reducer, event: EnteredReviewMode) -> None:
    """Show that a review began.  [SESSION-HISTORY-12]"""
    text = REVIEW_REQUESTED if event.user_facing_hint is None else event.user_facing_hint
    item = answer.EnteredReviewMode(event.item_id or history.next_id(), text)
    put_review(history, event.turn_id, item)


@handles(ExitedReviewMode)
def end_review(history: Reducer, event: ExitedReviewMode) -> None:
    """Show what a review found.  [SESSION-HISTORY-12]"""
    item = answer.ExitedReviewMode(event.item_id or history.next_id(), review_text(event.review_output))
    put_review(history, event.turn_id, item)


def put_review(history: Reducer, turn_id: str | None, item: ThreadItem) -> None:
    """Put an item of a review into its turn, which it opens if it is unknown.  [SESSION-HISTORY-12]"""
    if turn_id is not None and history.named(turn_id) is None:
        history.begin(Turn(turn_id, []), explicit=False)
    history.put(item, turn_id)
