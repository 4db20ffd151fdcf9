"""What was said, from the shapes of the lines into those of the answer."""

from collections.abc import Iterable

from rollout_reference.session.history import answer
from rollout_reference.session.history.shown import referred
from rollout_reference.session.items import user_input
from rollout_reference.session.items.events import conversation


def elements(found: Iterable[conversation.TextElement]) -> list[answer.TextElement]:
    """Return the elements of a text."""
    return [
        answer.TextElement(
            answer.ByteRange(int(each.byte_range.start), int(each.byte_range.end)), each.placeholder
        )
        for each in found
    ]


def citation(found: conversation.MemoryCitation | None) -> answer.MemoryCitation | None:
    """Return the memories that a message rests on."""
    if found is None:
        return None
    entries = [
        answer.CitedLines(each.path, each.line_start, each.line_end, each.note) for each in found.entries
    ]
    return answer.MemoryCitation(entries, found.rollout_ids)


def part_of(part: user_input.UserInput) -> answer.UserPart:  # noqa: PLR0911  (a table of parts)
    """Return one part of what the user sent."""
    match part:
        case user_input.Text():
            return answer.Text(part.text, elements(part.text_elements))
        case user_input.Image():
            return answer.Image(part.detail, *referred(part.image_url, part.file_id))
        case user_input.LocalImage():
            return answer.LocalImage(part.detail, part.path)
        case user_input.Audio():
            return answer.Audio(*referred(part.audio_url, part.file_id))
        case user_input.LocalAudio():
            return answer.LocalAudio(part.path)
        case user_input.Skill():
            return answer.Skill(part.name, part.path)
        case user_input.Mention():
            return answer.Mention(part.name, part.path)
