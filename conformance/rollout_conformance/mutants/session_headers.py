"""Wrong readers and writers of session headers."""

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
from rollout_reference.session.items import dynamic_tools


@mutant("SESSION-META-1", "reads a header that lacks what it needs")
def header_incomplete(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: isinstance(p, dict) and "cwd" not in p)


@mutant("SESSION-META-1", "takes any name for a multi-agent version")
def agent_version_open(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: isinstance(part(p, "multi_agent_version"), str))


@mutant("SESSION-META-1", "does not look at newer keys of a header")
def newer_header_keys_unchecked(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: "history_base" in p or "account_scoped" in p)


@mutant("SESSION-META-2", "takes a UUID as Python does, with hyphens anywhere")
def uuid_of_any_hyphens(reference: Patch) -> None:
    def loose(payload: Json) -> bool:
        value = part(payload, "forked_from_id")
        return isinstance(value, str) and len(value.replace("-", "")) == 32 and value.isascii()

    takes(reference, "session_meta", "wrong_shape", loose)


@mutant("SESSION-META-2", "asks that an id has small letters")
def uuid_in_small_letters(reference: Patch) -> None:
    refuses(reference, "session_meta", "wrong_shape", lambda p: str(p.get("forked_from_id") or "").isupper())


@mutant("SESSION-META-2", "writes an id as it stood")
def header_uuid_kept(reference: Patch) -> None:
    writes_as_it_stood(reference, "forked_from_id")


@mutant("SESSION-META-2", "asks that an id is of version 7")
def uuid_of_version_7(reference: Patch) -> None:
    def other(payload: Json) -> bool:
        value = str(payload.get("forked_from_id") or "")
        return len(value) == 36 and value[14] != "7"

    refuses(reference, "session_meta", "wrong_shape", other)


@mutant("SESSION-META-3", "asks for a session id")
def session_id_needed(reference: Patch) -> None:
    refuses(reference, "session_meta", "wrong_shape", lambda p: "session_id" not in p)


@mutant("SESSION-META-3", "takes a session id of null for an absent one")
def session_id_null(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: part(p, "session_id") is None and "id" in p)


@mutant("SESSION-META-3", "takes the id of the thread for the session id")
def session_id_is_thread(reference: Patch) -> None:
    writes(reference, lambda p: p | ({"session_id": p["id"]} if "session_id" in p else {}))


@mutant("SESSION-META-4", "takes any object for a source")
def source_of_any_object(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: isinstance(part(p, "source"), dict))


@mutant("SESSION-META-4", "does not know sources of hosts")
def source_custom_unknown(reference: Patch) -> None:
    refuses(reference, "session_meta", "wrong_shape", lambda p: part(p, "source", "custom") is not None)


@mutant("SESSION-META-4", "leaves out nulls of a spawn")
def spawn_without_nulls(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        spawn = part(payload, "source", "subagent", "thread_spawn")
        for key in [key for key in spawn or {} if spawn[key] is None]:
            del spawn[key]
        return payload

    writes(reference, change)


@mutant("SESSION-META-5", "refuses a source of an unknown name")
def source_name_closed(reference: Patch) -> None:
    names = ("cli", "vscode", "exec", "mcp", "unknown")
    refuses(
        reference,
        "session_meta",
        "wrong_shape",
        lambda p: isinstance(p.get("source"), str) and p["source"] not in names,
    )


@mutant("SESSION-META-5", "keeps the unknown name of a source")
def source_name_kept(reference: Patch) -> None:
    writes_as_it_stood(reference, "source")


@mutant("SESSION-META-5", "takes the bare name of a source that needs more for an unknown name")
def source_bare_taken(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: isinstance(part(p, "source"), str))


@mutant("SESSION-META-6", "does not look at agent paths")
def agent_path_unchecked(reference: Patch) -> None:
    spawn = ("source", "subagent", "thread_spawn", "agent_path")
    takes(reference, "session_meta", "wrong_shape", lambda p: isinstance(part(p, *spawn), str))


@mutant("SESSION-META-6", "looks at the agent path of a header too")
def agent_path_of_header_checked(reference: Patch) -> None:
    refuses(reference, "session_meta", "wrong_shape", lambda p: " " in str(p.get("agent_path") or ""))


@mutant("SESSION-META-6", "does not know /morpheus")
def morpheus_unknown(reference: Patch) -> None:
    spawn = ("source", "subagent", "thread_spawn", "agent_path")
    refuses(reference, "session_meta", "wrong_shape", lambda p: part(p, *spawn) == "/morpheus")


@mutant("SESSION-META-7", "does not know the older name of the agent role")
def agent_type_unknown(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        for each in inside(payload):
            if "agent_role" in each:
                each["agent_role"] = None
        return payload

    writes(reference, change)


@mutant("SESSION-META-7", "does not look at the older name of the agent role")
def agent_type_unchecked(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: isinstance(part(p, "agent_type"), int))


@mutant("SESSION-META-7", "looks for the older name in the text of a line, and misses an escape")
def agent_type_searched(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: part(p, "agent_type") == "b")


@mutant("SESSION-META-8", "does not look at tools")
def tools_unchecked(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: "dynamic_tools" in p)


@mutant("SESSION-META-8", "does not know namespaces of tools")
def namespaces_unknown(reference: Patch) -> None:
    def spaced(payload: Json) -> bool:
        return any(typed(tool, "namespace") for tool in payload.get("dynamic_tools") or ())

    refuses(reference, "session_meta", "wrong_shape", spaced)


@mutant("SESSION-META-8", "writes that a tool is not deferred")
def deferral_written(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        for tool in payload.get("dynamic_tools") or ():
            tool.setdefault("deferLoading", False)
        return payload

    writes(reference, change)


@mutant("SESSION-META-9", "reads a list that mixes both forms of tools")
def tools_mixed(reference: Patch) -> None:
    def mixed(payload: Json) -> bool:
        return any("type" in tool for tool in part(payload, "dynamic_tools") or () if isinstance(tool, dict))

    takes(reference, "session_meta", "wrong_shape", mixed)


@mutant("SESSION-META-9", "does not know flat tools")
def flat_tools_unknown(reference: Patch) -> None:
    def flat(payload: Json) -> bool:
        return any("type" not in tool for tool in payload.get("dynamic_tools") or ())

    refuses(reference, "session_meta", "wrong_shape", flat)


@mutant("SESSION-META-9", "groups flat tools at the place of the last of a namespace")
def flat_tools_at_last(reference: Patch) -> None:
    reference.edit(
        dynamic_tools._grouped,
        "spaces[name].append(function)",
        "spaces[name].append(function)\n"
        "tools.append(tools.pop([tool.get('name') for tool in tools].index(name)))",
    )


@mutant("SESSION-META-9", "takes a flat tool for deferred as far as it is exposed")
def flat_tools_turned(reference: Patch) -> None:
    reference.edit(
        dynamic_tools._grouped, "flat['exposeToContext'] is False", "flat['exposeToContext'] is True"
    )


@mutant("SESSION-META-9", "lets the exposure of a flat tool outrank its deferral")
def flat_exposure_outranks(reference: Patch) -> None:
    reference.edit(
        dynamic_tools._grouped,
        "if deferred is None:",
        "if deferred is None or flat['exposeToContext'] is not None:",
    )


@mutant("SESSION-META-10", "writes the path of a capability root as it stood")
def root_path_kept(reference: Patch) -> None:
    writes_as_it_stood(reference, "selected_capability_roots")


@mutant("SESSION-META-10", "does not look at the path of a capability root")
def root_path_unchecked(reference: Patch) -> None:
    takes(reference, "session_meta", "wrong_shape", lambda p: "selected_capability_roots" in p)


@mutant("SESSION-META-10", "takes a path with a space for a URI")
def root_path_not_encoded(reference: Patch) -> None:
    def change(payload: Json) -> Json:
        for root in payload.get("selected_capability_roots") or ():
            root["location"]["path"] = root["location"]["path"].replace("%20", " ")
        return payload

    writes(reference, change)
