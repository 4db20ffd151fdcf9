"""The scenarios: settings, scripted answers for each thread, and the steps a user takes.

Thread 0 is the root; other threads are numbered in the order of their first request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rollout_conformance.record.answers import (
    Answer,
    Item,
    agent,
    answer,
    call,
    cell,
    custom,
    cut,
    failed,
    held,
    http_error,
    incomplete,
    late,
    patch,
    say,
    sealed_history,
    shell,
    stdin,
    think,
)


@dataclass(frozen=True)
class Step:
    """One thing the user (or the machine below the CLI) does."""

    do: str
    text: str = ""
    count: int = 1
    images: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A scenario as data.

    ``requirements`` names rules that the bundle alone does not show to be at work; ``refused`` numbers the
    bundles which the real reducer refuses, ``error`` is the code for that, ``complaint`` a piece of what the
    real reducer then says, ``refusal_requirements`` the rules.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    script: dict[int, list[Answer]]
    compactions: list[list[Item]] = field(default_factory=list)
    features: dict[str, Any] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    model: str = "gpt-5.2"
    provider: str = "Scripted"
    retries: int = 0
    mcp: bool = False
    websocket: bool = False
    titles: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    refused: tuple[int, ...] = ()
    error: str = ""
    complaint: str = ""
    refusal_requirements: tuple[str, ...] = ()


OPEN = Step("open")
REOPEN = Step("reopen")
FINISH = Step("finish")
HELD = Step("held")
RUNNING = Step("running")
INTERRUPT = Step("interrupt")
COMPACT = Step("compact")
KILL = Step("kill")
DONE = answer(say("Done."))

# A red square of two by two pixels.
PNG = (
    "hex:89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a73000000104944415478da6338a0a000"
    "440c100a001e8e04017f8aee130000000049454e44ae426082"
)
REMOTE = "OpenAI"
SMALL_WINDOW = ("model_context_window = 20000", "model_auto_compact_token_limit = 5000")
AGENTS: dict[str, Any] = {"multi_agent_v2": {"enabled": True, "min_wait_timeout_ms": 100}}
CELLS: dict[str, Any] = {"code_mode": True}


def user(text: str, *images: str) -> Step:
    """Return a whole turn: input, then wait for its end."""
    return Step("say", text, images=images)


def begin(text: str) -> Step:
    """Return a turn's start only."""
    return Step("begin", text)


def children(count: int) -> Step:
    """Return a wait for the ends of that many turns of child threads."""
    return Step("children", count=count)


def pause(tenths: int) -> Step:
    """Return a pause, in tenths of a second."""
    return Step("pause", count=tenths)


def wait_agent(call_id: str, timeout_ms: int = 5000) -> Item:
    """Return a wait for any agent's news."""
    return agent(call_id, "wait_agent", timeout_ms=timeout_ms)


def spawn(call_id: str, task: str, message: str, turns: str = "none") -> Item:
    """Return a spawn of an agent."""
    return agent(call_id, "spawn_agent", task_name=task, message=message, fork_turns=turns)


TALK = (
    Scenario(
        name="plain",
        title="one turn, one answer, clean shutdown",
        steps=(Step("exec", "Say hello."),),
        script={0: [answer(say("Hello."))]},
    ),
    Scenario(
        name="turns",
        title="three turns in one process",
        steps=(OPEN, user("First question."), user("Second question."), user("Third question.")),
        script={
            0: [
                answer(say("I look.", phase="commentary"), say("First answer.", phase="final_answer")),
                answer(say("Second answer.")),
                answer(say("Third answer.")),
            ]
        },
    ),
    Scenario(
        name="idle",
        title="a thread without a turn",
        steps=(OPEN,),
        script={},
    ),
    Scenario(
        name="reasoning",
        title="reasoning as summary, as text, sealed, and mixed",
        steps=(OPEN, user("One."), user("Two."), user("Three."), user("Four."), user("Five.")),
        script={
            0: [
                answer(think(summary=("I weigh it.",)), say("Summary only.")),
                answer(think(text=("Thinking aloud.",)), say("Text only.")),
                answer(think(sealed="c2VhbGVkLTE="), say("Sealed only.")),
                answer(
                    think(summary=("Short.", "Shorter."), sealed="c2VhbGVkLTI="), say("Summary and sealed.")
                ),
                answer(
                    think(summary=("Brief.",), text=("At length.",), sealed="c2VhbGVkLTM="),
                    think(text=("Again.",), sealed="c2VhbGVkLTQ="),
                    say("All forms."),
                ),
            ]
        },
    ),
    Scenario(
        name="reasoning-empty",
        title="a reasoning item without any part",
        steps=(OPEN, user("One."), user("Two.")),
        script={0: [answer(think(), say("Nothing to show.")), DONE]},
        refused=(1,),
        error="trace.invalid_reasoning",
        complaint="contained no content",
        refusal_requirements=("TRACE-ITEM-7",),
    ),
    Scenario(
        name="incremental",
        title="requests over a socket that name the previous response",
        provider=REMOTE,
        websocket=True,
        steps=(OPEN, user("One."), user("Two.")),
        script={
            0: [
                answer(think(summary=("Short.",), sealed="c2VhbGVk"), shell("call_1", "echo one")),
                answer(shell("call_2", "echo two"), shell("call_3", "echo three")),
                answer(say("One, answered.")),
                answer(say("Two, answered.")),
            ]
        },
    ),
    Scenario(
        name="unicode",
        title="text beyond ASCII in messages, arguments, output and file names",
        steps=(OPEN, user("Grüße an 世界 👋🏽 and \u202eback\u202c, e\u0301 against é.")),
        script={
            0: [
                answer(
                    say("Ich prüfe … \u2028next line, \u007f and tab\there."),
                    shell("call_1", "printf 'naïve — 日本語 🦀\\n'"),
                    patch("call_2", "*** Add File: größe-日本.txt", "+Zeile mit „Anführung“"),
                ),
                answer(say("Fertig ✓")),
            ]
        },
    ),
    Scenario(
        name="large-output",
        title="a command that prints 300 KB",
        steps=(OPEN, user("Print a lot.")),
        script={
            0: [
                answer(shell("call_1", "seq -f '%07.0f' 1 37500", max_output_tokens=200)),
                answer(say("That was a lot.")),
            ]
        },
    ),
)

TOOLS = (
    Scenario(
        name="tools-parallel",
        title="four tool calls of one response run side by side",
        steps=(OPEN, user("Do all of it."), user("And more.")),
        script={
            0: [
                answer(
                    say("I do it."),
                    shell("call_1", "echo one"),
                    shell("call_2", "sleep 0.3; echo two >&2"),
                    shell("call_3", "echo three; pwd"),
                    call("call_4", "update_plan", plan=[{"step": "All of it", "status": "completed"}]),
                ),
                answer(say("All done.")),
                answer(shell("call_5", "echo five")),
                DONE,
            ]
        },
    ),
    Scenario(
        name="tools-long",
        title="calls whose arguments differ only after 240 bytes",
        steps=(OPEN, user("Do it at length."), user("And?")),
        script={
            0: [
                answer(
                    shell("call_1", f"echo {'long ' * 60}one"),
                    shell("call_2", f"echo {'long ' * 60}two"),
                    patch("call_3", "*** Add File: long.txt", *["+a line of some length"] * 20),
                ),
                DONE,
                DONE,
            ]
        },
    ),
    Scenario(
        name="tools-failing",
        title="tools that fail: exit code, unknown name, bad arguments",
        steps=(OPEN, user("Try."), user("Try again.")),
        script={
            0: [
                answer(
                    shell("call_1", "echo no >&2; exit 3"),
                    call("call_2", "no_such_tool", anything=1),
                    call("call_3", "exec_command", wrong="argument"),
                    custom("call_4", "no_such_freeform", "free text"),
                ),
                answer(shell("call_5", "/no/such/program")),
                answer(say("None worked.")),
                answer(call("call_6", "write_stdin", session_id=4242, chars="x")),
                DONE,
            ]
        },
    ),
    Scenario(
        name="stdin-malformed",
        title="terminal input whose arguments are not JSON",
        steps=(OPEN, user("Write."), user("Go on.")),
        script={0: [answer(stdin("call_1", "x")), DONE, DONE]},
        refused=(1,),
        error="trace.invalid_write_stdin",
        complaint="parse write_stdin",
        refusal_requirements=("TRACE-TERMINAL-5",),
    ),
    Scenario(
        name="terminal",
        title="a live process takes input in a later turn and then ends",
        steps=(OPEN, user("Start it."), user("Feed it.")),
        script={
            0: [
                answer(
                    shell(
                        "call_1",
                        "echo ready; read a; echo got $a; read b; echo got $b",
                        tty=True,
                        yield_time_ms=400,
                    )
                ),
                answer(say("It waits.")),
                answer(stdin("call_2", "alpha\n", yield_time_ms=400)),
                answer(stdin("call_3", "beta\n", yield_time_ms=2000, max_output_tokens=50)),
                answer(say("It is over.")),
            ]
        },
    ),
    Scenario(
        name="terminal-left",
        title="two live processes outlive their turn, one outlives the rollout",
        steps=(OPEN, user("Start both."), pause(12), user("What now?")),
        script={
            0: [
                answer(
                    shell("call_1", "echo short; sleep 1.2; echo over", yield_time_ms=250),
                    shell("call_2", "echo long; sleep 60", yield_time_ms=250),
                ),
                answer(say("Both run.")),
                answer(stdin("call_3", "", yield_time_ms=250)),
                DONE,
            ]
        },
    ),
    Scenario(
        name="tools-early",
        title="tools start, and one ends, before their response is complete",
        steps=(OPEN, user("Hurry."), user("And?")),
        script={
            0: [
                held(1.0, shell("call_1", "echo early"), shell("call_2", "sleep 2", yield_time_ms=4000)),
                DONE,
                DONE,
            ]
        },
    ),
    Scenario(
        name="patch",
        title="patches that add, change, move, delete, and one that fails",
        steps=(OPEN, user("Edit."), user("Edit more.")),
        files={"old.txt": "first\nsecond\n", "gone.txt": "bye\n"},
        script={
            0: [
                answer(patch("call_1", "*** Add File: new.txt", "+a line")),
                answer(
                    patch(
                        "call_2",
                        "*** Update File: old.txt",
                        "*** Move to: moved.txt",
                        "@@",
                        "-first",
                        "+changed",
                        " second",
                        "*** Delete File: gone.txt",
                    )
                ),
                answer(patch("call_3", "*** Update File: nowhere.txt", "@@", "-x", "+y")),
                answer(say("Edited.")),
                answer(custom("call_4", "apply_patch", "not a patch")),
                DONE,
            ]
        },
    ),
    Scenario(
        name="patch-in-shell",
        title="a patch inside a shell command",
        steps=(OPEN, user("Edit by shell."), user("Go on.")),
        script={
            0: [
                answer(
                    shell(
                        "call_1",
                        "apply_patch <<'EOF'\n*** Begin Patch\n"
                        "*** Add File: made.txt\n+line\n*** End Patch\nEOF\n",
                    )
                ),
                DONE,
                DONE,
            ]
        },
        refused=(1,),
        error="trace.invalid_terminal_payload",
        complaint="parse terminal runtime start",
        refusal_requirements=("TRACE-TERMINAL-3",),
    ),
    Scenario(
        name="mcp",
        title="tools of an MCP server, one reports an error",
        steps=(OPEN, user("Echo."), user("Again.")),
        mcp=True,
        script={
            0: [
                answer(
                    call("call_1", "echo", namespace="mcp__tiny", text="hello"),
                    call("call_2", "fail", namespace="mcp__tiny", text="broken"),
                ),
                answer(say("Echoed.")),
                answer(call("call_3", "mcp__tiny__echo", text="flat name")),
                DONE,
            ]
        },
    ),
    Scenario(
        name="mcp-cell",
        title="MCP tools called from a code cell",
        steps=(OPEN, user("Echo from code.")),
        mcp=True,
        features=CELLS,
        script={
            0: [
                answer(
                    cell(
                        "call_1",
                        'const said = await tools.mcp__tiny__echo({text: "from a cell"});',
                        "text(JSON.stringify(said));",
                    )
                ),
                DONE,
            ]
        },
    ),
    Scenario(
        name="web-items",
        title="web search and image generation items made by the provider",
        steps=(OPEN, user("Search."), user("Draw."), user("Go on.")),
        script={
            0: [
                answer(
                    {
                        "type": "web_search_call",
                        "status": "completed",
                        "action": {"type": "search", "query": "rollout traces"},
                    },
                    say("Found."),
                ),
                answer(
                    {
                        "type": "image_generation_call",
                        "status": "completed",
                        "revised_prompt": "a red square",
                        "result": "aW1hZ2U=",
                    },
                    say("Drawn."),
                ),
                DONE,
            ]
        },
    ),
    Scenario(
        name="user-image",
        title="a user message with an image is new in every request",
        steps=(OPEN, user("Look at this.", "square.png"), user("And?")),
        files={"square.png": PNG},
        script={0: [answer(say("Red.")), DONE]},
    ),
    Scenario(
        name="view-image",
        title="an image as tool result, sent again in the next request",
        steps=(OPEN, user("Look at the file."), user("And?")),
        files={"square.png": PNG},
        script={0: [answer(call("call_1", "view_image", path="square.png")), answer(say("Red.")), DONE]},
        refused=(1,),
        error="trace.call_id_conflict",
        complaint="reused with different content",
        refusal_requirements=("TRACE-CONVERSATION-6", "TRACE-ITEM-15"),
    ),
    Scenario(
        name="call-repeated",
        title="the model repeats a call with its id",
        steps=(OPEN, user("One."), user("Two.")),
        script={0: [answer(shell("call_1", "echo one")), DONE, answer(shell("call_1", "echo one")), DONE]},
        refused=(1,),
        error="trace.duplicate_tool_call",
        complaint="duplicate tool call",
        refusal_requirements=("TRACE-TOOL-2",),
    ),
    Scenario(
        name="tool-search",
        title="a tool search call comes back without its id",
        steps=(OPEN, user("Find a tool."), user("And?")),
        script={
            0: [
                answer(
                    {
                        "type": "tool_search_call",
                        "call_id": "call_1",
                        "status": "completed",
                        "execution": "client",
                        "arguments": {"query": "agent", "limit": 1},
                    }
                ),
                DONE,
                DONE,
            ]
        },
        refused=(1,),
        error="trace.call_id_conflict",
        complaint="reused with different content",
        refusal_requirements=("TRACE-CONVERSATION-6",),
    ),
)

FAILURES = (
    Scenario(
        name="stream-failures",
        title="failed, cut and incomplete streams and an HTTP error, each in a turn",
        steps=tuple([OPEN] + [user(f"Attempt {n}.") for n in range(1, 8)]),
        script={
            0: [
                failed(),
                failed(think(summary=("Before the failure.",)), say("Part one.")),
                Answer(ending="cut"),
                cut(say("Part two.")),
                incomplete(say("Part three.")),
                http_error(500),
                answer(say("At last.")),
            ]
        },
    ),
    Scenario(
        name="retries",
        title="attempts that fail and are made again within one turn",
        steps=(OPEN, user("Try hard."), user("Again."), user("Last.")),
        retries=2,
        script={
            0: [
                http_error(500),
                answer(say("Second attempt.")),
                cut(say("Lost part.")),
                answer(say("After the cut.")),
                cut(shell("call_1", "echo before the cut")),
                DONE,
            ]
        },
    ),
    Scenario(
        name="interrupt-stream",
        title="interrupts while a response streams",
        steps=(
            OPEN,
            begin("Talk."),
            HELD,
            INTERRUPT,
            user("Again."),
            begin("Once more."),
            pause(10),
            INTERRUPT,
        ),
        script={
            0: [
                held(
                    15,
                    think(summary=("Finished thought.",)),
                    say("Finished part."),
                    opening=(say("Unfinished"),),
                ),
                DONE,
                held(15),
            ]
        },
    ),
    Scenario(
        name="interrupt-tool",
        title="interrupts while tools run",
        steps=(OPEN, begin("Run."), RUNNING, INTERRUPT, user("What happened?")),
        script={
            0: [
                answer(
                    shell("call_1", "sleep 50", yield_time_ms=30000),
                    shell("call_2", "sleep 51", yield_time_ms=30000),
                ),
                answer(say("You stopped it.")),
            ]
        },
    ),
    Scenario(
        name="steer",
        title="more input arrives while a tool runs",
        steps=(OPEN, begin("Run."), RUNNING, Step("steer", "And then stop."), FINISH, user("Good.")),
        script={0: [answer(shell("call_1", "sleep 1.5; echo late", yield_time_ms=4000)), DONE, DONE]},
    ),
    Scenario(
        name="killed-streaming",
        title="the process is killed while a response streams",
        steps=(OPEN, user("Hello."), begin("Talk."), HELD, KILL),
        script={0: [DONE, held(10, say("Finished part."))]},
    ),
    Scenario(
        name="killed-tool",
        title="the process is killed while a tool runs",
        steps=(OPEN, begin("Run."), RUNNING, KILL),
        script={0: [answer(shell("call_1", "sleep 50", yield_time_ms=30000))]},
    ),
    Scenario(
        name="killed-idle",
        title="the process is killed between turns, then resumed",
        titles=("the process is killed between turns", "a root resumed after a kill"),
        steps=(OPEN, user("Hello."), KILL, REOPEN, user("Still there?")),
        script={0: [answer(shell("call_1", "echo kept")), DONE, DONE]},
    ),
)

HISTORY = (
    Scenario(
        name="resume",
        title="a root resumed in a new process",
        titles=(
            "a root that is resumed later",
            "the resumed root, in a new bundle",
            "the root resumed again",
        ),
        steps=(OPEN, user("Begin."), REOPEN, user("Go on."), REOPEN, user("End.")),
        script={
            0: [
                answer(think(summary=("Short.",), sealed="c2VhbGVk"), shell("call_1", "echo begun")),
                DONE,
                answer(shell("call_2", "echo more")),
                DONE,
                DONE,
            ]
        },
    ),
    Scenario(
        name="rollback",
        requirements=("TRACE-CONVERSATION-13",),
        title="a turn rolled back, then two more turns",
        steps=(OPEN, user("One."), user("Two."), Step("rollback", count=1), user("Three."), user("Two.")),
        script={0: [DONE, answer(shell("call_1", "echo two")), DONE, DONE, answer(say("Two, again."))]},
    ),
    Scenario(
        name="fork",
        title="a fork",
        titles=("a thread that is forked later", "the fork, in its own bundle"),
        steps=(OPEN, user("One."), Step("fork"), user("Two.")),
        script={0: [answer(say("One, answered."))], 1: [answer(say("Two, in the fork."))]},
    ),
    Scenario(
        name="review",
        title="an inline review",
        titles=("an inline review ends a turn that never started", "the reviewer writes its own bundle"),
        steps=(OPEN, user("Hello."), Step("review", "Check the greeting."), user("Thanks.")),
        script={
            0: [DONE, DONE],
            1: [
                answer(
                    say('{"findings": [], "overall_correctness": "correct", "overall_explanation": "Fine."}')
                )
            ],
        },
        refused=(1,),
        error="trace.unknown_turn",
        complaint="unknown turn",
        refusal_requirements=("TRACE-TURN-4",),
    ),
    Scenario(
        name="compact-trigger",
        title="remote compaction by a trigger item, twice, with turns between",
        provider=REMOTE,
        features={"remote_compaction_v2": True},
        steps=(
            OPEN,
            user("One."),
            user("Two."),
            COMPACT,
            user("Three."),
            user("Four."),
            COMPACT,
            user("Five."),
        ),
        script={
            0: [
                answer(shell("call_1", "echo one")),
                DONE,
                answer(think(sealed="c2VhbGVk"), say("Two, answered.")),
                answer(sealed_history("aGlzdG9yeS0x")),
                answer(shell("call_2", "echo three")),
                DONE,
                answer(say("Four, answered.")),
                answer(sealed_history("aGlzdG9yeS0y")),
                DONE,
            ]
        },
    ),
    Scenario(
        name="compact-endpoint",
        title="remote compaction by its own endpoint, then two turns",
        provider=REMOTE,
        features={"remote_compaction_v2": False},
        steps=(OPEN, user("One."), user("Two."), COMPACT, user("Three."), user("Four.")),
        script={0: [DONE, answer(shell("call_1", "echo two")), DONE, DONE, answer(say("Four, answered."))]},
        compactions=[
            [
                {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Two."}]},
                sealed_history("aGlzdG9yeQ=="),
            ]
        ],
    ),
    Scenario(
        name="compact-auto-midturn",
        title="automatic compaction between a tool call and its follow-up",
        provider=REMOTE,
        features={"remote_compaction_v2": True},
        settings=SMALL_WINDOW,
        steps=(OPEN, user("One."), user("Two.")),
        script={
            0: [
                answer(shell("call_1", "echo one"), total_tokens=9000),
                answer(sealed_history("aGlzdG9yeQ==")),
                DONE,
                DONE,
            ]
        },
    ),
    Scenario(
        name="compact-auto-before",
        title="automatic compaction before a turn",
        provider=REMOTE,
        features={"remote_compaction_v2": False},
        settings=SMALL_WINDOW,
        steps=(OPEN, user("One."), user("Two."), user("Three.")),
        script={0: [answer(say("Long."), total_tokens=9000), DONE, answer(say("Three, answered."))]},
        compactions=[[sealed_history("aGlzdG9yeQ==")]],
    ),
    Scenario(
        name="compact-incremental",
        title="compaction over a socket: a full request, then increments again",
        provider=REMOTE,
        websocket=True,
        features={"remote_compaction_v2": True},
        steps=(OPEN, user("One."), user("Two."), COMPACT, user("Three."), user("Four.")),
        script={
            0: [
                answer(shell("call_1", "echo one")),
                DONE,
                answer(say("Two, answered.")),
                answer(sealed_history("aGlzdG9yeQ==")),
                answer(shell("call_2", "echo three")),
                DONE,
                answer(say("Four, answered.")),
            ]
        },
    ),
    Scenario(
        name="compact-failed",
        title="a remote compaction that fails, then one that works",
        provider=REMOTE,
        features={"remote_compaction_v2": True},
        steps=(OPEN, user("One."), COMPACT, user("Two."), COMPACT, user("Three.")),
        script={0: [DONE, http_error(400), DONE, answer(sealed_history("aGlzdG9yeQ==")), DONE]},
    ),
    Scenario(
        name="compact-local",
        title="local compaction leaves no event",
        settings=('compact_prompt = "Sum up what was said."',),
        steps=(OPEN, user("One."), COMPACT, user("Two.")),
        script={0: [DONE, answer(say("Summary: one was said.")), answer(say("Two, answered."))]},
    ),
)

CODE = (
    Scenario(
        name="cell-nested",
        title="code cells with nested tools in a row and side by side, and one error",
        features=CELLS,
        steps=(OPEN, user("Compute."), user("Fail.")),
        script={
            0: [
                answer(
                    cell(
                        "call_1",
                        'const first = await tools.exec_command({cmd: "echo first"});',
                        "const both = await Promise.all([",
                        '  tools.exec_command({cmd: "echo second"}),',
                        '  tools.exec_command({cmd: "echo third; exit 4"}),',
                        "]);",
                        "text(first.output);",
                        "text(both.map((each) => each.output).join());",
                    )
                ),
                answer(shell("call_2", "echo direct"), cell("call_3", 'text("quiet");')),
                DONE,
                answer(cell("call_4", 'text("before");', 'throw new Error("scripted");')),
                answer(cell("call_5", 'await tools.apply_patch("not a patch");')),
                answer(say("Failed.")),
            ]
        },
    ),
    Scenario(
        name="cell-early",
        title="code cells start and end before their response is complete",
        features=CELLS,
        steps=(OPEN, user("Hurry."), user("And?")),
        script={
            0: [
                held(
                    1.0,
                    cell("call_1", 'text((await tools.exec_command({cmd: "echo early"})).output);'),
                    cell(
                        "call_2",
                        'text("on");',
                        "yield_control();",
                        'await tools.exec_command({cmd: "sleep 40"});',
                    ),
                ),
                DONE,
                DONE,
            ]
        },
    ),
    Scenario(
        name="cell-incremental",
        title="a code cell and its wait, with incremental requests",
        provider=REMOTE,
        websocket=True,
        features=CELLS,
        steps=(OPEN, user("Start."), user("Go on.")),
        script={
            0: [
                answer(
                    cell(
                        "call_1",
                        'text("first");',
                        "yield_control();",
                        'text((await tools.exec_command({cmd: "sleep 0.5; echo later"})).output);',
                    )
                ),
                answer(call("call_2", "wait", cell_id="{cell_id}", yield_time_ms=6000)),
                DONE,
                DONE,
            ]
        },
    ),
    Scenario(
        name="cell-yield",
        title="a cell yields, is waited for in two turns, and completes",
        features=CELLS,
        steps=(OPEN, user("Start."), user("Wait.")),
        script={
            0: [
                answer(
                    cell(
                        "call_1",
                        'text("first");',
                        "yield_control();",
                        'const later = await tools.exec_command({cmd: "sleep 1.5; echo later"});',
                        "text(later.output);",
                    )
                ),
                answer(call("call_2", "wait", cell_id="{cell_id}", yield_time_ms=200)),
                answer(say("It still runs.")),
                answer(call("call_3", "wait", cell_id="{cell_id}", yield_time_ms=6000)),
                DONE,
            ]
        },
    ),
    Scenario(
        name="cell-terminate",
        title="a yielded cell is terminated by a wait, another is unknown",
        features=CELLS,
        steps=(OPEN, user("Start."), user("End.")),
        script={
            0: [
                answer(
                    cell(
                        "call_1",
                        'text("on");',
                        "yield_control();",
                        'await tools.exec_command({cmd: "sleep 40"});',
                    )
                ),
                answer(call("call_2", "wait", cell_id="{cell_id}", terminate=True)),
                answer(call("call_3", "wait", cell_id="999")),
                answer(say("Terminated.")),
                DONE,
            ]
        },
    ),
    Scenario(
        name="wait-malformed",
        title="a wait that names no cell",
        features=CELLS,
        steps=(OPEN, user("Wait."), user("Go on.")),
        script={0: [answer(call("call_1", "wait", yield_time_ms=200)), DONE, DONE]},
        refused=(1,),
        error="trace.invalid_wait",
        complaint="did not contain cell_id",
        refusal_requirements=("TRACE-TOOL-17",),
    ),
    Scenario(
        name="cell-left",
        title="a yielded cell is left running",
        features=CELLS,
        steps=(OPEN, user("Start."), user("Go on.")),
        script={
            0: [
                answer(
                    cell(
                        "call_1",
                        'text("on");',
                        "yield_control();",
                        'await tools.exec_command({cmd: "sleep 40"});',
                    )
                ),
                DONE,
                DONE,
            ]
        },
    ),
    Scenario(
        name="cell-interrupt",
        title="an interrupt while a code cell runs a tool",
        features=CELLS,
        steps=(OPEN, begin("Start."), RUNNING, INTERRUPT, user("Go on.")),
        script={
            0: [
                answer(cell("call_1", 'await tools.exec_command({cmd: "sleep 40", yield_time_ms: 30000});')),
                DONE,
            ]
        },
    ),
    Scenario(
        name="cell-terminal",
        title="a code cell feeds a live process",
        features={"code_mode": True, "code_mode_only": True},
        steps=(OPEN, user("Talk to it.")),
        script={
            0: [
                answer(
                    cell(
                        "call_1",
                        "const live = await tools.exec_command(",
                        '  {cmd: "read a; echo got $a", tty: true, yield_time_ms: 300});',
                        "const told = await tools.write_stdin(",
                        '  {session_id: live.session_id, chars: "word\\n"});',
                        "text(told.output);",
                    )
                ),
                DONE,
            ]
        },
    ),
)

TEAM = (
    Scenario(
        name="agent-spawn",
        title="one agent spawned, waited for, its result delivered",
        features=AGENTS,
        steps=(OPEN, user("Delegate."), user("And?")),
        script={
            0: [
                answer(spawn("call_1", "worker", "Do the part.")),
                answer(wait_agent("call_2")),
                answer(say("The part is done.")),
                DONE,
            ],
            1: [late(0.8, answer(shell("child_1", "echo part"))), answer(say("Part done."))],
        },
    ),
    Scenario(
        name="agent-messages",
        title="message, follow-up task, wait and close of one agent",
        features=AGENTS,
        steps=(OPEN, user("Delegate."), user("Follow up."), user("Close.")),
        script={
            0: [
                answer(spawn("call_1", "worker", "Do the part.")),
                answer(agent("call_2", "send_message", target="worker", message="Mind the gap.")),
                answer(wait_agent("call_3")),
                answer(say("First part is done.")),
                answer(agent("call_4", "followup_task", target="worker", message="Do the rest.")),
                answer(wait_agent("call_5")),
                answer(agent("call_6", "list_agents")),
                answer(say("All parts are done.")),
                answer(agent("call_7", "interrupt_agent", target="worker")),
                answer(agent("call_8", "interrupt_agent", target="nobody")),
                DONE,
            ],
            1: [
                late(1.5, answer(shell("child_1", "echo part"))),
                answer(say("Part done.")),
                late(0.8, answer(say("Rest done."))),
            ],
        },
    ),
    Scenario(
        name="agent-failing",
        title="an agent whose request fails",
        features=AGENTS,
        steps=(OPEN, user("Delegate."), user("And?")),
        script={
            0: [
                answer(spawn("call_1", "worker", "Fail.")),
                answer(wait_agent("call_2")),
                answer(say("It failed.")),
                DONE,
            ],
            1: [late(0.8, failed(say("I was about to")))],
        },
    ),
    Scenario(
        name="agent-nested",
        title="an agent spawns an agent",
        features=AGENTS,
        steps=(OPEN, user("Delegate deeply."), user("And?")),
        script={
            0: [
                answer(spawn("call_1", "outer", "Delegate.")),
                answer(wait_agent("call_2", 8000)),
                DONE,
                DONE,
            ],
            1: [
                late(0.5, answer(spawn("child_1", "inner", "Do it."))),
                answer(wait_agent("child_2", 6000)),
                answer(say("Outer done.")),
            ],
            2: [late(1.2, answer(say("Inner done.")))],
        },
    ),
    Scenario(
        name="agent-forked",
        title="agents that take over all, one or no turns of the parent",
        features=AGENTS,
        steps=(OPEN, user("Remember."), user("Delegate."), user("And?")),
        script={
            0: [
                answer(think(summary=("Kept.",), sealed="c2VhbGVk"), shell("call_0", "echo shared")),
                answer(say("Remembered.")),
                answer(spawn("call_1", "whole", "Use it all.", "all")),
                answer(wait_agent("call_2")),
                answer(spawn("call_3", "last", "Use the last.", "1")),
                answer(wait_agent("call_4")),
                answer(say("Both are done.")),
                DONE,
            ],
            1: [late(0.8, answer(shell("child_1", "echo mine"))), answer(say("Whole done."))],
            2: [late(0.8, answer(say("Last done.")))],
        },
    ),
    Scenario(
        name="agent-parallel",
        title="two agents at once, with messages between them",
        features=AGENTS,
        steps=(OPEN, user("Delegate twice."), user("And?")),
        script={
            0: [
                answer(spawn("call_1", "first", "Take the left.")),
                late(1.0, answer(spawn("call_2", "second", "Take the right."))),
                answer(wait_agent("call_3", 8000)),
                answer(wait_agent("call_4", 8000)),
                answer(say("Both are done.")),
                DONE,
            ],
            1: [late(3.0, answer(shell("child_2", "echo left"))), answer(say("Left done."))],
            2: [
                late(
                    0.5, answer(agent("child_1", "send_message", target="/root/first", message="I am right."))
                ),
                late(3.5, answer(say("Right done."))),
            ],
        },
    ),
    Scenario(
        name="agent-left",
        title="the root is interrupted while its agent runs",
        features=AGENTS,
        steps=(OPEN, begin("Delegate."), pause(15), INTERRUPT, user("And?"), children(1)),
        script={
            0: [answer(spawn("call_1", "worker", "Take long.")), answer(wait_agent("call_2", 20000)), DONE],
            1: [late(4.0, answer(say("Late.")))],
        },
    ),
    Scenario(
        name="agent-interrupted",
        title="an agent is interrupted by its parent while it runs",
        features=AGENTS,
        steps=(OPEN, user("Delegate."), user("And?")),
        script={
            0: [
                answer(spawn("call_1", "worker", "Take long.")),
                late(1.5, answer(agent("call_2", "interrupt_agent", target="worker"))),
                answer(say("Stopped.")),
                DONE,
            ],
            1: [late(0.3, answer(shell("child_1", "sleep 30", yield_time_ms=25000)))],
        },
    ),
    Scenario(
        name="agent-cell",
        title="an agent spawned from a code cell",
        features={
            "code_mode": True,
            "multi_agent_v2": {"enabled": True, "min_wait_timeout_ms": 100, "non_code_mode_only": False},
        },
        steps=(OPEN, user("Delegate from code."), user("And?")),
        script={
            0: [
                answer(
                    cell(
                        "call_1",
                        "const made = await tools.collaboration__spawn_agent(",
                        '  {task_name: "worker", message: "Do the part.", fork_turns: "none"});',
                        "text(JSON.stringify(made));",
                        "const news = await tools.collaboration__wait_agent({timeout_ms: 5000});",
                        "text(JSON.stringify(news));",
                    )
                ),
                DONE,
                DONE,
            ],
            1: [late(0.8, answer(say("Part done.")))],
        },
    ),
    Scenario(
        name="agent-incremental",
        title="a root and its agent, each with incremental requests",
        provider=REMOTE,
        websocket=True,
        features=AGENTS,
        steps=(OPEN, user("Delegate."), user("And?")),
        script={
            0: [
                answer(spawn("call_1", "worker", "Do the part.", "all")),
                answer(wait_agent("call_2")),
                answer(say("The part is done.")),
                DONE,
            ],
            1: [late(0.8, answer(shell("child_1", "echo part"))), answer(say("Part done."))],
        },
    ),
    Scenario(
        name="agent-resumed",
        title="a root with an agent, resumed",
        titles=("a root with an agent, to be resumed", "the resumed root finds its agent gone"),
        features=AGENTS,
        steps=(OPEN, user("Delegate."), REOPEN, user("Follow up.")),
        script={
            0: [
                answer(spawn("call_1", "worker", "Do the part.")),
                answer(wait_agent("call_2")),
                DONE,
                answer(agent("call_3", "followup_task", target="worker", message="Do the rest.")),
                DONE,
            ],
            1: [late(0.8, answer(say("Part done.")))],
        },
    ),
    Scenario(
        name="agent-undelivered",
        title="a message that its agent never sees",
        features=AGENTS,
        steps=(OPEN, user("Delegate."), user("Tell it.")),
        script={
            0: [
                answer(spawn("call_1", "worker", "Do the part.")),
                answer(wait_agent("call_2")),
                DONE,
                answer(agent("call_3", "send_message", target="worker", message="Too late.")),
                DONE,
            ],
            1: [late(0.8, answer(say("Part done.")))],
        },
    ),
    Scenario(
        name="agent-same-message",
        title="the same message sent twice to a busy agent",
        features=AGENTS,
        steps=(OPEN, user("Delegate."), user("And?")),
        script={
            0: [
                answer(spawn("call_1", "worker", "Do the part.")),
                answer(agent("call_2", "send_message", target="worker", message="Hurry.")),
                answer(agent("call_3", "send_message", target="worker", message="Hurry.")),
                answer(wait_agent("call_4")),
                DONE,
                DONE,
            ],
            1: [late(1.5, answer(shell("child_1", "echo part"))), answer(say("Part done."))],
        },
    ),
    Scenario(
        name="agent-same-call-id",
        title="a root and its agent use the same call id",
        features=AGENTS,
        steps=(OPEN, user("Delegate."), user("And?")),
        script={
            0: [
                answer(shell("call_1", "echo root")),
                answer(spawn("call_2", "worker", "Do the part.")),
                answer(wait_agent("call_3")),
                DONE,
                DONE,
            ],
            1: [late(0.8, answer(shell("call_1", "echo agent"))), answer(say("Part done."))],
        },
        refused=(1,),
        error="trace.duplicate_tool_call",
        complaint="duplicate tool call",
        refusal_requirements=("TRACE-TOOL-2",),
    ),
    Scenario(
        name="agent-same-cell-id",
        title="a root and its agent use the same call id for code cells",
        features={**CELLS, **AGENTS},
        steps=(OPEN, user("Delegate."), user("And?")),
        script={
            0: [
                answer(cell("call_1", 'text("root");')),
                answer(spawn("call_2", "worker", "Do the part.")),
                answer(wait_agent("call_3")),
                DONE,
                DONE,
            ],
            1: [late(0.8, answer(cell("call_1", 'text("agent");'))), answer(say("Part done."))],
        },
        refused=(1,),
        error="trace.duplicate_code_cell",
        complaint="duplicate code cell",
        refusal_requirements=("TRACE-CELL-3",),
    ),
    Scenario(
        name="agent-killed",
        title="the process is killed while an agent works",
        features=AGENTS,
        steps=(OPEN, begin("Delegate."), HELD, pause(5), KILL),
        script={
            0: [answer(spawn("call_1", "worker", "Take long.")), answer(wait_agent("call_2", 20000))],
            1: [held(10, say("Half of it."))],
        },
    ),
    Scenario(
        name="agent-reattached",
        title="an agent of the first form is closed, attached again, and works on",
        steps=(OPEN, user("Delegate."), user("Again.")),
        script={
            0: [
                answer(call("call_1", "spawn_agent", namespace="multi_agent_v1", message="Do the part.")),
                answer(
                    call(
                        "call_2",
                        "wait_agent",
                        namespace="multi_agent_v1",
                        targets=["{agent_id}"],
                        timeout_ms=10000,
                    )
                ),
                answer(call("call_3", "close_agent", namespace="multi_agent_v1", target="{agent_id}")),
                answer(say("Closed.")),
                answer(call("call_4", "resume_agent", namespace="multi_agent_v1", id="{agent_id}")),
                answer(
                    call(
                        "call_5",
                        "send_input",
                        namespace="multi_agent_v1",
                        target="{agent_id}",
                        message="Do the rest.",
                    )
                ),
                answer(
                    call(
                        "call_6",
                        "wait_agent",
                        namespace="multi_agent_v1",
                        targets=["{agent_id}"],
                        timeout_ms=10000,
                    )
                ),
                DONE,
            ],
            1: [late(0.8, answer(say("Part done."))), late(0.8, answer(say("Rest done.")))],
        },
    ),
    Scenario(
        name="agent-first-form",
        title="an agent of the first form: spawn, input, wait, close",
        steps=(OPEN, user("Delegate."), user("And?")),
        script={
            0: [
                answer(call("call_1", "spawn_agent", namespace="multi_agent_v1", message="Do the part.")),
                answer(
                    call(
                        "call_2",
                        "wait_agent",
                        namespace="multi_agent_v1",
                        targets=["{agent_id}"],
                        timeout_ms=10000,
                    )
                ),
                answer(
                    call(
                        "call_3",
                        "send_input",
                        namespace="multi_agent_v1",
                        target="{agent_id}",
                        message="Do the rest.",
                    )
                ),
                answer(
                    call(
                        "call_4",
                        "wait_agent",
                        namespace="multi_agent_v1",
                        targets=["{agent_id}"],
                        timeout_ms=10000,
                    )
                ),
                answer(call("call_5", "close_agent", namespace="multi_agent_v1", target="{agent_id}")),
                answer(say("All is done.")),
                DONE,
            ],
            1: [late(0.8, answer(say("Part done."))), late(0.8, answer(say("Rest done.")))],
        },
    ),
)

ALL: tuple[Scenario, ...] = (*TALK, *TOOLS, *FAILURES, *HISTORY, *CODE, *TEAM)
BY_NAME = {scenario.name: scenario for scenario in ALL}
