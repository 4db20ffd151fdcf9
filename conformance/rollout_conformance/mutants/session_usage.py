"""Wrong counters of tokens: the mistakes of published tools among them."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec.structs import astuple

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import lines
from rollout_reference.session.usage import counters, defective, home, records, report, tally
from rollout_reference.session.usage.counters import Boundaries, Count
from rollout_reference.session.usage.tally import Tally, _Counting
from rollout_reference.session.usage.tokens import NONE, Tokens

Read = Callable[..., Any]

# --- what is looked at ----------------------------------------------------------------------------


def _skips(reference: Patch, pattern: bytes) -> None:
    """Let no line be read that a pattern is found in."""
    found = re.compile(pattern)

    def skipping(original: Read, data: bytes, number: int) -> Any:
        return None if found.search(data) else original(data, number)

    reference.wrap(lines.read_line, skipping)


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


@mutant("SESSION-USAGE-2", "counts every file of a segment")
def usage_of_every_file(reference: Patch) -> None:
    reference.edit(
        report.usage_of_home,
        "segments.setdefault((segment.thread_id, segment.age), segment) is not segment",
        "segments.setdefault((segment.thread_id, segment.age + len(segments) / 9), segment) is not segment",
    )


@mutant("SESSION-USAGE-2", "counts a thread by one of its files")
def usage_of_one_file(reference: Patch) -> None:
    reference.edit(
        report.usage_of_home,
        "segments.setdefault((segment.thread_id, segment.age), segment)",
        "segments.setdefault((segment.thread_id, 0), segment)",
    )


@mutant("SESSION-USAGE-2", "takes the segment with the latest time in its name for the current one")
def usage_current_by_time(reference: Patch) -> None:
    reference.edit(home.by_thread, "each.age", "each.path.name")


@mutant("SESSION-USAGE-2", "believes the name of a segment about its thread")
def usage_thread_by_name(reference: Patch) -> None:
    reference.edit(home.by_thread, "segment.thread_id", "segment.path.name[28:64]")


@mutant("SESSION-USAGE-2", "takes every file for a rollout")
def usage_of_any_file(reference: Patch) -> None:
    reference.edit(home._below, "is_rollout_name(name)", "True")


# --- counters -------------------------------------------------------------------------------------


@mutant("SESSION-USAGE-3", "takes the largest total for the counter")
def usage_largest_total(reference: Patch) -> None:
    reference.edit(
        report._counter,
        "current.counts[-1]",
        "max(current.counts, key=lambda each: each.total.total_tokens)",
    )


@mutant("SESSION-USAGE-3", "keeps the counter of the first segment")
def usage_counter_of_first(reference: Patch) -> None:
    reference.edit(
        report._count, "_counter(segments[-1], parts[-1], home)", "_counter(segments[0], parts[0], home)"
    )


@mutant("SESSION-USAGE-3", "counts nothing in a segment without a count")
def usage_counter_begins_at_zero(reference: Patch) -> None:
    reference.edit(report._counter, "part.begun.tokens, _proof_of(part.begun, home)", "NONE, []")


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
    reference.edit(report._count, "not (known and spent and all((each.recorded for each in spent)))", "False")


@mutant("SESSION-USAGE-14", "takes one record for all")
def usage_exact_with_any_record(reference: Patch) -> None:
    reference.edit(
        report._count, "all((each.recorded for each in spent))", "any((each.recorded for each in spent))"
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
        "segment = tally(Path(path))",
        "try:\n    segment = tally(Path(path))\nexcept SessionRejected:\n    return _sum_up([], [])",
    )
