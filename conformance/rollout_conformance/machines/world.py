"""What a host knows of the session that it plays, whatever a reducer makes of its record.

Every item has a label of its own, so that the world can say in which order a thread's items were
first shown without knowing how a reducer recognises them.
"""

import json
from dataclasses import dataclass, field
from typing import Any

Label = tuple[str, str]
"""The kind of an item and what tells it from the others: its call id or its text."""

MARKER: Label = ("compaction_marker", "")


@dataclass(frozen=True)
class Item:
    """A conversation item: as the model writes it, and as later requests repeat it."""

    label: Label
    written: dict[str, Any]
    repeated: dict[str, Any]


@dataclass(eq=False)
class Thread:
    """One agent: what its next request would show, and what has been shown of it."""

    id: str
    path: str
    history: list[Item] = field(default_factory=list)
    transcript: list[Label] = field(default_factory=list)
    parent: "Thread | None" = None
    closed: bool = False
    ended: bool = False
    """Whether it was ever closed; a resumed thread has ended too."""
    turn: "Turn | None" = None
    continues: "Inference | None" = None
    """The call that an incremental request may build on: nothing happened since."""
    view: set[Label] = field(default_factory=set)
    replaced: bool = False
    """Whether no request has shown the history since it was replaced."""
    disturbed: bool = False
    """Whether another call ended since the latest began."""
    sent: int = 0
    """How many items of the history the latest request, and what answered it, have covered."""

    def show(self, items: list[Item]) -> None:
        """Note items that a request or a response shows."""
        for item in items:
            if item.label not in self.view:
                self.view.add(item.label)
                self.transcript.append(item.label)


@dataclass(eq=False)
class Turn:
    """One turn of a thread."""

    id: str
    thread: Thread
    status: str = "running"
    delivered: bool = False


@dataclass(eq=False)
class Inference:
    """One attempt; `items` is what the model has written so far."""

    id: str
    turn: Turn
    items: list[Item] = field(default_factory=list)
    status: str = "running"
    open: bool = True
    """The host still waits for it, maybe after its turn was aborted."""
    response_id: str | None = None


@dataclass(eq=False)
class Call:
    """A call that the model wrote, and what became of it."""

    id: str
    name: str
    arguments: str
    thread: Thread
    tool: "Tool | None" = None

    @property
    def message(self) -> str:
        """Return what the call says to another agent."""
        return str(json.loads(self.arguments)["message"])


@dataclass(eq=False)
class Tool:
    """A tool call that was dispatched."""

    id: str
    turn: Turn
    call: Call | None
    status: str = "running"
    runtime: str = "none"


@dataclass(eq=False)
class Cell:
    """A code cell."""

    id: str
    runtime_id: str
    call: Call
    turn: Turn
    status: str = "running"
    open: bool = True
    responded: bool = False

    @property
    def shown(self) -> bool:
        """Tell whether the model's source has been shown in a payload."""
        return ("custom_tool_call", self.call.id) in self.turn.thread.transcript


@dataclass(eq=False)
class Compaction:
    """A remote compaction that is under way or installed."""

    id: str
    turn: Turn
    installed: bool = False


@dataclass(frozen=True)
class Delivery:
    """A message that reached another thread."""

    edge_id: str
    target: Thread
    label: Label
    falls_back: bool
    """Whether the edge leads to the thread itself as long as the message was not shown there."""


class World:
    """Everything that the host did, in its own words."""

    def __init__(self) -> None:
        self.threads: list[Thread] = []
        self.turns: list[Turn] = []
        self.inferences: list[Inference] = []
        self.calls: list[Call] = []
        self.tools: list[Tool] = []
        self.cells: list[Cell] = []
        self.compactions: list[Compaction] = []
        self.deliveries: list[Delivery] = []
        self._names = 0

    # --- what there is to act on --------------------------------------------------------------

    @property
    def idle_threads(self) -> list[Thread]:
        """Return the threads in which a turn could start."""
        return [thread for thread in self.threads if thread.turn is None]

    @property
    def open_threads(self) -> list[Thread]:
        """Return the threads that could be closed."""
        return [thread for thread in self.threads if not thread.closed]

    @property
    def closed_threads(self) -> list[Thread]:
        """Return the threads that could be resumed."""
        return [thread for thread in self.threads if thread.closed]

    @property
    def undelivered_turns(self) -> list[Turn]:
        """Return the completed turns of children whose result the parent does not have."""
        return [
            turn
            for turn in self.turns
            if turn.status == "completed" and turn.thread.parent and not turn.delivered
        ]

    @property
    def open_turns(self) -> list[Turn]:
        """Return the turns that run."""
        return [turn for turn in self.turns if turn.status == "running"]

    @property
    def quiet_threads(self) -> list[Thread]:
        """Return the threads whose turn, if they have one, waits for no model."""
        return [
            thread
            for thread in self.threads
            if not any(call.turn is thread.turn for call in self.open_inferences)
        ]

    @property
    def still_threads(self) -> list[Thread]:
        """Return the threads in which nobody waits for a model, not even for a turn that is over."""
        return [thread for thread in self.threads if not self.waits(thread)]

    @property
    def continuing_threads(self) -> list[Thread]:
        """Return the threads whose next request may be incremental."""
        return [thread for thread in self.still_threads if thread.continues]

    @property
    def open_inferences(self) -> list[Inference]:
        """Return the calls that the host waits for."""
        return [call for call in self.inferences if call.open]

    @property
    def running_runtimes(self) -> list[Tool]:
        """Return the shell commands whose process runs."""
        return [tool for tool in self.tools if tool.runtime == "running"]

    @property
    def running_tools(self) -> list[Tool]:
        """Return the tool calls that have not returned."""
        return [tool for tool in self.tools if tool.status == "running"]

    @property
    def open_cells(self) -> list[Cell]:
        """Return the code cells whose runtime has not ended."""
        return [cell for cell in self.cells if cell.open]

    @property
    def silent_cells(self) -> list[Cell]:
        """Return the code cells that have not answered."""
        return [cell for cell in self.open_cells if not cell.responded]

    @property
    def open_compactions(self) -> list[Compaction]:
        """Return the compactions that could go live.

        Nobody in their thread waits for a model, and a request has shown the latest replacement.
        """
        return [
            compaction
            for compaction in self.compactions
            if not compaction.installed
            and not compaction.turn.thread.replaced
            and not self.waits(compaction.turn.thread)
        ]

    def waits(self, thread: Thread) -> bool:
        """Tell whether the host waits for a model in a thread."""
        return any(call.turn.thread is thread for call in self.open_inferences)

    @property
    def open_calls(self) -> list[Call]:
        """Return the calls that nobody took up yet."""
        taken = {cell.call.id for cell in self.cells}
        return [call for call in self.calls if call.tool is None and call.id not in taken]

    # --- what happens ---------------------------------------------------------------------------

    def name(self, kind: str) -> str:
        """Return a name that was never used before."""
        self._names += 1
        return f"{kind}-{self._names}"

    def say(self, thread: Thread) -> None:
        """Let the user say something if the next request of a thread would show nothing new."""
        if len(thread.history) == thread.sent:
            thread.history.append(message("user", self.name("said")))

    def ask(self, turn: Turn, inference_id: str) -> Inference:
        """Send what the history holds, in full or as an increment."""
        thread = turn.thread
        thread.show(thread.history)
        thread.sent = len(thread.history)
        thread.continues = None
        thread.disturbed = thread.replaced = False
        inference = Inference(inference_id, turn)
        self.inferences.append(inference)
        return inference

    def write(self, inference: Inference, kind: str) -> None:
        """Let the model finish one more item of its response."""
        thread = inference.turn.thread
        if kind == "message":
            inference.items.append(message("assistant", self.name("said")))
        elif kind == "reasoning":
            inference.items.append(reasoning(self.name("thought")))
        else:
            call = Call(self.name("call"), kind, self._arguments(kind, thread), thread)
            self.calls.append(call)
            inference.items.append(call_item(call))

    def _arguments(self, name: str, thread: Thread) -> str:
        if name == "wait":
            cells = [cell.runtime_id for cell in self.cells if cell.turn.thread is thread]
            return json.dumps({"cell_id": (cells or ["none"])[-1]})
        return json.dumps({"message": self.name("said")})

    def answer(self, inference: Inference, status: str, response_id: str | None = None) -> None:
        """End an attempt: what the model finished is part of the history, however it ended."""
        thread = inference.turn.thread
        inference.open = False
        inference.response_id = response_id
        if inference.status == "running":
            inference.status = status
        thread.show(inference.items)
        # What tools and other threads added meanwhile stands after what this response adds.
        thread.history[thread.sent : thread.sent] = inference.items
        thread.sent += len(inference.items)
        alone = self._latest(thread) is inference and not thread.disturbed
        thread.continues = inference if alone and response_id else None
        thread.disturbed = True

    def _latest(self, thread: Thread) -> Inference:
        return [call for call in self.inferences if call.turn.thread is thread][-1]

    def end_turn(self, turn: Turn, status: str) -> None:
        """End a turn and all that runs for it and has been shown."""
        turn.status = status
        turn.thread.turn = None
        for inference in self.inferences:
            if inference.turn is turn and inference.status == "running":
                inference.status = "cancelled"
        for cell in self.cells:
            if status == "cancelled" and cell.turn is turn and cell.status == "running" and cell.shown:
                cell.status = "cancelled"

    def install(self, compaction: Compaction, replacement: list[Item]) -> None:
        """Put another history in the place of a thread's."""
        thread = compaction.turn.thread
        thread.show(thread.history)
        thread.transcript += [MARKER, *(item.label for item in replacement)]
        thread.view = {item.label for item in replacement}
        thread.history = list(replacement)
        thread.sent = len(replacement)
        thread.continues = None
        thread.replaced = compaction.installed = True


def message(role: str, text: str) -> Item:
    """Return a message with a text that no other has."""
    part = "output_text" if role == "assistant" else "input_text"
    body = {"type": "message", "role": role, "content": [{"type": part, "text": text}]}
    return Item(("message", text), body, body)


def agent_message(author: str, recipient: str, text: str) -> Item:
    """Return a message from another agent."""
    content = [{"type": "input_text", "text": text}]
    body = {"type": "agent_message", "author": author, "recipient": recipient, "content": content}
    return Item(("message", text), body, body)


def reasoning(secret: str) -> Item:
    """Return a thought; a request repeats it without its text."""
    repeated: dict[str, Any] = {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "In short."}],
        "encrypted_content": secret,
    }
    written = {**repeated, "content": [{"type": "reasoning_text", "text": "At length."}]}
    return Item(("reasoning", secret), written, repeated)


def call_item(call: Call) -> Item:
    """Return the item by which the model makes a call."""
    if call.name == "exec":
        body = {"type": "custom_tool_call", "call_id": call.id, "name": "exec", "input": "text(1)"}
    else:
        body = {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
    return Item((body["type"], call.id), body, body)


def output_item(call: Call) -> Item:
    """Return the item that gives the model what its call brought."""
    kind = "custom_tool_call_output" if call.name == "exec" else "function_call_output"
    body = {"type": kind, "call_id": call.id, "output": f"output of {call.id}"}
    return Item((kind, call.id), body, body)
