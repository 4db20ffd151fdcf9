"""Wrong readers and writers of turn contexts."""

from collections.abc import Callable

from rollout_conformance.mutants.patch import Patch
from rollout_conformance.mutants.payloads import (
    Json,
    inside,
    part,
    refuses,
    takes,
    typed,
    writes,
    writes_as_it_stood,
)
from rollout_conformance.mutants.registry import mutant
from rollout_reference.session import lines
from rollout_reference.session.items import permissions
from rollout_reference.session.lines import Line


@mutant("SESSION-TURNCTX-1", "reads a turn context without a summary mode")
def summary_not_needed(reference: Patch) -> None:
    takes(reference, "turn_context", "wrong_shape", lambda p: isinstance(p, dict) and "summary" not in p)


@mutant("SESSION-TURNCTX-1", "takes any effort, an empty one too")
def effort_unchecked(reference: Patch) -> None:
    takes(reference, "turn_context", "wrong_shape", lambda p: part(p, "effort") == "")


@mutant("SESSION-TURNCTX-1", "looks at keys that it no longer uses")
def old_keys_checked(reference: Patch) -> None:
    refuses(reference, "turn_context", "wrong_shape", lambda p: isinstance(p.get("user_instructions"), int))


@mutant("SESSION-TURNCTX-1", "does not look at newer keys of a turn context")
def newer_turn_keys_unchecked(reference: Patch) -> None:
    takes(reference, "turn_context", "wrong_shape", lambda p: "approvals_reviewer" in p)


@mutant("SESSION-TURNCTX-2", "takes a relative path")
def relative_path_taken(reference: Patch) -> None:
    takes(reference, "turn_context", "wrong_shape", lambda p: part(p, "cwd") == "w")


@mutant("SESSION-TURNCTX-2", "takes paths of its own platform only")
def foreign_path_refused(reference: Patch) -> None:
    refuses(reference, "turn_context", "wrong_shape", lambda p: not p["cwd"].startswith("/"))


@mutant("SESSION-TURNCTX-2", "writes a path as it stood")
def path_kept(reference: Patch) -> None:
    writes_as_it_stood(reference, "cwd")


@mutant("SESSION-TURNCTX-3", "does not know the older name of an approval policy")
def on_failure_unknown(reference: Patch) -> None:
    refuses(reference, "turn_context", "wrong_shape", lambda p: p["approval_policy"] == "on-failure")


@mutant("SESSION-TURNCTX-3", "writes the older name of an approval policy")
def on_failure_kept(reference: Patch) -> None:
    def write(original: Callable[[Line], bytes], line: Line) -> bytes:
        stood = part(line.payload, "approval_policy") == "on-failure"
        return original(line).replace(b"on-request", b"on-failure") if stood else original(line)

    reference.wrap(lines.canonical_line, write)


@mutant("SESSION-TURNCTX-3", "does not look at granular policies")
def granular_unchecked(reference: Patch) -> None:
    takes(reference, "turn_context", "wrong_shape", lambda p: isinstance(part(p, "approval_policy"), dict))


@mutant("SESSION-TURNCTX-4", "reads the older key of a sandbox policy")
def sandbox_mode_read(reference: Patch) -> None:
    mode = ("sandbox_policy", "mode")
    takes(reference, "turn_context", "wrong_shape", lambda p: part(p, *mode) is not None)


@mutant("SESSION-TURNCTX-4", "does not tell the two kinds of network access apart")
def network_access_either(reference: Patch) -> None:
    access = ("sandbox_policy", "network_access")
    takes(reference, "turn_context", "wrong_shape", lambda p: part(p, *access) is not None)


@mutant("SESSION-TURNCTX-4", "writes that a read-only sandbox has no network")
def read_only_network_written(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        if typed(payload.get("sandbox_policy"), "read-only"):
            payload["sandbox_policy"].setdefault("network_access", False)
        return payload

    writes(reference, change)


@mutant("SESSION-TURNCTX-5", "does not look at permission profiles")
def profile_unchecked(reference: Patch) -> None:
    takes(
        reference, "turn_context", "wrong_shape", lambda p: part(p, "permission_profile", "type") is not None
    )


@mutant("SESSION-TURNCTX-5", "takes a depth of zero")
def depth_zero(reference: Patch) -> None:
    depth = ("permission_profile", "file_system", "glob_scan_max_depth")
    takes(reference, "turn_context", "wrong_shape", lambda p: part(p, *depth) == 0)


@mutant("SESSION-TURNCTX-6", "does not look at the entries of a profile")
def entries_unchecked(reference: Patch) -> None:
    entries = ("permission_profile", "file_system", "entries")
    takes(reference, "turn_context", "wrong_shape", lambda p: part(p, *entries) is not None)


@mutant("SESSION-TURNCTX-6", "does not know the older name of an access")
def access_none_unknown(reference: Patch) -> None:
    def old(payload: Json) -> bool:
        return any(each.get("access") == "none" for each in inside(payload))

    refuses(reference, "turn_context", "wrong_shape", old)


@mutant("SESSION-TURNCTX-6", "writes the older name of the roots of the workspace")
def old_roots_written(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        for each in inside(payload):
            if each.get("kind") == "project_roots" and "subpath" not in each:
                each["kind"] = "current_working_directory"
        return payload

    writes(reference, change)


@mutant("SESSION-TURNCTX-7", "does not know profiles without a type")
def untagged_unknown(reference: Patch) -> None:
    def untagged(payload: Json) -> bool:
        return "type" not in (payload.get("permission_profile") or {"type": ""})

    refuses(reference, "turn_context", "wrong_shape", untagged)


@mutant("SESSION-TURNCTX-7", "takes unknown keys in a profile without a type")
def untagged_open(reference: Patch) -> None:
    takes(
        reference,
        "turn_context",
        "wrong_shape",
        lambda p: "type" not in (part(p, "permission_profile") or {"type": ""}),
    )


@mutant("SESSION-TURNCTX-7", "puts the paths to write before those to read")
def write_before_read(reference: Patch) -> None:
    reference.edit(permissions.old_files, "('read', 'write')", "('write', 'read')")


@mutant("SESSION-TURNCTX-7", "enables the network of a profile that does not say")
def untagged_network_enabled(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        if typed(payload.get("permission_profile"), "managed"):
            payload["permission_profile"]["network"] = "enabled"
        return payload

    writes(reference, change)


@mutant("SESSION-TURNCTX-8", "does not know older names of a collaboration mode")
def old_modes_unknown(reference: Patch) -> None:
    mode = ("collaboration_mode", "mode")
    refuses(reference, "turn_context", "wrong_shape", lambda p: part(p, *mode) in ("code", "execute"))


@mutant("SESSION-TURNCTX-8", "takes any name for a collaboration mode")
def modes_open(reference: Patch) -> None:
    takes(reference, "turn_context", "wrong_shape", lambda p: part(p, "collaboration_mode", "mode") == "solo")


@mutant("SESSION-TURNCTX-8", "leaves out nulls of the settings of a mode")
def mode_settings_short(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        settings = part(payload, "collaboration_mode", "settings") or {}
        for key in [key for key in settings if settings[key] is None]:
            del settings[key]
        return payload

    writes(reference, change)


@mutant("SESSION-TURNCTX-9", "keeps the older name of a multi-agent mode")
def agents_none_kept(reference: Patch) -> None:
    def write(original: Callable[[Line], bytes], line: Line) -> bytes:
        return original(line).replace(b'{"custom":""}', b'"none"')

    reference.wrap(lines.canonical_line, write)


@mutant("SESSION-TURNCTX-9", "takes any name for a multi-agent mode")
def agents_open(reference: Patch) -> None:
    takes(reference, "turn_context", "wrong_shape", lambda p: isinstance(part(p, "multi_agent_mode"), str))
