"""Wrong ideas of what a thread spent itself: copies, bases and segments."""

from collections.abc import Callable
from typing import Any, cast

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session.usage import home, lineage, report
from rollout_reference.session.usage.lineage import Inherited, Lineage
from rollout_reference.session.usage.tally import Tally, _Counting
from rollout_reference.session.usage.tokens import Tokens

Read = Callable[..., Any]


@mutant("SESSION-USAGE-9", "takes all that a counter tells for the thread's own")
def usage_inherits_nothing(reference: Patch) -> None:
    reference.edit(report._growths, "growths(own, begun.tokens)", "growths(segment.counts, NONE)")


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


@mutant("SESSION-USAGE-17", "knows a copy by the keys of its lines, in their order")
def usage_copy_by_keys(reference: Patch) -> None:
    reference.edit(_Counting.take, "_ENCODER.encode(item)", "_ENCODER.encode(line.payload)")


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


@mutant("SESSION-USAGE-12", "takes the id of a base for that of a thread")
def usage_base_is_thread(reference: Patch) -> None:
    reference.edit(home.by_segment_id, "segment.segment_id", "segment.thread_id")


@mutant("SESSION-USAGE-12", "prefers a later segment with the id of a thread")
def usage_later_base_first(reference: Patch) -> None:
    reference.edit(home.by_segment_id, "each.is_later", "not each.is_later")


@mutant("SESSION-USAGE-12", "names the segment that a thread inherits from for a thread")
def usage_names_segment(reference: Patch) -> None:
    reference.edit(Lineage._referenced, "source.thread_id if source else named", "named")


@mutant("SESSION-USAGE-12", "takes the last total of the base")
def usage_whole_base(reference: Patch) -> None:
    reference.edit(lineage._before, "count.ordinal < end", "True")


@mutant("SESSION-USAGE-12", "does not follow the base of a base")
def usage_first_base_only(reference: Patch) -> None:
    reference.edit(Lineage._followed, "base = source.meta.history_base", "base = None")


@mutant("SESSION-USAGE-12", "reads the base of a base to that base's own end")
def usage_end_of_each_base(reference: Patch) -> None:
    reference.edit(Lineage._followed, "min(end, cut)", "cut")


@mutant("SESSION-USAGE-13", "takes a missing parent for none")
def usage_missing_is_none(reference: Patch) -> None:
    reference.edit(report._part, "begun.known or not segment.counts", "True")


@mutant("SESSION-USAGE-13", "cannot tell of a fork without counts")
def usage_unknown_without_counts(reference: Patch) -> None:
    reference.edit(report._part, "begun.known or not segment.counts", "begun.known")


@mutant("SESSION-USAGE-13", "takes a base that ends too early")
def usage_short_base(reference: Patch) -> None:
    reference.edit(Lineage._followed, "source.next_ordinal < cut", "False")


@mutant("SESSION-USAGE-13", "takes a thread for a base of itself")
def usage_cyclic_base(reference: Patch) -> None:
    reference.edit(
        Lineage._followed,
        "if source is None or source.segment_id in seen",
        "if source is not None and source.segment_id in seen:\n    break\nif source is None",
    )


@mutant("SESSION-USAGE-13", "takes a base of the same thread for the thread itself")
def usage_no_base_in_thread(reference: Patch) -> None:
    reference.edit(Lineage._followed, "source.segment_id in seen", "source.thread_id == thread.thread_id")


@mutant("SESSION-USAGE-13", "counts what it knows of a thread for all")
def usage_known_in_part(reference: Patch) -> None:
    reference.edit(
        report._count, "all((part.known for part in parts))", "any((part.known for part in parts))"
    )


@mutant("SESSION-USAGE-13", "leaves out the growth of segments that can be told")
def usage_unknown_as_a_whole(reference: Patch) -> None:
    reference.edit(
        report._count,
        "for part in parts for each in part.spent]",
        "for part in parts for each in part.spent if known or each.recorded]",
    )


@mutant("SESSION-USAGE-18", "takes back what was spent before a revert")
def usage_of_current_segment(reference: Patch) -> None:
    reference.edit(report._count, "for segment in segments]", "for segment in segments[-1:]]")


@mutant("SESSION-USAGE-18", "takes back the records of superseded segments")
def usage_records_of_current(reference: Patch) -> None:
    reference.edit(report._count, "for part in parts for each in part.spent]", "for each in parts[-1].spent]")


@mutant("SESSION-USAGE-18", "inherits what the newest segment does")
def usage_inherits_by_newest(reference: Patch) -> None:
    reference.edit(report._count, "_begun(parts[0], home)", "_begun(parts[-1], home)")


@mutant("SESSION-USAGE-18", "proves from the newest segment on")
def usage_proves_backwards(reference: Patch) -> None:
    reference.edit(report._proofs, "in told for", "in reversed(list(told)) for")


@mutant("SESSION-USAGE-18", "counts totals of several segments once")
def usage_equal_totals_once(reference: Patch) -> None:
    def once(original: Read, segments: Any, *others: Any) -> Any:
        seen: set[Tokens] = set()
        for segment in segments:
            segment.counts = [count for count in segment.counts if count.total not in seen]
            seen |= {count.total for count in segment.counts}
        return original(segments, *others)

    reference.wrap(report._count, once)


@mutant("SESSION-USAGE-19", "looks for copies in a later segment")
def usage_later_copies(reference: Patch) -> None:
    reference.edit(Lineage.of, "thread.is_later", "False")


@mutant("SESSION-USAGE-19", "goes on from the first segment where no base is named")
def usage_goes_on(reference: Patch) -> None:
    def going_on(original: Read, self: Lineage, segment: Tally) -> Inherited:
        first = self._find(segment.thread_id)
        if segment.is_later and segment.meta.history_base is None and first and first.counts:
            return Inherited(kind="none", tokens=first.counts[-1].total)
        return cast("Inherited", original(self, segment))

    reference.wrap(Lineage.of, going_on)
