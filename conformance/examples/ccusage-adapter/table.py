"""What the tools say of the small cases of usage, beside what is right: `python table.py [--all]`.

The tools have to be on PATH, see README.md.  Only what a tool tells is compared: its sum, and of a home also
the threads.
"""

import sys
from pathlib import Path
from typing import Any

from msgspec import structs

from rollout_conformance.answers import Accepted, Answer
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations import Implementation, open_implementation
from rollout_conformance.locations import corpus_dir
from rollout_reference import jsontext

FOLDER = Path(__file__).parent
TOOLS = ("ccusage.toml", "ccusage-codex.toml")
SMALL = (
    ("t1", "re-emitted-equal"),
    ("t2", "fork-copied-equal"),
    ("t2", "fork-copied-own-times"),
    ("t2", "base-equal"),
    ("t3", "compaction-equal"),
    ("t3", "compaction-turn-equal"),
    ("t4", "restart-equal"),
    ("t5", "rollback-equal"),
    ("t6", "cold"),
    ("t7", "archived"),
    ("t8", "total-without-last"),
    ("t9", "torn"),
    ("t10", "blanks"),
    ("t10", "blanks-before-colons"),
    ("t11", "key-order"),
    ("t12", "agent-copying-equal"),
)
"""The small cases, each with its name in the corpus; `-equal` ones have a neighbour with distinct amounts."""

BUDGET_MS = 60_000

Tree = dict[str, Any]


def cases() -> dict[str, Case]:
    """Return the cases of usage by the names of their folders; those that are rejected have no number."""
    loaded = load_cases(corpus_dir() / "session" / "usage")
    return {case.folder.name: case for case in loaded if case.verdict == "must-accept"}


def rows() -> list[str]:
    """Return the rows of the table of the small cases."""
    known, tools = cases(), [open_implementation(str(FOLDER / tool)) for tool in TOOLS]
    try:
        return [row(name, known[case], tools) for name, case in SMALL]
    finally:
        close(tools)


def row(name: str, case: Case, tools: list[Implementation]) -> str:
    """Return what is right in a case and what each tool says."""
    told = " | ".join(shown(case, asked(tool, case)) for tool in tools)
    return f"| {name} | `{case.folder.name}` | {shown(case, Accepted(case.expected_outputs()))} | {told} |"


def counts() -> list[str]:
    """Return for each tool in how many of all cases it tells the right sum, and the right threads as well."""
    known, tools = cases(), [open_implementation(str(FOLDER / tool)) for tool in TOOLS]
    try:
        return [count(list(known.values()), tool) for tool in tools]
    finally:
        close(tools)


def count(known: list[Case], tool: Implementation) -> str:
    """Return how many cases a tool tells rightly."""
    told = [case for case in known if tokens(right(case)) is not None]
    judged = [judge(right(case), asked(tool, case)) for case in told]
    sums, both = sum(same for same, _ in judged), sum(map(all, judged))
    return f"| {tool.identity.name} {tool.identity.version} | {len(judged)} | {sums} | {both} |"


def asked(tool: Implementation, case: Case) -> Answer:
    """Return what a tool answers, which may take its time: it starts two processes."""
    return tool.perform(structs.replace(case.task, budget_ms=BUDGET_MS))


def close(tools: list[Implementation]) -> None:
    """End the adapters."""
    for tool in tools:
        tool.close()


def right(case: Case) -> Tree:
    """Return what a case expects."""
    expected: Tree = jsontext.parse(case.expected_outputs()["usage.json"])
    return expected


def shown(case: Case, answer: Answer) -> str:
    """Return the sum that a tool tells, bold if it is wrong, and of what threads it is the sum."""
    if not isinstance(answer, Accepted):
        return f"no answer: {answer}"
    told = jsontext.parse(answer.outputs["usage.json"])
    same_sum, _ = judge(right(case), answer)
    number = str(tokens(told)) if same_sum else f"**{tokens(told)}**"
    threads = " + ".join(map(str, by_thread(told).values())) if "threads" in told else ""
    return f"{number} ({threads})" if " + " in threads else number


def judge(expected: Tree, answer: Answer) -> tuple[bool, bool]:
    """Tell whether a tool's sum is right, and whether its threads are, as far as it tells any."""
    if not isinstance(answer, Accepted):
        return False, False
    told = jsontext.parse(answer.outputs["usage.json"])
    return tokens(told) == tokens(expected), "threads" not in told or by_thread(told) == by_thread(expected)


def by_thread(usage: Tree) -> dict[str, int | None]:
    """Return what the threads of an answer spent that spent anything: tools leave the others out."""
    spent = {each["thread_id"]: tokens(each) for each in usage["threads"]}
    return {thread: number for thread, number in spent.items() if number != 0}


def tokens(tree: Tree) -> int | None:
    """Return the own spend of all or of a thread, None if it cannot be told."""
    own = tree["own"]["tokens"]
    return None if own is None else int(own["total_tokens"])


if __name__ == "__main__":
    print("\n".join(counts() if "--all" in sys.argv[1:] else rows()))
