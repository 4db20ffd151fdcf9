"""Wrong recorders of rollouts: what they keep, how they write it, where they go on."""

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session.errors import (
    HeaderNotFirst,
    NotRecordable,
    OrdinalsExhausted,
    PrefixIncomplete,
    RolloutEmpty,
)
from rollout_reference.session.writing import (
    drafts,
    forking,
    header,
    item_ids,
    line_writer,
    opening,
    ordinals,
    policy,
)
from rollout_reference.session.writing.line_writer import LineWriter
from rollout_reference.session.writing.ordinals import Ordinals
from rollout_reference.session.writing.policy import Kept
from rollout_reference.session.writing.recorder import RolloutRecorder

CREATE = RolloutRecorder.create.__func__  # type: ignore[attr-defined]
RESUME = RolloutRecorder.resume.__func__  # type: ignore[attr-defined]

# --- policy -------------------------------------------------------------------------------------------


@mutant("SESSION-POLICY-1", "keeps everything")
def keeps_everything(reference: Patch) -> None:
    reference.edit(drafts._is_persisted, "return is_persisted", "return True or is_persisted")


@mutant("SESSION-POLICY-2", "drops events that the table does not know")
def unknown_event_dropped(reference: Patch) -> None:
    refusal = "raise Undecided(f'no row for the {what} {variant!r}') from None"
    reference.edit(policy._decision, refusal, "return Kept.NEVER")


@mutant("SESSION-POLICY-2", "refuses response items that the table does not know")
def unknown_item_refused(reference: Patch) -> None:
    reference.edit(
        policy.kept,
        "RESPONSE_ITEMS.get(variant, RESPONSE_ITEMS['other'])",
        "_decision(RESPONSE_ITEMS, variant, 'item')",
    )


@mutant("SESSION-POLICY-2", "drops lines that the table does not know")
def unknown_line_dropped(reference: Patch) -> None:
    refusal = "raise Undecided(f'no row for lines of type {line_type!r}')"
    reference.edit(policy.kept, refusal, "return Kept.NEVER")


@mutant("SESSION-POLICY-3", "does not keep world states")
def world_state_dropped(reference: Patch) -> None:
    reference.constant(policy, "LINES", {**policy.LINES, "world_state": Kept.NEVER})


@mutant("SESSION-POLICY-4", "does not keep reasoning")
def reasoning_dropped(reference: Patch) -> None:
    reference.constant(policy, "RESPONSE_ITEMS", {**policy.RESPONSE_ITEMS, "reasoning": Kept.NEVER})


@mutant("SESSION-POLICY-4", "keeps triggers of compactions")
def trigger_kept(reference: Patch) -> None:
    reference.constant(policy, "RESPONSE_ITEMS", {**policy.RESPONSE_ITEMS, "compaction_trigger": Kept.BOTH})


@mutant("SESSION-POLICY-5", "keeps the events of a legacy thread in a paginated one")
def events_in_both_modes(reference: Patch) -> None:
    both = {name: Kept.BOTH if kept is Kept.LEGACY else kept for name, kept in policy.EVENTS.items()}
    reference.constant(policy, "EVENTS", both)


@mutant("SESSION-POLICY-5", "keeps warnings")
def warnings_kept(reference: Patch) -> None:
    reference.constant(policy, "EVENTS", {**policy.EVENTS, "warning": Kept.LEGACY})


@mutant("SESSION-POLICY-6", "keeps every completed item in a legacy thread")
def completed_items_in_both_modes(reference: Patch) -> None:
    reference.constant(policy, "TURN_ITEMS", dict.fromkeys(policy.TURN_ITEMS, Kept.BOTH))


@mutant("SESSION-POLICY-6", "decides completed items by their event alone")
def completed_items_of_paginated_only(reference: Patch) -> None:
    reference.constant(policy, "TURN_ITEMS", dict.fromkeys(policy.TURN_ITEMS, Kept.PAGINATED))


@mutant("SESSION-POLICY-6", "keeps completed items in a legacy thread only")
def completed_items_of_legacy_only(reference: Patch) -> None:
    reference.constant(policy, "TURN_ITEMS", dict.fromkeys(policy.TURN_ITEMS, Kept.LEGACY))


@mutant("SESSION-POLICY-7", "drops what follows a dropped item")
def dropped_takes_along(reference: Patch) -> None:
    reference.edit(
        drafts.drafts,
        "return [draft(item) for item in items if _is_persisted(item, mode)]",
        "kept = []\nfor item in items:\n    if not _is_persisted(item, mode):\n        break\n"
        "    kept.append(draft(item))\nreturn kept",
    )


# --- lines --------------------------------------------------------------------------------------------


@mutant("SESSION-WRITER-1", "empties the file that it opens, but for its header")
def resume_empties(reference: Patch) -> None:
    reference.edit(
        RESUME,
        "end_line(opened)",
        "end_line(opened)\nimport os\nopened.file.seek(0)\n"
        "os.truncate(place.path, len(opened.file.read().split(b'\\n')[0]) + 1)",
    )


@mutant("SESSION-WRITER-2", "writes items of any shape")
def any_shape_written(reference: Patch) -> None:
    def unchecked(original: object, item: drafts.RolloutItem) -> object:
        try:
            return original(item)  # type: ignore[operator]
        except NotRecordable:
            return original(drafts.RolloutItem("world_state", {"full": False, "state": item.payload}))  # type: ignore[operator]

    reference.wrap(drafts.draft, unchecked)


@mutant("SESSION-WRITER-3", "writes the payload as it was given")
def payload_as_given(reference: Patch) -> None:
    reference.edit(
        drafts.text_of,
        "return canonical_line(msgspec.structs.replace(line, timestamp=utc_text(now_ms), ordinal=ordinal))"
        " + b'\\n'",
        "numbered = {} if ordinal is None else {'ordinal': ordinal}\n"
        "tree = {'timestamp': utc_text(now_ms), **numbered, 'type': line.type, 'payload': line.payload}\n"
        "return jsontext.compact(tree | line.extra).encode() + b'\\n'",
    )


@mutant("SESSION-WRITER-3", "writes times in whole seconds")
def time_in_seconds(reference: Patch) -> None:
    reference.edit(drafts.text_of, "utc_text(now_ms)", "utc_text(now_ms)[:19] + 'Z'")


@mutant("SESSION-WRITER-3", "forgets further keys of a line")
def further_keys_forgotten(reference: Patch) -> None:
    reference.edit(drafts.draft, "envelope | item.extra", "envelope")


@mutant("SESSION-WRITER-15", "writes the latest item first")
def latest_first(reference: Patch) -> None:
    reference.edit(LineWriter.add, "self._queue.extend(lines)", "self._queue.extend(reversed(list(lines)))")


@mutant("SESSION-WRITER-8", "gives no ids")
def no_item_ids(reference: Patch) -> None:
    reference.edit(item_ids.with_id, "if prefix is None", "if True or prefix is None")


@mutant("SESSION-WRITER-8", "gives a new id to every item")
def new_item_ids(reference: Patch) -> None:
    reference.edit(item_ids.with_id, " or item.get('id')", "")


# --- a new thread -------------------------------------------------------------------------------------


@mutant("SESSION-WRITER-4", "begins with an event")
def header_second(reference: Patch) -> None:
    started = "RolloutItem('world_state', {'full': True, 'state': {}})"
    reference.edit(CREATE, "writer.add([header,", f"writer.add([draft({started}), header,")


@mutant("SESSION-WRITER-4", "gives the header an id of its own")
def header_of_another(reference: Patch) -> None:
    reference.edit(header.header_of, "'id': thread_id", "'id': window_id")


@mutant("SESSION-WRITER-5", "makes the file at once")
def file_at_once(reference: Patch) -> None:
    reference.edit(
        CREATE,
        "return cls(host, header, writer)",
        "made = cls(host, header, writer)\nmade.persist()\nreturn made",
    )


@mutant("SESSION-WRITER-5", "makes no file without an item")
def no_file_without_item(reference: Patch) -> None:
    reference.edit(RolloutRecorder.persist, "self._writer.flush()", "self.flush()")


@mutant("SESSION-WRITER-6", "names the file after another moment")
def name_of_another_moment(reference: Patch) -> None:
    reference.edit(CREATE, "local_text(now_ms,", "local_text(now_ms + 61000,")


@mutant("SESSION-WRITER-7", "does not repeat what the source says of an agent")
def agent_not_repeated(reference: Patch) -> None:
    reference.edit(header.header_of, "_spawn_of(start.source)", "{}")


@mutant("SESSION-WRITER-7", "writes the memory mode always")
def memory_mode_always(reference: Patch) -> None:
    reference.edit(header.header_of, "None if start.memories", "'enabled' if start.memories")


@mutant("SESSION-WRITER-16", "takes the environment before the history")
def override_first(reference: Patch) -> None:
    reference.edit(
        header.originator_of,
        "mapped or persisted or inherited or override",
        "mapped or override or persisted or inherited",
    )
    reference.edit(header.as_fork, "persisted=parent.get('originator')", "override=start.originator")


@mutant("SESSION-WRITER-16", "takes any service for an originator")
def any_service(reference: Patch) -> None:
    reference.edit(header.originator_of, "named if named in SERVICE_ORIGINATORS else ''", "named")


@mutant("SESSION-WRITER-16", "lets an agent be of its own client")
def agent_of_own_client(reference: Patch) -> None:
    reference.edit(header.as_sub_agent, "inherited=parent.get('originator'), ", "")


@mutant("SESSION-WRITER-16", "takes the client first")
def client_first(reference: Patch) -> None:
    reference.edit(header.originator_of, "return mapped or", "return default or mapped or")


@mutant("SESSION-WRITER-16", "takes an empty originator for one")
def empty_originator(reference: Patch) -> None:
    reference.edit(header.originator_of, "override or default", "(default if override is None else override)")
    reference.edit(header.originator_of, "persisted or", "persisted if persisted is not None else")


@mutant("SESSION-WRITER-17", "makes a fork part of its parent's session")
def fork_in_session(reference: Patch) -> None:
    reference.edit(
        header.as_fork,
        "forked_from_id=parent['id']",
        "session_id=parent.get('session_id'), forked_from_id=parent['id']",
    )


@mutant("SESSION-WRITER-17", "makes every agent a session of its own")
def agent_session_of_own(reference: Patch) -> None:
    reference.edit(header.as_sub_agent, "parent.get('session_id') or parent['id']", "None")


@mutant("SESSION-WRITER-17", "makes an agent part of its parent, not of the root's session")
def session_of_parent(reference: Patch) -> None:
    reference.edit(header.as_sub_agent, "parent.get('session_id') or parent['id']", "parent['id']")


@mutant("SESSION-WRITER-19", "names window 0 after the thread")
def window_named_after_thread(reference: Patch) -> None:
    reference.edit(header.header_of, "'window_id': window_id}", "'window_id': 'w'}")


# --- appending ----------------------------------------------------------------------------------------


@mutant("SESSION-WRITER-11", "keeps the last line in memory")
def last_line_waits(reference: Patch) -> None:
    reference.edit(LineWriter._write_queue, "while self._queue", "while len(self._queue) > 1")


@mutant("SESSION-WRITER-9", "glues the first line to a torn one")
def no_repair(reference: Patch) -> None:
    reference.does_nothing(line_writer.end_line)


@mutant("SESSION-WRITER-9", "ends the last line when it appends, not when it opens")
def late_repair(reference: Patch) -> None:
    reference.edit(RESUME, "end_line(opened)", "pass")
    reference.edit(
        LineWriter._write_queue,
        "done = self._settle(self._opened)",
        "if self._queue and tail.is_torn(self._opened.file):\n"
        "    self._opened.append(b'\\n')\n    self._end += 1\n"
        "done = self._settle(self._opened)",
    )


@mutant("SESSION-WRITER-9", "ends a line that has an end")
def always_repair(reference: Patch) -> None:
    reference.edit(line_writer.end_line, "if tail.is_torn(opened.file)", "if True")


@mutant("SESSION-WRITER-9", "begins a resumed thread with another header")
def header_again(reference: Patch) -> None:
    reference.edit(
        RESUME,
        "return cls(host, header, LineWriter.of_file(place, history, host.clock, opened, ordinals))",
        "made = cls(host, header, LineWriter.of_file(place, history, host.clock, opened, ordinals))\n"
        "made._writer.add([header])\nreturn made",
    )


@mutant("SESSION-WRITER-10", "appends to a file that begins with another line")
def header_anywhere(reference: Patch) -> None:
    reference.never_raises(opening.header_line, HeaderNotFirst, "continue")


@mutant("SESSION-WRITER-10", "wants the header in the very first line")
def header_after_blank_refused(reference: Patch) -> None:
    reference.edit(opening.header_line, "if line is not None", "if True")


@mutant("SESSION-WRITER-10", "takes an empty file for one without a header")
def empty_is_headless(reference: Patch) -> None:
    reference.never_raises(opening.header_line, RolloutEmpty, "raise HeaderNotFirst(path.name)")


# --- ordinals -----------------------------------------------------------------------------------------


@mutant("SESSION-ORDINAL-1", "counts the lines of a legacy thread too")
def legacy_counted(reference: Patch) -> None:
    reference.edit(ordinals.ordinals_of_new, "history.first if history.paginated else None", "history.first")


@mutant("SESSION-ORDINAL-1", "counts no lines")
def nothing_counted(reference: Patch) -> None:
    reference.edit(Ordinals.following, "return self._following", "return None")


@mutant("SESSION-ORDINAL-2", "counts from 1")
def counts_from_one(reference: Patch) -> None:
    reference.edit(ordinals.ordinals_of_new, "history.first if", "history.first + 1 if")


@mutant("SESSION-ORDINAL-2", "counts a fork from 0")
def fork_counts_from_zero(reference: Patch) -> None:
    reference.edit(ordinals.ordinals_of_new, "history.first if", "0 if")


@mutant("SESSION-ORDINAL-3", "gives every second ordinal")
def every_second(reference: Patch) -> None:
    reference.edit(Ordinals.advance, "self._following += 1", "self._following += 2")


@mutant("SESSION-ORDINAL-4", "begins again after the largest ordinal")
def ordinals_wrap(reference: Patch) -> None:
    reference.never_raises(Ordinals.following, OrdinalsExhausted, "self._following = 0")


@mutant("SESSION-ORDINAL-4", "does not give the largest ordinal")
def largest_not_given(reference: Patch) -> None:
    reference.edit(Ordinals.following, "self._following > MAX_ORDINAL", "self._following >= MAX_ORDINAL")


@mutant("SESSION-ORDINAL-5", "passes over lines of unknown types")
def unknown_passed_over(reference: Patch) -> None:
    reference.edit(
        ordinals.record_of,
        "if not isinstance(value, dict) or",
        "from rollout_reference.session.lines import Line, read_line\n"
        "if not isinstance(read_line(line, 1), Line) or",
    )


@mutant("SESSION-ORDINAL-5", "begins to count again")
def counts_again(reference: Patch) -> None:
    reference.edit(ordinals.ordinals_of_file, "return Ordinals(following)", "return Ordinals(0)")


@mutant("SESSION-ORDINAL-5", "counts lines")
def lines_counted(reference: Patch) -> None:
    reference.edit(
        ordinals.ordinals_of_file,
        "return Ordinals(following)",
        "return Ordinals(len(list(tail.lines_backwards(file))) - 1)",
    )


@mutant("SESSION-ORDINAL-5", "goes on after the largest ordinal in the file")
def after_the_largest(reference: Patch) -> None:
    reference.edit(
        ordinals.following_record,
        "last: int = record['ordinal']",
        "others = [r['ordinal'] for r in map(record_of, lines_backwards) if r and 'ordinal' in r]\n"
        "last: int = max([record['ordinal'], *others])",
    )


@mutant("SESSION-ORDINAL-6", "looks further back for an ordinal")
def looks_further_back(reference: Patch) -> None:
    reference.edit(
        ordinals.following_record,
        "next(filter(None, map(record_of, lines_backwards)), None)",
        "next((r for r in map(record_of, lines_backwards) if r and is_ordinal(r.get('ordinal'))),"
        " {'ordinal': 0})",
    )


@mutant("SESSION-ORDINAL-7", "does not tell where an agent's own lines begin")
def own_lines_not_told(reference: Patch) -> None:
    reference.edit(header.header_of, "None if inherited_lines is None else inherited_lines + 1", "None")


@mutant("SESSION-ORDINAL-7", "counts what is not kept as inherited")
def dropped_is_inherited(reference: Patch) -> None:
    reference.edit(CREATE, "len(prefix) if counted", "len(inherited) if counted")


@mutant("SESSION-ORDINAL-7", "tells a legacy agent where its own lines begin")
def legacy_prefix_told(reference: Patch) -> None:
    reference.edit(CREATE, " and start.history_mode == 'paginated'", "")


@mutant("SESSION-ORDINAL-7", "takes a whole prefix for a part of it")
def whole_prefix_refused(reference: Patch) -> None:
    reference.edit(ordinals.ordinals_of_file, "following < history.own_from", "following <= history.own_from")


@mutant("SESSION-ORDINAL-7", "goes on within an inherited prefix")
def goes_on_within_prefix(reference: Patch) -> None:
    reference.never_raises(ordinals.ordinals_of_file, PrefixIncomplete)


@mutant("SESSION-ORDINAL-8", "lets a base end where the file ends")
def base_with_torn_line(reference: Patch) -> None:
    reference.edit(forking._end_of, "tail.whole_size_of(file)", "tail.size_of(file)")


# --- forks and what belongs together ------------------------------------------------------------------


@mutant("SESSION-WRITER-18", "does not copy the parent's header")
def parent_header_left_out(reference: Patch) -> None:
    reference.edit(
        forking._copy_lines,
        "if isinstance(line, Line) and",
        "if isinstance(line, Line) and line.type != 'session_meta' and",
    )


@mutant("SESSION-WRITER-18", "copies what a legacy thread does not keep")
def copies_everything(reference: Patch) -> None:
    reference.edit(forking._copy_lines, " and is_persisted(line.type, line.payload, 'legacy')", "")


@mutant("SESSION-WRITER-18", "does not say whose fork it is")
def fork_of_nobody(reference: Patch) -> None:
    reference.edit(header.as_fork, "forked_from_id=parent['id']", "forked_from_id=None")


@mutant("SESSION-WRITER-20", "copies a paginated parent")
def paginated_copied(reference: Patch) -> None:
    reference.edit(forking.fork, "begun.history_mode == 'paginated'", "False")


@mutant("SESSION-WRITER-20", "forks a paginated thread into a legacy one")
def fork_is_legacy(reference: Patch) -> None:
    reference.edit(header.as_fork, "parent.get('history_mode', 'legacy')", "'legacy'")


@mutant("SESSION-WRITER-20", "points at the base of its parent")
def base_of_the_first(reference: Patch) -> None:
    reference.edit(
        forking._end_of,
        "HistoryBase(segment_id_of(plain.name, str(meta_of(header).id)),",
        "HistoryBase(str(meta_of(header).session_id),",
    )
    reference.edit(
        header.header_of,
        "'session_id': start.session_id or thread_id",
        "'session_id': start.forked_from_id or thread_id",
    )


@mutant("SESSION-WRITER-21", "forgets the memory mode when git changes")
def git_update_forgets(reference: Patch) -> None:
    reference.edit(header.updated_git, "{'memory_mode': memory_mode} if memory_mode else {}", "{}")


@mutant("SESSION-WRITER-21", "forgets the git facts that changed")
def git_update_empty(reference: Patch) -> None:
    reference.edit(header.updated_git, " | {'git': dict(git)}", "")


@mutant("SESSION-WRITER-21", "repeats the newest header of the file, whosever it is")
def newest_header_repeated(reference: Patch) -> None:
    reference.edit(
        RolloutRecorder._update,
        "self.append(RolloutItem('session_meta', change()))",
        "from rollout_reference.session.writing.opening import _headers_backwards\n"
        "with open_rollout(self.path).file as file:\n    self._header = next(_headers_backwards(file))\n"
        "self.append(RolloutItem('session_meta', change()))",
    )


@mutant("SESSION-WRITER-21", "repeats git when the memory mode changes")
def memory_update_repeats_git(reference: Patch) -> None:
    reference.edit(header.updated_memory_mode, "if key != 'git'", "if True")


@mutant("SESSION-WRITER-21", "records updates in a paginated thread")
def paginated_updated(reference: Patch) -> None:
    reference.edit(RolloutRecorder._update, "self.history_mode == 'paginated'", "False")


@mutant("SESSION-WRITER-22", "writes the state before its messages")
def state_first(reference: Patch) -> None:
    reference.edit(
        RolloutRecorder.append_world_state,
        "self.append(*told, *([world] if full or state else []))",
        "self.append(*([world] if full or state else []), *told)",
    )


@mutant("SESSION-WRITER-22", "writes patches that change nothing")
def empty_patch_written(reference: Patch) -> None:
    reference.edit(RolloutRecorder.append_world_state, "[world] if full or state else []", "[world]")


@mutant("SESSION-WRITER-23", "writes the line about a message after it")
def line_about_message_last(reference: Patch) -> None:
    reference.edit(
        RolloutRecorder.append_agent_message,
        "self.append(about, RolloutItem('response_item', message))",
        "self.append(RolloutItem('response_item', message), about)",
    )
