"""Turn items that an extension of Codex owns, told apart by their kind.  [SESSION-TURNITEM-3]"""

from typing import Any

from msgspec import UNSET, field

from rollout_reference.session.items.content import Referring
from rollout_reference.session.shapes.forms import form_of, typed_tree
from rollout_reference.session.shapes.scalars import AbsolutePath
from rollout_reference.session.shapes.shape import I64, U64, Mismatch, NoOther, Shape, Skipped, convert


class Kind(Shape, tag_field="kind", rename="camel"):
    """Base of the kinds."""

    id: str


class UsedImage(Shape):
    """An image that the new one is made from."""

    path: AbsolutePath
    sha256: str


class UsageLimit(Shape, tag_field="type", tag="usageLimitExceeded", rename="camel"):
    """No image was made, since a limit was reached; the reset is in Unix seconds."""

    limit_id: str
    resets_at: I64 | None = None


class GeneratedImage(Referring, tag_field="kind", tag="image_gen.generation", rename="camel"):
    """An image that the agent made."""

    references = ("result", "fileId")
    id: str
    status: str
    revised_prompt: str | None = None
    result: Skipped[Any] = None
    fileId: Skipped[Any] = None  # noqa: N815 - the name that the format uses
    saved_path: Skipped[AbsolutePath | None] = None
    generation_id: Skipped[str | None] = None
    input_images: Skipped[list[UsedImage]] = field(default_factory=list)
    transparent_background: Skipped[bool | None] = None
    failure: Skipped[UsageLimit | NoOther | None] = None


class Sleep(Kind, tag="clock.sleep"):
    """The agent waited."""

    duration_ms: U64


class Action(Shape, tag_field="type"):
    """What a web search did."""


class Search(Action, tag="search"):
    """It asked for something."""

    query: str | None = None
    queries: list[str] | None = None


class OpenPage(Action, tag="openPage"):
    """It opened a page."""

    url: str | None = None


class FindInPage(Action, tag="findInPage"):
    """It looked for a pattern in a page."""

    url: str | None = None
    pattern: str | None = None


class OtherAction(Action, tag="other"):
    """Anything else; it says nothing."""

    catches_all = True


class WebSearch(Kind, tag="web.search"):
    """A web search."""

    query: str
    action: Search | OpenPage | FindInPage | OtherAction | None = None
    results: list[Any] | None = None


ExtensionContent = GeneratedImage | Sleep | WebSearch

EXTENSION_KINDS: tuple[str, ...] = tuple(
    str(kind.__struct_config__.tag) for kind in ExtensionContent.__args__
)


class Extension(Shape, tag_field="type", tag="Extension"):
    """An item of an extension; what else it must hold, and how, its kind decides."""

    kind: str
    id: str
    status: Skipped[Any] = UNSET
    revisedPrompt: Skipped[Any] = UNSET  # noqa: N815 - the names that the format uses
    result: Skipped[Any] = UNSET
    fileId: Skipped[Any] = UNSET  # noqa: N815
    savedPath: Skipped[Any] = UNSET  # noqa: N815
    generationId: Skipped[Any] = UNSET  # noqa: N815
    inputImages: Skipped[Any] = UNSET  # noqa: N815
    transparentBackground: Skipped[Any] = UNSET  # noqa: N815
    failure: Skipped[Any] = UNSET
    durationMs: Skipped[Any] = UNSET  # noqa: N815
    query: Skipped[Any] = UNSET
    action: Skipped[Any] = UNSET
    results: Skipped[Any] = UNSET

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Return the object as its kind has it, or raise `Mismatch`."""
        content = {key: value for key, value in tree.items() if key != "type"}
        return dict(form_of(ExtensionContent).canonical(content, ""))

    @property
    def content(self) -> ExtensionContent:
        """The item as its kind has it."""
        typed: ExtensionContent = convert(self._canonical(), ExtensionContent)
        return typed

    def __post_init__(self) -> None:
        try:
            self._canonical()
        except Mismatch as mismatch:
            raise ValueError(str(mismatch)) from None

    def _canonical(self) -> Any:
        names = self.__struct_fields__
        present = {name: getattr(self, name) for name in names if getattr(self, name) is not UNSET}
        return typed_tree(form_of(ExtensionContent).canonical(present, ""))
