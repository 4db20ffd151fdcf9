"""The home that a case gives, copied with what Git does not keep of it: times, modes, empty folders.

`files.json` beside the home says them; see `spec/conformance/storage.md`.
"""

import os
import shutil
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

HOME = "home"
ATTRIBUTES = "files.json"
MODE = 0o644
"""The mode of a file that is not named."""

NS_OF_MS = 1_000_000


class Attributes(Struct, frozen=True, forbid_unknown_fields=True):
    """What a file has besides its bytes: its path below the home, its age in milliseconds, its mode."""

    path: str
    age_ms: int = 0
    mode: Annotated[str, Meta(pattern="^0[0-7]{3}$")] = f"{MODE:04o}"


class Link(Struct, frozen=True, forbid_unknown_fields=True):
    """A symbolic link of a home and what it points to, as it stands in the link."""

    path: str
    to: str


class Listing(Struct, frozen=True, forbid_unknown_fields=True):
    """What `files.json` says."""

    files: list[Attributes] = []
    links: list[Link] = []
    folders: list[str] = []
    """Folders that are there although they hold nothing."""


def copy_home(given: Path, out: Path, now_ms: int) -> Path:
    """Make in `out` the home below `given`, with the attributes that `files.json` gives it."""
    home = out / HOME
    shutil.copytree(given / HOME, home, symlinks=True)
    listing = Listing()
    if (given / ATTRIBUTES).exists():
        listing = msgspec.json.decode((given / ATTRIBUTES).read_bytes(), type=Listing)
    for folder in listing.folders:
        (home / folder).mkdir(parents=True, exist_ok=True)
    named = {each.path: each for each in listing.files}
    for path in sorted(each for each in home.rglob("*") if each.is_file()):
        attributes = named.get(path.relative_to(home).as_posix()) or Attributes("")
        path.chmod(int(attributes.mode, 8))
        modified = (now_ms - attributes.age_ms) * NS_OF_MS
        os.utime(path, ns=(modified, modified))
    for link in listing.links:
        (home / link.path).parent.mkdir(parents=True, exist_ok=True)
        (home / link.path).symlink_to(link.to)
    return home
