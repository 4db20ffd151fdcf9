"""The same bytes elsewhere: in the other form, or among the archived rollouts."""

import re
from pathlib import PurePosixPath
from typing import Any

import msgspec
import zstandard
from msgspec.structs import replace

from rollout_conformance.metamorphic.given import COLD, Given
from rollout_conformance.mutation.jsontree import Members, parse

_FILES = "files.json"
_HOME = "home/"
_ROOT = "home/sessions/"
_ARCHIVE = "home/archived_sessions/"
_ALONE = "rollout.jsonl"
_OWNER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def cold(given: Given) -> Given:
    """Put each rollout of which only the plain form is there into its cold form, in two frames."""
    files = dict(given.files)
    places = {}
    for path in given.rollouts:
        if not path.endswith(COLD) and path + COLD not in files:
            data, places[path] = files[path], path + COLD
            half = len(data) // 2
            files[path] = zstandard.compress(data[:half]) + zstandard.compress(data[half:])
    return _moved(replace(given, files=files), places)


def thawed(given: Given) -> Given:
    """Put each rollout of which only the cold form is there, and whole, into its plain form."""
    files = dict(given.files)
    places = {}
    for path in given.rollouts:
        plain = path.removesuffix(COLD)
        is_free = path != plain and not any(each.startswith(plain + "/") for each in files)
        if is_free and plain not in files and (data := given.plain(path)) is not None:
            files[path], places[path] = data, plain
    return _moved(replace(given, files=files), places)


def archived(given: Given) -> Given:
    """Move each active rollout among the archived ones; one without a home gets a home.

    A home whose threads are listed stays if some are archived already: they would no longer be apart.
    """
    places = archive_places(given)
    if not places:
        return given
    options = dict(given.options)
    if path := options.get("path"):
        options["path"] = places.get(_HOME + path, _HOME + path).removeprefix(_HOME)
    elif not any(each.startswith(_HOME) for each in given.files):
        options["path"] = next(iter(sorted(places.values()))).removeprefix(_HOME).removesuffix(COLD)
    elif given.op == "session.threads" and "thread" not in options:
        options["archived"] = True
    return replace(_moved(given, places), options=options)


def archive_places(given: Given) -> dict[str, str]:
    """Return where each active rollout goes; nothing if two would meet."""
    active = [path for path in given.rollouts if path.startswith(_ROOT)]
    if given.op == "session.threads" and len(active) < len(given.rollouts):
        return {}
    places = {path: _ARCHIVE + PurePosixPath(path).name for path in active}
    if given.op in ("session.context", "session.history", "session.transcript"):
        places |= _alone(given)
    taken = [path.removesuffix(COLD) for path in given.rollouts if path.startswith(_ARCHIVE)]
    plain = {path.removesuffix(COLD) for path in places}
    targets = {path.removesuffix(COLD) for path in places.values()}
    return places if len(targets) == len(plain) and targets.isdisjoint(taken) else {}


def _alone(given: Given) -> dict[str, str]:
    """Return where the rollout of an input without a home goes: its owner gives it a name."""
    alone = [path for path in given.rollouts if path in (_ALONE, _ALONE + COLD)]
    data = given.plain(alone[0]) if alone else None
    header = parse(data.partition(b"\n")[0]) if data else None
    payload: Any = header.get("payload") if isinstance(header, Members) else None
    owner = payload.get("id") if isinstance(payload, Members) else None
    if not isinstance(owner, str) or not _OWNER.fullmatch(owner):
        return {}
    name = f"{_ARCHIVE}rollout-2026-01-02T03-04-05-{owner}.jsonl"
    return {path: name + path.removeprefix(_ALONE) for path in alone}


def _moved(given: Given, places: dict[str, str]) -> Given:
    """Move files, and what `files.json` says about them."""
    moved = given.moved(places)
    told = moved.files.get(_FILES)
    if told is None:
        return moved
    listing = msgspec.json.decode(told)
    for each in listing.get("files", ()):
        path = _HOME + each["path"]
        each["path"] = places.get(path, path).removeprefix(_HOME)
    return replace(moved, files=moved.files | {_FILES: msgspec.json.encode(listing)})
