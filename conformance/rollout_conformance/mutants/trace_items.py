"""Wrong normal forms of response items."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from rollout_conformance.mutants.patch import ABSENT, Patch
from rollout_conformance.mutants.registry import mutant
from rollout_reference import jsontext
from rollout_reference.errors import (
    InvalidAgentMessage,
    InvalidCompactionItem,
    InvalidMessageRole,
    UnsupportedItem,
)
from rollout_reference.trace.reduce import normalize
from rollout_reference.trace.reduce.normalize import NORMALIZERS, NormalItem
from rollout_reference.trace.state import Text

# --- which items there are ----------------------------------------------------------------------


@mutant("TRACE-ITEM-1", "drops an item of unknown type")
def unknown_item_dropped(reference: Patch) -> None:
    reference.never_raises(normalize.normalize, UnsupportedItem, "return None")


@mutant("TRACE-ITEM-1", "drops a compaction_trigger")
def trigger_dropped(reference: Patch) -> None:
    reference.entry(NORMALIZERS, "compaction_trigger", normalize._dropped)


@mutant("TRACE-ITEM-2", "does not know additional_tools")
def additional_tools_refused(reference: Patch) -> None:
    reference.entry(NORMALIZERS, "additional_tools", ABSENT)


@mutant("TRACE-ITEM-2", "keeps additional_tools as an item")
def additional_tools_kept(reference: Patch) -> None:
    reference.entry(NORMALIZERS, "additional_tools", NORMALIZERS["web_search_call"])


# --- messages -----------------------------------------------------------------------------------


@mutant("TRACE-ITEM-3", "takes an unknown role for user")
def unknown_role_is_user(reference: Patch) -> None:
    reference.never_raises(normalize._message, InvalidMessageRole, "role = 'user'")


@mutant("TRACE-ITEM-3", "does not know the role developer")
def role_missing(reference: Patch) -> None:
    reference.constant(normalize, "ROLES", normalize.ROLES - {"developer"})


@mutant("TRACE-ITEM-3", "does not take over the phase")
def phase_ignored(reference: Patch) -> None:
    reference.edit(normalize._message, "phase = item.get('phase')", "phase = None")


@mutant("TRACE-ITEM-3", "takes an unknown phase for commentary")
def unknown_phase_is_commentary(reference: Patch) -> None:
    reference.edit(
        normalize._message, "CHANNEL_OF_PHASE.get(phase)", "CHANNEL_OF_PHASE.get(phase, 'commentary')"
    )


@mutant("TRACE-ITEM-4", "does not know the content type text")
def text_type_missing(reference: Patch) -> None:
    reference.constant(normalize, "TEXT_TYPES", normalize.TEXT_TYPES - {"text"})


@mutant("TRACE-ITEM-4", "gives a part for a text that is no string")
def text_may_be_anything(reference: Patch) -> None:
    reference.edit(
        normalize._content_parts,
        "elif isinstance(element.get('text'), str):",
        "elif not isinstance(element.get('text'), str):\n"
        "    parts.append(PayloadReference('content', payload_id))\nelse:",
    )


@mutant("TRACE-ITEM-4", "gives empty content no part")
def empty_content_is_empty(reference: Patch) -> None:
    reference.edit(
        normalize._content_parts,
        "tuple(parts) or (PayloadReference('empty_content', payload_id),)",
        "tuple(parts)",
    )


@mutant("TRACE-ITEM-4", "labels what is no text as content")
def content_label(reference: Patch) -> None:
    reference.edit(
        normalize._content_parts,
        "PayloadReference(element_type, payload_id)",
        "PayloadReference('content', payload_id)",
    )


@mutant("TRACE-ITEM-4", "takes content that is a string for text")
def content_may_be_string(reference: Patch) -> None:
    reference.edit(
        normalize._content_parts,
        "if not isinstance(content, list)",
        "if isinstance(content, str):\n    return (Text(content),)\nif not isinstance(content, list)",
    )


@mutant("TRACE-ITEM-5", "accepts an agent message without content")
def agent_message_may_be_empty(reference: Patch) -> None:
    reference.edit(normalize._agent_message, "if not message.content", "if not message")


@mutant("TRACE-ITEM-5", "drops a malformed agent message")
def agent_message_dropped(reference: Patch) -> None:
    reference.never_raises(normalize._agent_message, InvalidAgentMessage, "return None")


class LooseAgentMessage(Struct, frozen=True):
    """An agent message whose optional keys are not looked at."""

    author: str
    recipient: str
    content: list[normalize._InputText | normalize._EncryptedContent]


@mutant("TRACE-ITEM-5", "does not look at the id of an agent message")
def agent_message_loose(reference: Patch) -> None:
    reference.constant(normalize, "_AgentMessageItem", LooseAgentMessage)


@mutant("TRACE-ITEM-5", "exchanges author and recipient")
def agent_message_turned(reference: Patch) -> None:
    reference.edit(
        normalize._agent_message, "(message.author, message.recipient)", "(message.recipient, message.author)"
    )


# --- reasoning and compaction -------------------------------------------------------------------


@mutant("TRACE-ITEM-6", "puts the summary before the text")
def summary_before_text(reference: Patch) -> None:
    reference.edit(
        normalize._reasoning,
        "encrypted = item.get(ENCRYPTED)",
        "parts.sort(key=lambda part: isinstance(part, Text))\nencrypted = item.get(ENCRYPTED)",
    )


@mutant("TRACE-ITEM-6", "drops empty encrypted content")
def empty_encrypted_dropped(reference: Patch) -> None:
    reference.edit(
        normalize._reasoning,
        "encrypted = item.get(ENCRYPTED)",
        "encrypted = item.get(ENCRYPTED) if item.get(ENCRYPTED) != '' else None",
    )


@mutant("TRACE-ITEM-6", "does not know the reasoning content type text")
def reasoning_text_type_missing(reference: Patch) -> None:
    reference.edit(normalize._reasoning, "{'reasoning_text', 'text'}", "{'reasoning_text'}")


@mutant("TRACE-ITEM-7", "takes a null summary for none")
def summary_may_be_null(reference: Patch) -> None:
    reference.edit(normalize._reasoning, "if 'summary' in item", "if item.get('summary') is not None")


@mutant("TRACE-ITEM-7", "refuses null content")
def content_may_not_be_null(reference: Patch) -> None:
    reference.edit(normalize._reasoning, "if content is not None", "if 'content' in item")


@mutant("TRACE-ITEM-7", "accepts reasoning without parts")
def reasoning_may_be_empty(reference: Patch) -> None:
    reference.edit(normalize._reasoning, "raise InvalidReasoning('it has no part')", "pass")


@mutant("TRACE-ITEM-7", "ignores encrypted content that is no string")
def bad_encrypted_ignored(reference: Patch) -> None:
    reference.edit(
        normalize._reasoning, "raise InvalidReasoning(\"'encrypted_content' is not a string\")", "pass"
    )


@mutant("TRACE-ITEM-7", "skips an element that it does not know")
def bad_element_skipped(reference: Patch) -> None:
    reference.edit(
        normalize._reasoning_texts,
        "if not isinstance(element_type, str)",
        "if element_type not in types:\n    continue\nif not isinstance(element_type, str)",
    )


@mutant("TRACE-ITEM-7", "takes an array that is none for an empty one")
def bad_array_is_empty(reference: Patch) -> None:
    reference.edit(
        normalize._reasoning_texts, "raise InvalidReasoning(f\"'{name}' is not an array\")", "return []"
    )


@mutant("TRACE-ITEM-12", "takes compaction content that is no string for empty")
def compaction_may_be_empty(reference: Patch) -> None:
    reference.never_raises(normalize._compaction, InvalidCompactionItem, "encrypted = ''")


@mutant("TRACE-ITEM-12", "does not know context_compaction")
def context_compaction_missing(reference: Patch) -> None:
    reference.entry(NORMALIZERS, "context_compaction", ABSENT)


@mutant("TRACE-ITEM-12", "labels compaction content as compaction")
def compaction_label(reference: Patch) -> None:
    reference.edit(normalize._compaction, "Encoded(ENCRYPTED, encrypted)", "Encoded('compaction', encrypted)")


# --- calls and outputs --------------------------------------------------------------------------


@mutant("TRACE-ITEM-8", "takes all arguments for text")
def arguments_are_text(reference: Patch) -> None:
    reference.edit(
        normalize._function_call, "_arguments_part(item['arguments'], payload_id)", "Text(item['arguments'])"
    )


@mutant("TRACE-ITEM-8", "takes missing arguments for null")
def arguments_default_to_null(reference: Patch) -> None:
    reference.edit(
        normalize._function_call, "PayloadReference('payload', payload_id)", "json_part(None, payload_id)"
    )


@mutant("TRACE-ITEM-8", "takes null arguments for missing ones")
def null_arguments_are_missing(reference: Patch) -> None:
    reference.edit(normalize._function_call, "if 'arguments' not in item", "if item.get('arguments') is None")


@mutant("TRACE-ITEM-8", "takes arguments that are no JSON for JSON")
def bad_arguments_are_json(reference: Patch) -> None:
    reference.edit(
        normalize._arguments_part, "return Text(arguments)", "return json_part(arguments, payload_id)"
    )


@mutant("TRACE-ITEM-9", "takes null output for missing")
def null_output_is_missing(reference: Patch) -> None:
    reference.edit(normalize._output, "if 'output' not in item", "if output is None")


@mutant("TRACE-ITEM-9", "takes an array of output for JSON")
def array_output_is_json(reference: Patch) -> None:
    reference.edit(normalize._output, "isinstance(output, list)", "False")


@mutant("TRACE-ITEM-9", "labels missing output as content")
def missing_output_label(reference: Patch) -> None:
    reference.edit(normalize._output, "'tool_output'", "'content'")


@mutant("TRACE-ITEM-10", "takes the source of exec for text")
def source_is_text(reference: Patch) -> None:
    reference.edit(normalize._custom_tool_call, "if item.get('name') == 'exec'", "if False")


@mutant("TRACE-ITEM-10", "takes the input of every custom tool for code")
def input_is_code(reference: Patch) -> None:
    reference.edit(normalize._custom_tool_call, "if item.get('name') == 'exec'", "if True")


@mutant("TRACE-ITEM-10", "gives the input alone as JSON where it is no string")
def input_as_json(reference: Patch) -> None:
    reference.edit(
        normalize._custom_tool_call,
        "return _whole(item, payload_id, kind='custom_tool_call')",
        "return _call('custom_tool_call', item, (json_part(source, payload_id),))",
    )


@mutant("TRACE-ITEM-11", "leaves the id out of a whole item")
def whole_without_id(reference: Patch) -> None:
    reference.edit(
        normalize._whole,
        "json_part(item, payload_id)",
        "json_part({k: v for k, v in item.items() if k != 'id'}, payload_id)",
    )


@mutant("TRACE-ITEM-11", "takes a local shell call for text")
def shell_call_is_text(reference: Patch) -> None:
    def normal(item: dict[str, Any], payload_id: str) -> NormalItem:
        return normalize._call("function_call", item, (Text(jsontext.compact(item.get("action"))),))

    reference.entry(NORMALIZERS, "local_shell_call", normal)


@mutant("TRACE-ITEM-13", "cuts a summary one byte early")
def summary_shorter(reference: Patch) -> None:
    reference.constant(normalize, "MAX_SUMMARY_BYTES", 239)


@mutant("TRACE-ITEM-13", "cuts a summary one byte late")
def summary_longer(reference: Patch) -> None:
    reference.constant(normalize, "MAX_SUMMARY_BYTES", 241)


@mutant("TRACE-ITEM-13", "cuts a summary by characters")
def summary_by_characters(reference: Patch) -> None:
    reference.edit(
        normalize.json_part,
        "data = text.encode()",
        "return Json(text[:240] + '...' if len(text) > 240 else text, payload_id)\ndata = b''",
    )


@mutant("TRACE-ITEM-13", "puts U+FFFD where it cuts a character")
def summary_replacement(reference: Patch) -> None:
    reference.edit(normalize.json_part, "errors='ignore'", "errors='replace'")


@mutant("TRACE-ITEM-13", "does not say that a summary was cut")
def summary_without_dots(reference: Patch) -> None:
    reference.edit(normalize.json_part, " + '...'", "")


@mutant("TRACE-ITEM-14", "takes a number for a call id")
def call_id_number(reference: Patch) -> None:
    reference.edit(
        normalize._call,
        "call_id if isinstance(call_id, str) else None",
        "None if call_id is None else str(call_id)",
    )


@mutant("TRACE-ITEM-14", "keeps the call id of a message")
def call_id_of_message(reference: Patch) -> None:
    def message(original: Callable[..., NormalItem], item: dict[str, Any], payload_id: str) -> NormalItem:
        made = original(item, payload_id)
        call_id = item.get("call_id")
        return NormalItem(made.role, made.channel, made.kind, made.parts, call_id, repeatable=made.repeatable)

    reference.wrap(normalize._message, message)


@mutant("TRACE-ITEM-14", "takes the id of an item without call id")
def id_is_call_id(reference: Patch) -> None:
    reference.edit(normalize._call, "item.get('call_id')", "item.get('call_id', item.get('id'))")


@mutant("TRACE-ITEM-15", "takes references to two payloads for the same")
def payload_references_alike(reference: Patch) -> None:
    reference.edit(
        NormalItem.match_key,
        "else part for part",
        "else part.label if isinstance(part, PayloadReference) else part for part",
    )
