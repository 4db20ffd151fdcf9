"""Texts that surround the conversation: what the CLI injects under the roles of user and developer.

[SESSION-CONTEXT-8, SESSION-CONTEXT-9]
"""

import re
from xml.etree import ElementTree

MARKED = (
    ("# AGENTS.md instructions", "</INSTRUCTIONS>"),
    ("<environment_context>", "</environment_context>"),
    ("<skill>", "</skill>"),
    ("<user_shell_command>", "</user_shell_command>"),
    ("<turn_aborted>", "</turn_aborted>"),
    ("<subagent_notification>", "</subagent_notification>"),
    ("<recommended_plugins>", "</recommended_plugins>"),
)
"""Openings and ends of injected user texts; ASCII letters of either case."""

PATTERNS = (
    re.compile(r"<external_(?P<key>[^>]*)>.*</external_(?P=key)>", re.DOTALL),
    re.compile(r'<codex_internal_context source="[a-z][a-z0-9_]*">.*</codex_internal_context>', re.DOTALL),
    re.compile(r"<goal_context>.*</goal_context>", re.DOTALL),
)
"""Injected user texts whose opening varies; letters as they stand."""

WARNINGS = (
    "Warning: apply_patch was requested via ",
    "Warning: The maximum number of unified exec processes you can keep open is",
    "Warning: Your account was flagged for potentially high-risk cyber activity",
)
"""How warnings begin that old versions injected without a mark."""

DEVELOPER_OPENINGS = (
    "<permissions instructions>",
    "<model_switch>",
    "<apps_instructions>",
    "<collaboration_mode>",
    "<multi_agent_mode>",
    "<environments_instructions>",
    "<plugins_instructions>",
    "<realtime_conversation>",
    "<skills_instructions>",
    "<personality_spec>",
    "<token_budget>",
    "<context_window>",
    "<context_window_guidance>",
    "<rollout_budget>",
)
"""Openings of developer texts that go with the turn after them; ASCII letters of either case."""

SUMMARY_OPENING = "Another language model started to solve this problem"
"""How the user message begins that holds the summary of a compaction."""

_HOOK_PROMPT = "hook_prompt"


def is_contextual(text: str) -> bool:
    """Tell whether a user text was injected, not said.  [SESSION-CONTEXT-8]"""
    text = text.strip()
    if text[:1] not in "#<W":
        return False
    return (
        any(_begins(text, opening) and _ends(text, end) for opening, end in MARKED)
        or any(pattern.fullmatch(text) for pattern in PATTERNS)
        or text.startswith(WARNINGS)
        or _is_hook_prompt(text)
    )


def is_trimmable(text: str) -> bool:
    """Tell whether a developer text belongs to the turn that follows it.  [SESSION-CONTEXT-9]"""
    text = text.lstrip()
    return any(_begins(text, opening) for opening in DEVELOPER_OPENINGS)


def is_summary(text: str) -> bool:
    """Tell whether a user text is the summary of a compaction.  [SESSION-CONTEXT-20]"""
    return text.startswith(SUMMARY_OPENING)


def _begins(text: str, opening: str) -> bool:
    return _ascii_lower(text[: len(opening)]) == _ascii_lower(opening)


def _ends(text: str, end: str) -> bool:
    return _ascii_lower(text[-len(end) :]) == _ascii_lower(end)


def _ascii_lower(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass").lower()  # of bytes: ASCII letters alone


def _is_hook_prompt(text: str) -> bool:
    """Tell whether a text is the prompt of a hook: one XML element with the id of the hook's run."""
    if not text.startswith(f"<{_HOOK_PROMPT}") or "<!" in text:
        return False
    try:
        element = ElementTree.fromstring(text)  # noqa: S314  (no declarations, so no entities)
    except ElementTree.ParseError:
        return False
    return element.tag == _HOOK_PROMPT and bool(element.get("hook_run_id", "").strip())
