"""Rules whose breach no case can show, each with the test that shows it.

A case is a small bundle for a reader: it holds no file of the size of a limit, and it says nothing
about a writer.
"""

_BUNDLE = "reference/tests/test_bundle.py"
_WRITER = "reference/tests/test_writer.py"
_RECORDER = "reference/tests/test_recorder.py"

KILLED_BY_TEST = {
    "TRACE-BUNDLE-5": f"{_BUNDLE}::test_manifest_above_its_limit",
    "TRACE-WRITER-1": f"{_WRITER}::test_payloads_are_numbered_and_complete_before_they_are_named",
    "TRACE-WRITER-2": f"{_WRITER}::test_threads_share_one_sequence",
    "TRACE-WRITER-3": f"{_WRITER}::test_payloads_are_numbered_and_complete_before_they_are_named",
    "TRACE-WRITER-4": f"{_WRITER}::test_event_is_one_flushed_line_with_the_keys_in_order",
    "TRACE-WRITER-5": f"{_WRITER}::test_bundle_has_its_place_and_manifest",
    "TRACE-WRITER-6": f"{_WRITER}::test_bundle_has_its_place_and_manifest",
    "TRACE-WRITER-7": f"{_RECORDER}::test_resumed_child_is_not_started_again",
    "TRACE-WRITER-8": f"{_RECORDER}::test_child_shares_the_bundle",
    "TRACE-WRITER-9": f"{_RECORDER}::test_attempt_has_one_end",
    "TRACE-WRITER-10": f"{_RECORDER}::test_turn_status",
    "TRACE-WRITER-11": f"{_RECORDER}::test_first_events_are_rollout_and_root_thread",
    "TRACE-WRITER-12": f"{_RECORDER}::test_recording_after_the_log_was_closed_fails_quietly",
    "TRACE-WRITER-13": f"{_RECORDER}::test_lost_payloads_cost_references_or_events",
    "TRACE-WRITER-14": f"{_RECORDER}::test_disabled_recording_still_delivers",
    "TRACE-WRITER-15": f"{_RECORDER}::test_variable_names_the_trace_root",
    "TRACE-WRITER-16": f"{_RECORDER}::test_result_that_did_not_arrive_is_not_recorded",
    "TRACE-WRITER-17": f"{_RECORDER}::test_context_of_the_envelope",
    "TRACE-WRITER-18": f"{_RECORDER}::test_child_end_leaves_the_rollout_open",
    "TRACE-WRITER-19": f"{_RECORDER}::test_kind_by_name",
    "TRACE-WRITER-20": f"{_RECORDER}::test_summary",
    "TRACE-WRITER-21": f"{_RECORDER}::test_code_cell_ends_with_its_response",
    "TRACE-WRITER-22": f"{_RECORDER}::test_every_prefix_reduces",
}
