"""What a mutator knows of the format: names, ids, words, and values that are awkward."""

from rollout_conformance.mutation.jsontree import Members, Token, Tree


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


KIND_OF_ID = {
    "thread_id": "thread",
    "root_thread_id": "thread",
    "parent_thread_id": "thread",
    "child_thread_id": "thread",
    "sender_thread_id": "thread",
    "receiver_thread_id": "thread",
    "new_thread_id": "thread",
    "agent_thread_id": "thread",
    "codex_turn_id": "turn",
    "child_codex_turn_id": "turn",
    "inference_call_id": "inference",
    "response_id": "response",
    "previous_response_id": "response",
    "tool_call_id": "tool",
    "model_visible_call_id": "call",
    "call_id": "call",
    "runtime_cell_id": "cell",
    "cell_id": "cell",
    "process_id": "terminal",
    "session_id": "terminal",
    "mcp_call_id": "mcp",
    "compaction_id": "compaction",
    "compaction_request_id": "compaction request",
    "edge_id": "edge",
    "raw_payload_id": "payload",
    "path": "payload path",
    "agent_path": "agent path",
    "author": "agent path",
    "recipient": "agent path",
}

OWN_IDS = {
    "thread_started": ("thread_id",),
    "codex_turn_started": ("codex_turn_id",),
    "inference_started": ("inference_call_id",),
    "tool_call_started": ("tool_call_id", "model_visible_call_id"),
    "code_cell_started": ("runtime_cell_id", "model_visible_call_id"),
    "compaction_request_started": ("compaction_request_id",),
    "compaction_installed": ("compaction_id",),
    "agent_result_observed": ("edge_id",),
}
"""The ids that must be new when an event is repeated."""

WORDS = (
    _words("running completed failed cancelled aborted"),
    _words("starting running yielded completed failed terminated"),
    _words("pending_init running interrupted shutdown not_found completed errored"),
    _words("system developer user assistant tool"),
    _words("commentary final_answer summary analysis final"),
    _words("started interacted interrupted"),
    _words("model code_cell"),
    _words("terminal agent wait_agent generic"),
    _words("exec_command write_stdin apply_patch mcp web image_generation other"),
    _words("spawn_agent assign_agent_task send_message wait_agent close_agent other"),
    _words("exec wait write_stdin exec_command shell"),
    _words("function custom tool_search local_shell"),
    _words("direct_response code_mode_response error"),
    _words("input_text output_text text input_image encrypted_content"),
    _words("reasoning_text summary_text text"),
    _words("inference_completed inference_failed inference_cancelled"),
    _words("tool_call_runtime_started tool_call_runtime_ended tool_call_ended"),
    _words("code_cell_initial_response code_cell_ended"),
    _words("compaction_request_completed compaction_request_failed"),
    _words("rollout_started rollout_ended thread_started thread_ended codex_turn_started other"),
    _words(
        """
        message agent_message reasoning function_call function_call_output custom_tool_call
        custom_tool_call_output additional_tools tool_search_call tool_search_output web_search_call
        image_generation_call local_shell_call mcp_tool_call_output compaction compaction_summary
        context_compaction compaction_trigger
        """
    ),
    _words(
        """
        inference_request inference_response compaction_checkpoint tool_invocation tool_result
        tool_runtime_event session_metadata
        """
    ),
)
"""Groups of words of which one may stand for another."""

NAMES = _words(
    """
    type role phase content text summary encrypted_content id call_id name input output arguments author
    recipient status kind model nickname agent_path task_name agent_role session_source subagent
    thread_spawn parent_thread_id previous_response_id output_items token_usage input_tokens
    cached_input_tokens output_tokens reasoning_output_tokens input_history replacement_history tool_name
    payload cell_id session_id chars yield_time_ms max_output_tokens message command cwd process_id
    interaction_input stdout stderr formatted_output exit_code response_item value error chunk_id
    original_token_count prompt sender_thread_id receiver_thread_id new_thread_id reasoning_effort
    agent_thread_id event_id trigger_turn other_recipients started_at_ms completed_at_ms occurred_at_ms
    seq wall_time_unix_ms thread_id codex_turn_id requester metadata_payload invocation_payload
    result_payload response_payload partial_response_payload upstream_request_id timeout_ms
    target_agent_path label internal_chat_message_metadata_passthrough turn_id receiver_agent_role
    new_agent_nickname
    """
)
"""Names that a reducer reads somewhere."""

NUMBERS = _words(
    """
    0 1 -1 2 17 -0 1.0 0.10 -0.0 1e3 1E5 1E-5 -1.50E+007 1e400 2147483647 2147483648 -2147483649
    4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808
    -9223372036854775809 18446744073709551615 18446744073709551616 123456789012345678901234567890 01 .5
    1. NaN Infinity 0x1
    """
)

TEXTS = (
    "",
    " ",
    "a",
    "/",
    "///",
    "/root",
    "/root/find",
    "/root/Find",
    "/morpheus",
    "null",
    "0",
    "12",
    "1E3",
    "{}",
    '{"a":1,"a":2}',
    '{"message":"again"}',
    '{"cell_id":"1"}',
    '{"session_id":7,"chars":"x"}',
    '[1, 2.50, 1E5, "\\u00e9\\/"]',
    "plain \u00e9\u4e16\U0001f642",
    "line\nbreak\ttab\r\x00\x1f\x7f\u2028",
    '"quoted" \\ back',
    "\ud83d",
    "00000000-0000-7000-8000-00000000000A",
    "urn:uuid:00000000-0000-7000-8000-00000000000b",
    "{00000000-0000-7000-8000-00000000000a}",
    "unknown",
)

SWAPPED_TYPES: tuple[Tree, ...] = (
    None,
    True,
    False,
    Token("0"),
    Token("7"),
    Token("1.5"),
    "",
    "text",
    [],
    ["text"],
    [None],
    Members(),
    Members([("type", "text"), ("text", "words")]),
    Members([("completed", None)]),
)

BLANKS = (
    "\n",
    " \t\n",
    "\r\n",
    "\u00a0\n",
    "\u2003\u3000\n",
    "\u2028\n",
    "\x1c\n",
    "\x0b\x0c\n",
    "\ufeff\n",
    "\x00\n",
)
PATHS = (
    "payloads/../payloads/1.json",
    "../outside.json",
    "/outside.json",
    "./payloads/1.json",
    "payloads//1.json",
    "payloads/./1.json",
    "payloads/1.json/",
    "payloads",
    "",
    "manifest.json",
    "payloads/1.json\x00",
    "payloads/9999.json",
)
DEPTHS = (1, 2, 30, 120, 123, 124, 125, 126, 127, 128, 129)
