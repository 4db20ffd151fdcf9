"""Scenarios for session rollouts: what releases far apart can all be made to do.

Everything that only one release does is recorded from the scenarios of the trace, which leave rollouts too.
"""

from __future__ import annotations

from rollout_conformance.record.answers import answer, run, say, think
from rollout_conformance.record.scenarios import BY_NAME, COMPACT, OPEN, REOPEN, Scenario, Step, user

_TALK = [
    answer(think(summary=("A plan.",), sealed="sealed"), run("call_1", "echo one")),
    answer(run("call_2", "echo two; exit 3"), run("call_3", "echo three")),
    answer(say("All three ran.")),
    answer(run("call_4", "echo four")),
    answer(say("The fourth ran too.")),
]

TALK = Scenario(
    name="talk",
    title="two turns with tools, the second in a process of its own",
    steps=(Step("exec", "Run three."), Step("exec_resume", "Run a fourth.")),
    script={0: list(_TALK)},
)
TALK_FIRST = Scenario(
    name="talk-first",
    title="one turn with tools",
    steps=(Step("exec", "Run three."),),
    script={0: _TALK[:3]},
)
TALK_FILE = Scenario(
    name="talk-file",
    title="two turns with tools, resumed by the path of the file",
    steps=(Step("exec", "Run three."), Step("exec_resume_file", "Run a fourth.")),
    script={0: list(_TALK)},
)
LIFE = Scenario(
    name="life",
    title="turns, compaction, fork and a new process",
    settings=('compact_prompt = "Sum up what was said."',),
    steps=(OPEN, user("One."), COMPACT, user("Two."), REOPEN, user("Three."), Step("fork"), user("Four.")),
    script={
        0: [
            answer(run("call_1", "echo one")),
            answer(say("One, answered.")),
            answer(say("Summary: one was said.")),
            answer(say("Two, answered.")),
            answer(say("Three, answered.")),
        ],
        1: [answer(say("Four, in the fork."))],
    },
)

REVERT = Scenario(
    name="revert",
    title="a thread that is reverted twice, and a fork of it",
    steps=(
        OPEN,
        user("One."),
        user("Two, taken back."),
        Step("revert"),
        user("Three."),
        user("Four, taken back."),
        Step("revert"),
        user("Five."),
        Step("fork"),
        user("Six."),
    ),
    script={
        0: [
            answer(run("call_1", "echo one")),
            *(answer(say(f"{count}, answered.")) for count in ("One", "Two", "Three", "Four", "Five")),
        ],
        1: [answer(say("Six, in the fork."))],
    },
)

SESSION_SCENARIOS = {each.name: each for each in (TALK, TALK_FIRST, TALK_FILE, LIFE, REVERT)}
ALL_SCENARIOS = {**BY_NAME, **SESSION_SCENARIOS}
