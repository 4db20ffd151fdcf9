"""Paths as their own platform writes them.  [SESSION-HISTORY-17]"""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from rollout_reference.session.shapes.file_uri import PathUri

_DRIVE = re.compile(r"/([A-Za-z]):(/|$)")
_ABSOLUTE = re.compile(r"/|\\\\|[A-Za-z]:[\\/]")
_ROOT = re.compile(r"[A-Za-z]:\\|\\\\[^\\]*\\[^\\]*\\?")


def native_path(uri: PathUri) -> str:
    """Return the path that a `file:` URI means."""
    host, path = "", uri.partition(":")[2]
    if path.startswith("//"):
        host, slash, rest = path[2:].partition("/")
        path = slash + rest
    end = "/" if path.endswith("/") and path != "/" else ""
    path = "/" + "/".join(taken(path.split("/"))) + end
    path = unquote(path)
    drive = _DRIVE.match(path)
    if drive:
        return f"{drive[1].upper()}:{path[3:] or '/'}".replace("/", "\\")
    return f"//{host}{path}".replace("/", "\\") if host and host != "localhost" else path


def joined(folder: str, path: str) -> str:
    """Return a path, seen from a folder, with its steps taken."""
    if folder.startswith("/"):
        whole = path if path.startswith("/") else f"{folder}/{path}"
        return "/" + "/".join(taken(whole.split("/")))
    whole = (path if _ABSOLUTE.match(path) else f"{folder}\\{path}").replace("/", "\\")
    root = _ROOT.match(whole)
    start = root[0] if root else ""
    return start + "\\".join(taken(whole[len(start) :].split("\\")))


def taken(steps: Iterable[str]) -> list[str]:
    """Return steps of a path without those that stay or go up."""
    left: list[str] = []
    for step in steps:
        if step == "..":
            del left[-1:]
        elif step not in ("", "."):
            left.append(step)
    return left
