"""Events that ask the user or a client for something; not kept in a rollout.  [SESSION-EVENT-3]"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, UnsetType, field

from rollout_reference.session.items.events.base import Event
from rollout_reference.session.items.events.commands import ParsedCommand
from rollout_reference.session.items.events.tools import FileChange
from rollout_reference.session.items.permissions import FileSystemEntry, OldNetwork, old_files
from rollout_reference.session.shapes.scalars import AbsolutePath, PositiveU64
from rollout_reference.session.shapes.shape import I64, U64, Alias, Choice, Names, Shape, Skipped

NetworkProtocol = Annotated[
    Literal["http", "https", "socks5_tcp", "socks5_udp"],
    Names(**{"https_connect": "https", "http-connect": "https"}),
]
EnvironmentId = Annotated[Skipped[str | None], Alias("environment_id")]


class NetworkApproval(Shape):
    """The host that a command wants to reach."""

    host: str
    protocol: NetworkProtocol


class NetworkAmendment(Shape):
    """A rule about a host."""

    host: str
    action: Literal["allow", "deny"]


class ExecAmendment(Shape):
    """A rule about commands, to be added with the approval."""

    proposed_execpolicy_amendment: list[str]


class NetworkDecision(Shape):
    """A rule about a host, to be added with the approval."""

    network_policy_amendment: NetworkAmendment


class AmendingDecision(Choice):
    """A decision that adds a rule."""

    approved_execpolicy_amendment: Skipped[ExecAmendment | UnsetType] = UNSET
    network_policy_amendment: Skipped[NetworkDecision | UnsetType] = UNSET


DecisionName = Literal["approved", "approved_for_session", "denied", "timed_out", "abort"]
ReviewDecision = DecisionName | AmendingDecision


class FileAccess(Shape, forbid_unknown_fields=True):
    """Access to files, by entries or, in the older form, by roots to read and to write."""

    entries: Skipped[list[FileSystemEntry]] = field(default_factory=list)
    glob_scan_max_depth: Skipped[PositiveU64 | None] = None

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Turn roots into entries."""
        return old_files(tree) if {"read", "write"}.intersection(tree) else tree


class Permissions(Shape):
    """What a command may do beyond its sandbox."""

    network: OldNetwork | None = None
    file_system: FileAccess | None = None


class AskedPermissions(Permissions, forbid_unknown_fields=True):
    """The permissions that the model asks for; no other keys are allowed.  [SESSION-EVENT-11]"""


class ExecApprovalRequest(Event):
    """May this command run?"""

    call_id: str
    approval_id: Skipped[str | None] = None
    turn_id: str = ""
    environment_id: EnvironmentId = field(default=None, name="environmentId")
    started_at_ms: I64
    command: list[str]
    cwd: AbsolutePath
    reason: Skipped[str | None] = None
    network_approval_context: Skipped[NetworkApproval | None] = None
    proposed_execpolicy_amendment: Skipped[list[str] | None] = None
    proposed_network_policy_amendments: Skipped[list[NetworkAmendment] | None] = None
    additional_permissions: Skipped[Permissions | None] = None
    available_decisions: Skipped[list[ReviewDecision] | None] = None
    parsed_cmd: list[ParsedCommand]


class ApplyPatchApprovalRequest(Event):
    """May this patch be applied?"""

    call_id: str
    turn_id: str = ""
    started_at_ms: I64
    changes: dict[str, FileChange]
    reason: Skipped[str | None] = None
    grant_root: Skipped[str | None] = None


class RequestPermissions(Event):
    """The model asks for permissions."""

    call_id: str
    turn_id: str = ""
    environment_id: EnvironmentId = field(default=None, name="environmentId")
    started_at_ms: I64
    reason: Skipped[str | None] = None
    permissions: AskedPermissions
    cwd: Skipped[AbsolutePath | None] = None


class Option(Shape):
    """One answer to choose."""

    label: str
    description: str


class Question(Shape):
    """One question of the model."""

    id: str
    header: str
    question: str
    is_other: bool = field(default=False, name="isOther")
    is_secret: bool = field(default=False, name="isSecret")
    options: Skipped[list[Option] | None] = None


class RequestUserInput(Event):
    """The model asks the user."""

    call_id: str
    turn_id: str = ""
    questions: list[Question]
    auto_resolution_ms: Skipped[U64 | None] = field(default=None, name="autoResolutionMs")


class Elicitation(Shape, tag_field="mode"):
    """What an MCP server asks."""

    meta: Skipped[Any] = field(default=None, name="_meta")
    message: str


class FormElicitation(Elicitation, tag="form"):
    """It asks for a form."""

    requested_schema: Any


class OpenAiFormElicitation(Elicitation, tag="openai/form"):
    """It asks for a form in a form of its own."""

    requested_schema: Any


class UrlElicitation(Elicitation, tag="url"):
    """It sends the user to a page."""

    url: str
    elicitation_id: str


RequestId = str | I64


class ElicitationRequest(Event):
    """An MCP server asks the user."""

    turn_id: Skipped[str | None] = None
    server_name: str
    id: RequestId
    request: FormElicitation | OpenAiFormElicitation | UrlElicitation


class ElicitationAbandoned(Event):
    """An MCP server asks no more, only known to later versions."""

    server_name: str
    id: RequestId


RequestEvent = (
    ExecApprovalRequest
    | ApplyPatchApprovalRequest
    | RequestPermissions
    | RequestUserInput
    | ElicitationRequest
    | ElicitationAbandoned
)
