"""`rolloutspec validate`: what is wrong with a file, a tree or a home, said without repeating its content."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner, Result

from rollout_conformance import locations
from rollout_conformance.cli.validate import command
from rollout_conformance.requirements import load_requirements
from rollout_conformance.validate import codes
from rollout_conformance.validate.codes import Finding
from rollout_conformance.validate.problems import MAX_LINES, MAX_PROBLEMS

THREAD = "0199a213-81c0-7800-8aa1-bbab2a035a53"
OTHER = "0199a000-0000-7000-8000-000000000001"
STAMP = "2026-01-05T10-00-00"
DAY = "sessions/2026/01/05"
NAME = f"rollout-{STAMP}-{THREAD}.jsonl"
MAIN = "from rollout_conformance.cli import main; main()"
SAID = "the launch code is 0000"


def line(kind: str, payload: Any, **more: Any) -> bytes:
    """Return one line as a writer prints it."""
    tree = {"timestamp": "2026-01-05T10:00:00.123Z", **more, "type": kind, "payload": payload}
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def meta(thread: str = THREAD, **more: Any) -> bytes:
    """Return the first line of a legacy thread."""
    payload = {
        "id": thread,
        "timestamp": "2026-01-05T10:00:00.123Z",
        "cwd": "/project",
        "originator": "codex_exec",
        "cli_version": "0.143.0",
        "source": "exec",
        "history_mode": "legacy",
    }
    return line("session_meta", payload | more)


def event(kind: str, **fields: Any) -> bytes:
    """Return an event."""
    return line("event_msg", {"type": kind, **fields})


USER = event("user_message", message=SAID)


def files(folder: Path, content: dict[str, bytes]) -> Path:
    """Write files by their paths below a folder."""
    for name, data in content.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture
def rollout(tmp_path: Path) -> Path:
    """Return where a test puts its one rollout."""
    return tmp_path / NAME


def validate(*arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, [*map(str, arguments)])


def report(*arguments: str | Path) -> dict[str, Any]:
    """Return what the command prints as JSON."""
    return dict(json.loads(validate(*arguments, "--json").stdout))


def problems(path: Path) -> list[dict[str, Any]]:
    """Return the problems of one file."""
    return list(report(path)["files"][0]["problems"])


def test_a_good_file_is_clean(rollout: Path) -> None:
    """A good file gives a table and exit code 0."""
    rollout.write_bytes(meta() + USER)

    done = validate(rollout)

    assert (done.exit_code, done.stderr) == (0, "")
    assert "0 errors, 0 warnings" in done.stdout


def test_a_misspelled_event_is_named_with_its_neighbour(rollout: Path) -> None:
    """An event that no version has is told with file, line, rule and the nearest one that is known."""
    rollout.write_bytes(meta() + event("agent_mesage", message=SAID))

    done = validate(rollout)

    assert done.exit_code == 1
    assert (
        f"error: {rollout} line 2: event_msg with unknown event `agent_mesage`  [SESSION-LINE-5]"
        in done.stdout
    )
    assert "nearest known: `agent_message`, since 0.34.0" in done.stdout


def test_a_misspelled_line_type_is_named_with_its_neighbour(rollout: Path) -> None:
    """So is a line type."""
    rollout.write_bytes(meta() + line("turn_contxt", {}))

    (problem,) = problems(rollout)

    assert problem["message"] == "unknown line type `turn_contxt`"
    assert problem["nearest"].startswith("nearest known: `turn_context`")


def test_an_event_in_the_place_of_a_line_type_is_told(rollout: Path) -> None:
    """A name that belongs one level deeper is recognised as such."""
    rollout.write_bytes(meta() + line("user_message", {"message": SAID}))

    (problem,) = problems(rollout)

    assert problem["nearest"] == "`user_message` is an event, not a line type"


def test_a_future_type_is_loud(rollout: Path) -> None:
    """A type that nobody knows is an error, never passed over."""
    rollout.write_bytes(meta() + line("quantum_state", {"say": SAID}))

    done = validate(rollout)

    assert done.exit_code == 1
    assert "unknown line type `quantum_state`" in done.stdout
    assert "nothing like it is known up to" in done.stdout


def test_an_old_type_is_told_with_its_versions(rollout: Path) -> None:
    """An event that only old versions wrote is told as such."""
    rollout.write_bytes(meta() + event("background_event", message="x"))

    (problem,) = problems(rollout)

    assert problem["nearest"].startswith("a form of old versions, seen from ")


def test_a_renamed_key_is_explained(rollout: Path) -> None:
    """The sandbox policy of 0.58 and older drops its line; what became of the key is said."""
    context = {"cwd": "/p", "approval_policy": "never", "model": "m", "summary": "auto"}
    rollout.write_bytes(meta() + line("turn_context", context | {"sandbox_policy": {"mode": "read-only"}}))

    (problem,) = problems(rollout)

    assert problem["rule"] == "SESSION-LINE-7"
    assert "SESSION-LEGACY-8" in problem["nearest"]


def test_a_missing_key_is_found_under_another_name(rollout: Path) -> None:
    """Where a key is missing and one that resembles it is there, that one is named."""
    rollout.write_bytes(meta() + event("user_message", mesage=SAID))

    (problem,) = problems(rollout)

    assert problem["message"].startswith("event_msg `user_message`: /payload/message: expected")
    assert problem["nearest"] == "there is a key `mesage` instead"


def test_keys_that_are_data_are_not_shown(rollout: Path) -> None:
    """The pointer to a wrong value leaves out keys that are paths of somebody."""
    changes = {"/home/margaret/diary.txt": {"type": "add"}}
    rollout.write_bytes(meta() + event("patch_apply_end", call_id="c", success=True, changes=changes))

    (problem,) = problems(rollout)

    assert problem["message"].startswith("event_msg `patch_apply_end`: ")
    assert "margaret" not in json.dumps(problem)


def test_content_is_shown_only_when_asked_for(rollout: Path) -> None:
    """Without --show-content nothing of a line is printed, with it the beginning is."""
    rollout.write_bytes(meta() + b'{"note":"' + SAID.encode() + b'"}\n')

    quiet = [
        validate(rollout),
        validate(rollout, "--json"),
        validate(rollout, "--sarif"),
        validate(rollout, "-v"),
    ]
    shown = validate(rollout, "--show-content")

    assert [SAID in done.stdout for done in quiet] == [False] * 4
    assert SAID in shown.stdout


def test_nothing_recognised_is_an_outcome_of_its_own(rollout: Path) -> None:
    """A file in which no line is an item is not merely one with problems."""
    rollout.write_bytes(b'{"role":"user"}\n{"role":"assistant"}\n')

    done = validate(rollout)

    assert done.exit_code == 1
    assert "NOTHING RECOGNISED in 1 file" in done.stdout
    assert report(rollout)["files"][0]["outcome"] == "unrecognised"


def test_folder_without_a_rollout_is_no_clean_bill(tmp_path: Path) -> None:
    """Whoever names a folder expects rollouts in it; that none was found is said and is red."""
    (tmp_path / "session.jsonl").write_bytes(meta())

    done = validate(tmp_path)

    assert done.exit_code == 1
    assert "no rollout is below it, so nothing was checked" in done.stdout


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "session.empty"),
        (b"\n \n", "session.empty"),
        (meta(history_mode="future") + USER, "session.unknown_history_mode"),
    ],
)
def test_a_file_that_cannot_be_read_is_rejected(rollout: Path, data: bytes, code: str) -> None:
    """What readers refuse as a whole is rejected with the code of the specification."""
    rollout.write_bytes(data)

    (found,) = report(rollout)["files"]

    assert found["outcome"] == "rejected"
    assert [problem["code"] for problem in found["problems"]] == [code]


def test_a_history_mode_is_named_only_if_it_is_a_name(rollout: Path) -> None:
    """A mode that nobody knows can be any value; it is repeated only if it looks like a name."""
    rollout.write_bytes(meta(history_mode=SAID) + USER)

    (problem,) = problems(rollout)

    assert problem["message"] == "unknown history mode `*`"


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (b'{"timestamp":"2026', "torn"),
        (USER.rstrip() + USER, "glued"),
        (b"\xff\n", "invalid_utf8"),
        (b"[]\n", "not_an_object"),
        (b"plain text\n", "malformed"),
        (b'{"type":"event_msg","payload":{"type":"context_compacted"}}\n', "missing_timestamp"),
    ],
)
def test_damage_is_told_line_by_line(rollout: Path, damage: bytes, code: str) -> None:
    """Each kind of damage costs its line, is told with it, and the others are read."""
    rollout.write_bytes(meta() + USER + damage)

    (found,) = report(rollout)["files"]

    assert [(problem["code"], problem["lines"]) for problem in found["problems"]] == [(code, [3])]
    assert found["items"] == 2


def test_a_thread_without_owner_is_told(rollout: Path) -> None:
    """History before the first session_meta makes readers of the CLI refuse the file."""
    rollout.write_bytes(line("response_item", {"type": "message", "role": "user", "content": []}) + meta())

    (problem,) = problems(rollout)

    assert (problem["code"], problem["rule"], problem["lines"]) == ("session.no_owner", "SESSION-FILE-6", [1])


def test_ordinals_are_checked(rollout: Path) -> None:
    """A repeated, a skipped and a missing ordinal of a paginated file are told where they are."""
    compacted = {"type": "context_compacted"}
    rollout.write_bytes(
        line("session_meta", json.loads(meta(history_mode="paginated"))["payload"], ordinal=0)
        + line("event_msg", compacted, ordinal=0)
        + line("event_msg", compacted, ordinal=5)
        + line("event_msg", compacted)
    )

    found = [(problem["code"], problem["lines"]) for problem in problems(rollout)]

    assert found == [("repeated_ordinal", [2]), ("skipped_ordinal", [3]), ("missing_ordinal", [4])]


def test_many_like_problems_are_one(rollout: Path) -> None:
    """A drift that repeats is told once, with its count; memory does not grow with it."""
    rollout.write_bytes(meta() + event("futurism") * 5000)

    (problem,) = problems(rollout)

    assert problem["count"] == 5000
    assert len(problem["lines"]) == MAX_LINES
    assert "(5,000 lines, from this one on)" in validate(rollout).stdout


def test_many_different_problems_have_an_end(rollout: Path) -> None:
    """Beyond a limit further sorts are only counted."""
    rollout.write_bytes(meta() + b"".join(event(f"future{number}") for number in range(MAX_PROBLEMS + 50)))

    found = problems(rollout)

    assert len(found) == MAX_PROBLEMS + 1
    assert (found[-1]["code"], found[-1]["count"]) == ("further", 50)


def test_unknown_fields_are_counted_and_no_error(rollout: Path) -> None:
    """Fields that nobody knows are ignored by readers; they are counted by where they stand."""
    nested = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x", "glow": 1}]}
    rollout.write_bytes(meta(mood="fine") + line("response_item", nested, aura=1) + USER)

    done = validate(rollout, "--verbose")

    (found,) = report(rollout)["files"]
    assert done.exit_code == 0
    assert found["unknown_fields"] == {"Envelope.aura": 1, "SessionMeta.mood": 1, "content.InputText.glow": 1}
    assert "unknown fields, which readers ignore: Envelope.aura 1" in done.stdout.replace("\n", " ")


def test_bare_files_are_known(rollout: Path) -> None:
    """Files of the first era are read as such; their marks are no problem."""
    header = {"id": THREAD, "timestamp": "2025-08-01T10:00:00.000Z", "instructions": None}
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]}
    lines = (header, {"record_type": "state"}, item)
    rollout.write_bytes(b"".join(json.dumps(each).encode() + b"\n" for each in lines))

    (found,) = report(rollout)["files"]

    assert (found["era"], found["outcome"], found["items"]) == ("bare", "clean", 2)


def test_cold_files_are_read(tmp_path: Path) -> None:
    """A compressed file is checked like a plain one."""
    (tmp_path / f"{NAME}.zst").write_bytes(zstandard.compress(meta() + event("futurism")))

    (found,) = report(tmp_path)["files"]

    assert (found["form"], found["outcome"]) == ("cold", "problems")


@pytest.fixture
def troubled(tmp_path: Path) -> Path:
    """Make a home in which everything is wrong that can be."""
    cold = f"{DAY}/rollout-2026-01-05T11-00-00-{OTHER}.jsonl"
    broken = f"{DAY}/rollout-2026-01-05T12-00-00-0199a000-0000-7000-8000-000000000002.jsonl"
    home = files(
        tmp_path / "home",
        {
            f"{DAY}/{NAME}": meta() + USER,
            f"archived_sessions/{NAME}": meta(),
            f"sessions/{NAME}": meta(),
            cold: meta(OTHER),
            f"{cold}.zst": zstandard.compress(meta(OTHER) + USER),
            broken: meta(OTHER.replace("1", "9")) + event("futurism"),
            f"{DAY}/rollout-compress-1.tmp": b"half",
            f"{DAY}/notes.txt": b"mine",
            "auth.json": b"{}",
        },
    )
    (home / DAY / "rollout-folder.jsonl").mkdir()
    (home / "sessions" / "loop").symlink_to(home / "sessions")
    return home


def test_a_whole_home_is_checked(troubled: Path) -> None:
    """What only a look at all files shows is told for each place."""
    found = report(troubled)

    places = [(Path(place["path"]).name, place["problem"]["code"]) for place in found["places"]]
    assert sorted(places) == [
        ("loop", "link"),
        (NAME, "same_thread"),
        (NAME, "twins"),
        (f"rollout-2026-01-05T11-00-00-{OTHER}.jsonl.zst", "forms_differ"),
        ("rollout-2026-01-05T12-00-00-0199a000-0000-7000-8000-000000000002.jsonl", "other_name"),
        ("rollout-compress-1.tmp", "temporary"),
        ("rollout-folder.jsonl", "special"),
    ]
    assert found["others"] == {"link": 1, "other": 1, "special": 1, "temporary": 1}


def test_a_whole_home_is_shown(troubled: Path) -> None:
    """The table counts by era and outcome, and the exit code says that something is wrong."""
    done = validate(troubled)

    assert done.exit_code == 1
    assert "not rollouts: 1 link, 1 other, 1 special, 1 temporary" in done.stdout
    assert "Traceback" not in done.output


def test_equal_forms_are_only_noted(tmp_path: Path) -> None:
    """A pair of forms with the same content costs nothing."""
    home = files(tmp_path, {f"{DAY}/{NAME}": meta(), f"{DAY}/{NAME}.zst": zstandard.compress(meta())})

    found = report(home)

    assert [place["problem"]["code"] for place in found["places"]] == ["both_forms"]
    assert found["clean"]


def test_a_cold_form_that_fell_behind_is_only_noted(tmp_path: Path) -> None:
    """A plain form to which lines were added since has all that the cold one has."""
    home = files(tmp_path, {f"{DAY}/{NAME}": meta() + USER, f"{DAY}/{NAME}.zst": zstandard.compress(meta())})

    assert [place["problem"]["code"] for place in report(home)["places"]] == ["cold_behind"]


def test_two_homes_may_share_a_thread(tmp_path: Path) -> None:
    """A copy of a home beside it makes no twins."""
    files(tmp_path, {f"one/{DAY}/{NAME}": meta(), f"two/archived_sessions/{NAME}": meta()})

    assert report(tmp_path)["places"] == []


def test_names_that_are_no_text_are_spelled_out(tmp_path: Path) -> None:
    """A file name may be any bytes; it neither stops the check nor spoils the JSON."""
    name = os.fsdecode(b"rollout-\xff.jsonl")
    files(tmp_path, {f"{DAY}/{name}": meta()})

    (found,) = report(tmp_path)["files"]

    assert found["path"].endswith(r"rollout-\udcff.jsonl")
    assert validate(tmp_path).exit_code == 0


def test_a_pipe_is_no_rollout(rollout: Path) -> None:
    """Nothing waits for what somebody may write into a pipe."""
    os.mkfifo(rollout)

    (found,) = report(rollout)["files"]

    assert (found["outcome"], found["problems"][0]["code"]) == ("rejected", "session.unreadable")


def test_later_segments_share_their_thread(tmp_path: Path) -> None:
    """A thread may have several files if the names of the later ones say so."""
    segment = NAME.replace(".jsonl", f"_{OTHER}.jsonl")
    home = files(tmp_path, {f"{DAY}/{NAME}": meta(), f"{DAY}/{segment}": meta()})

    assert report(home)["places"] == []


def test_many_files(tmp_path: Path) -> None:
    """Thousands of small files are checked in one run, each counted."""
    for number in range(2000):
        thread = f"0199a213-81c0-7800-8aa1-{number:012}"
        files(
            tmp_path, {f"sessions/2026/01/{number % 28 + 1:02}/rollout-{STAMP}-{thread}.jsonl": meta(thread)}
        )

    found = report(tmp_path)

    assert found["files_by_era_and_outcome"] == {"legacy": {"clean": 2000}}
    assert found["places"] == []


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """Make a home with a file and a folder that may not be read."""
    home = files(tmp_path, {f"{DAY}/{NAME}": meta(), "sessions/2026/02/rollout-x.jsonl": meta()})
    (home / DAY / NAME).chmod(0)
    (home / "sessions/2026/02").chmod(0)
    yield home
    (home / "sessions/2026/02").chmod(0o755)


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="nothing is closed to root")
def test_what_may_not_be_read_is_told(closed: Path) -> None:
    """Each closed file or folder is an error of its own; the run goes on."""
    powers = "-dac_override,-dac_read_search"
    without_powers = ["setpriv", "--bounding-set", powers, "--inh-caps", powers] * (os.geteuid() == 0)
    run = [*without_powers, sys.executable, "-c", MAIN, "validate", str(closed), "--json"]

    done = subprocess.run(run, capture_output=True, text=True, check=False)

    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (1, "")
    assert [each["problems"][0]["code"] for each in found["files"]] == ["session.unreadable"]
    assert [place["problem"]["code"] for place in found["places"]] == ["unreadable_folder"]


def test_sarif_has_what_code_hosts_need(rollout: Path) -> None:
    """The log is SARIF 2.1.0: a tool with rules, and results that refer to rule, level, message and place."""
    rollout.write_bytes(meta() + USER + event("futurism"))

    log = json.loads(validate(rollout, "--sarif").stdout)

    (run,) = log["runs"]
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    place = result["locations"][0]["physicalLocation"]
    assert log["version"] == "2.1.0"
    assert (rule["id"], result["ruleId"], result["level"]) == ("SESSION-LINE-5", "SESSION-LINE-5", "error")
    assert place == {"artifactLocation": {"uri": rollout.as_uri()}, "region": {"startLine": 3}}
    assert "futurism" in result["message"]["text"]


def test_paths_in_sarif_are_relative_as_given(rollout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path stays one, spelled as a URI, so that code hosts find the file."""
    monkeypatch.chdir(rollout.parent)
    Path("my sessions").mkdir()
    Path("my sessions", NAME).write_bytes(meta() + event("futurism"))

    log = json.loads(validate("my sessions", "--sarif").stdout)

    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == f"my%20sessions/{NAME}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Missing argument"),
        (["no-such-place"], "there is no no-such-place"),
        ([".", "--json", "--sarif"], "exclude each other"),
    ],
)
def test_wrong_usage_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    """Wrong use gives exit code 2 and one line that says why."""
    monkeypatch.chdir(tmp_path)

    done = validate(*arguments)

    assert done.exit_code == 2
    assert told in done.output


def test_findings_cite_rules_of_the_text() -> None:
    """Every requirement that a finding names stands in the specification."""
    cited = {finding.rule for finding in vars(codes).values() if isinstance(finding, Finding)}

    assert cited <= load_requirements(locations.spec_dir()).keys()


def test_a_real_process_is_silent_when_piped(rollout: Path) -> None:
    """As a user runs it: results on the one stream, nothing on the other, the documented exit code."""
    rollout.write_bytes(meta() + event("futurism"))
    run = [sys.executable, "-c", MAIN, "validate", str(rollout)]

    done = subprocess.run(run, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "")
    assert "unknown event `futurism`" in done.stdout


def test_reading_changes_nothing(rollout: Path) -> None:
    """A check leaves the file as it is, its times included."""
    rollout.write_bytes(meta() + b'{"torn')
    before = (rollout.read_bytes(), rollout.stat().st_mtime_ns)

    validate(rollout)

    assert (rollout.read_bytes(), rollout.stat().st_mtime_ns) == before
    assert list(rollout.parent.iterdir()) == [rollout]
