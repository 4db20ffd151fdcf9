"""Rules whose breach no case can show, each with the test that shows it.

A case is small: it holds no file of the size of a limit, and nothing fails while it is recorded.
"""

_BUNDLE = "reference/tests/test_bundle.py"
_WRITER = "reference/tests/test_writer.py"
_RECORDER = "reference/tests/test_recorder.py"

KILLED_BY_TEST = {
    "TRACE-BUNDLE-5": f"{_BUNDLE}::test_manifest_above_its_limit",
    "TRACE-WRITER-1": f"{_WRITER}::test_payloads_are_numbered_and_complete_before_they_are_named",
    "TRACE-WRITER-12": f"{_RECORDER}::test_recording_after_the_log_was_closed_fails_quietly",
    "TRACE-WRITER-13": f"{_RECORDER}::test_lost_payloads_cost_references_or_events",
    "TRACE-WRITER-14": f"{_RECORDER}::test_disabled_recording_still_delivers",
    "TRACE-WRITER-15": f"{_RECORDER}::test_variable_names_the_trace_root",
}
