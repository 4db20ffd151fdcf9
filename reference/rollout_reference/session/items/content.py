"""Parts of messages, calls and outputs that several items share.  [SESSION-ITEM-4, SESSION-ITEM-5]"""

from typing import Any, ClassVar, Literal

from rollout_reference.session.shapes.shape import Mismatch, Newer, Shape, Skipped

ImageDetail = Literal["auto", "low", "high", "original"]
MessagePhase = Literal["commentary", "final_answer", "partial_answer"]


def snake_case(name: str) -> str:
    """Turn the name of a class into the name that the format uses: `InputText` to `input_text`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")


class Part(Shape, tag_field="type", tag=snake_case):
    """One part of a content; one of an unknown type spoils its line.  [SESSION-ITEM-3]"""


class InputText(Part):
    """Text that the model is given."""

    text: str


class OutputText(Part):
    """Text that the model wrote."""

    text: str
    annotations: Newer[list[Any] | None] = None
    logprobs: Newer[list[Any] | None] = None


class EncryptedContent(Part):
    """Text that only the model service can read."""

    encrypted_content: str


class Referring(Shape):
    """A shape one of whose `references` holds a string; the last is only known to later versions."""

    references: ClassVar[tuple[str, str]]

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Refuse an object that refers to nothing."""
        if not any(isinstance(tree.get(name), str) for name in cls.references):
            raise Mismatch(f"/{cls.references[0]}", "a string", tree.get(cls.references[0], ...))
        return tree

    def __post_init__(self) -> None:
        if not any(isinstance(getattr(self, name), str) for name in self.references):
            raise ValueError("refers to nothing")


class ImageReference(Referring):
    """An image, by a URL that may hold it or as a file of the model service.  [SESSION-ITEM-5]"""

    references = ("image_url", "file_id")
    image_url: Skipped[Any] = None
    file_id: Skipped[Any] = None
    detail: Skipped[ImageDetail | None] = None


class AudioReference(Referring):
    """A sound, by a URL that may hold it or as a file of the model service."""

    references = ("audio_url", "file_id")
    audio_url: Skipped[Any] = None
    file_id: Skipped[Any] = None


class InputImage(ImageReference, tag_field="type", tag="input_image"):
    """An image that the model is given."""


class InputAudio(AudioReference, tag_field="type", tag="input_audio"):
    """A sound that the model is given, only known to later versions."""


class SummaryText(Part):
    """A part of the summary of a reasoning."""

    text: str


class ReasoningText(Part):
    """A part of the reasoning itself."""

    text: str


class Text(Part):
    """A part of a reasoning in another form."""

    text: str


ContentPart = InputText | InputImage | InputAudio | OutputText
OutputPart = InputText | InputImage | InputAudio | EncryptedContent
AgentPart = InputText | EncryptedContent
ToolOutput = str | list[OutputPart]
"""What a tool returned: its text, or parts.  [SESSION-ITEM-6]"""
