"""Wrong lineages: which file is a base, where it ends, and in which file a thread goes on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import inherited, segments
from rollout_reference.session.context import forks
from rollout_reference.session.errors import ThreadNotFound
from rollout_reference.session.reading.loaded import Rollout

Bases = Callable[[Rollout, Path | None], list[tuple[Rollout, int]]]


@mutant("SESSION-SEGMENT-1", "takes each file of a thread for the whole thread")
def segment_is_thread(reference: Patch) -> None:
    reference.edit(
        inherited.segment_id, "segment_id_of(rollout.path.name, rollout.thread_id)", "rollout.thread_id"
    )


@mutant("SESSION-SEGMENT-1", "believes the name of a segment about its thread")
def segment_by_name(reference: Patch) -> None:
    reference.edit(segments._thread, "return str(line.item.id)", "break")


@mutant("SESSION-SEGMENT-1", "passes over a segment that cannot be read")
def segment_damaged_is_none(reference: Patch) -> None:
    reference.edit(segments._thread, "return named.thread_id if named else None", "return None")


@mutant("SESSION-SEGMENT-2", "takes the id of a base for that of a thread")
def base_is_thread(reference: Patch) -> None:
    reference.edit(inherited._by_id, "parsed.segment_id or parsed.thread_id", "parsed.thread_id")


@mutant("SESSION-SEGMENT-2", "prefers a later segment with the id of a thread")
def base_later_first(reference: Patch) -> None:
    reference.edit(
        inherited._first_segments_first,
        "named is not None and named.segment_id is not None",
        "named is None or named.segment_id is None",
    )


@mutant("SESSION-SEGMENT-3", "cuts a base where a byte of it is")
def base_cut_by_bytes(reference: Patch) -> None:
    def by_bytes(original: Bases, own: Rollout, home: Path | None) -> list[tuple[Rollout, int]]:
        bases = original(own, home)
        heirs = [own, *(base for base, _ in bases)]
        return [(_first_bytes(base, heir), end) for heir, (base, end) in zip(heirs, bases, strict=False)]

    reference.wrap(inherited._bases, by_bytes)


def _first_bytes(base: Rollout, heir: Rollout) -> Rollout:
    told: Any = heir.meta.history_base
    whole = base.path.read_bytes()[: int(told.end_byte_offset)].count(b"\n")
    return msgspec.structs.replace(base, lines=[line for line in base.lines if line.number <= whole])


@mutant("SESSION-SEGMENT-4", "believes the times in the names")
def current_by_time(reference: Patch) -> None:
    reference.edit(segments.current_segment, "age(path.name)", "path.name")


@mutant("SESSION-SEGMENT-4", "reads the first segment of a thread")
def current_is_first(reference: Patch) -> None:
    reference.edit(segments.current_segment, "max(", "min(")


@mutant("SESSION-SEGMENT-4", "looks for segments among active files alone")
def current_is_active(reference: Patch) -> None:
    reference.edit(segments.current_segment, "(False, True)", "(False,)")


@mutant("SESSION-SEGMENT-4", "prefers the archived one of two files")
def current_archived_first(reference: Patch) -> None:
    reference.edit(segments.current_segment, "(False, True)", "(True, False)")


@mutant("SESSION-SEGMENT-4", "takes the last of several files of a segment")
def current_last_twin(reference: Patch) -> None:
    reference.edit(segments.current_segment, "max(owned,", "max(reversed(owned),")


@mutant("SESSION-SEGMENT-5", "reads some other thread")
def unknown_thread_is_any(reference: Patch) -> None:
    reference.never_raises(segments.current_segment, ThreadNotFound, "owned = list(chain(*places))")


@mutant("SESSION-SEGMENT-5", "looks for whatever it is given")
def any_id_is_looked_for(reference: Patch) -> None:
    reference.edit(segments.current_segment, "thread_id(thread)", "thread")


@mutant("SESSION-ROLLBACK-9", "reverts to the last beginning of a turn")
def revert_to_last_beginning(reference: Patch) -> None:
    reference.edit(forks._start_of, "next(starts, None)", "max(starts, default=None)")


@mutant("SESSION-ROLLBACK-9", "reverts a turn by taking back a boundary")
def revert_as_rollback(reference: Patch) -> None:
    reference.wrap(forks.before_turn, lambda _original, lines, _turn_id: forks.rolled_back(lines, 1))
