"""A bundle of a session that still runs or was killed: what a reducer takes, and what it does not."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import BundleDir


# --- lines ------------------------------------------------------------------------------------


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_line_ends(bundle: "BundleDir", line_end: str) -> None:
    """One carriage return before the line feed belongs to the line end.  [TRACE-LINE-1]"""
    ended = bundle.event("thread_ended", seq=2, thread_id="root", status="completed")
    bundle.write("trace.jsonl", bundle.thread_started() + line_end + ended + line_end)

    assert bundle.reduce().threads["root"].execution.status == "completed"


def test_last_line_without_line_feed(bundle: "BundleDir") -> None:
    """A whole event counts, also when its line feed was not written any more.  [TRACE-LINE-1]"""
    bundle.write("trace.jsonl", bundle.thread_started())

    assert list(bundle.reduce().threads) == ["root"]


@pytest.mark.parametrize(
    "blank",
    [
        "",
        " ",
        "\t",
        "\r",
        "\v",
        "\f",
        "\x85",
        "\N{NO-BREAK SPACE}",
        "\N{EM SPACE}",
        "\u2028",
        "\u3000",
        " \r\t\r",
    ],
    ids=repr,
)
def test_blank_line(bundle: "BundleDir", blank: str) -> None:
    """A line of Unicode white space is skipped, but counted.  [TRACE-LINE-2]"""
    bundle.log(blank, bundle.thread_started(), blank, bundle.thread_started(seq=2))

    assert bundle.refusal() == (
        "trace.duplicate_thread_start",
        "TRACE-THREAD-2",
        "trace.jsonl line 4 (seq 2)",
    )


@pytest.mark.parametrize("blank", ["\x1c", "\x1f", "\N{ZERO WIDTH SPACE}", "\ufeff", "\0"], ids=repr)
def test_line_that_only_looks_blank(bundle: "BundleDir", blank: str) -> None:
    """What is no Unicode white space is no blank line.  [TRACE-LINE-2, TRACE-LINE-4]"""
    bundle.log(bundle.thread_started(), blank)

    assert bundle.refusal() == ("trace.line_invalid_json", "TRACE-LINE-4", "trace.jsonl line 2")


@pytest.mark.parametrize("kept", [1, 10, 60, -10, -1])
def test_torn_last_line(bundle: "BundleDir", kept: int) -> None:
    """A writer killed in the middle of a line leaves a bundle that is refused.  [TRACE-LINE-5]"""
    torn = bundle.event("rollout_ended", seq=2, status="completed")[:kept]
    bundle.write("trace.jsonl", bundle.thread_started() + "\n" + torn)

    assert bundle.refusal() == ("trace.line_invalid_json", "TRACE-LINE-4", "trace.jsonl line 2")


def test_last_line_torn_inside_a_character(bundle: "BundleDir") -> None:
    """Half a character is no UTF-8.  [TRACE-LINE-3, TRACE-LINE-5]"""
    bundle.write("trace.jsonl", bundle.thread_started().encode() + b'\n{"rollout_id":"\xc3')

    assert bundle.refusal() == ("trace.line_not_utf8", "TRACE-LINE-3", "trace.jsonl line 2")


def test_bundle_without_its_torn_line(bundle: "BundleDir") -> None:
    """The whole lines before a torn one are a bundle.  [TRACE-LAW-5]"""
    bundle.log(bundle.thread_started())

    assert bundle.reduce().threads["root"].execution.status == "running"


# --- what is not there yet, or not any more ---------------------------------------------------


def test_session_still_runs(bundle: "BundleDir") -> None:
    """What did not end is running, without an end.  [TRACE-REPLAY-6]"""
    bundle.log(
        bundle.event("rollout_started", trace_id="trace-2", root_thread_id="root"),
        bundle.thread_started(seq=2),
        bundle.event("codex_turn_started", seq=3, codex_turn_id="turn-1", thread_id="root"),
    )

    state = bundle.reduce()
    assert (state.status, state.ended_at_unix_ms) == ("running", None)
    assert state.codex_turns["turn-1"].execution.ended_seq is None


def test_rollout_without_a_start(bundle: "BundleDir") -> None:
    """The manifest says whose bundle it is.  [TRACE-REPLAY-3]"""
    bundle.log(bundle.thread_started())

    assert bundle.reduce().trace_id == "trace"


def test_root_thread_that_never_started(bundle: "BundleDir") -> None:
    """The root thread is a name; it need not be a thread.  [TRACE-REPLAY-3]"""
    bundle.log(bundle.event("rollout_started", trace_id="trace-2", root_thread_id="absent"))

    assert bundle.reduce().root_thread_id == "absent"


def test_missing_file_of_a_payload_that_nothing_reads(bundle: "BundleDir") -> None:
    """A copy without the evidence still reduces.  [TRACE-PAYLOAD-5]"""
    ref = {"raw_payload_id": "raw_payload:1", "kind": {"type": "protocol_event"}, "path": "payloads/1.json"}
    bundle.log(bundle.event("protocol_event_observed", event_type="warning", event_payload=ref))

    assert list(bundle.reduce().raw_payloads) == ["raw_payload:1"]


def test_missing_payloads_folder(bundle: "BundleDir") -> None:
    """A bundle whose payloads are not read needs no folder for them.  [TRACE-PAYLOAD-5]"""
    bundle.payloads.rmdir()
    bundle.log(bundle.thread_started())

    assert list(bundle.reduce().threads) == ["root"]


# --- more than expected -----------------------------------------------------------------------


@pytest.mark.parametrize("before", ['"schema_version"', '"type"'])
def test_unknown_field(bundle: "BundleDir", before: str) -> None:
    """Fields of a later writer are ignored.  [TRACE-LINE-7]"""
    bundle.log(bundle.thread_started().replace(before, f'"later": {{"any": [1]}}, {before}'))

    assert list(bundle.reduce().threads) == ["root"]


def test_unknown_event_type(bundle: "BundleDir") -> None:
    """An event of a later writer is not ignored: it may have changed everything.  [TRACE-EVENT-1]"""
    bundle.log(bundle.thread_started(), bundle.event("thread_paused", seq=2, thread_id="root"))

    assert bundle.refusal() == ("trace.unknown_event_type", "TRACE-EVENT-1", "trace.jsonl line 2")


def test_reserved_event_type(bundle: "BundleDir") -> None:
    """The event type `other` is known, and never reduced.  [TRACE-EVENT-5]"""
    bundle.log(bundle.event("other", kind="k", summary="s", payloads=[], metadata=None))

    assert bundle.refusal() == ("trace.unsupported_event", "TRACE-EVENT-5", "trace.jsonl line 1 (seq 1)")


def test_events_after_the_end(bundle: "BundleDir") -> None:
    """A child may end after the root; what follows the end counts.  [TRACE-REPLAY-4]"""
    bundle.log(
        bundle.event("rollout_ended", seq=1, status="completed"),
        bundle.thread_started(seq=2),
        bundle.event("thread_ended", seq=3, thread_id="root", status="aborted"),
    )

    state = bundle.reduce()
    assert (state.status, state.threads["root"].execution.status) == ("completed", "aborted")


def test_second_end(bundle: "BundleDir") -> None:
    """The last end counts.  [TRACE-REPLAY-4]"""
    bundle.log(
        bundle.event("rollout_ended", seq=1, status="completed"),
        bundle.event("rollout_ended", seq=2, status="failed"),
    )

    assert bundle.reduce().status == "failed"


@pytest.mark.parametrize("seqs", [(7, 7), (9, 2), (0, 2**64 - 1)])
def test_seq_without_order(bundle: "BundleDir", seqs: tuple[int, int]) -> None:
    """File order rules; `seq` is only copied.  [TRACE-LINE-11, TRACE-REPLAY-1]"""
    ended = bundle.event("thread_ended", seq=seqs[1], thread_id="root", status="completed")
    bundle.log(bundle.thread_started(seq=seqs[0]), ended)

    window = bundle.reduce().threads["root"].execution
    assert (window.started_seq, window.ended_seq) == seqs


def test_first_rejection_ends_the_replay(bundle: "BundleDir") -> None:
    """A second fault further down is not reported.  [TRACE-REPLAY-1]"""
    bundle.log(bundle.thread_started(), bundle.thread_started(seq=2), "torn")

    assert bundle.refusal().code == "trace.duplicate_thread_start"
