"""Wrong counters of tokens: the mistakes of published tools among them."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import astuple

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session.reading import rollout as reading
from rollout_reference.session.usage import counters, defective, home, lineage, records, report, tally
from rollout_reference.session.usage.counters import Boundaries, Count
from rollout_reference.session.usage.lineage import Lineage
from rollout_reference.session.usage.tally import Tally, _Counting
from rollout_reference.session.usage.tokens import NONE, Tokens

Read = Callable[..., Any]

# --- what is looked at ----------------------------------------------------------------------------


def _skips(reference: Patch, pattern: bytes) -> None:
    """Let no line be read that a pattern is found in."""
    found = re.compile(pattern)

    def skipping(original: Read, self: Any, data: bytes, number: int, *, torn: bool) -> Any:
        return None if data and found.search(data) else original(self, data, number, torn=torn)

    reference.wrap(reading.Reading._read_line, skipping)


@mutant("SESSION-USAGE-1", "looks for its lines by their bytes, without blanks")
def usage_needs_no_blanks(reference: Patch) -> None:
    _skips(reference, rb'"type" ')


@mutant("SESSION-USAGE-1", "does not see escapes")
def usage_needs_no_escapes(reference: Patch) -> None:
    _skips(reference, rb"\\u0074oken")


@mutant("SESSION-USAGE-1", "wants the keys in the order of the CLI")
def usage_needs_key_order(reference: Patch) -> None:
    _skips(reference, rb'^\{"payload"')


@mutant("SESSION-USAGE-1", "knows sessions of one originator only")
def usage_of_one_originator(reference: Patch) -> None:
    def by_originator(original: Callable[[Path], Tally], path: Path) -> Tally:
        found = original(path)
        if found.meta.originator != "codex_cli_rs":
            found.counts.clear()
        return found

    reference.wrap(tally.tally, by_originator)


@mutant("SESSION-USAGE-1", "takes counts of the same moment for one")
def usage_by_clock(reference: Patch) -> None:
    _last: dict[int, str] = {}

    def remembered(original: Callable[..., None], self: _Counting, line: Any) -> None:
        is_count = isinstance(line.payload, dict) and line.payload.get("type") == "token_count"
        if is_count and _last.get(id(self)) == line.timestamp:
            return
        original(self, line)
        if is_count:
            _last[id(self)] = line.timestamp

    reference.wrap(_Counting.take, remembered)


@mutant("SESSION-USAGE-1", "names the cold form of a file")
def usage_names_cold_form(reference: Patch) -> None:
    reference.edit(home._below, "logical_path(Path(root, name))", "Path(root, name)")
    reference.edit(report._name, "logical_path(path)", "path")


@mutant("SESSION-USAGE-2", "does not look at archived threads")
def usage_skips_archived(reference: Patch) -> None:
    reference.edit(home.rollouts, "(SESSIONS, ARCHIVED)", "(SESSIONS,)")


@mutant("SESSION-USAGE-2", "prefers the archived file of a thread")
def usage_prefers_archived(reference: Patch) -> None:
    reference.edit(home.rollouts, "(SESSIONS, ARCHIVED)", "(ARCHIVED, SESSIONS)")


@mutant("SESSION-USAGE-2", "counts every file of a thread by its last")
def usage_of_last_file(reference: Patch) -> None:
    reference.edit(report._not_counted, "'same_thread' if thread.thread_id in threads else None", "None")


@mutant("SESSION-USAGE-2", "takes a later segment for the thread")
def usage_of_segment(reference: Patch) -> None:
    reference.edit(report._not_counted, "parsed is not None and parsed.segment_id is not None", "False")


@mutant("SESSION-USAGE-2", "takes every file for a rollout")
def usage_of_any_file(reference: Patch) -> None:
    reference.edit(home._below, "is_rollout_name(name)", "True")


# --- counters -------------------------------------------------------------------------------------


@mutant("SESSION-USAGE-3", "takes the largest total for the counter")
def usage_largest_total(reference: Patch) -> None:
    reference.edit(
        report._count,
        "thread.counts[-1] if thread.counts else None",
        "max(thread.counts, key=lambda each: each.total.total_tokens, default=None)",
    )


@mutant("SESSION-USAGE-3", "does not count what is written to a cache")
def usage_without_cache_writes(reference: Patch) -> None:
    def without(original: Callable[..., Tokens], told: Any) -> Tokens:
        kinds = [kind for kind in Tokens.__struct_fields__ if kind != "cache_write_input_tokens"]
        return Tokens(**{kind: getattr(told, kind) for kind in kinds})

    reference.wrap(Tokens.of.__func__, lambda original, cls, told: without(original, told))  # type: ignore[attr-defined]


def _growths(reference: Patch, grow: Callable[[Count, Tokens], Tokens]) -> None:
    """Let each count add something else."""

    def grown(_: Read, counts: Iterable[Count], before: Tokens) -> Iterator[tuple[Count, Tokens]]:
        for count in counts:
            growth = grow(count, before)
            before = count.total
            if growth:
                yield count, growth

    reference.wrap(counters.growths, grown)


@mutant("SESSION-USAGE-4", "adds what each count tells of the last response")
def usage_adds_last(reference: Patch) -> None:
    _growths(reference, lambda count, _: count.last or NONE)


@mutant("SESSION-USAGE-4", "adds every total")
def usage_adds_totals(reference: Patch) -> None:
    _growths(reference, lambda count, _: count.total)


@mutant("SESSION-USAGE-5", "adds what is told of the last response if it is not told again")
def usage_adds_new_last(reference: Patch) -> None:
    _growths(
        reference,
        lambda count, before: (
            NONE
            if count.total == before and count.last and any(astuple(count.last)[:-1])
            else count.last or NONE
        ),
    )


@mutant("SESSION-USAGE-5", "takes the larger of the growth and the last response")
def usage_adds_larger(reference: Patch) -> None:
    def larger(count: Count, before: Tokens) -> Tokens:
        growth = count.total if counters.restarts(count, before) else count.total - before
        last = count.last or NONE
        return last if growth and last.total_tokens > growth.total_tokens else growth

    _growths(reference, larger)


@mutant("SESSION-USAGE-6", "knows no counter that begins again")
def usage_never_restarts(reference: Patch) -> None:
    reference.does_nothing(counters.restarts, answer=False)


@mutant("SESSION-USAGE-6", "looks at the sum of the kinds alone")
def usage_restarts_by_total(reference: Patch) -> None:
    reference.edit(
        counters.restarts,
        "count.total.falls_below(before)",
        "count.total.total_tokens < before.total_tokens",
    )


@mutant("SESSION-USAGE-6", "asks of a new counter that its total falls")
def usage_restarts_by_fall(reference: Patch) -> None:
    reference.edit(counters.restarts, "count.total != count.last", "True")


@mutant("SESSION-USAGE-6", "takes an equal first total for told again, always")
def usage_equal_is_again(reference: Patch) -> None:
    reference.edit(counters.restarts, "count.total != before or count.may_restart", "count.total != before")


@mutant("SESSION-USAGE-6", "takes an equal first total for a new counter, always")
def usage_equal_is_new(reference: Patch) -> None:
    reference.edit(counters.restarts, "count.total != before or count.may_restart", "True")


@mutant("SESSION-USAGE-6", "does not look at counts without a total")
def usage_ignores_null(reference: Patch) -> None:
    reference.does_nothing(Boundaries.without_info)


@mutant("SESSION-USAGE-6", "keeps in mind what came before an earlier count")
def usage_keeps_boundary(reference: Patch) -> None:
    reference.edit(Boundaries.at_count, "self._without_info = self._user_spoke = False", "pass")


@mutant("SESSION-USAGE-6", "does not look at the user's messages")
def usage_ignores_user(reference: Patch) -> None:
    reference.does_nothing(Boundaries.user_speaks)


@mutant("SESSION-USAGE-6", "does not look at limits")
def usage_ignores_limits(reference: Patch) -> None:
    reference.edit(Boundaries.at_count, "and (not limits)", "")


@mutant("SESSION-USAGE-6", "takes a count within a turn for one of a new process")
def usage_restarts_within_turn(reference: Patch) -> None:
    reference.edit(Boundaries.at_count, "self._user_spoke and", "")


@mutant("SESSION-USAGE-6", "takes every version for an old one")
def usage_every_version_restarts(reference: Patch) -> None:
    reference.does_nothing(tally._restarts, answer=True)


@mutant("SESSION-USAGE-6", "takes 0.80 for an old version")
def usage_0_80_restarts(reference: Patch) -> None:
    reference.constant(tally, "COUNTER_IS_KEPT", (0, 81))


@mutant("SESSION-USAGE-6", "takes a version from source for an old one")
def usage_source_restarts(reference: Patch) -> None:
    reference.constant(tally, "DEVELOPMENT", (9, 9))


@mutant("SESSION-USAGE-7", "takes back what was spent before a rollback")
def usage_rolls_back(reference: Patch) -> None:
    def rolling(original: Callable[..., None], self: _Counting, line: Any) -> None:
        if isinstance(line.payload, dict) and line.payload.get("type") == "thread_rolled_back":
            del self.counts[-1:]
        original(self, line)

    reference.wrap(_Counting.take, rolling)


@mutant("SESSION-USAGE-7", "begins anew at a compaction")
def usage_forgets_at_compaction(reference: Patch) -> None:
    def forgetting(original: Callable[..., None], self: _Counting, line: Any) -> None:
        if line.type == "compacted":
            self.counts.clear()
            self.records.clear()
        original(self, line)

    reference.wrap(_Counting.take, forgetting)


@mutant("SESSION-USAGE-8", "does not count a total without the last response")
def usage_needs_last(reference: Patch) -> None:
    reference.does_nothing(defective._total)


@mutant("SESSION-USAGE-8", "counts a total beside anything")
def usage_takes_any_last(reference: Patch) -> None:
    reference.edit(defective._total, "info.get('last_token_usage') is not None", "False")


@mutant("SESSION-USAGE-8", "does not know the model of an old turn_context")
def usage_model_of_items_only(reference: Patch) -> None:
    reference.edit(defective.told_by, "isinstance(model, str)", "False")


# --- what is inherited ----------------------------------------------------------------------------


@mutant("SESSION-USAGE-9", "takes all that a counter tells for the thread's own")
def usage_inherits_nothing(reference: Patch) -> None:
    reference.edit(report._growths, "growths(own, begun.tokens)", "growths(thread.counts, NONE)")


@mutant("SESSION-USAGE-9", "counts from zero after the copied lines")
def usage_own_from_zero(reference: Patch) -> None:
    reference.edit(report._growths, "begun.tokens", "NONE")


@mutant("SESSION-USAGE-10", "knows a parent by forked_from_id only")
def usage_named_parent_only(reference: Patch) -> None:
    reference.edit(lineage._parent, "thread.foreign[0][1] if thread.foreign else None", "None")


@mutant("SESSION-USAGE-10", "knows a parent by its header only")
def usage_header_parent_only(reference: Patch) -> None:
    reference.edit(lineage._parent, "named is not None and named != thread.meta.id", "False")


@mutant("SESSION-USAGE-10", "takes a thread that names itself for a fork")
def usage_own_parent(reference: Patch) -> None:
    reference.edit(lineage._parent, "named is not None and named != thread.meta.id", "named is not None")


@mutant("SESSION-USAGE-10", "takes any second header for one of a parent")
def usage_any_header_is_foreign(reference: Patch) -> None:
    reference.edit(_Counting._header, "meta.id != self.meta.id", "True")


@mutant("SESSION-USAGE-17", "takes all lines after the parent's header for own")
def usage_copy_ends_at_header(reference: Patch) -> None:
    reference.does_nothing(lineage._meets, answer=False)


@mutant("SESSION-USAGE-17", "lets no line of the parent be left out")
def usage_copy_without_gaps(reference: Patch) -> None:
    reference.edit(lineage._meets, "other.counts and (not over_counts)", "not over_counts")


@mutant("SESSION-USAGE-17", "wants the copy to begin with the first line of the parent")
def usage_copy_from_beginning(reference: Patch) -> None:
    reference.edit(lineage._meets, "other.counts and (not over_counts)", "other.counts")
    reference.edit(
        lineage._meets,
        "if other.digest == mark.digest",
        "over_counts = False\nif other.digest == mark.digest",
    )


@mutant("SESSION-USAGE-17", "looks for copies behind other counts of the parent")
def usage_copy_over_counts(reference: Patch) -> None:
    reference.edit(lineage._meets, "other.counts and (not over_counts)", "False")


@mutant("SESSION-USAGE-17", "takes lines of the same numbers for copies, wherever they stand")
def usage_copy_by_numbers(reference: Patch) -> None:
    def numbers(_: Read, thread: Tally, source: Tally) -> int:
        theirs = {count.total for count in source.counts}
        same = [count.line for count in thread.counts if count.total in theirs]
        return max(same, default=0)

    reference.wrap(lineage._end_of_copy, numbers)


@mutant("SESSION-USAGE-17", "takes lines of the same second for copies")
def usage_copy_by_clock(reference: Patch) -> None:
    def clock(_: Read, thread: Tally, source: Tally) -> int:
        same = [count.line for count in thread.counts if count.day == thread.counts[0].day]
        return max(same, default=0)

    reference.wrap(lineage._end_of_copy, clock)


@mutant("SESSION-USAGE-17", "knows a copy by its bytes")
def usage_copy_by_bytes(reference: Patch) -> None:
    reference.edit(_Counting.take, "_ENCODER.encode(item)", "self._data.partition(b'\"type\"')[2]")


@mutant("SESSION-USAGE-11", "does not know where a sub-agent's own lines begin")
def usage_ignores_start(reference: Patch) -> None:
    reference.edit(Lineage.of, "thread.meta.subagent_history_start_ordinal is not None", "False")


@mutant("SESSION-USAGE-11", "takes the first own line for a copy")
def usage_starts_late(reference: Patch) -> None:
    reference.edit(_Counting._look_for_own, "line.ordinal >= start", "line.ordinal > start")


@mutant("SESSION-USAGE-11", "takes all lines for own where none is")
def usage_starts_at_once(reference: Patch) -> None:
    reference.edit(Lineage.of, "thread.own_from or 2 ** 63", "thread.own_from or 0")


@mutant("SESSION-USAGE-12", "follows no base")
def usage_ignores_base(reference: Patch) -> None:
    reference.edit(Lineage.of, "base is not None", "False")


@mutant("SESSION-USAGE-12", "takes the last total of the base")
def usage_whole_base(reference: Patch) -> None:
    reference.edit(lineage._before, "count.ordinal < end", "True")


@mutant("SESSION-USAGE-12", "does not follow the base of a base")
def usage_first_base_only(reference: Patch) -> None:
    reference.edit(Lineage._referenced, "base = source.meta.history_base", "base = None")


@mutant("SESSION-USAGE-12", "reads the base of a base to that base's own end")
def usage_end_of_each_base(reference: Patch) -> None:
    reference.edit(Lineage._referenced, "min(end, cut)", "cut")


@mutant("SESSION-USAGE-13", "takes a missing parent for none")
def usage_missing_is_none(reference: Patch) -> None:
    reference.edit(report._count, "begun.known or not thread.counts", "True")


@mutant("SESSION-USAGE-13", "cannot tell of a fork without counts")
def usage_unknown_without_counts(reference: Patch) -> None:
    reference.edit(report._count, "begun.known or not thread.counts", "begun.known")


@mutant("SESSION-USAGE-13", "takes a base that ends too early")
def usage_short_base(reference: Patch) -> None:
    reference.edit(Lineage._referenced, "source.next_ordinal < cut", "False")


@mutant("SESSION-USAGE-13", "takes a thread for a base of itself")
def usage_cyclic_base(reference: Patch) -> None:
    reference.edit(
        Lineage._referenced,
        "if source is None or source.thread_id in seen",
        "if source is not None and source.thread_id in seen:\n    break\nif source is None",
    )


# --- what is spent --------------------------------------------------------------------------------


@mutant("SESSION-USAGE-14", "does not know records")
def usage_ignores_records(reference: Patch) -> None:
    reference.does_nothing(records.own_records, answer=[])


@mutant("SESSION-USAGE-14", "counts records of other threads")
def usage_any_record(reference: Patch) -> None:
    reference.edit(records.own_records, "and record.thread_id == thread.thread_id", "")


@mutant("SESSION-USAGE-14", "counts copied records")
def usage_copied_records(reference: Patch) -> None:
    reference.edit(records.own_records, "record.line >= own_from and", "")


@mutant("SESSION-USAGE-14", "adds records and counter")
def usage_adds_both(reference: Patch) -> None:
    reference.edit(records.spending, "if not recorded", "if True")


@mutant("SESSION-USAGE-14", "trusts records once there is one")
def usage_records_alone(reference: Patch) -> None:
    reference.edit(records.spending, "if not recorded", "if not records")


@mutant("SESSION-USAGE-14", "trusts records from the first one on")
def usage_records_from_first(reference: Patch) -> None:
    def last(original: Read, own: Any, grown: Any) -> Any:
        first = own[0].line if own else 2**63
        return original(own, [each for each in grown if each[0].line < first])

    reference.wrap(records.spending, last)


@mutant("SESSION-USAGE-14", "never says that it may have been more")
def usage_exact(reference: Patch) -> None:
    reference.edit(report._count, "not (known and spent and all((part.recorded for part in spent)))", "False")


@mutant("SESSION-USAGE-14", "takes one record for all")
def usage_exact_with_any_record(reference: Patch) -> None:
    reference.edit(
        report._count, "all((part.recorded for part in spent))", "any((part.recorded for part in spent))"
    )


@mutant("SESSION-USAGE-15", "takes the day as it is written")
def usage_local_day(reference: Patch) -> None:
    reference.edit(tally.day_of, "time if time.tzinfo is None else time.astimezone(UTC)", "time")


@mutant("SESSION-USAGE-15", "takes the first model for all")
def usage_first_model(reference: Patch) -> None:
    reference.edit(_Counting.take, "self._model = item.model", "self._model = self._model or item.model")


@mutant("SESSION-USAGE-15", "leaves out what has no model or day")
def usage_unnamed_left_out(reference: Patch) -> None:
    reference.edit(report._grouped, "sums.items()", "((name, sums[name]) for name in sums if name)")


@mutant("SESSION-USAGE-15", "lists models and days as they come")
def usage_parts_as_met(reference: Patch) -> None:
    reference.edit(
        report._grouped,
        "sorted(sums.items(), key=lambda each: (each[0] is None, each[0] or ''))",
        "list(sums.items())",
    )


@mutant("SESSION-USAGE-16", "does not speak of files that it could not read")
def usage_silent_about_files(reference: Patch) -> None:
    reference.edit(report.usage_of_home, "unread.append(Unread(name, rejection.code))", "pass")


@mutant("SESSION-USAGE-16", "takes sums without an unread file for exact")
def usage_exact_without_files(reference: Patch) -> None:
    reference.edit(
        report._sum_up, "bool(unread) or any((thread.own.tokens is None", "any((thread.own.tokens is None"
    )


@mutant("SESSION-USAGE-16", "takes a file that it cannot read for an empty one")
def usage_unread_is_empty(reference: Patch) -> None:
    reference.edit(
        report.usage_of,
        "thread = tally(Path(path))",
        "try:\n    thread = tally(Path(path))\nexcept SessionRejected:\n    return _sum_up([], [])",
    )
