"""Whose rollout is shown: the line above each table, and what else one should know of the file."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from rich.text import Text

from rollout_conformance.reports.wording import printable
from rollout_reference.session.items.meta import SessionMeta
from rollout_reference.session.lines import Line
from rollout_reference.session.names import FIRST, age, parse_name, segment_id_of
from rollout_reference.session.reading.loaded import Opened
from rollout_reference.session.reading.rollout import read_rollout
from rollout_reference.session.threads.places import rollouts


class About(Struct, frozen=True):
    """What a person is told of a rollout before what was made of it."""

    thread_id: str
    history_mode: str
    cli_version: str
    began: str
    base: str | None
    """The id of the file that its lines begin in."""
    goes_on_in: str | None
    """The id of the newest segment of its thread, if that is a newer one."""


def about(rollout: Opened, home: Path | None) -> About:
    """Say whose rollout was read."""
    return _about(rollout.meta, rollout.path, home)


def about_file(path: Path, home: Path | None) -> About:
    """Say whose rollout a file is, by its header; the file was read before and has one."""
    with read_rollout(path) as reading:
        metas = (
            line.item for line in reading if isinstance(line, Line) and isinstance(line.item, SessionMeta)
        )
        return _about(next(metas), path, home)


def headlines(told: About) -> Sequence[Text]:
    """Return the lines that stand above a table."""
    version = f", CLI {printable(told.cli_version)}" if told.cli_version else ""
    lines = [
        Text.assemble(("thread ", "dim"), (told.thread_id, "bold")),
        Text(f"{told.history_mode}, began {printable(told.began)}{version}", "dim"),
    ]
    if told.base is not None:
        lines.append(Text(f"begins with what it inherits from {told.base}", "dim"))
    if told.goes_on_in is not None:
        lines.append(Text(f"was reverted, and goes on in segment {told.goes_on_in}", "yellow"))
    return lines


def _about(meta: SessionMeta, path: Path, home: Path | None) -> About:
    base = str(meta.history_base.thread_id) if meta.history_base else None
    began = meta.timestamp[:16].replace("T", " ")
    return About(str(meta.id), meta.history_mode, meta.cli_version, began, base, _newer(meta, path, home))


def _newer(meta: SessionMeta, path: Path, home: Path | None) -> str | None:
    """Return the id of the newest segment by the names in a home, None if the file is that itself."""
    if home is None or meta.history_mode != "paginated":
        return None
    try:
        found = [each.name for archived in (False, True) for each in rollouts(home, archived=archived)]
    except OSError:
        return None  # only a hint: the rollout itself was read
    later = [name for name in found if age(name) != FIRST and _thread(name) == str(meta.id)]
    newest = max(later, key=age, default=path.name)
    return segment_id_of(newest, str(meta.id)) if age(newest) > age(path.name) else None


def _thread(name: str) -> str | None:
    parsed = parse_name(name)
    return parsed.thread_id if parsed else None
