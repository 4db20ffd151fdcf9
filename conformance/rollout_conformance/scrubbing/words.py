"""The words that may stay: the format's own names, read from the catalogue, and a few words of its texts."""

import re
from dataclasses import dataclass, field, replace
from functools import cache

from rollout_conformance.catalogue.model import load
from rollout_reference.trace.tool_kinds import KIND_OF_NAME


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


TOOLS = frozenset(KIND_OF_NAME) | _names(
    "update_plan view_image tool_search wait exec send_input resume_agent list_agents request_user_input"
)
"""Tools of the CLI itself; a name of any other tool is the user's."""

TOOL_ARGUMENTS = _names(
    "cmd command workdir timeout_ms yield_time_ms max_output_tokens session_id chars tty login shell plan"
    " step explanation task_name message fork_turns targets target path input query queries cell_id"
    " terminate"
)

STATE_KEYS = _names(
    "agents_md apps_instructions environments plugins_instructions skills collaboration_mode"
    " context_window_guidance environments_instructions git_attribution host_skills"
    " managed_developer_instructions model model_catalog multi_agent_mode permissions persistent_mode"
    " realtime"
)
"""Keys of `world_state`, an open set; these were seen."""

OPEN_VALUES = {
    "source": _names("custom internal subagent"),
    "name": TOOLS,
    "tool": TOOLS,
    "namespace": _names("collaboration multi_agent_v1 functions"),
    "role": _names("user assistant developer system tool"),
    "thread_source": _names("user subagent memory_consolidation"),
    "memory_mode": _names("enabled disabled polluted"),
    "originator": _names("codex_exec codex_cli_rs codex_vscode codex_sdk_ts codex-tui"),
    "effort": _names("none minimal low medium high xhigh ultra"),
    "reasoning_effort": _names("none minimal low medium high xhigh ultra"),
    "plan_type": _names("free plus pro team business enterprise edu"),
}
"""Names of the format under keys that take any string."""

_MEDIA = r"data:(?:image/(?:png|jpeg|gif|webp)|audio/(?:wav|mpeg|mp4|webm));base64,"

_FRAMES = (
    r"## My request for Codex:|# AGENTS\.md instructions"
    r"|</?(?:environment_context|user_instructions|INSTRUCTIONS|turn_aborted|subagent_notification|skill"
    r"|user_shell_command|recommended_plugins|permissions instructions|apps_instructions|collaboration_mode"
    r"|context_window|context_window_guidance|environments_instructions|model_switch|multi_agent_mode"
    r"|personality_spec|plugins_instructions|realtime_conversation|rollout_budget|skills_instructions"
    r"|token_budget|cwd|shell|approval_policy|sandbox_mode|network_access|current_date|timezone)>"
)

_PATH_HEADS = (
    r"\Afile://(?=/)|\A[A-Za-z]:(?=[\\/])|(?<=\Afile:///)[A-Za-z]:(?=/)|\A/root(?=/|\Z)|\A/morpheus\Z"
)

STAYING_TEXT = f"{_MEDIA}|{_FRAMES}|{_PATH_HEADS}"
"""What stays inside a text: the marks by which readers tell what the CLI added, and heads of paths."""

VERSION = re.compile(r"\d+\.\d+\.\d+(?:-(?:alpha|beta|rc)(?:\.\d+)*)?", re.ASCII)
_MOMENT_NAME = re.compile(r"(?:_at|_at_ms|At|AtMs|^create_time)$")
_IDENTITY_NAME = re.compile(r"(?:^id|_id|_ids|Id|Ids|^client_id)$")


@dataclass(frozen=True)
class Words:
    """What a scrubber leaves as it is."""

    keys: frozenset[str]
    values: dict[str, frozenset[str]] = field(default_factory=dict)
    numbers: frozenset[str] = frozenset()
    base64: frozenset[str] = frozenset()
    """Keys of data in Base64."""

    def with_names(self, names: frozenset[str]) -> "Words":
        """Return these words and some more that stay wherever they are a key or a whole value."""
        return replace(self, keys=self.keys | names, values={**self.values, "": names})

    def keeps_value(self, key: str, value: str) -> bool:
        """Tell whether a whole string is a name of the format under its key."""
        if key == "cli_version":
            return VERSION.fullmatch(value) is not None
        return value in self.values.get(key, ()) or value in self.values.get("", ())

    @property
    def all(self) -> frozenset[str]:
        """Every word that may stay."""
        return self.keys.union(*self.values.values())


def is_moment(key: str) -> bool:
    """Tell whether the number under a key is a time."""
    return _MOMENT_NAME.search(key) is not None


def is_identity(key: str) -> bool:
    """Tell whether the string under a key is an id."""
    return _IDENTITY_NAME.search(key) is not None


@cache
def format_words() -> Words:
    """Return the words of the format, as the catalogue has them."""
    catalogue = load()
    fields = [field for shape in catalogue.shapes for field in shape.fields]
    keys = frozenset(name for field in fields for name in (field.name, *field.old_names))
    values: dict[str, frozenset[str]] = {}
    for shape in catalogue.shapes:
        for each in shape.fields:
            values[each.name] = values.get(each.name, frozenset()) | frozenset(each.values + each.old_values)
        if shape.tag_key:
            values[shape.tag_key] = values.get(shape.tag_key, frozenset()) | shape.tags
    numbers = frozenset(field.name for shape in catalogue.shapes for field in shape.fields if field.numeric)
    values["type"] |= {line.type for line in catalogue.lines}
    for name, more in OPEN_VALUES.items():
        values[name] = values.get(name, frozenset()) | more
    keys |= frozenset(values) | TOOL_ARGUMENTS | STATE_KEYS | {"payload", "metadata"}
    return Words(keys, values, numbers, frozenset(each.name for each in fields if "Base64" in each.type))
