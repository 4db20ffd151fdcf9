"""What an agent may do: approvals, sandbox policies and permission profiles.

[SESSION-TURNCTX-3, SESSION-TURNCTX-4, SESSION-TURNCTX-5, SESSION-TURNCTX-6]
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, UnsetType, field

from rollout_reference.session.shapes.forms import form_of
from rollout_reference.session.shapes.scalars import AbsolutePath, PositiveU64
from rollout_reference.session.shapes.shape import U64, Choice, Names, Newer, Shape, Skipped

ApprovalsReviewer = Annotated[Literal["user", "auto_review"], Names(guardian_subagent="auto_review")]
NetworkAccess = Literal["restricted", "enabled"]


class Granular(Shape):
    """Which kinds of request reach the user; a kind that is false is refused."""

    sandbox_approval: bool
    rules: bool
    skill_approval: bool = False
    request_permissions: bool = False
    mcp_elicitations: bool


class GranularApproval(Choice):
    """The approval policy that decides by kind of request."""

    granular: Skipped[Granular | UnsetType] = UNSET


ApprovalName = Annotated[Literal["untrusted", "on-request", "never"], Names(**{"on-failure": "on-request"})]
ApprovalPolicy = ApprovalName | GranularApproval


class DangerFullAccess(Shape, tag_field="type", tag="danger-full-access"):
    """No sandbox."""


class ReadOnly(Shape, tag_field="type", tag="read-only"):
    """Nothing may be written."""

    network_access: Skipped[bool] = False


class ExternalSandbox(Shape, tag_field="type", tag="external-sandbox"):
    """The host has its own sandbox."""

    network_access: NetworkAccess = "restricted"


class WorkspaceWrite(Shape, tag_field="type", tag="workspace-write"):
    """The working directory and some roots may be written."""

    writable_roots: Skipped[list[AbsolutePath]] = field(default_factory=list)
    network_access: bool = False
    exclude_tmpdir_env_var: bool = False
    exclude_slash_tmp: bool = False


SandboxPolicy = DangerFullAccess | ReadOnly | ExternalSandbox | WorkspaceWrite


class Root(Shape, tag_field="kind", tag="root"):
    """The root of the file system."""


class Minimal(Shape, tag_field="kind", tag="minimal"):
    """What a program needs to run at all."""


class ProjectRoots(Shape, tag_field="kind", tag="project_roots"):
    """The roots of the workspace, or a path below each."""

    old_tags = ("current_working_directory",)
    subpath: Skipped[str | None] = None


class Tmpdir(Shape, tag_field="kind", tag="tmpdir"):
    """The user's folder for temporary files."""


class SlashTmp(Shape, tag_field="kind", tag="slash_tmp"):
    """`/tmp`."""


class UnknownPath(Shape, tag_field="kind", tag="unknown"):
    """A special path that a newer version knows."""

    path: str
    subpath: Skipped[str | None] = None


class PlainPath(Shape, tag_field="type", tag="path"):
    """One path."""

    path: AbsolutePath


class GlobPattern(Shape, tag_field="type", tag="glob_pattern"):
    """All paths that a pattern matches."""

    pattern: str


class SpecialPath(Shape, tag_field="type", tag="special"):
    """A place by its meaning."""

    value: Root | Minimal | ProjectRoots | Tmpdir | SlashTmp | UnknownPath


class FileSystemEntry(Shape):
    """The access to one place."""

    path: PlainPath | GlobPattern | SpecialPath
    access: Annotated[Literal["read", "write", "deny"], Names(none="deny")]
    missing_path_behavior: Newer[Literal["skip"] | None] = None


class FileSystemPolicy(Shape):
    """The older record of file access, beside the sandbox policy."""

    kind: Literal["restricted", "unrestricted", "external-sandbox"]
    glob_scan_max_depth: Skipped[U64 | None] = None
    entries: Skipped[list[FileSystemEntry]] = field(default_factory=list)


class RestrictedFiles(Shape, tag_field="type", tag="restricted"):
    """Only these places may be touched."""

    entries: list[FileSystemEntry]
    glob_scan_max_depth: Skipped[PositiveU64 | None] = None


class UnrestrictedFiles(Shape, tag_field="type", tag="unrestricted"):
    """Every file may be touched."""


class OldNetwork(Shape):
    """Network access in the untagged form of a profile."""

    enabled: bool | None = None


class OldEntries(Shape, forbid_unknown_fields=True):
    """File access in the untagged form of a profile, by entries."""

    entries: list[FileSystemEntry] = field(default_factory=list)
    glob_scan_max_depth: PositiveU64 | None = None


class OldRoots(Shape, forbid_unknown_fields=True):
    """File access in the untagged form of a profile, by roots."""

    read: list[AbsolutePath] | None = None
    write: list[AbsolutePath] | None = None


class OldProfile(Shape, forbid_unknown_fields=True):
    """A profile from before profiles had a type."""

    network: OldNetwork | None = None
    file_system: Any = None


class Managed(Shape, tag_field="type", tag="managed"):
    """The sandbox is Codex's own."""

    reads_untagged = True
    file_system: RestrictedFiles | UnrestrictedFiles
    network: NetworkAccess

    @classmethod
    def prepare(cls, tree: dict[str, Any]) -> dict[str, Any]:
        """Turn the untagged form into the present one.  [SESSION-TURNCTX-7]"""
        if "type" in tree:
            return tree
        old = form_of(OldProfile).canonical(tree, "")
        enabled = old["network"] is not None and old["network"]["enabled"] is True
        files = {} if old["file_system"] is None else old_files(old["file_system"])
        return {
            "type": "managed",
            "file_system": {"type": "restricted", "entries": [], **files},
            "network": "enabled" if enabled else "restricted",
        }


def old_files(tree: Any) -> dict[str, Any]:
    """Return entries and depth of the file access in an untagged profile."""
    if not isinstance(tree, dict) or not {"read", "write"}.intersection(tree):
        return dict(form_of(OldEntries).canonical(tree, "/file_system"))
    roots = form_of(OldRoots).canonical(tree, "/file_system")
    return {
        "entries": [
            {"path": {"type": "path", "path": path}, "access": access}
            for access in ("read", "write")
            for path in roots[access] or []
        ]
    }


class Disabled(Shape, tag_field="type", tag="disabled"):
    """There is no sandbox."""


class External(Shape, tag_field="type", tag="external"):
    """The host keeps the files apart."""

    network: NetworkAccess


PermissionProfile = Managed | Disabled | External
