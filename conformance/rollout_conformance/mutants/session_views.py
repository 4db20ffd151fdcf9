"""Wrong views of a history: from a line on, in summary, without items."""

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import history
from rollout_reference.session.errors import NotPaginated
from rollout_reference.session.history import views


@mutant("SESSION-HISTORY-27", "begins at the beginning, wherever it shall")
def suffix_is_all(reference: Patch) -> None:
    reference.edit(history._own, "max(from_ordinal, ", "max(0, ")


@mutant("SESSION-HISTORY-27", "counts lines from the header of the file")
def suffix_of_own_lines(reference: Patch) -> None:
    reference.edit(history._own, "max(from_ordinal, ", "max((rollout.header.ordinal or 0) + from_ordinal, ")


@mutant("SESSION-HISTORY-27", "shows all of a legacy rollout from any ordinal on")
def suffix_of_legacy(reference: Patch) -> None:
    reference.never_raises(history._check_ordinal, NotPaginated)


@mutant("SESSION-HISTORY-28", "shows all items in every view")
def view_is_full(reference: Patch) -> None:
    reference.edit(views.seen, "view == 'full'", "True")


@mutant("SESSION-HISTORY-28", "says that every view is full")
def view_says_full(reference: Patch) -> None:
    reference.edit(views.seen, "items_view=view", "items_view='full'")


@mutant("SESSION-HISTORY-28", "shows the summary where no items are asked for")
def view_of_nothing_is_summary(reference: Patch) -> None:
    reference.edit(views.seen, "_summary if view == 'summary' else _nothing", "_summary")


@mutant("SESSION-HISTORY-29", "takes the last message for the answer")
def answer_is_last(reference: Patch) -> None:
    reference.edit(views._answer, "item.phase == 'final_answer'", "True")


@mutant("SESSION-HISTORY-29", "takes the first final answer")
def answer_is_first_final(reference: Patch) -> None:
    reference.edit(
        views._answer,
        "(item for item in messages if item.phase == 'final_answer')",
        "(item for item in reversed(messages) if item.phase == 'final_answer')",
    )


@mutant("SESSION-HISTORY-29", "has an answer of every turn that said something")
def answer_of_running_turn(reference: Patch) -> None:
    reference.edit(views._answer, "final is not None or turn.status == 'inProgress'", "final is not None")


@mutant("SESSION-HISTORY-29", "takes a remark for the answer")
def answer_is_remark(reference: Patch) -> None:
    reference.edit(views._answer, "item.phase is None", "True")


@mutant("SESSION-HISTORY-29", "knows no answer that is not said to be final")
def answer_is_final_only(reference: Patch) -> None:
    reference.edit(views._answer, "turn.status == 'inProgress'", "True")


@mutant("SESSION-HISTORY-29", "shows what the user said last")
def question_is_last(reference: Patch) -> None:
    reference.edit(
        views._summary,
        "for item in turn.items if isinstance",
        "for item in reversed(turn.items) if isinstance",
    )


@mutant("SESSION-HISTORY-29", "shows the question first, wherever it stood")
def question_first(reference: Patch) -> None:
    reference.edit(views._summary, "for item in turn.items:", "for item in (asked, answered):")
