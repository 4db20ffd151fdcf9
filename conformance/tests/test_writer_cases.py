"""The cases for writers: the reference passes each, and for each there is a wrong writer that does not.

As a program, `test_writer_cases.py NAME`, this is the adapter of a wrong writer.
"""

import json
import sys
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace

from rollout_conformance.answers import Accepted, Broken
from rollout_conformance.cases import Case, CaseError
from rollout_conformance.implementations.adapter import Adapter
from rollout_conformance.implementations.reference import Reference
from rollout_conformance.library import Library
from rollout_conformance.locations import spec_dir
from rollout_conformance.protocol.server import main as serve_reference
from rollout_conformance.runner import Runner
from rollout_conformance.script_error import ScriptError
from rollout_conformance.tasks import ENVIRONMENT, Environment, Task
from rollout_conformance.verdict import judge
from rollout_conformance.writer_judge import fault_of
from rollout_conformance.writer_script import AnyCall, Script, play, read_script
from rollout_reference import jsontext
from rollout_reference.trace import recorder, writer
from rollout_reference.trace.events import (
    CodeCellStarted,
    InferenceCancelled,
    RolloutEnded,
    RolloutStarted,
    ThreadEnded,
    ThreadStarted,
)
from rollout_reference.trace.recorded_calls import (
    CodeCellRecorder,
    InferenceRecorder,
    ToolRecorder,
)
from rollout_reference.trace.recorder import (
    Recorder,
    ThreadRecorder,
    TurnRecorder,
)
from rollout_reference.trace.recording import (
    Recording,
)
from rollout_reference.trace.tool_kinds import kind_of, summary_of
from rollout_reference.trace.vocabulary import Generic, Other, PayloadRef
from rollout_reference.trace.writer import BundleWriter

LIBRARY = Library()
CASES = [
    case
    for entry in LIBRARY.entries.values()
    if entry.op == "trace.write" and (case := LIBRARY.find(entry.id)) is not None
]
PIPED = (
    "seq_from_0",
    "payload_written_late",
    "nulls_left_out",
    "resumed_is_started_again",
    "child_begins_a_rollout",
    "every_end_is_recorded",
    "aborted_is_aborted",
    "result_before_delivery",
)

Put = Callable[[object, str, object], None]
"""Puts something in the place of an attribute."""

Damage = Callable[[Put], None]
WRONG: dict[str, tuple[str, Damage]] = {}
"""The wrong writers by name, each with the rule that it breaks."""


def wrong(rule: str) -> Callable[[Damage], Damage]:
    """Register a way to make the reference writer wrong."""

    def register(damage: Damage) -> Damage:
        WRONG[damage.__name__] = (rule, damage)  # type: ignore[attr-defined]
        return damage

    return register


# --- the suite ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRONG)
def test_wrong_writer_fails(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that breaks a rule fails a case about that rule, and is told why."""
    rule, damage = WRONG[name]
    damage(monkeypatch.setattr)

    failed = failures(Reference(), about(rule))

    assert failed
    assert {result.outcome for result in failed} == {"fail"}
    assert all("TRACE-WRITER-" in result.detail for result in failed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case_is_failed_by_a_wrong_writer(case: Case) -> None:
    """No case is one that anybody passes: a writer that breaks one of its rules does not."""
    breakers = [damage for rule, damage in WRONG.values() if rule in case.cited]

    assert any(fails(damage, case) for damage in breakers)


def test_reference_passes_through_the_pipe() -> None:
    """What the reference writes is the same when it is asked over the protocol."""
    adapter = Adapter([sys.executable, "-m", "rollout_conformance.protocol.server"])

    failed = failures(adapter, CASES)

    adapter.close()
    assert (failed, adapter.identity.profiles) == ([], Reference.identity.profiles)


@pytest.mark.parametrize("name", PIPED)
def test_wrong_writer_fails_through_the_pipe(name: str) -> None:
    """The bundle that is judged is the one that the adapter left."""
    adapter = Adapter([sys.executable, __file__, name])

    failed = failures(adapter, about(WRONG[name][0]))

    adapter.close()
    assert {result.outcome for result in failed} == {"fail"}


def test_some_case_is_about_each_rule_that_a_script_can_show() -> None:
    """The other rules are about failing disks, the environment, and killed processes."""
    numbers = {int(cited.rpartition("-")[2]) for case in CASES for cited in case.cited}

    assert numbers == {*range(1, 12), *range(16, 23)}


# --- scripts --------------------------------------------------------------------------------------


def test_same_script_gives_the_same_bytes(tmp_path: Path) -> None:
    """Nothing depends on when and where a script is played."""
    script = read_script(named("trace-writer-session").input)
    for name in ("first", "second"):
        play(script, tmp_path / name, now_ms=5, id_seed="seed")

    assert files_of(tmp_path / "first") == files_of(tmp_path / "second")


def test_schema_has_the_calls_that_are_played() -> None:
    """Names, fields and required fields are the same on both sides."""
    contents = script_schema()
    (script,), definitions = msgspec.json.schema_components([Script], ref_template="{name}")
    played = {call.__struct_config__.tag: definitions[call.__name__] for call in AnyCall.__args__}

    assert set(contents["properties"]) == set(definitions[script["$ref"]]["properties"])
    for name, call in played.items():
        described = contents["$defs"][name]
        assert set(described["properties"]) == set(call["properties"])
        assert set(described["required"]) == set(call["required"])
    assert len(contents["properties"]["calls"]["items"]["oneOf"]) == len(played)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_script_is_valid_by_the_schema(case: Case) -> None:
    """What the suite plays is what the schema describes."""
    Draft202012Validator(script_schema()).validate(json.loads((case.input / "script.json").read_bytes()))


def test_every_call_is_played_by_a_case() -> None:
    """A call that no case makes would be judged by nobody."""
    made = {type(call) for case in CASES for call in read_script(case.input).calls}

    assert made == set(AnyCall.__args__)


ROOT_ID = "019f0000-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("calls", "told"),
    [
        ("[", "script.json: "),
        ('[{"call": "sing"}]', "`$.calls[0].call`"),
        ('[{"call": "turn", "of": "root", "as": "turn", "codex_turn_id": "t"}]', "'root' is no Thread"),
        ('[{"call": "root_thread", "as": "a"}, {"call": "root_thread", "as": "a"}]', "$.calls[1]"),
        ('[{"call": "root_thread", "as": "a", "more": 1}]', "unknown field `more`"),
    ],
)
def test_bad_script_is_an_error(tmp_path: Path, calls: str, told: str) -> None:
    """It says where, and nothing is judged."""
    text = f'{{"schema": 1, "root_thread_id": "{ROOT_ID}", "calls": {calls}}}'
    (tmp_path / "script.json").write_text(text)

    answer = Reference().perform(Task("trace.write", tmp_path, 1000))

    assert isinstance(answer, Broken)
    assert told in answer.detail


def test_time_and_ids_are_those_of_the_task() -> None:
    """The reference takes both from what it is told, so that equal tasks give equal bundles."""
    task = replace(named("trace-writer-layout").task, env=Environment(5, "seed"))

    bundle, same, other = (Reference().perform(it) for it in (task, task, replace(task, env=ENVIRONMENT)))

    assert isinstance(bundle, Accepted)
    assert json.loads(manifest_of(bundle))["started_at_unix_ms"] == 5
    assert bundle == same != other


def manifest_of(answer: Accepted) -> bytes:
    """Return the manifest of the one bundle."""
    return next(data for name, data in answer.outputs.items() if name.endswith("/manifest.json"))


# --- judging --------------------------------------------------------------------------------------


def test_no_bundle_is_a_failure() -> None:
    """A writer that has recording disabled is no writer."""
    judgement = judge(named("trace-writer-layout"), Accepted({}), Reference.identity)

    assert (judgement.outcome, judgement.detail) == (
        "fail",
        "TRACE-WRITER-6: there is no bundle under bundle/",
    )


@pytest.mark.parametrize("name", ["bundle/loose.txt", "bundle/other/manifest.json"])
def test_only_one_bundle_lies_under_the_root(name: str) -> None:
    """Nothing else does."""
    case = named("trace-writer-layout")
    outputs = written(case)

    assert fault_of(case, "expect", outputs) is None
    assert fault_of(case, "expect", {**outputs, name: b"{}"}) is not None


def test_other_ids_and_times_are_fine(tmp_path: Path) -> None:
    """A writer makes up its own ids and has its own clock."""
    case = named("trace-writer-cell-nested")
    play(read_script(case.input), tmp_path, now_ms=7, id_seed="another")

    assert fault_of(case, "expect", files_of(tmp_path)) is None


def test_foreign_expectation_is_an_error_of_the_case(tmp_path: Path) -> None:
    """A case expects events and a state, and nothing else."""
    case = named("trace-writer-layout")
    (tmp_path / "expect").mkdir()
    (tmp_path / "expect" / "bundle.json").write_text("{}")
    (tmp_path / "input").symlink_to(case.input)
    moved = msgspec.structs.replace(case, folder=tmp_path)

    with pytest.raises(CaseError, match=r"bundle\.json"):
        fault_of(moved, "expect", written(case))


def test_script_of_a_case_must_be_good(tmp_path: Path) -> None:
    """Reading it says which file is wrong."""
    with pytest.raises(ScriptError, match=r"script\.json"):
        read_script(tmp_path)


# --- helpers --------------------------------------------------------------------------------------


def named(case_id: str) -> Case:
    """Return a case by its id."""
    return next(case for case in CASES if case.id == case_id)


def about(rule: str) -> list[Case]:
    """Return the cases that cite a rule."""
    return [case for case in CASES if rule in case.cited]


def failures(implementation: Any, cases: Sequence[Case]) -> list[Any]:
    """Return the results that are no pass."""
    results = Runner(implementation, LIBRARY.requirements).run(cases)
    return [result for result in results if result.outcome != "pass"]


def fails(damage: Damage, case: Case) -> bool:
    """Tell whether a wrong writer fails a case."""
    with pytest.MonkeyPatch.context() as patch:
        damage(patch.setattr)
        return bool(failures(Reference(), [case]))


def written(case: Case) -> dict[str, bytes]:
    """Return what the reference writes."""
    answer = Reference().perform(case.task)
    assert isinstance(answer, Accepted)
    return answer.outputs


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder by their paths."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def script_schema() -> dict[str, Any]:
    """Return the schema of scripts."""
    contents: dict[str, Any] = json.loads((spec_dir() / "schema/writer-script.schema.json").read_bytes())
    Draft202012Validator.check_schema(contents)
    return contents


# --- wrong writers: files and lines ---------------------------------------------------------------


def change_lines(put: Put, change: Callable[[dict[str, Any]], object], separators: Any = (",", ":")) -> None:
    """Change each line as JSON before it is written; what `change` returns, if anything, replaces it."""
    line_of = writer._line

    def line(event: Any) -> bytes:
        value = json.loads(line_of(event))
        changed = change(value) or value
        return json.dumps(changed, ensure_ascii=False, separators=separators).encode() + b"\n"

    put(writer, "_line", line)


def change_writer(put: Put, **attributes: int) -> None:
    """Let a new writer begin with other numbers."""
    begin = BundleWriter.__init__

    def initialise(self: BundleWriter, *args: Any) -> None:
        begin(self, *args)
        vars(self).update(attributes)

    put(BundleWriter, "__init__", initialise)


def change_payloads(put: Put, change: Callable[[BundleWriter, PayloadRef], PayloadRef | None]) -> None:
    """Do something to each payload after it was written."""
    write = BundleWriter.write_payload

    def write_payload(self: BundleWriter, kind: Any, value: Any) -> PayloadRef:
        ref = write(self, kind, value)
        return change(self, ref) or ref

    put(BundleWriter, "write_payload", write_payload)


def change_creation(put: Put, change: Callable[[BundleWriter], None]) -> None:
    """Do something to each bundle after it was made."""
    create = BundleWriter.create

    def changed(*args: Any, **kwargs: Any) -> BundleWriter:
        made = create(*args, **kwargs)
        change(made)
        return made

    put(BundleWriter, "create", changed)


@wrong("TRACE-WRITER-1")
def payload_written_late(put: Put) -> None:
    """Keep a payload in memory until the next one comes."""
    waiting: list[tuple[Path, bytes]] = []

    def hold_back(self: BundleWriter, ref: PayloadRef) -> None:
        for path, data in waiting:
            path.write_bytes(data)
        path = self.folder / ref.path
        waiting[:] = [(path, path.read_bytes())]
        path.unlink()

    change_payloads(put, hold_back)


@wrong("TRACE-WRITER-1")
def payload_cut(put: Put) -> None:
    """Write at most a thousand bytes of a payload."""

    def cut(self: BundleWriter, ref: PayloadRef) -> None:
        path = self.folder / ref.path
        path.write_bytes(path.read_bytes()[:1000])

    change_payloads(put, cut)


@wrong("TRACE-WRITER-1")
def payload_rounded(put: Put) -> None:
    """Take every number for a double."""

    def round_numbers(self: BundleWriter, ref: PayloadRef) -> None:
        path = self.folder / ref.path
        path.write_text(json.dumps(json.loads(path.read_bytes(), parse_int=float)))

    change_payloads(put, round_numbers)


@wrong("TRACE-WRITER-2")
def seq_from_0(put: Put) -> None:
    """Count events as arrays are counted."""
    change_writer(put, _next_seq=0)


@wrong("TRACE-WRITER-2")
def seq_by_thread(put: Put) -> None:
    """Count the events of each thread by themselves."""
    numbers: dict[object, count[int]] = {}
    change_lines(put, lambda line: line.update(seq=next(numbers.setdefault(line["thread_id"], count(1)))))


@wrong("TRACE-WRITER-3")
def payloads_from_0(put: Put) -> None:
    """Count payloads as arrays are counted."""
    change_writer(put, _next_payload=0)


@wrong("TRACE-WRITER-3")
def payloads_by_kind(put: Put) -> None:
    """Name a payload by its kind."""

    def rename(self: BundleWriter, ref: PayloadRef) -> PayloadRef:
        path = f"payloads/{ref.kind.type}-{ref.raw_payload_id.partition(':')[2]}.json"
        (self.folder / ref.path).rename(self.folder / path)
        return PayloadRef(ref.raw_payload_id, ref.kind, path)

    change_payloads(put, rename)


@wrong("TRACE-WRITER-4")
def nulls_left_out(put: Put) -> None:
    """Leave out what has no value."""
    change_lines(
        put,
        lambda line: line.update(payload={k: v for k, v in line["payload"].items() if v is not None}),
    )


@wrong("TRACE-WRITER-4")
def spaces_between_tokens(put: Put) -> None:
    """Write JSON as many libraries do by default."""
    change_lines(put, lambda line: None, separators=(", ", ": "))


@wrong("TRACE-WRITER-4")
def keys_sorted(put: Put) -> None:
    """Write the keys of the envelope in the order of the alphabet."""
    change_lines(put, lambda line: dict(sorted(line.items())))


@wrong("TRACE-WRITER-5")
def manifest_without_time(put: Put) -> None:
    """Leave the start out of the manifest."""

    def shorten(made: BundleWriter) -> None:
        path = made.folder / "manifest.json"
        value = json.loads(path.read_bytes())
        del value["started_at_unix_ms"]
        path.write_text(json.dumps(value))

    change_creation(put, shorten)


@wrong("TRACE-WRITER-6")
def bundle_named_by_trace(put: Put) -> None:
    """Leave the root thread out of the directory's name."""

    def rename(made: BundleWriter) -> None:
        made.folder = made.folder.rename(made.folder.with_name(f"trace-{made.manifest.trace_id}"))

    change_creation(put, rename)


@wrong("TRACE-WRITER-6")
def root_must_exist(put: Put) -> None:
    """Make the trace root, but not its parents."""
    create = BundleWriter.create

    def careful(trace_root: Path, *args: Any, **kwargs: Any) -> BundleWriter:
        trace_root.mkdir(exist_ok=True)
        return create(trace_root, *args, **kwargs)

    put(BundleWriter, "create", careful)


# --- wrong writers: threads -----------------------------------------------------------------------


@wrong("TRACE-WRITER-7")
def resumed_is_started_again(put: Put) -> None:
    """Write a start whenever a thread is resumed."""
    resume = ThreadRecorder.resume

    def start(self: ThreadRecorder) -> ThreadRecorder:
        self._recording.event(ThreadStarted(self.thread_id, self.agent_path))
        return resume(self)

    put(ThreadRecorder, "resume", start)


@wrong("TRACE-WRITER-7")
def attached_is_started_again(put: Put) -> None:
    """Write a start for each handle of a thread."""
    thread = Recorder.thread

    def start(self: Recorder, thread_id: str) -> ThreadRecorder:
        self._recording.event(ThreadStarted(thread_id, "/root"))
        return thread(self, thread_id)

    put(Recorder, "thread", start)


def change_children(put: Put, start: Callable[..., ThreadRecorder | None]) -> None:
    """Do something else when a child starts; None goes on as usual."""
    begin = Recorder._begin

    def changed(self: Recorder, thread_id: str, path: str, depth: int, told: Any) -> ThreadRecorder:
        made = start(self, thread_id, path, told) if depth else None
        return made or begin(self, thread_id, path, depth, told)

    put(Recorder, "_begin", changed)


@wrong("TRACE-WRITER-8")
def child_begins_a_rollout(put: Put) -> None:
    """Write a rollout_started for each thread."""

    def start(self: Recorder, thread_id: str, *_: Any) -> None:
        self._recording.event(RolloutStarted("another", thread_id))

    change_children(put, start)


@wrong("TRACE-WRITER-8")
def child_has_a_bundle(put: Put) -> None:
    """Record each thread into a bundle of its own."""

    def start(self: Recorder, thread_id: str, path: str, told: Any) -> ThreadRecorder | None:
        assert self.bundle
        return recorder.record(self.bundle.parent, root_thread_id=thread_id).root_thread(told)

    change_children(put, start)


@wrong("TRACE-WRITER-22")
def child_is_not_started(put: Put) -> None:
    """Forget the start of a child."""

    def start(self: Recorder, thread_id: str, path: str, told: Any) -> ThreadRecorder:
        return ThreadRecorder(self, self._recording, thread_id, path, 1)

    change_children(put, start)


@wrong("TRACE-WRITER-22")
def stranger_is_recorded(put: Put) -> None:
    """Record a thread that never started here."""

    def thread(self: Recorder, thread_id: str) -> ThreadRecorder:
        return ThreadRecorder(self, self._recording, thread_id, "/root", 0)

    put(Recorder, "thread", thread)


@wrong("TRACE-WRITER-11")
def thread_before_rollout(put: Put) -> None:
    """Write the two first events the other way round."""
    begin = Recorder._begin

    def root_thread(self: Recorder, metadata: Any = None) -> ThreadRecorder:
        thread = begin(self, self.root_thread_id, "/root", 0, metadata)
        self._recording.event(RolloutStarted("trace", self.root_thread_id))
        return thread

    put(Recorder, "root_thread", root_thread)


@wrong("TRACE-WRITER-11")
def thread_without_metadata(put: Put) -> None:
    """Leave the metadata of a thread out."""

    def forget(line: dict[str, Any]) -> None:
        if line["payload"]["type"] == "thread_started":
            line["payload"]["metadata_payload"] = None

    change_lines(put, forget)


@wrong("TRACE-WRITER-18")
def rollout_ends_first(put: Put) -> None:
    """End the rollout, then its root thread."""

    def end(self: ThreadRecorder) -> None:
        if self.thread_id == self._recorder.root_thread_id:
            self._recording.event(RolloutEnded("completed"))
        self._recording.event(ThreadEnded(self.thread_id, "completed"))

    put(ThreadRecorder, "end", end)


@wrong("TRACE-WRITER-18")
def child_ends_the_rollout(put: Put) -> None:
    """End the rollout with every thread."""

    def end(self: ThreadRecorder) -> None:
        self._recording.event(ThreadEnded(self.thread_id, "completed"))
        self._recording.event(RolloutEnded("completed"))

    put(ThreadRecorder, "end", end)


@wrong("TRACE-WRITER-18")
def ends_made_up(put: Put) -> None:
    """Write an end for a rollout that did not shut down."""
    close = Recorder.close

    def end(self: Recorder) -> None:
        self._recording.event(RolloutEnded("aborted"))
        close(self)

    put(Recorder, "close", end)


# --- wrong writers: turns, attempts, results ------------------------------------------------------


@wrong("TRACE-WRITER-10")
def aborted_is_aborted(put: Put) -> None:
    """Write the status that has the name."""
    put(TurnRecorder, "abort", lambda self: self._end("aborted"))


@wrong("TRACE-WRITER-10")
def turn_left_open(put: Put) -> None:
    """Write only the ends of turns that did not complete."""
    put(TurnRecorder, "complete", lambda self: None)


@wrong("TRACE-WRITER-9")
def every_end_is_recorded(put: Put) -> None:
    """Write whatever end comes."""
    put(InferenceRecorder, "_ends", lambda self: True)


@wrong("TRACE-WRITER-9")
def cancelled_is_left_open(put: Put) -> None:
    """Write no end for an attempt that was given up."""
    put(InferenceRecorder, "cancel", lambda self, *_, **__: None)


@wrong("TRACE-WRITER-9")
def dropped_is_cancelled(put: Put) -> None:
    """Write a cancellation whenever a handle is dropped."""
    complete = InferenceRecorder.complete

    def drop(self: InferenceRecorder, *args: Any, **kwargs: Any) -> None:
        complete(self, *args, **kwargs)
        cancelled = InferenceCancelled(inference_call_id=self.inference_call_id, reason="dropped")
        self._recording.event(cancelled, self._context)

    put(InferenceRecorder, "complete", drop)


@wrong("TRACE-WRITER-16")
def result_before_delivery(put: Put) -> None:
    """Write the result whether it arrives or not."""
    deliver_result = TurnRecorder.deliver_result

    def hope(self: TurnRecorder, parent: Any, message: str, status: Any, deliver: Any) -> bool:
        return deliver_result(self, parent, message, status, lambda: True)

    put(TurnRecorder, "deliver_result", hope)


@wrong("TRACE-WRITER-16")
def result_forgotten(put: Put) -> None:
    """Write no result."""
    put(TurnRecorder, "deliver_result", lambda self, parent, message, status, deliver: deliver())


@wrong("TRACE-WRITER-22")
def repeats_are_recorded(put: Put) -> None:
    """Write a start without a look at what has started."""

    def start(self: Recording, event: Any, context: Any, **_: Any) -> Recording:
        self.event(event, context)
        return self

    put(Recording, "start", start)


@wrong("TRACE-WRITER-22")
def unknown_response_is_fine(put: Put) -> None:
    """Write any request."""
    put(Recording, "knows", lambda self, *_: True)


@wrong("TRACE-WRITER-22")
def incremental_is_dropped(put: Put) -> None:
    """Write full requests only."""
    put(Recording, "knows", lambda self, *_: False)


@wrong("TRACE-WRITER-22")
def runtime_begins_again(put: Put) -> None:
    """Write each beginning of a runtime that the host tells."""
    started = ToolRecorder.runtime_started

    def again(self: ToolRecorder, event: Any) -> None:
        self._runtime_started = False
        started(self, event)

    put(ToolRecorder, "runtime_started", again)


@wrong("TRACE-WRITER-22")
def code_call_is_a_tool(put: Put) -> None:
    """Take the call that starts a code cell for a tool call."""
    put(recorder, "is_code_mode_call", lambda *_: False)


@wrong("TRACE-WRITER-22")
def unknown_thread_is_attached(put: Put) -> None:
    """Go on with a thread that never started."""

    def thread(self: Recorder, thread_id: str) -> ThreadRecorder:
        return self._threads.get(thread_id) or ThreadRecorder(self, self._recording, thread_id, "/root", 0)

    put(Recorder, "thread", thread)


# --- wrong writers: context, tools, cells ---------------------------------------------------------


@wrong("TRACE-WRITER-17")
def context_nowhere(put: Put) -> None:
    """Leave thread and turn to the payloads."""
    change_lines(put, lambda line: line.update(thread_id=None, codex_turn_id=None))


@wrong("TRACE-WRITER-17")
def context_everywhere(put: Put) -> None:
    """Name a thread in each envelope."""
    change_lines(put, lambda line: line.update(thread_id=line["thread_id"] or line["rollout_id"]))


@wrong("TRACE-WRITER-17")
def cell_ends_in_its_turn(put: Put) -> None:
    """Name the turn that started the cell at its end."""
    end = CodeCellRecorder.end

    def forget(self: CodeCellRecorder, status: Any, response: Any = None, **_: Any) -> None:
        end(self, status, response)

    put(CodeCellRecorder, "end", forget)


@wrong("TRACE-WRITER-19")
def kind_is_other(put: Put) -> None:
    """Leave kinds to the reader."""
    put(recorder, "kind_of", Other)


@wrong("TRACE-WRITER-19")
def kind_by_small_letters(put: Put) -> None:
    """Find a kind whatever the case of the name."""
    put(recorder, "kind_of", lambda name: kind_of(name.lower()))


@wrong("TRACE-WRITER-19")
def kind_by_server(put: Put) -> None:
    """Use the kind that is there for MCP tools."""

    def name_server(line: dict[str, Any]) -> None:
        server, _, tool = line["payload"].get("summary", {}).get("label", "").partition(".")
        if server.startswith("mcp__"):
            line["payload"]["kind"] = {"type": "mcp", "server": server, "tool": tool}

    change_lines(put, name_server)


def change_summary(put: Put, change: Callable[[Generic, Any], Generic]) -> None:
    """Write another summary of each tool call."""
    put(
        recorder,
        "summary_of",
        lambda name, namespace, payload: change(summary_of(name, namespace, payload), payload),
    )


@wrong("TRACE-WRITER-20")
def preview_by_bytes(put: Put) -> None:
    """Count bytes for characters."""

    def cut(summary: Generic, payload: Any) -> Generic:
        text = str(payload.get("input", ""))
        short = text.encode()[:160].decode(errors="ignore")
        return Generic(summary.label, text if text == short else short + "...")

    change_summary(put, cut)


@wrong("TRACE-WRITER-20")
def preview_of_everything(put: Put) -> None:
    """Show the payload as JSON."""
    change_summary(put, lambda summary, payload: Generic(summary.label, jsontext.compact(payload)))


@wrong("TRACE-WRITER-21")
def cell_left_open(put: Put) -> None:
    """Take the first response for the end."""
    put(CodeCellRecorder, "end", lambda self, *_, **__: None)


@wrong("TRACE-WRITER-21")
def yielded_is_ended(put: Put) -> None:
    """End a cell with its first response, whatever that is."""
    respond = CodeCellRecorder.respond

    def end(self: CodeCellRecorder, status: Any, response: Any = None) -> None:
        respond(self, status, response)
        self.end("completed" if status == "yielded" else status, response)

    put(CodeCellRecorder, "respond", end)


@wrong("TRACE-WRITER-21")
def cell_starts_when_it_responds(put: Put) -> None:
    """Write the start together with the first response."""
    starts: dict[int, CodeCellStarted] = {}
    respond = CodeCellRecorder.respond

    def begin(self: TurnRecorder, runtime_cell_id: str, call_id: str, source_js: str) -> CodeCellRecorder:
        cell = CodeCellRecorder(self._recording, self._context, runtime_cell_id)
        starts[id(cell)] = CodeCellStarted(runtime_cell_id, call_id, source_js)
        return cell

    def start(self: CodeCellRecorder, *args: Any) -> None:
        self._recording.event(starts[id(self)], self._context)
        respond(self, *args)

    put(TurnRecorder, "code_cell", begin)
    put(CodeCellRecorder, "respond", start)


if __name__ == "__main__":
    WRONG[sys.argv[1]][1](setattr)
    serve_reference()
