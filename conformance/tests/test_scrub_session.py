"""Scrubbing session rollouts: everything that matters to a reader stays, nothing that was said."""

import base64
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import zstandard
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from rollout_conformance import locations
from rollout_conformance.cli.scrub import command
from rollout_conformance.scrubbing.inplace import Rewriter
from rollout_conformance.scrubbing.masks import Masks
from rollout_conformance.scrubbing.moments import Shift
from rollout_conformance.scrubbing.words import STAYING_TEXT, Words, format_words
from rollout_reference.jsontext import JsonError, parse
from rollout_reference.session.lines import read_line
from rollout_reference.session.names import parse_name
from rollout_reference.session.reading.rollout import read_rollout

THREAD = "0199a213-81c0-7800-8aa1-bbab2a035a53"
PARENT = "0199a000-0000-7000-8000-00000000beef"
STAMP = "2026-01-05T10-00-00"
NAME = f"rollout-{STAMP}-{THREAD}.jsonl"
KEY = b"a key of these tests"


def line(kind: str, payload: dict[str, Any], second: int = 0) -> bytes:
    """Return one line as a writer prints it."""
    tree = {"timestamp": f"2026-01-05T10:00:{second:02}.123Z", "type": kind, "payload": payload}
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def meta(**more: Any) -> bytes:
    """Return the first line of a thread."""
    payload = {
        "id": THREAD,
        "timestamp": "2026-01-05T10:00:00.123Z",
        "cwd": "/home/margaret/secret-project",
        "originator": "codex_exec",
        "cli_version": "0.143.0",
        "source": "exec",
        "history_mode": "legacy",
        **more,
    }
    return line("session_meta", payload)


def user(text: str) -> bytes:
    """Return what a person said, as the event and as the item."""
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
    return line("response_item", item, 1) + line("event_msg", {"type": "user_message", "message": text}, 1)


def home(folder: Path, **files: bytes) -> Path:
    """Make a home with one active thread, and further files by their paths."""
    everything = {f"sessions/2026/01/05/{NAME}": meta() + user("please rename the frobnicator")} | files
    for name, content in everything.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def scrub(*arguments: str | Path) -> Result:
    """Run the command."""
    return CliRunner().invoke(command, [*map(str, arguments)])


def written(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by their paths."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def rewriter(words: Words | None = None) -> Rewriter:
    """Return a rewriter that moves no times."""
    return Rewriter(words or format_words(), Masks(KEY), Shift(None))


def rewritten(data: bytes) -> bytes:
    """Return one line without its content."""
    return rewriter().line(data)


def long_words(data: bytes) -> set[str]:
    """Return the words of four letters or more."""
    return set(re.findall(r"[^\W\d_]{4,}", data.decode("utf-8", "replace")))


def known_words() -> set[str]:
    """Return the words that may stand in a copy."""
    texts: Iterable[str] = (*format_words().all, STAYING_TEXT)
    return {word for text in texts for word in re.findall(r"[^\W\d_]{4,}", text)}


def test_a_copy_is_read_like_its_original(tmp_path: Path) -> None:
    """The copy has the same lines of the same lengths, and readers find the same in it."""
    source = home(tmp_path / "home")

    done = scrub(source, "-o", tmp_path / "copy")

    (copy,) = (tmp_path / "copy").rglob("*.jsonl")
    (original,) = source.rglob("*.jsonl")
    assert done.exit_code == 0
    assert [*map(len, copy.read_bytes().split(b"\n"))] == [*map(len, original.read_bytes().split(b"\n"))]
    assert diagnostics(copy) == diagnostics(original)


def diagnostics(path: Path) -> dict[str, Any]:
    """Return what a reader counts, the id of the thread left out."""
    reading = read_rollout(path)
    list(reading)
    return reading.diagnostics.to_tree() | {"thread_id": None}


def test_nothing_said_stays(tmp_path: Path) -> None:
    """No word of a text, path or name of the original is in the copy or in the name of a file."""
    source = home(tmp_path / "home", **{"sessions/margaret/rollout-holiday.jsonl": user("fly to Lisbon")})

    scrub(source, "-o", tmp_path / "copy")

    everything = b"\n".join(name.encode() + b"\n" + data for name, data in written(tmp_path / "copy").items())
    secrets = (b"margaret", b"secret", b"frobnicator", b"Lisbon", b"holiday", THREAD.encode())
    assert [secret for secret in secrets if secret in everything] == []


def test_one_id_is_one_id_everywhere(tmp_path: Path) -> None:
    """An id becomes the same other id in names, in lines, and inside texts, across all files of a run."""
    child = f"rollout-2026-01-05T11-00-00-{PARENT}.jsonl"
    source = home(tmp_path / "home", **{f"archived_sessions/{child}": meta(forked_from_id=THREAD)})

    scrub(source, "-o", tmp_path / "copy")

    files = written(tmp_path / "copy")
    (archived,) = (data for name, data in files.items() if name.startswith("archived_sessions/"))
    (active,) = (Path(name) for name in files if name.startswith("sessions/"))
    named = parse_name(active.name)
    assert named is not None
    assert json.loads(archived.split(b"\n")[0])["payload"]["forked_from_id"] == named.thread_id


def test_times_move_together(tmp_path: Path) -> None:
    """The first moment is a fixed one, and what lay a day apart still does, in names and lines alike."""
    later = f"rollout-2026-01-06T10-00-00-{PARENT}.jsonl"
    source = home(tmp_path / "home", **{f"sessions/2026/01/06/{later}": meta(id=PARENT)})

    scrub(source, "-o", tmp_path / "copy")

    names = [*written(tmp_path / "copy")]
    assert [name[:27] for name in names] == ["sessions/2025/10/09/rollout", "sessions/2025/10/10/rollout"]
    assert [Path(name).name[8:27] for name in names] == ["2025-10-09T08-53-20", "2025-10-10T08-53-20"]
    assert all(
        b'"timestamp":"2025-10-09T08:53:20.123Z"' in data for data in written(tmp_path / "copy").values()
    )


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """A second run gives the same copy."""
    source = home(tmp_path / "home")

    scrub(source, "-o", tmp_path / "one")
    scrub(source, "-o", tmp_path / "two")

    assert written(tmp_path / "one") == written(tmp_path / "two")


def test_other_input_gives_other_replacements(tmp_path: Path) -> None:
    """Replacements depend on all that is read, so that nobody can try out what one stands for."""
    one = home(tmp_path / "one")
    two = home(tmp_path / "two", **{"sessions/rollout-more.jsonl": b"more\n"})

    scrub(one, "-o", tmp_path / "copy-of-one")
    scrub(two, "-o", tmp_path / "copy-of-two")

    assert not set(written(tmp_path / "copy-of-one")) & set(written(tmp_path / "copy-of-two"))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A folder with something in it is refused and stays as it is."""
    source = home(tmp_path / "home")
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine").write_text("mine")

    done = scrub(source, "-o", tmp_path / "copy")

    assert done.exit_code == 2
    assert "nothing is overwritten" in done.output
    assert written(tmp_path / "copy") == {"mine": b"mine"}


def test_cold_stays_cold(tmp_path: Path) -> None:
    """A compressed rollout becomes a compressed copy of the same lines."""
    lines = meta() + user("a secret")
    source = home(tmp_path / "home", **{f"archived_sessions/{NAME}.zst": zstandard.compress(lines)})

    scrub(source, "-o", tmp_path / "copy")

    (cold,) = (tmp_path / "copy").rglob("*.zst")
    (plain,) = (tmp_path / "copy").rglob("*.jsonl")
    decoded = zstandard.ZstdDecompressor().decompressobj().decompress(cold.read_bytes())
    assert len(decoded) == len(lines)
    assert decoded.split(b"\n")[0] == plain.read_bytes().split(b"\n")[0]


def test_a_cut_frame_stays_cut(tmp_path: Path) -> None:
    """A damaged cold file is a damaged cold file in the copy, and that is said."""
    cold = zstandard.compress(meta() + user("cut " * 9999))
    source = home(tmp_path / "home", **{f"archived_sessions/{NAME}.zst": cold[:-40]})

    done = scrub(source, "-o", tmp_path / "copy")

    (copy,) = (tmp_path / "copy").rglob("*.zst")
    assert "as damaged as its original" in done.output
    assert rejection_of(copy) == "session.zst_damaged"


def rejection_of(path: Path) -> str:
    """Return the code by which a reader rejects a file."""
    try:
        list(read_rollout(path))
    except Exception as rejection:
        return str(getattr(rejection, "code", rejection))
    return "accepted"


def test_other_files_are_left_out(tmp_path: Path) -> None:
    """What is no rollout is not copied, and is counted."""
    source = home(tmp_path / "home", **{"auth.json": b"{}", "sessions/2026/01/05/notes.txt": b"mine"})

    done = scrub(source, "-o", tmp_path / "copy")

    assert len(written(tmp_path / "copy")) == 1
    assert "left out: 1" in done.output


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A file that is gone or closed is named, and the others are copied."""
    source = home(
        tmp_path / "home", **{"sessions/rollout-bomb.jsonl.zst": zstandard.compress(bytes(200 << 20))}
    )

    done = scrub(source, "-o", tmp_path / "copy")

    assert done.exit_code == 1
    assert "not copied" in done.output
    assert len(written(tmp_path / "copy")) == 1


def test_a_pipe_is_not_copied(tmp_path: Path) -> None:
    """Nothing waits for what somebody may write into a pipe."""
    os.mkfifo(tmp_path / NAME)

    done = scrub(tmp_path / NAME, "-o", tmp_path / "copy")

    assert done.exit_code == 1
    assert "not a regular file" in done.output


def test_names_that_are_no_text_are_replaced(tmp_path: Path) -> None:
    """A file name may be any bytes."""
    name = os.fsdecode(b"rollout-secret\xff.jsonl")
    source = home(tmp_path / "home", **{f"sessions/{name}": meta()})

    done = scrub(source, "-o", tmp_path / "copy")

    assert done.exit_code == 0
    assert len(written(tmp_path / "copy")) == 2
    assert "secret" not in done.output


def test_damaged_lines_stay_damaged() -> None:
    """A torn, glued or undecodable line keeps its length and its kind of damage, and loses its text."""
    torn = b'{"timestamp":"2026-01-05T10:00:00.123Z","type":"event_msg","payload":{"message":"the plan is to'
    bad_byte = b'{"type":"event_msg","payload":{"message":"caf\xe9 noir"}}'

    assert re.fullmatch(rb'.*"message":"[0-9x ]{14}', rewritten(torn))
    assert b"event_msg" in rewritten(torn)
    assert len(rewritten(bad_byte)) == len(bad_byte)
    assert rewritten(bad_byte).count(b"\xe1") == 1
    assert b"noir" not in rewritten(bad_byte)


def test_marks_of_the_cli_stay() -> None:
    """What tells a text of the CLI from one that a person wrote is left as it is."""
    text = "<environment_context>\\n  <cwd>/home/margaret</cwd>\\n</environment_context>"

    clean = rewritten(f'{{"text":"{text}"}}'.encode())

    assert clean.startswith(b'{"text":"<environment_context>\\n  <cwd>/')
    assert b"margaret" not in clean


def test_json_in_a_string_stays_json() -> None:
    """Arguments are JSON in a string: their known keys stay, the rest goes, and both still parse."""
    arguments = json.dumps({"cmd": "cat /etc/passwd", "timeout_ms": 1000, "mine": "x"})
    clean = json.loads(rewritten(json.dumps({"arguments": arguments, "name": "their_tool"}).encode()))

    inner = json.loads(clean["arguments"])

    assert inner["timeout_ms"] == 1000
    assert "cmd" in inner
    assert "mine" not in inner
    assert "passwd" not in clean["arguments"]
    assert clean["name"] != "their_tool"


def test_counters_stay_and_other_numbers_go() -> None:
    """Numbers of the format are kept; those under keys that nobody knows are not."""
    clean = rewritten(b'{"total_tokens":98765,"ordinal":7,"salary":98765,"ratio":-0.25e3}')

    assert clean.startswith(b'{"total_tokens":98765,"ordinal":7,"')
    assert clean.endswith(b":-0.11e1}")
    assert clean.count(b"98765") == 1


def test_a_name_can_be_kept(tmp_path: Path) -> None:
    """Who reports an unknown type says its name; then it stays."""
    source = home(
        tmp_path / "home", **{"sessions/rollout-new.jsonl": line("future_event", {"future_key": 1})}
    )

    scrub(source, "-o", tmp_path / "copy", "--keep", "future_event", "--keep", "future_key")

    everything = b"".join(written(tmp_path / "copy").values())
    assert b'"type":"future_event","payload":{"future_key":1}' in everything


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(derandomize=True)
@given(json_values, st.booleans())
def test_any_json_keeps_its_structure(value: Any, ascii_only: bool) -> None:
    """A copy of any JSON is JSON of the same bytes' number and the same kinds of values."""
    data = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")

    clean = rewritten(data)

    assert len(clean) == len(data)
    assert kinds(json.loads(clean.decode("utf-8", "surrogatepass"))) == kinds(value)


def kinds(value: Any) -> Any:
    """Return the structure of a value: kinds, lengths, nothing of what it says."""
    match value:
        case dict():
            return sorted((len(key), repr(kinds(child))) for key, child in value.items())
        case list():
            return [kinds(child) for child in value]
        case str():
            return len(value)
    return type(value).__name__


@settings(derandomize=True)
@given(st.lists(st.text(min_size=4), min_size=1, max_size=6), st.binary(max_size=40))
def test_no_word_survives(texts: list[str], junk: bytes) -> None:
    """No word of four letters stays that the format does not have, in valid lines or damaged ones."""
    valid = json.dumps({texts[0]: texts, "message": " ".join(texts), "id": texts[-1]}, ensure_ascii=False)
    data = valid.encode("utf-8", "surrogatepass") + junk

    survivors = long_words(rewritten(data)) & long_words(data)

    assert {word for word in survivors if len(set(word)) > 1} <= known_words()


@settings(derandomize=True)
@given(st.sets(st.from_regex(r"[a-z_]{1,3}-?[A-Za-z0-9]{2,12}", fullmatch=True), max_size=40))
def test_different_ids_stay_different(ids: set[str]) -> None:
    """The replacement of ids is one to one."""
    masks = Masks(KEY)

    replaced = {masks.identity(each) for each in ids}

    assert len(replaced) == len(ids)


@settings(derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_keep_their_length(data: bytes) -> None:
    """Whatever stands on a line, its copy is as long."""
    assert len(rewritten(data)) == len(data)


@settings(derandomize=True)
@given(json_values, st.booleans(), st.data())
def test_damage_stays_damage(value: Any, ascii_only: bool, data: st.DataObject) -> None:
    """A line from which something was cut is JSON, or UTF-8, in the copy only if it was before."""
    whole = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    start, end = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, len(whole)))
    damaged = whole[:start] + whole[max(start, end) :]

    assert readable(rewritten(damaged)) == readable(damaged)


@settings(derandomize=True)
@given(st.binary(max_size=60).map(lambda data: b'{"message":"' + data + b'"}'))
def test_broken_characters_stay_broken(data: bytes) -> None:
    """Bytes that are no UTF-8 become other bytes that are none."""
    assert readable(rewritten(data)) == readable(data)


def readable(data: bytes) -> tuple[bool, bool]:
    """Tell whether bytes are UTF-8, and whether they are JSON."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return (False, False)
    try:
        parse(data)
    except JsonError:
        return (True, False)
    return (True, True)


def test_older_forms_are_known_words() -> None:
    """Keys and names that only older versions wrote stay, so that a reader's answer stays the same."""
    flat = b'{"dynamic_tools":[{"name":"mine","inputSchema":{},"exposeToContext":1}]}'

    assert b'"exposeToContext":1}' in rewritten(flat)


def test_drive_letters_and_base64_stay_what_they_are() -> None:
    """A Windows path stays absolute, and data stays valid Base64."""
    windows = json.loads(rewritten(rb'{"cwd":"C:\\Users\\margaret"}'))
    sealed = json.loads(rewritten(b'{"chunk":"aGVsbG8gd29ybA=="}'))

    assert re.fullmatch(r"C:\\[0-9]{5}\\[0-9x]{8}", windows["cwd"])
    assert len(base64.b64decode(sealed["chunk"], validate=True)) == 10


def test_an_integer_that_is_too_large_stays_so() -> None:
    """Whether an integer has a place in 64 bits can decide what becomes of its line."""
    clean = json.loads(rewritten(b'{"salary":18446744073709551616,"bonus":18446744073709551615}'))

    assert [value < 2**64 for value in clean.values()] == [False, True]


AREAS = ("file", "legacy", "lines")
OWN_RULES = {"meta-agent-path-capital", "meta-agent-path-root-below"}
"""Cases about the text of a value itself, which a copy does not keep: the path of an agent."""


def test_copies_of_the_corpus_are_read_like_their_originals() -> None:
    """Line by line a reader finds the same in the copy of every case about lines, damage and old forms."""
    corpus = locations.corpus_dir() / "session"
    inputs = [path for area in AREAS for path in corpus.glob(f"{area}/**/input/rollout.jsonl")]
    cases = [path for path in inputs if path.is_file()]

    differing = {path.parent.parent.name for path in cases if found(path.read_bytes()) != found(copied(path))}

    assert len(cases) > 100
    assert differing <= OWN_RULES


def copied(path: Path) -> bytes:
    """Return the copy of a plain file, line by line."""
    return b"\n".join(map(rewritten, path.read_bytes().split(b"\n")))


def found(data: bytes) -> list[str]:
    """Return what a reader makes of each line: its type, or why it is none."""
    lines = (read_line(each, 1) for each in data.split(b"\n"))
    return ["" if each is None else str(getattr(each, "code", getattr(each, "type", ""))) for each in lines]
