"""Scalars with a rule of their own: identifiers, paths and the like.

[SESSION-META-2, SESSION-META-6, SESSION-TURNCTX-2]
"""

import re
from typing import Any

from rollout_reference.session.shapes.shape import U64, Checked, Mismatch

_PLAIN_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX = re.compile(r"[0-9a-fA-F]{32}")
_HYPHENATED = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WINDOWS_ROOT = re.compile(r"[A-Za-z]:[\\/]|\\\\[^\\/]+[\\/][^\\/]+")
_AGENT_NAME = re.compile(r"[a-z0-9_]+")


class Uuid(str, Checked):
    """A UUID of any version; hyphenless, braced or with `urn:uuid:`, in either case."""

    @classmethod
    def canonical(cls, value: Any) -> str:
        """Return the value as it is written, or raise `Mismatch`."""
        if not isinstance(value, str):
            raise Mismatch("", "a string", value)
        if _PLAIN_UUID.fullmatch(value):
            return value
        bare = value
        if value.startswith("urn:uuid:"):
            bare = value[len("urn:uuid:") :]
        elif value.startswith("{") and value.endswith("}"):
            bare = value[1:-1]
        digits = bare.replace("-", "") if _HYPHENATED.fullmatch(bare) else bare
        if not _HEX.fullmatch(digits) or (bare != value and "-" not in bare):
            raise Mismatch("", "a UUID")
        low = digits.lower()
        return f"{low[:8]}-{low[8:12]}-{low[12:16]}-{low[16:20]}-{low[20:]}"


class AbsolutePath(str, Checked):
    """An absolute path; written without `.`, `..` and repeated separators."""

    @classmethod
    def canonical(cls, value: Any) -> str:
        """Return the value as it is written, or raise `Mismatch`."""
        if not isinstance(value, str):
            raise Mismatch("", "a string", value)
        if value.startswith("/"):
            return _lexically_normal(value)
        if _WINDOWS_ROOT.match(value):
            return value
        raise Mismatch("", "an absolute path")


def _lexically_normal(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


class AgentPath(str, Checked):
    """The place of an agent in the tree of agents: `/root`, `/root/<name>/...` or `/morpheus`."""

    @classmethod
    def canonical(cls, value: Any) -> str:
        """Return the value as it is written, or raise `Mismatch`."""
        if not isinstance(value, str):
            raise Mismatch("", "a string", value)
        root, *names = value.split("/")[1:] if value.startswith("/") else [""]
        if value != "/morpheus" and (root != "root" or not all(map(_is_agent_name, names))):
            raise Mismatch("", "'/root', '/root/<name>...' or '/morpheus'")
        return value


def _is_agent_name(name: str) -> bool:
    return _AGENT_NAME.fullmatch(name) is not None and name != "root"


class NonEmpty(str, Checked):
    """A string of at least one character."""

    @classmethod
    def canonical(cls, value: Any) -> str:
        """Return the value as it is written, or raise `Mismatch`."""
        if not isinstance(value, str) or not value:
            raise Mismatch("", "a string that is not empty", value)
        return value


class PositiveU64(U64):
    """An integer from 1 to 2^64-1."""

    @classmethod
    def canonical(cls, value: Any) -> int:
        """Return the value as it is written, or raise `Mismatch`."""
        number = super().canonical(value)
        if number == 0:
            raise Mismatch("", "an integer from 1 to 18446744073709551615", value)
        return number
