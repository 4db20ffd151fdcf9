"""Every report is a function of one stream: what each of them says of the same results."""

import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from rollout_conformance import locations
from rollout_conformance.answers import Identity
from rollout_conformance.compare import Difference
from rollout_conformance.library import Library
from rollout_conformance.reports import badge, difference, html, junit, markdown, terminal
from rollout_conformance.reports.cards import Card, card_of
from rollout_conformance.reports.document import JsonLines, Report, ReportError, read_report
from rollout_conformance.reports.wording import percent, printable
from rollout_conformance.requirements import prose_lines
from rollout_conformance.results import OUTCOMES, Footer, Header, Outcome, Result, Tally
from rollout_conformance.schemas import schema, validator
from rollout_conformance.summary import summarise

HOSTILE = "\x1b[31m<script>alert(1)</script> | `x` \ud800"
REJECTED = "trace-thread-duplicate-start"


@pytest.fixture(scope="module")
def library() -> Library:
    """Return what is installed."""
    return Library()


def header_of(library: Library, **changed: Any) -> Header:
    """Return the header of a full run of an implementation called acme."""
    about = Identity("acme", "2.1", "go", "https://acme.example", "javascript:alert(1)", ("trace-reader",))
    fields: dict[str, Any] = {
        "suite": "0.1.0",
        "protocol": 1,
        "corpus": library.root,
        "implementation": about,
        "command": "./acme --fast",
        "profile": "trace-reader",
        "mode": "full",
        "python": "3.11.0",
        "platform": "Linux",
    }
    return Header(**fields | changed)


def result(case: str = REJECTED, outcome: Outcome = "pass", **changed: Any) -> Result:
    """Return a result of a case about starting threads."""
    fields: dict[str, Any] = {
        "case": case,
        "title": "a second start of a thread is rejected",
        "requirements": ["TRACE-THREAD-2@1"],
        "level": "MUST",
        "op": "trace.reduce",
        "outcome": outcome,
        "ms": 1.5,
    }
    return Result(**fields | changed)


def report_of(library: Library, *results: Result, **changed: Any) -> Report:
    """Return a whole report."""
    header = header_of(library, **changed)
    return Report(header, list(results), summarise(header, results))


def card(library: Library, case: str, **changed: Any) -> Card:
    """Return the card of a failure of a case of the corpus."""
    return card_of(result(case, "fail", **changed), header_of(library), library)


@pytest.fixture
def report(library: Library) -> Report:
    """Return a report with an outcome of each sort."""
    return report_of(
        library,
        result("trace-agent-end", requirements=["TRACE-AGENT-1@1", "TRACE-AGENT-2@1"]),
        result(outcome="fail", detail="accepted what is to be rejected", signature="aaaaaaaa"),
        result("trace-x", "silent-zero", difference=Difference("/threads", "{...}", "{}"), detail="empty"),
        result("trace-y", "crash", detail=HOSTILE.replace("\ud800", "")),
        result("trace-z", "known", detail="differs", reason="keeps the first end"),
        result("trace-u", "unsupported", detail="does not claim session.zst"),
        result("trace-n", "not-run", detail="not asked"),
        result("trace-m", level="MAY", branch="accepted"),
    )


# --- the stream and its schema


def written(report: Report, path: Path) -> Path:
    """Write a report as a run does."""
    with path.open("wb") as file:
        stream = JsonLines(file)
        for line in (report.header, *report.results, report.footer):
            stream.add(line)
    return path


def test_stream_is_read_back_whole(report: Report, tmp_path: Path) -> None:
    """What was written is what is read, and each line is valid by its schema."""
    path = written(report, tmp_path / "report.jsonl")

    header, results, footer = read_report(path)
    assert (header, list(results), footer) == report
    assert results[1:3] == report.results[1:3]
    for line in path.read_text("utf-8").splitlines():
        value = json.loads(line)
        validator("report").validate(value)
        validator("report", value["kind"]).validate(value)


@pytest.mark.parametrize("struct", [Header, Result, Footer])
def test_schema_has_every_field(struct: type[Header | Result | Footer]) -> None:
    """Fields of the stream and of its schema are the same."""
    definition = schema("report")["$defs"][struct.__struct_config__.tag]

    assert set(definition["properties"]) == {"kind", *struct.__struct_fields__}


def test_schema_has_every_outcome() -> None:
    """The schema lists the outcomes from best to worst."""
    assert tuple(schema("report")["$defs"]["outcome"]["enum"]) == OUTCOMES


def test_examples_of_the_text_are_valid() -> None:
    """The blocks marked `json report` are lines of a report."""
    text = (locations.spec_dir() / "conformance" / "report.md").read_text("utf-8")
    blocks = [block.partition("```")[0] for block in text.split("```json report\n")[1:]]

    kinds = [json.loads(block)["kind"] for block in blocks]

    assert kinds == ["header", "result", "footer"]
    for block in blocks:
        validator("report").validate(json.loads(block))


def test_text_obliges_nobody() -> None:
    """The text about reports has no normative words outside of code."""
    path = locations.spec_dir() / "conformance" / "report.md"

    assert not [line for _, line in prose_lines(path) for word in ("MUST", "SHOULD") if f" {word} " in line]


GOOD_LINES = [
    '{"kind":"header","schema":1,"suite":"0.1.0","protocol":1,"corpus":"c","implementation":{"name":"a",'
    '"version":"1"},"command":"a","profile":"trace-reader","mode":"full","python":"3","platform":"Linux"}',
    '{"kind":"result","case":"trace-a","title":"t","requirements":["TRACE-THREAD-1@1"],"level":"MUST",'
    '"op":"trace.reduce","outcome":"pass"}',
    '{"kind":"footer","counts":{"pass":1},"must":{"passed":1,"total":1},"should":{"passed":0,"total":0},'
    '"may":{},"verdict":"conformant","claim":"c"}',
]


@pytest.mark.parametrize(
    ("lines", "place", "told"),
    [
        ([], "", "the file is empty"),
        (['{"hello": "world"}'], " line 1", "no header of a report"),
        (["[1, 2]"], " line 1", "no header of a report"),
        (["\x00\x01\x02"], " line 1", "no header of a report"),
        (["[" * 5000], " line 1", "no header of a report"),
        ([GOOD_LINES[0].replace('"schema":1', '"schema":2')], " line 1", "has schema 2, this suite reads 1"),
        ([GOOD_LINES[0].replace('"schema":1,', "")], " line 1", "has schema 0, this suite reads 1"),
        (GOOD_LINES[:1], " line 1", "no footer follows"),
        (GOOD_LINES[:2], " line 2", "no footer follows; the run was interrupted, run it again"),
        ([*GOOD_LINES[:2], '{"kind":"result","case'], " line 3", "the line is cut"),
        ([GOOD_LINES[0], '{"kind":"result"}', GOOD_LINES[2]], " line 2", "missing required field"),
        ([GOOD_LINES[0], GOOD_LINES[1], GOOD_LINES[1], GOOD_LINES[2]], " line 3", "a result already"),
        ([*GOOD_LINES, GOOD_LINES[1]], " line 4", "something stands after the footer"),
        ([GOOD_LINES[0], *GOOD_LINES], " line 2", "a second header"),
        ([GOOD_LINES[0], GOOD_LINES[1].replace('"pass"', '"great"'), GOOD_LINES[2]], " line 2", "great"),
    ],
)
def test_what_is_no_report_is_named_with_its_line(
    lines: list[str], place: str, told: str, tmp_path: Path
) -> None:
    """A file that is cut, foreign, or of another schema gives one message: file, line and what to do."""
    path = tmp_path / "report.jsonl"
    path.write_text("\n".join(lines), "utf-8")

    with pytest.raises(ReportError) as raised:
        read_report(path)

    message = str(raised.value)
    assert message.startswith(f"{path}{place}: ")
    assert told in message
    assert "\n" not in message


def test_unknown_fields_are_ignored(tmp_path: Path) -> None:
    """A later suite may say more; the same schema is still read."""
    path = tmp_path / "report.jsonl"
    path.write_text("\n".join(line.replace("{", '{"new":1,', 1) for line in GOOD_LINES) + "\n", "utf-8")

    assert read_report(path).footer.verdict == "conformant"


# --- cards


def test_card_shows_where_to_reject(library: Library) -> None:
    """For an accepted bundle that is to be rejected the card shows the faulty line and the neighbour."""
    shown = card(library, REJECTED)

    assert [(line.place, line.why) for line in shown.lines] == [("trace.jsonl line 2", "to be rejected here")]
    assert '"thread_started"' in shown.lines[0].text
    assert shown.rules[0].sentence.startswith("A `thread_started` whose")
    assert shown.notes[0].key == "OneFault"
    assert shown.neighbour
    assert shown.replay.startswith("rolloutspec run './acme --fast' --profile trace-reader --case ")


def test_card_shows_what_made_a_differing_object(library: Library) -> None:
    """For a difference the card shows the lines at which the object's window opened and closed."""
    place = Difference("/threads/thread-root/execution/status", '"completed"', '"running"')

    shown = card(library, "trace-thread-end", difference=place)

    assert [line.place for line in shown.lines] == ["trace.jsonl line 1", "trace.jsonl line 2"]
    assert "thread_ended" in shown.lines[1].text


def test_card_shows_where_the_implementation_rejected(library: Library) -> None:
    """A wrong rejection is shown at its line, beside the right one."""
    shown = card(library, REJECTED, at={"file": "trace.jsonl", "line": 1})

    assert [line.why for line in shown.lines] == ["rejected here", "to be rejected here"]


@pytest.mark.parametrize(
    "at",
    [
        {"file": "../case.toml", "line": 1},
        {"file": "/etc/hostname", "line": 1},
        {"file": "trace.jsonl", "line": 99},
        {"file": "trace.jsonl", "line": "one"},
        {"file": "\0", "line": 1},
        {"file": 7},
        {},
    ],
)
def test_implementation_cannot_point_outside_its_input(at: dict[str, Any], library: Library) -> None:
    """A place that an implementation invents shows nothing, least of all another file."""
    shown = card(library, "trace-thread-end", at=at)

    assert shown.lines == []


def test_card_puts_first_what_names_the_fault(library: Library) -> None:
    """A recorded case cites dozens of rules: those come first that name the differing field."""
    place = Difference("/codex_turns/x/input_item_ids", "[]", "[1]")
    cited = ["TRACE-THREAD-1@1", "TRACE-THREAD-4@1", "TRACE-TOOL-1@1", "TRACE-TOOL-8@1", "TRACE-TURN-1@1"]

    shown = card(library, "trace-recorded-plain", difference=place, requirements=cited)

    assert shown.main_rules[0].id == "TRACE-TURN-1"
    assert len(shown.main_rules) + len(shown.other_rules) == len(cited)


def test_card_of_another_corpus_has_no_lines(library: Library) -> None:
    """The installed input proves nothing about a report of another corpus."""
    header = header_of(library, corpus="0" * 64)

    shown = card_of(result(outcome="fail"), header, library, Path("my report.jsonl"))

    assert (shown.lines, shown.notes) == ([], [])
    assert shown.replay == f"rolloutspec replay 'my report.jsonl' --case {REJECTED}"


# --- terminal


def shown_on_terminal(shown: Card) -> str:
    """Return what a terminal of 80 columns shows of a card."""
    console = Console(file=io.StringIO(), width=80, highlight=False)
    terminal.show_card(console, shown)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_terminal_card_tells_everything(library: Library) -> None:
    """A card has the rule, the difference, the lines cut to the width, and the command to see it again."""
    place = Difference("/threads/thread-root/execution/status", '"completed"', '"running"')

    text = shown_on_terminal(card(library, "trace-thread-end", difference=place, detail="state.json differs"))

    assert text.startswith("FAIL trace-thread-end\n")
    assert "[TRACE-THREAD-2] MUST. A `thread_started`" in text
    assert (
        '  /threads/thread-root/execution/status\n    expected "completed"\n    got      "running"\n' in text
    )
    assert '…"payload":{"type":"thread_ended"' in text
    *body, again = text.splitlines()
    assert max(map(len, body)) <= 80
    assert again.endswith("--case trace-thread-end")


def test_terminal_is_not_driven_by_an_implementation(library: Library) -> None:
    """Control characters of an implementation are spelled out, not obeyed."""
    text = shown_on_terminal(card(library, REJECTED, detail=HOSTILE))

    assert "\x1b" not in text
    assert "\\x1b[31m<script>" in text


def test_terminal_counts_what_fails_alike(library: Library, capsys: pytest.CaptureFixture[str]) -> None:
    """Cases that fail in one way share a card."""
    alike = [result(f"trace-{n}", "fail", detail="same", signature="aaaaaaaa") for n in range(30)]
    other = [result(f"trace-o{n}", "fail", detail="other", signature=f"{n:08x}") for n in range(30)]

    terminal.show_report(report_of(library, *alike, *other), library, Path("r.jsonl"))

    shown = capsys.readouterr().out
    assert shown.count("FAIL trace-") == terminal.CARDS
    assert "29 more in the same way" in shown
    assert "... and 11 more in other ways" in shown
    assert "60 of 60 cases that decide a MUST did not pass." in shown


# --- JUnit


def junit_of(report: Report) -> bytes:
    """Return the document."""
    file = io.BytesIO()
    junit.write(report, file)
    return file.getvalue()


def test_junit_is_read_back(report: Report) -> None:
    """Counts, outcomes and requirement ids survive."""
    root = ElementTree.fromstring(junit_of(report))  # noqa: S314  (our own)

    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "8",
        "failures": "2",
        "errors": "2",
        "skipped": "2",
    }
    assert [suite.get("name") for suite in root] == ["TRACE-AGENT", "TRACE-THREAD"]
    first = root.find("testsuite/testcase")
    assert first is not None
    ids = [each.get("value") for each in first.iter("property") if each.get("name") == "requirement"]
    assert ids == ["TRACE-AGENT-1@1", "TRACE-AGENT-2@1"]
    kinds = {test.get("name"): [child.tag for child in test][1:] for test in root.iter("testcase")}
    assert kinds[REJECTED] == ["failure"]
    assert kinds["trace-y"] == kinds["trace-n"] == ["error"]
    assert kinds["trace-m"] == []
    skipped = root.find(".//testcase[@name='trace-z']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "known: keeps the first end"


def test_junit_document_looks_like_this(library: Library) -> None:
    """Suites in order of their names, sums before what they are of, text escaped."""
    failed = result(outcome="fail", detail='<a & "b">', ms=1.5)
    other = result("trace-a", requirements=["TRACE-AGENT-1@1"], ms=0.25)

    text = junit_of(report_of(library, failed, other)).decode()

    assert text.startswith(
        '<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="trace-reader" tests="2"'
    )
    assert [line.strip()[:58] for line in text.splitlines() if "<testsuite " in line] == [
        '<testsuite name="TRACE-AGENT" tests="1" failures="0" error',
        '<testsuite name="TRACE-THREAD" tests="1" failures="1" erro',
    ]
    assert text.count(' failures="1" errors="0" skipped="0" time="0.001750">') == 1
    assert 'message=\'&lt;a &amp; "b"&gt;\'>&lt;a &amp; "b"&gt;</failure>\n' in text
    assert text.endswith("  </testsuite>\n</testsuites>\n")


def test_junit_holds_any_text(library: Library) -> None:
    """Characters that XML forbids are spelled out."""
    report = report_of(library, result(outcome="crash", detail=HOSTILE + "\x00\x0b\ufffe"))

    error = ElementTree.fromstring(junit_of(report)).find(".//error")  # noqa: S314  (our own)

    assert error is not None
    assert error.get("message") == "\\x1b[31m<script>alert(1)</script> | `x` \\ud800\\x00\\x0b\\ufffe"


# --- badge


@pytest.mark.parametrize(
    ("results", "mode", "message", "color"),
    [
        ([result()], "full", "conformant", "brightgreen"),
        ([result()], "fast", "inconclusive", "lightgrey"),
        ([result(), result("b", "fail")], "full", "not conformant (50.0 % of MUST)", "red"),
    ],
)
def test_badge_tells_the_verdict(
    results: list[Result], mode: str, message: str, color: str, library: Library
) -> None:
    """The badge is an endpoint document with profile, verdict and colour."""
    document = json.loads(badge.render(report_of(library, *results, mode=mode)))

    assert document == {
        "schemaVersion": 1,
        "label": "trace-reader",
        "message": message,
        "color": color,
    }


def test_only_all_of_them_are_100_percent() -> None:
    """A share is never rounded up to what it is not."""
    assert percent(Tally(9999, 10000)) == "99.9 %"
    assert percent(Tally(3, 3)) == "100 %"
    assert percent(Tally(0, 0)) == "none"


# --- Markdown


def test_markdown_tells_verdict_areas_and_failures(report: Report, library: Library) -> None:
    """The page opens with the verdict, then the table, then a card for each failure."""
    page = markdown.render(report, library)

    assert page.startswith("## ❌ acme 2.1: not conformant\n")
    assert "| TRACE-AGENT | 1 | 1 |" in page
    assert f"<code>{REJECTED}</code>" in page
    assert "**TRACE-THREAD-2** MUST. A `thread_started`" in page
    assert "1 did not run: `trace-n`." in page


def test_markdown_shows_hostile_text_as_text(library: Library) -> None:
    """Text of an implementation stands in fences or is escaped; a fence cannot be left."""
    told = "```\n<script>alert(1)</script>"
    report = report_of(library, result(outcome="crash", detail=told))

    page = markdown.render(report, library)

    assert "````text\n```\n<script>alert(1)</script>" in page
    assert markdown.escaped("<b>|`*") == "\\<b\\>\\|\\`\\*"


def test_markdown_fits_into_a_ci_summary(library: Library) -> None:
    """Thousands of failures stay below the limit of 1 MiB."""
    many = [result(f"trace-{n}", "fail", detail="x" * 300) for n in range(5000)]

    page = markdown.render(report_of(library, *many), library)

    assert page.count("<details>") == markdown.CARDS
    assert "And 4,950 more" in page
    assert len(page.encode()) < 1 << 20


# --- HTML


def test_html_tells_everything(report: Report, library: Library) -> None:
    """The page has every failure with its rule, what did not run, the choices, and the header."""
    page = html.render(report, library, Path("r.jsonl"))

    assert "Not conformant" in page
    for told in (REJECTED, "trace-x", "trace-y", "trace-n", "keeps the first end", "./acme --fast"):
        assert told in page
    assert "rolloutspec replay r.jsonl --case" in page
    assert "whose <code>thread_id</code> already has a thread" in page
    assert '<a href="https://acme.example">' in page


def test_html_runs_nothing_and_loads_nothing(report: Report, library: Library) -> None:
    """Whatever an implementation says of itself is text; there is no script and no foreign address."""
    page = html.render(report, library)

    assert "<script" not in page
    assert "\\x1b[31m&lt;script&gt;alert(1)" in page
    assert "javascript:" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "url(" not in page
    assert "src=" not in page


def test_reports_are_the_same_bytes_each_time(report: Report, library: Library) -> None:
    """One stream gives one report: no clock, no chance."""
    for render in (html.render, markdown.render):
        assert render(report, library) == render(report, Library())
    assert junit_of(report) == junit_of(report)


# --- comparing


def test_changes_are_grouped(library: Library) -> None:
    """Cases are worse or better by the order of the outcomes; those of one report are named."""
    before = report_of(
        library,
        result("a"),
        result("b", "fail", signature="1"),
        result("c", "fail", signature="1"),
        result("d", "fail", signature="1"),
        result("e"),
    )
    after = report_of(
        library,
        result("a", "crash"),
        result("b"),
        result("c", "fail", signature="2"),
        result("d", "fail", signature="1"),
        result("f"),
        mode="selection",
    )

    found = difference.changes(before, after)

    assert {step: [each.case for each in cases] for step, cases in found.worse.items()} == {
        ("pass", "crash"): ["a"]
    }
    assert list(found.better) == [("fail", "pass")]
    assert [each.case for each in (*found.otherwise, *found.gone, *found.new)] == ["c", "e", "f"]
    assert found.unlike == ["mode: full before, selection after"]


def test_printable_leaves_text_alone() -> None:
    """Only what a terminal would obey is spelled out."""
    assert printable("naïve 中文 …\n\tend") == "naïve 中文 …\n\tend"
    assert printable("\u202eevil\x07") == "\\u202eevil\\x07"
