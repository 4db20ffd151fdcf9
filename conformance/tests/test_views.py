"""An answer is compared with as much of an expectation as it can show, and with all of that."""

from typing import Any

import msgspec
import pytest

from rollout_conformance.answers import Further, Identity, View
from rollout_conformance.library import Library
from rollout_conformance.reports.terminal import Terminal
from rollout_conformance.reports.wording import verdict_in_words, view_in_words
from rollout_conformance.results import Header, Result
from rollout_conformance.summary import summarise
from rollout_conformance.views import through
from rollout_reference import jsontext

FILE = "context.json"
VIEW = View(
    may_lack=("/window/previous", "/history/*/id"),
    only_there=("/settings",),
    keys_only=("/state",),
    further=(
        Further("DEV-1", "/turns/*", ("root",)),
        Further("DEV-2", "/turns/*/items/*", ("model",), type="a"),
    ),
)


def seen(expected: Any, actual: Any, view: View = VIEW) -> tuple[Any, Any, tuple[str, ...]]:
    """Return both documents through a view, and what explains the keys that were taken out."""
    identity = Identity("codex", "1", views={FILE: view})
    found = through(identity, FILE, jsontext.pretty(expected), jsontext.pretty(actual))
    return jsontext.parse(found.expected), jsontext.parse(found.actual), found.deviations


@pytest.mark.parametrize(
    ("expected", "actual", "left"),
    [
        ({"window": {"previous": "p", "n": 1}}, {"window": {"n": 1}}, {"window": {"n": 1}}),
        ({"window": {"previous": "p"}}, {"window": {"previous": "q"}}, {"window": {"previous": "p"}}),
        (
            {"history": [{"id": "a"}, {"id": "b"}]},
            {"history": [{"id": "x"}, {}]},
            {"history": [{"id": "a"}, {}]},
        ),
        ({"window": {"n": 1}}, {"window": {}}, {"window": {"n": 1}}),
        ({"settings": {"model": "m"}}, {"settings": {}}, {"settings": {}}),
        ({"settings": {"model": "m"}}, {"settings": {"model": "n"}}, {"settings": {"model": "m"}}),
        ({"settings": None}, {"settings": {}}, {"settings": None}),
        ({"settings": {"model": "m"}}, {"settings": None}, {"settings": {"model": "m"}}),
        ({"state": {"a": 1, "b": None}}, {"state": {"a": {}, "b": {}}}, {"state": {"a": {}, "b": {}}}),
        ({"state": {"a": 1}}, {"state": {"b": {}}}, {"state": {"a": 1}}),
        ({"state": None}, {"state": {}}, {"state": None}),
    ],
)
def test_expectation_is_reduced_to_what_is_told(expected: Any, actual: Any, left: Any) -> None:
    """What an answer leaves out is not asked for; what it tells is compared, and so is all else."""
    assert seen(expected, actual) == (left, actual, ())


def test_added_keys_are_taken_out_and_explained() -> None:
    """Only of the objects at their place, and only of those of the type."""
    items = [{"type": "a", "model": 1}, {"type": "b", "model": 2}]

    _, actual, deviations = seen({}, {"turns": [{"root": 1, "items": items}], "root": 3})

    assert actual == {"turns": [{"items": [{"type": "a"}, {"type": "b", "model": 2}]}], "root": 3}
    assert deviations == ("DEV-1", "DEV-2")


def test_history_as_it_is_sent() -> None:
    """Calls get their outputs, orphans go, and a window without a first id has its own as first."""
    call = {"type": "function_call", "call_id": "c", "name": None}
    orphan = {"type": "function_call_output", "call_id": "d", "output": ""}
    window = {"number": 1, "first_window_id": None, "window_id": "w"}

    expected, _, _ = seen({"history": [call, orphan], "window": window}, {}, View(form="sent"))

    output = {"type": "function_call_output", "call_id": "c", "output": "aborted"}
    assert expected["history"] == [{"type": "function_call", "call_id": "c"}, output]
    assert expected["window"]["first_window_id"] == "w"


def test_without_a_view_nothing_is_left_out() -> None:
    """The bytes themselves are compared."""
    found = through(Identity("mine", "1"), FILE, b"{ }", b"{}")

    assert (found.expected, found.actual) == (b"{ }", b"{}")


def test_answer_that_is_no_json_stays_as_it_is() -> None:
    """The comparison says what is wrong with it."""
    found = through(Identity("codex", "1", views={FILE: VIEW}), FILE, b"{}", b"no")

    assert found.actual == b"no"


def header_with(view: View) -> Header:
    """Return the header of a whole run that looked through a view."""
    about = Identity("codex", "1", profiles=("context-reader",), views={FILE: view})
    return Header(
        suite="1",
        protocol=1,
        corpus="0" * 64,
        implementation=about,
        command="codex=x",
        profile="context-reader",
        mode="full",
        python="3",
        platform="Linux",
    )


PASSED = Result(
    case="a",
    title="a",
    requirements=["SESSION-CONTEXT-1@1"],
    level="MUST",
    op="session.context",
    outcome="pass",
)


@pytest.mark.parametrize(
    ("view", "verdict"), [(VIEW, "inconclusive"), (View(form="sent"), "inconclusive"), (View(), "conformant")]
)
def test_who_is_seen_in_part_is_not_conformant(view: View, verdict: str) -> None:
    """A claim is about all of the output."""
    assert summarise(header_with(view), [PASSED]).verdict == verdict


def test_report_says_what_is_not_seen() -> None:
    """In the verdict, and place by place."""
    header = header_with(VIEW)

    assert "only a part can be seen" in verdict_in_words(header, summarise(header, [PASSED]))
    assert view_in_words(FILE, VIEW) == (
        "context.json is seen not always told /window/previous, /history/*/id; told only as being there "
        "/settings; told only by keys /state; keys added DEV-1, DEV-2"
    )


def test_terminal_says_which_deviations_were_met(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with the number of the cases that it explains."""
    results = [
        msgspec.structs.replace(PASSED, outcome="deviation", reason=reason)
        for reason in ("DEV-2", "DEV-1, DEV-2", None)
    ]
    shown = Terminal(Library())
    for result in results:
        shown.add(result)

    shown.show(header_with(View()), summarise(header_with(View()), results))

    assert "deviations: DEV-1 (1), DEV-2 (2), without an id (1)" in capsys.readouterr().out
