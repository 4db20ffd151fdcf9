"""Scripts of recorder calls: what the operation `session.write` is given, and how the reference plays them.

`spec/schema/session-script.schema.json` and `spec/conformance/session-writers.md` say the same to others.
"""

import os
import shutil
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import zstandard
from msgspec import Meta, Struct, field

from rollout_conformance.script_error import ScriptError
from rollout_conformance.writer_script import SCRIPT, Name, Uuid, ids_of
from rollout_reference import jsontext
from rollout_reference.session.names import ARCHIVED, SESSIONS, cold_path, logical_path, parse_name
from rollout_reference.session.writing.drafts import RolloutItem
from rollout_reference.session.writing.forking import fork
from rollout_reference.session.writing.header import ThreadStart, as_sub_agent, originator_of
from rollout_reference.session.writing.policy import HistoryMode
from rollout_reference.session.writing.recorder import Host, RolloutRecorder

HOME = "home"
"""The folder of the input that the home begins as, if it is there, and of the output that it ends as."""

Count = Annotated[int, Meta(ge=1)]


class Item(Struct, frozen=True, forbid_unknown_fields=True):
    """An item as the host hands it to its recorder."""

    type: str
    payload: Any
    metadata: dict[str, Any] | None = None

    def told(self) -> RolloutItem:
        """Return it as the recorder takes it."""
        extra = {} if self.metadata is None else {"metadata": self.metadata}
        return RolloutItem(self.type, self.payload, extra)


class Start(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the host knows about a thread that it starts."""

    cwd: str
    cli_version: str
    client: str = ""
    """The name of the client."""
    service: str | None = None
    """The name of the hosting service."""
    override: str | None = None
    """The originator that the environment asks for."""
    source: Any = "cli"
    thread_source: str | None = None
    model_provider: str | None = None
    base_instructions: dict[str, Any] | None = None
    dynamic_tools: list[Any] | None = None
    selected_capability_roots: list[Any] | None = None
    memories: bool = True
    history_mode: HistoryMode = "legacy"
    multi_agent_version: str | None = None
    git: dict[str, str] | None = None

    def told(self) -> ThreadStart:
        """Return it as the recorder takes it."""
        fields = msgspec.structs.asdict(self)
        client, service, override = (fields.pop(name) for name in ("client", "service", "override"))
        named = originator_of(service=service, override=override, default=client)
        return ThreadStart(**fields, originator=named)


class Stage:
    """The home in which a script is played, and the recorders that its calls have made."""

    def __init__(self, home: Path, host: Host) -> None:
        self.home = home
        self.host = host
        self._recorders: dict[str, RolloutRecorder] = {}

    def keep(self, name: str, recorder: RolloutRecorder) -> None:
        """Let later calls of the script mean a recorder by a name."""
        if name in self._recorders:
            raise ScriptError(f"the name {name!r} is taken")
        self._recorders[name] = recorder

    def get(self, name: str) -> RolloutRecorder:
        """Return the recorder of a name."""
        if name not in self._recorders:
            raise ScriptError(f"there is no recorder {name!r}")
        return self._recorders[name]

    def path_of(self, thread_id: str) -> Path:
        """Return the plain path of a thread's rollout, in whichever form and place it is."""
        for root in (SESSIONS, ARCHIVED):
            for path in sorted((self.home / root).rglob("rollout-*")):
                name = parse_name(path.name)
                if name is not None and name.thread_id == thread_id:
                    return logical_path(path)
        raise ScriptError(f"there is no rollout of thread {thread_id}")

    def die(self) -> None:
        """End the process: what no call has written is lost."""
        for recorder in self._recorders.values():
            recorder.abandon()


class Call(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="call"):
    """Base of the calls of a script."""

    def play(self, stage: Stage) -> None:
        """Make the call."""
        raise NotImplementedError


class Making(Call, frozen=True, kw_only=True):
    """A call that makes a recorder, which later calls mean by a name."""

    name: Name = field(name="as")


# --- recorders --------------------------------------------------------------------------------------


class Create(Making, frozen=True, kw_only=True, tag="create"):
    """A new thread starts.  [SESSION-WRITER-4, SESSION-WRITER-5]"""

    thread_id: Uuid
    start: Start
    inherited: list[Item] | None = None

    def play(self, stage: Stage) -> None:
        """Prepare its rollout."""
        stage.keep(self.name, _create(stage, self.start.told(), self.thread_id, self.inherited))


class Spawn(Making, frozen=True, kw_only=True, tag="spawn"):
    """The thread `of` starts an agent.  [SESSION-WRITER-16, SESSION-WRITER-17]"""

    of: Name
    thread_id: Uuid
    start: Start
    inherited: list[Item] | None = None

    def play(self, stage: Stage) -> None:
        """Prepare the agent's rollout."""
        start = as_sub_agent(self.start.told(), stage.get(self.of).header)
        stage.keep(self.name, _create(stage, start, self.thread_id, self.inherited))


class Fork(Making, frozen=True, kw_only=True, tag="fork"):
    """A new thread starts with the history of another.  [SESSION-WRITER-18, SESSION-WRITER-20]"""

    parent: Uuid
    thread_id: Uuid
    start: Start

    def play(self, stage: Stage) -> None:
        """Write the fork."""
        parent = stage.path_of(self.parent)
        stage.keep(self.name, fork(parent, self.start.told(), stage.host, thread_id=self.thread_id))


class Resume(Making, frozen=True, kw_only=True, tag="resume"):
    """A thread goes on in a new process.  [SESSION-WRITER-9, SESSION-WRITER-10]"""

    thread_id: Uuid

    def play(self, stage: Stage) -> None:
        """Open its rollout."""
        stage.keep(self.name, RolloutRecorder.resume(stage.path_of(self.thread_id), stage.host))


class Close(Call, frozen=True, kw_only=True, tag="close"):
    """A thread is shut down in order."""

    of: Name

    def play(self, stage: Stage) -> None:
        """Write what waits and let the file go."""
        stage.get(self.of).close()


class Die(Call, frozen=True, kw_only=True, tag="die"):
    """The process that records a thread is killed."""

    of: Name

    def play(self, stage: Stage) -> None:
        """Let the file go."""
        stage.get(self.of).abandon()


# --- items ------------------------------------------------------------------------------------------


class Add(Call, frozen=True, kw_only=True, tag="add"):
    """Items are handed over; nobody waits for them to be written."""

    of: Name
    items: list[Item]

    def play(self, stage: Stage) -> None:
        """Hand them over."""
        stage.get(self.of).add(*(item.told() for item in self.items))


class Append(Call, frozen=True, kw_only=True, tag="append"):
    """Items are handed over and written.  [SESSION-WRITER-11]"""

    of: Name
    items: list[Item]

    def play(self, stage: Stage) -> None:
        """Write them."""
        stage.get(self.of).append(*(item.told() for item in self.items))


class Flush(Call, frozen=True, kw_only=True, tag="flush"):
    """What was handed over is written."""

    of: Name

    def play(self, stage: Stage) -> None:
        """Write it."""
        stage.get(self.of).flush()


class Persist(Call, frozen=True, kw_only=True, tag="persist"):
    """The thread is to be on disk, with items or without.  [SESSION-WRITER-5]"""

    of: Name

    def play(self, stage: Stage) -> None:
        """Write the header and what was handed over."""
        stage.get(self.of).persist()


class AppendWorldState(Call, frozen=True, kw_only=True, tag="append_world_state"):
    """The model is told about its world.  [SESSION-WRITER-22]"""

    of: Name
    messages: list[Any]
    full: bool
    state: Any

    def play(self, stage: Stage) -> None:
        """Write what it was told, and the state."""
        stage.get(self.of).append_world_state(self.messages, self.state, full=self.full)


class AppendAgentMessage(Call, frozen=True, kw_only=True, tag="append_agent_message"):
    """Another agent sends a message.  [SESSION-WRITER-23]"""

    of: Name
    message: Any
    trigger_turn: bool

    def play(self, stage: Stage) -> None:
        """Write it."""
        stage.get(self.of).append_agent_message(self.message, trigger_turn=self.trigger_turn)


class UpdateGit(Call, frozen=True, kw_only=True, tag="update_git"):
    """The git facts of a thread change.  [SESSION-WRITER-21]"""

    of: Name
    git: dict[str, str]

    def play(self, stage: Stage) -> None:
        """Write them, if the file of the thread holds such changes."""
        stage.get(self.of).update_git(self.git)


class UpdateMemoryMode(Call, frozen=True, kw_only=True, tag="update_memory_mode"):
    """The memory mode of a thread changes.  [SESSION-WRITER-21]"""

    of: Name
    memory_mode: str

    def play(self, stage: Stage) -> None:
        """Write it, if the file of the thread holds such changes."""
        stage.get(self.of).update_memory_mode(self.memory_mode)


# --- what others do to the file ---------------------------------------------------------------------


class WriteText(Call, frozen=True, kw_only=True, tag="write_text"):
    """Someone else appends a text to a rollout, just as it is."""

    thread_id: Uuid
    text: str

    def play(self, stage: Stage) -> None:
        """Append it."""
        with stage.path_of(self.thread_id).open("ab") as file:
            file.write(self.text.encode())


class Cut(Call, frozen=True, kw_only=True, tag="cut"):
    """The last bytes of a rollout are lost, as a loss of power may do."""

    thread_id: Uuid
    bytes: Count

    def play(self, stage: Stage) -> None:
        """Shorten the file."""
        path = stage.path_of(self.thread_id)
        os.truncate(path, max(0, path.stat().st_size - self.bytes))


class Compress(Call, frozen=True, kw_only=True, tag="compress"):
    """A rollout is frozen: one zstd frame in the place of the plain file."""

    thread_id: Uuid

    def play(self, stage: Stage) -> None:
        """Compress it."""
        path = stage.path_of(self.thread_id)
        cold_path(path).write_bytes(zstandard.ZstdCompressor().compress(path.read_bytes()))
        path.unlink()


AnyCall = (
    Create
    | Spawn
    | Fork
    | Resume
    | Close
    | Die
    | Add
    | Append
    | Flush
    | Persist
    | AppendWorldState
    | AppendAgentMessage
    | UpdateGit
    | UpdateMemoryMode
    | WriteText
    | Cut
    | Compress
)


class Script(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A `script.json`: what hosts call, and what happens to their files, in order."""

    schema: Literal[1]
    calls: list[AnyCall]


def read_script(folder: Path) -> Script:
    """Return the script of an input folder; raises `ScriptError`."""
    try:
        return msgspec.convert(jsontext.parse((folder / SCRIPT).read_bytes()), Script)
    except OSError as error:
        raise ScriptError(f"{SCRIPT}: {error.strerror}") from None
    except (jsontext.JsonError, msgspec.ValidationError) as error:
        raise ScriptError(f"{SCRIPT}: {error}") from None


def play(folder: Path, out: Path, *, now_ms: int, id_seed: str) -> None:
    """Play the script of an input folder with the reference recorder, in `home` below `out`.

    The same input, time and seed give the same bytes.  Raises `ScriptError`, and `SessionRejected`
    for a call that is to be refused.
    """
    script = read_script(folder)
    home = out / HOME
    if (folder / HOME).is_dir():
        shutil.copytree(folder / HOME, home)
    stage = Stage(home, Host(clock=lambda: now_ms, zone=UTC, new_id=ids_of(id_seed)))
    try:
        for number, call in enumerate(script.calls):
            try:
                call.play(stage)
            except ScriptError as error:
                raise ScriptError(f"{SCRIPT}: {error} - at `$.calls[{number}]`") from None
    finally:
        stage.die()


def _create(
    stage: Stage, start: ThreadStart, thread_id: str, inherited: list[Item] | None
) -> RolloutRecorder:
    items = None if inherited is None else [item.told() for item in inherited]
    return RolloutRecorder.create(stage.home, start, stage.host, thread_id=thread_id, inherited=items)
