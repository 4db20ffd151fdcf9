"""What a web search that the model service runs does.  [SESSION-ITEM-8]"""

from rollout_reference.session.items.content import snake_case
from rollout_reference.session.shapes.shape import Shape, Skipped


class WebAction(Shape, tag_field="type", tag=snake_case):
    """What a web search did."""


class Search(WebAction):
    """It asked for something."""

    query: Skipped[str | None] = None
    queries: Skipped[list[str] | None] = None


class OpenPage(WebAction):
    """It opened a page."""

    url: Skipped[str | None] = None


class FindInPage(WebAction):
    """It looked for a pattern in a page."""

    url: Skipped[str | None] = None
    pattern: Skipped[str | None] = None


class OtherAction(WebAction, tag="other"):
    """Anything else; it says nothing."""  # SESSION-ITEM-8

    catches_all = True


WebSearchAction = Search | OpenPage | FindInPage | OtherAction
