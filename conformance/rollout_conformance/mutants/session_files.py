"""Wrong readers of rollout files, in either form and of either era, and wrong upgrades."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import lines
from rollout_reference.session.errors import (
    NoOwner,
    RolloutEmpty,
    RolloutUnreadable,
    UnknownHistoryMode,
    ZstDamaged,
)
from rollout_reference.session.legacy import bare as legacy
from rollout_reference.session.legacy import renewal, upgrade
from rollout_reference.session.legacy.bare import BareLines
from rollout_reference.session.legacy.upgrade import Upgrade
from rollout_reference.session.lines import Defect, Line
from rollout_reference.session.reading import frames, representation
from rollout_reference.session.reading import rollout as reading
from rollout_reference.session.reading.diagnostics import Diagnostics, OrdinalCount
from rollout_reference.session.reading.physical import PhysicalLines
from rollout_reference.session.reading.representation import Opened
from rollout_reference.session.reading.rollout import Reading

Read = Callable[[bytes, int], Line | Defect | None]

# --- lines --------------------------------------------------------------------------------------


@mutant("SESSION-NAME-3", "takes the thread's id from the name of the file")
def owner_by_name(reference: Patch) -> None:
    reference.wrap(Diagnostics.to_tree, lambda original, found: original(found) | {"thread_id": None})


@mutant("SESSION-FILE-1", "ends a line at U+2028 too")
def line_ends_at_separator(reference: Patch) -> None:
    reference.edit(PhysicalLines.__iter__, "chunk.split", "chunk.replace(b'\\xe2\\x80\\xa8', b'\\n').split")


@mutant("SESSION-FILE-1", "ends a line at a carriage return too")
def line_ends_at_carriage_return(reference: Patch) -> None:
    reference.edit(PhysicalLines.__iter__, "chunk.split", "chunk.replace(b'\\r', b'\\n').split")


@mutant("SESSION-FILE-2", "does not tell a torn line from a malformed one")
def torn_is_malformed(reference: Patch) -> None:
    reference.edit(Reading._defect, "if torn and defect.code", "if False and defect.code")


@mutant("SESSION-FILE-2", "takes a last line without line feed for torn, whatever it holds")
def unterminated_is_dropped(reference: Patch) -> None:
    reference.edit(
        PhysicalLines.__iter__,
        "yield (self.lines, _whole(begun, length, b''))",
        "yield (self.lines, b'torn')",
    )


@mutant("SESSION-FILE-3", "says of a folder that there is nothing")
def folder_is_nothing(reference: Patch) -> None:
    reference.edit(
        representation._unreadable, "RolloutUnreadable(error.strerror or str(error))", "RolloutNotFound()"
    )


@mutant("SESSION-FILE-3", "does not tell what is missing from what cannot be read")
def missing_is_unreadable(reference: Patch) -> None:
    reference.edit(
        representation.open_rollout, "raise RolloutNotFound from None", "raise RolloutUnreadable('missing')"
    )


@mutant("SESSION-FILE-4", "does not look whether there is any line")
def empty_is_read(reference: Patch) -> None:
    reference.never_raises(Reading._finish, RolloutEmpty)


@mutant("SESSION-FILE-15", "drops defects without a word")
def defects_uncounted(reference: Patch) -> None:
    reference.does_nothing(Diagnostics.count_defect)


@mutant("SESSION-FILE-15", "does not count blank lines")
def blank_uncounted(reference: Patch) -> None:
    reference.edit(Reading._read, "self.diagnostics.blank += 1", "pass")


@mutant("SESSION-FILE-16", "gives up on a file with a byte that is not UTF-8")
def invalid_utf8_is_fatal(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Line | Defect | None:
        try:
            data.decode()
        except UnicodeDecodeError:
            raise RolloutUnreadable("stream did not contain valid UTF-8") from None
        return original(data, number)

    reference.wrap(lines.read_line, read)


@mutant("SESSION-FILE-16", "reads the last record of a line that holds two")
def torn_line_is_split(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Line | Defect | None:
        begin = data.rfind(b'{"timestamp"')
        return original(data[begin:] if begin > 0 else data, number)

    reference.wrap(lines.read_line, read)


@mutant("SESSION-FILE-18", "ends the last line on disk before it reads", touches_input=True)
def repairs_what_it_reads(reference: Patch) -> None:
    def opened(original: Callable[[Path], Opened], path: Path) -> Opened:
        found = original(path)
        if not found.cold and not found.path.read_bytes().endswith(b"\n"):
            with found.path.open("ab") as file:
                file.write(b"\n")
        return found

    reference.wrap(representation.open_rollout, opened)


@mutant("SESSION-FILE-20", "takes white space beyond ASCII for a malformed line")
def blank_rollout_line_is_ascii(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Line | Defect | None:
        found = original(data, number)
        return Defect(number, "malformed", "", "") if found is None and data.strip() else found

    reference.wrap(lines.read_line, read)


@mutant("SESSION-FILE-20", "takes separator characters for white space")
def separators_are_blank(reference: Patch) -> None:
    def read(original: Read, data: bytes, number: int) -> Line | Defect | None:
        return original(data, number) if data.decode(errors="replace").strip() else None

    reference.wrap(lines.read_line, read)


@mutant("SESSION-FILE-21", "writes ordinals of a legacy file as null")
def ordinals_always(reference: Patch) -> None:
    reference.edit(Diagnostics.to_tree, "del tree['ordinals']", "pass")


# --- the owner ----------------------------------------------------------------------------------


@mutant("SESSION-FILE-6", "lets the last header own the rollout")
def last_header_owns(reference: Patch) -> None:
    reference.edit(Diagnostics._count_meta, "if self.thread_id is None", "if True")


@mutant("SESSION-FILE-6", "asks for no header")
def no_owner_needed(reference: Patch) -> None:
    reference.never_raises(Reading.check_owner, NoOwner)


@mutant("SESSION-FILE-6", "does not mind history before the header")
def header_may_be_late(reference: Patch) -> None:
    reference.edit(Reading.check_owner, "self._history_line is not None", "False")


@mutant("SESSION-FILE-6", "asks for the header in the first line")
def header_comes_first(reference: Patch) -> None:
    reference.edit(Reading._look_for_owner, "line.type in _HISTORY", "line.type != 'session_meta'")


@mutant("SESSION-FILE-7", "passes over a header of an unknown history mode")
def unknown_mode_skipped(reference: Patch) -> None:
    reference.never_raises(reading._check_history_mode, UnknownHistoryMode)


@mutant("SESSION-FILE-7", "looks for the name of the field as text")
def mode_found_as_text(reference: Patch) -> None:
    new = "if b'\"history_mode\"' not in data:\n    return\ntree = _parsed(data)"
    reference.edit(reading._check_history_mode, "tree = _parsed(data)", new)


@mutant("SESSION-FILE-7", "takes null for the mode legacy")
def null_mode_is_legacy(reference: Patch) -> None:
    old = "payload.get('history_mode', 'legacy') not in"
    reference.edit(reading._check_history_mode, old, "(payload.get('history_mode') or 'legacy') not in")


@mutant("SESSION-FILE-7", "refuses an unknown history mode of any header")
def later_modes_count(reference: Patch) -> None:
    reference.edit(Reading._defect, "if self.diagnostics.thread_id is None", "if True")


@mutant("SESSION-FILE-17", "does not let a line of an unknown type take its ordinal")
def unknown_takes_no_ordinal(reference: Patch) -> None:
    reference.does_nothing(reading._ordinal_of)


@mutant("SESSION-FILE-17", "counts from 0 in every file")
def ordinals_begin_at_zero(reference: Patch) -> None:
    reference.edit(
        OrdinalCount.count, "self.next is not None and ordinal > self.next", "ordinal > (self.next or 0)"
    )


@mutant("SESSION-FILE-17", "lets a repeated ordinal set the next one back")
def repeats_count_anew(reference: Patch) -> None:
    reference.edit(OrdinalCount.count, "self.repeated += 1", "self.repeated += 1\nself.next = ordinal + 1")


# --- the two forms ------------------------------------------------------------------------------


@mutant("SESSION-FILE-8", "prefers the cold form")
def cold_form_wins(reference: Patch) -> None:
    reference.edit(representation.existing_form, "(logical_path, cold_path)", "(cold_path, logical_path)")


@mutant("SESSION-FILE-8", "takes a folder for the plain form")
def folder_is_plain_form(reference: Patch) -> None:
    reference.edit(representation._is_file, "stat.S_ISREG(os.stat(path).st_mode)", "bool(os.stat(path))")


@mutant("SESSION-FILE-10", "stops after the first frame")
def first_frame_only(reference: Patch) -> None:
    reference.edit(frames.decode, "start = source.read(4)", "start = b''")


@mutant("SESSION-FILE-10", "takes a skippable frame for garbage")
def skippable_is_garbage(reference: Patch) -> None:
    reference.edit(frames.decode, "magic in _SKIPPABLE", "False")


@mutant("SESSION-FILE-11", "takes a frame that ends early for the end of the file")
def truncated_is_the_end(reference: Patch) -> None:
    def decode(original: Callable[..., Iterator[bytes]], *arguments: Any) -> Iterator[bytes]:
        try:
            yield from original(*arguments)
        except ZstDamaged:
            return

    reference.wrap(frames._frame, decode)


@mutant("SESSION-FILE-11", "does not look at what follows a frame")
def garbage_is_ignored(reference: Patch) -> None:
    reference.never_raises(frames.decode, ZstDamaged, "return")


@mutant("SESSION-FILE-12", "decodes whatever a frame promises")
def bomb_goes_off(reference: Patch) -> None:
    reference.constant(frames, "MAX_RATIO", 1 << 40)


# --- the bare era -------------------------------------------------------------------------------


@mutant("SESSION-LEGACY-1", "decides the era anew with each line")
def era_by_line(reference: Patch) -> None:
    reference.edit(Reading._read_line, "if self.diagnostics.era is None", "if True")
    reference.edit(Reading._look_for_owner, "found.era == 'enveloped'", "False")


@mutant("SESSION-LEGACY-1", "lets the first line decide the era, whatever it is")
def era_by_first_line(reference: Patch) -> None:
    reference.edit(Reading._decide_era, "era_of(tree)", "era_of(tree) or 'enveloped'")


@mutant("SESSION-LEGACY-2", "does not know web searches without envelope")
def bare_search_unknown(reference: Patch) -> None:
    reference.constant(legacy, "BARE_ITEMS", legacy.BARE_ITEMS - {"web_search_call"})


@mutant("SESSION-LEGACY-3", "leaves the timestamp of bare items empty")
def bare_items_have_no_time(reference: Patch) -> None:
    old = "_line(self._timestamp, 'response_item', tree)"
    reference.edit(BareLines.enveloped, old, "_line('', 'response_item', tree)")


@mutant("SESSION-LEGACY-4", "makes up a working directory")
def bare_cwd_is_root(reference: Patch) -> None:
    reference.edit(legacy.meta_of, "dict.fromkeys(ASSUMED, '')", "dict.fromkeys(ASSUMED, '/')")


@mutant("SESSION-LEGACY-4", "keeps what a bare header has as null")
def bare_nulls_kept(reference: Patch) -> None:
    reference.edit(legacy.meta_of, "if value is not None", "if True")


@mutant("SESSION-LEGACY-5", "takes a mark of the state for a blank line")
def state_record_is_blank(reference: Patch) -> None:
    reference.edit(
        BareLines.enveloped, "return Defect(number, 'state_record', 'SESSION-LEGACY-5', reason)", "return b''"
    )


# --- upgrading ----------------------------------------------------------------------------------


@mutant("SESSION-LEGACY-6", "copies lines as they stand")
def upgrade_copies(reference: Patch) -> None:
    reference.edit(Upgrade._lines_of, "canonical_line(found)", "self._reading.text")


@mutant("SESSION-LEGACY-7", "upgrades what has no owner")
def upgrade_without_owner(reference: Patch) -> None:
    reference.edit(Upgrade.__iter__, "reading.check_owner()", "pass")


@mutant("SESSION-LEGACY-8", "leaves the mode of a sandbox policy")
def sandbox_mode_stays(reference: Patch) -> None:
    reference.wrap(renewal.sandbox_type, lambda _original, context: context)


@mutant("SESSION-LEGACY-8", "puts the mode in the place of a type that is there")
def sandbox_mode_wins(reference: Patch) -> None:
    reference.edit(renewal.sandbox_type, "'type' in policy or ", "")
    reference.edit(
        renewal.sandbox_type, "{'type': policy['mode'], **rest}", "{**rest, 'type': policy['mode']}"
    )


@mutant("SESSION-LEGACY-9", "keeps percent signs in a working directory")
def cwd_stays_encoded(reference: Patch) -> None:
    reference.edit(renewal.cwd_path, "unquote(urlsplit(cwd).path)", "urlsplit(cwd).path")


@mutant("SESSION-LEGACY-9", "drops the host of a URI")
def cwd_without_host(reference: Patch) -> None:
    reference.edit(renewal.cwd_path, "'file:///'", "'file://'")


@mutant("SESSION-LEGACY-10", "leaves the turn id under its first name")
def turn_id_lost(reference: Patch) -> None:
    reference.wrap(renewal.item_passthrough, lambda _original, item: item)


@mutant("SESSION-LEGACY-10", "looks for the first name as text")
def turn_id_found_as_text(reference: Patch) -> None:
    reference.edit(renewal.renewed, "each.sign in data or _ESCAPE in data", "each.sign in data")


@mutant("SESSION-LEGACY-10", "looks for the turn id in lines only")
def turn_id_lost_in_compaction(reference: Patch) -> None:
    reference.wrap(renewal.history_passthrough, lambda _original, compacted: compacted)


@mutant("SESSION-LEGACY-10", "puts the first name above the new one")
def old_turn_id_wins(reference: Patch) -> None:
    reference.edit(renewal.item_passthrough, "PASSTHROUGH in item or ", "")


@mutant("SESSION-LEGACY-11", "lists no line that it drops")
def losses_unlisted(reference: Patch) -> None:
    reference.edit(Upgrade._lines_of, "self.losses.append(Loss(found.number, found.code))", "pass")


@mutant("SESSION-LEGACY-11", "lists no ghost snapshot of a compaction")
def ghosts_unlisted(reference: Patch) -> None:
    reference.does_nothing(Upgrade._count_ghosts)


@mutant("SESSION-LEGACY-12", "drops what it does not know")
def unknown_dropped(reference: Patch) -> None:
    reference.edit(Upgrade._lines_of, "found.code == 'unknown_type'", "False")


@mutant("SESSION-LEGACY-13", "leaves messages between agents as they are")
def agent_message_stays(reference: Patch) -> None:
    reference.edit(Upgrade._lines_of, "found.type == 'inter_agent_communication'", "False")


@mutant("SESSION-LEGACY-13", "calls every sealed message a task")
def every_message_is_a_task(reference: Patch) -> None:
    reference.edit(
        upgrade.agent_message, "'NEW_TASK' if message['trigger_turn'] else 'MESSAGE'", "'NEW_TASK'"
    )
