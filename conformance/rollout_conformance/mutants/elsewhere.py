"""Rules whose breach no case can show, each with the test that shows it.

A case is small: it holds no file of the size of a limit, and nothing fails while it is recorded.
"""

_BUNDLE = "reference/tests/test_bundle.py"
_WRITER = "reference/tests/test_writer.py"
_RECORDER = "reference/tests/test_recorder.py"
_SESSION_POLICY = "reference/tests/test_session_policy.py"
_SESSION_RECORDER = "reference/tests/test_session_recorder.py"
_SESSION_LAWS = "conformance/tests/test_session_machine.py::test_planted_bug_is_found_and_shrunk"
_CONTEXT_LAWS = "conformance/tests/test_session_context_machine.py::test_planted_bug_is_found_and_shrunk"
_SESSION_READING = "reference/tests/test_session_reading.py"
_SESSION_NAMES = "reference/tests/test_session_names.py"
_CONTEXT = "reference/tests/test_session_context.py"
_REMOVAL = "reference/tests/test_session_threads_removal.py"
_LIST_CACHE = "reference/tests/test_session_threads_cache.py"
_STORAGE = "reference/tests/test_storage.py"
_INTERLEAVINGS = "conformance/tests/test_storage_interleavings.py"

KILLED_BY_TEST = {
    "SESSION-CONTEXT-19": f"{_CONTEXT}::test_texts_that_outlive_an_old_compaction_fit_into_a_budget",
    "SESSION-CONTEXT-23": f"{_CONTEXT}::test_a_model_changes_when_both_hashes_are_known",
    "SESSION-FILE-5": f"{_SESSION_READING}::test_a_line_above_the_limit_costs_only_itself",
    "SESSION-FILE-9": f"{_SESSION_READING}::test_a_form_that_appears_a_moment_later_is_found",
    "SESSION-FILE-13": f"{_SESSION_READING}::test_a_file_that_is_replaced_is_read_as_it_was_opened",
    "SESSION-FILE-14": f"{_SESSION_READING}::test_what_is_no_readable_file_is_refused_at_once",
    "SESSION-FILE-19": f"{_SESSION_READING}::test_memory_is_bound_by_the_longest_line",
    "SESSION-NAME-1": f"{_SESSION_NAMES}::test_active_and_archived_rollouts_have_one_name_in_two_places",
    "SESSION-NAME-2": f"{_SESSION_NAMES}::test_names_of_no_thread",
    "SESSION-NAME-4": f"{_SESSION_NAMES}::test_the_cold_form_is_named_after_the_plain_one",
    "SESSION-NAME-5": f"{_SESSION_NAMES}::test_files_without_time_and_id_count_as_rollouts",
    **{f"SESSION-LAW-{number}": _SESSION_LAWS for number in range(1, 7)},
    **{f"SESSION-LAW-{number}": _CONTEXT_LAWS for number in range(7, 14)},
    "SESSION-POLICY-8": f"{_SESSION_POLICY}::test_memories_are_made_of_what_was_said_and_done",
    "SESSION-STORE-1": f"{_INTERLEAVINGS}::test_planted_mistake_is_found",
    "SESSION-STORE-5": f"{_INTERLEAVINGS}::test_planted_mistake_is_found",
    "SESSION-STORE-10": f"{_STORAGE}::test_coordination_lock_is_waited_for_and_then_given_up",
    "SESSION-STORE-11": f"{_STORAGE}::test_second_writer_gives_up",
    "SESSION-STORE-12": f"{_STORAGE}::test_lock_file_is_gone_with_its_writer",
    "SESSION-STORE-13": f"{_STORAGE}::test_writer_by_name_or_by_header_is_respected",
    "SESSION-STORE-14": f"{_STORAGE}::test_append_goes_to_the_plain_form_of_a_cold_rollout",
    "SESSION-STORE-15": f"{_STORAGE}::test_append_notices_that_its_file_was_replaced",
    "SESSION-STORE-25": f"{_STORAGE}::test_bomb_is_not_made",
    "SESSION-STORE-34": f"{_STORAGE}::test_two_files_are_compressed_at_once",
    "SESSION-STORE-35": f"{_STORAGE}::test_run_ends_after_five_hours",
    "SESSION-THREADS-18": f"{_REMOVAL}::test_archiving_moves_the_threads_below",
    "SESSION-THREADS-19": f"{_REMOVAL}::test_unarchiving_takes_all_of_it_back",
    "SESSION-THREADS-20": f"{_REMOVAL}::test_deleting_removes_the_threads_below_and_their_names",
    "SESSION-THREADS-21": f"{_REMOVAL}::test_writer_of_a_descendant_holds_up_the_whole",
    "SESSION-THREADS-25": f"{_LIST_CACHE}::test_changed_file_is_read_again",
    "SESSION-WINDOW-5": f"{_CONTEXT}::test_a_window_that_is_gone_on_with_gets_what_it_lacks",
    "SESSION-WINDOW-6": f"{_CONTEXT}::test_windows_form_a_chain",
    "SESSION-WRITER-12": f"{_SESSION_RECORDER}::test_second_failure_is_told_and_nothing_is_lost",
    "SESSION-WRITER-13": f"{_SESSION_RECORDER}::test_failed_write_is_completed_at_once",
    "SESSION-WRITER-14": f"{_SESSION_RECORDER}::test_lines_of_another_writer_are_gone_on_with",
    "TRACE-BUNDLE-5": f"{_BUNDLE}::test_manifest_above_its_limit",
    "TRACE-WRITER-1": f"{_WRITER}::test_payloads_are_numbered_and_complete_before_they_are_named",
    "TRACE-WRITER-12": f"{_RECORDER}::test_recording_after_the_log_was_closed_fails_quietly",
    "TRACE-WRITER-13": f"{_RECORDER}::test_lost_payloads_cost_references_or_events",
    "TRACE-WRITER-14": f"{_RECORDER}::test_disabled_recording_still_delivers",
    "TRACE-WRITER-15": f"{_RECORDER}::test_variable_names_the_trace_root",
}
