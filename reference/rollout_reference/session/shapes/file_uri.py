"""Paths that are written as `file:` URIs.  [SESSION-EVENT-9]"""

import ipaddress
import re
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from rollout_reference.session.shapes.shape import Checked, Mismatch

_EDGES = "".join(map(chr, range(0x21)))
_IGNORED = str.maketrans("", "", "\t\n\r")
_DRIVE = re.compile(r"[A-Za-z][:|](/|$)")
_FORBIDDEN_IN_HOST = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_NUMERIC_END = re.compile(r"(^|\.)([0-9]+|0[xX][0-9a-fA-F]*)\.?$")
_NOT_A_PATH = re.compile(r"/%00/bad/path/[^/]+")
"""What a writer makes of a path whose bytes no URI can hold."""


class PathUri(str, Checked):
    """A `file:` URI without query, fragment, user and port, of a path without NUL."""

    @classmethod
    def canonical(cls, value: Any) -> str:
        """Return the URI as it stands, or raise `Mismatch`."""
        if not isinstance(value, str):
            raise Mismatch("", "a string", value)
        if not _is_file_uri(value):
            raise Mismatch("", "a file URI")
        return value


def _is_file_uri(text: str) -> bool:
    """Tell whether a URL parser takes the text for the URI of a file."""
    text = text.strip(_EDGES).translate(_IGNORED)
    if text[:5].lower() != "file:" or "?" in text or "#" in text:
        return False
    path = text[5:].replace("\\", "/")
    if path.startswith("//"):
        host, _, rest = path[2:].partition("/")
        if not _DRIVE.match(path[2:]) and not _is_host(host):
            return False
        path = "/" + rest
    return b"\0" not in unquote_to_bytes(path) or _NOT_A_PATH.fullmatch(path) is not None


def _is_host(host: str) -> bool:
    host = unquote(host)
    if host.startswith("[") and host.endswith("]"):
        return _parses(ipaddress.IPv6Address, host[1:-1])
    if _FORBIDDEN_IN_HOST.search(host):
        return False
    return not _NUMERIC_END.search(host) or _is_ipv4(host.removesuffix("."))


def _is_ipv4(host: str) -> bool:
    """Tell whether a host that ends in a number is an IPv4 address, maybe shortened."""
    parts = host.split(".")
    numbers = [_number(part) for part in parts]
    if len(parts) > 4 or None in numbers:
        return False
    *high, low = (number for number in numbers if number is not None)
    return all(number < 256 for number in high) and low < 256 ** (5 - len(parts))


def _number(part: str) -> int | None:
    base = 16 if part[:2].lower() == "0x" else 8 if part.startswith("0") and len(part) > 1 else 10
    try:
        return int(part[2:] or "0", 16) if base == 16 else int(part, base)
    except ValueError:
        return None


def _parses(kind: type[ipaddress.IPv6Address], text: str) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True
