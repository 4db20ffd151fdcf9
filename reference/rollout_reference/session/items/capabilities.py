"""Folders of capabilities that a host chose for a thread.  [SESSION-META-10]"""

from typing import Any
from urllib.parse import quote

from rollout_reference.session.shapes.file_uri import PathUri
from rollout_reference.session.shapes.scalars import AbsolutePath
from rollout_reference.session.shapes.shape import Mismatch, NoOther, Shape


class RootPath(PathUri):
    """A `file:` URI; a plain absolute path is read too, and written as a URI."""

    @classmethod
    def canonical(cls, value: Any) -> str:
        """Return the value as it is written, or raise `Mismatch`."""
        try:
            return super().canonical(value)
        except Mismatch:
            path = AbsolutePath.canonical(value).replace("\\", "/")
        return "file://" + quote(path if path.startswith("/") else f"/{path}")


class Environment(Shape, tag_field="type", tag="environment", rename="camel"):
    """A place inside an execution environment."""

    environment_id: str
    path: RootPath


class CapabilityRoot(Shape):
    """A folder of capabilities."""

    id: str
    location: Environment | NoOther
