"""The parts of what a user sends: text, images, sounds, skills and mentions.  [SESSION-TURNITEM-2]"""

from msgspec import field

from rollout_reference.session.items.content import AudioReference, ImageDetail, ImageReference, snake_case
from rollout_reference.session.items.events.conversation import TextElement
from rollout_reference.session.shapes.shape import Shape, Skipped


class InputPart(Shape, tag_field="type", tag=snake_case):
    """One part of what the user sent."""


class Text(InputPart):
    """A text."""

    text: str
    text_elements: list[TextElement] = field(default_factory=list)


class Image(ImageReference, tag_field="type", tag="image"):
    """An image."""


class LocalImage(InputPart):
    """An image, by its path."""

    path: str
    detail: Skipped[ImageDetail | None] = None


class Audio(AudioReference, tag_field="type", tag="audio"):
    """A sound, only known to later versions."""


class LocalAudio(InputPart):
    """A sound, by its path, only known to later versions."""

    path: str


class Skill(InputPart):
    """A skill that the user chose."""

    name: str
    path: str


class Mention(InputPart):
    """Something that the user pointed to."""

    name: str
    path: str


UserInput = Text | Image | LocalImage | Audio | LocalAudio | Skill | Mention
