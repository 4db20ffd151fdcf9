"""What each finding means: its level, the requirement that decides it, and what to do.

Lines that are no items bring their requirement with them; the other findings have theirs here.
"""

from typing import NamedTuple

from rollout_conformance.validate.problems import Level


class Finding(NamedTuple):
    """One kind of finding that no line brings with it."""

    rule: str
    level: Level
    message: str
    advice: str = ""


UNRECOGNISED = Finding(
    "SESSION-FILE-15", "error", "not one line is an item", "is it a rollout, and of which version?"
)
NO_OWNER = Finding("SESSION-FILE-6", "error", "", "readers of the CLI refuse it")
REPEATED_ORDINAL = Finding("SESSION-FILE-17", "error", "an ordinal is not above those before it")
SKIPPED_ORDINAL = Finding("SESSION-FILE-17", "error", "ordinals are skipped")
MISSING_ORDINAL = Finding("SESSION-FILE-17", "error", "an item of a paginated file has no ordinal")
UNTERMINATED = Finding("SESSION-FILE-2", "note", "the last line has no line feed", "it is read all the same")
CHANGED = Finding("SESSION-FILE-13", "warning", "the file changed while it was read", "check it again")

BOTH_FORMS = Finding(
    "SESSION-FILE-8", "note", "plain and cold form hold the same", "only the plain one is read"
)
COLD_BEHIND = Finding(
    "SESSION-FILE-8",
    "note",
    "the cold form holds the beginning of the plain one",
    "only the plain one is read",
)
FORMS_DIFFER = Finding(
    "SESSION-FILE-8",
    "warning",
    "plain and cold form differ",
    "only the plain one is read; keep what the other has",
)
TEMPORARY = Finding("SESSION-NAME-5", "warning", "a temporary file was left", "no reader looks at it")
LINK = Finding("SESSION-NAME-5", "note", "a symbolic link is not followed", "give its target to check that")
SPECIAL = Finding(
    "SESSION-FILE-3", "warning", "a rollout's name, but no regular file", "no reader can read it"
)
UNREADABLE_FOLDER = Finding(
    "SESSION-NAME-5", "error", "the folder cannot be read: {detail}", "what lies in it is not checked"
)
NO_ROLLOUT = Finding(
    "SESSION-NAME-5",
    "warning",
    "no rollout is below it, so nothing was checked",
    "a rollout is named rollout-*.jsonl or rollout-*.jsonl.zst; name other files one by one",
)
SAME_THREAD = Finding(
    "SESSION-NAME-3", "error", "thread {thread} has another file: {other}", "lookups by id find either"
)
TWINS = Finding(
    "SESSION-NAME-1",
    "error",
    "thread {thread} is active and archived: {other}",
    "it is listed twice; keep one",
)
OTHER_NAME = Finding(
    "SESSION-NAME-3", "warning", "the name says thread {named}, the lines say {thread}", "the lines decide"
)

ADVICE = {
    "torn": "the writer was stopped; the line is lost, those before it are not",
    "glued": "a writer appended to an unfinished line; the line is lost, the next one is not",
    "byte_order_mark": "remove the first three bytes; with them the thread has no owner",
    "invalid_utf8": "some versions refuse the whole file for it",
    "malformed": "the line is lost, the others are not",
    "too_long": "readers pass over it",
    "too_deep": "readers pass over it",
    "missing_timestamp": "readers drop the line",
    "not_an_object": "readers drop the line",
}
"""What a defect of a line means, by its code."""

NOT_WRONG = frozenset({"state_record", "ghost_snapshot"})
"""Defects that an old writer made on purpose: counted, and no problem."""

OLD_FORMS = {
    ("turn_context", "/payload/sandbox_policy/type"): (
        "mode",
        "written to 0.58: `mode` became `type` [SESSION-LEGACY-8]",
    ),
}
"""Renamed keys by line type and pointer: the older name, and what to say when it is there."""
