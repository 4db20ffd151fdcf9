"""Names of rollout files, and the places where they lie."""

from pathlib import Path

from rollout_reference.session import names
from rollout_reference.session.names import RolloutName

THREAD = "019f0000-0000-7000-8000-00000000000a"
SEGMENT = "019f0000-0000-7000-8000-00000000000b"
NAME = RolloutName("2026-07-01T23-59-58", THREAD)


def test_active_and_archived_rollouts_have_one_name_in_two_places() -> None:
    """[SESSION-NAME-1]"""
    name = f"rollout-2026-07-01T23-59-58-{THREAD}.jsonl"

    assert NAME.active_path == Path("sessions/2026/07/01", name)
    assert NAME.archived_path == Path("archived_sessions", name)
    assert names.is_archived(Path("home", NAME.archived_path), Path("home"))
    assert not names.is_archived(Path("home", NAME.active_path), Path("home"))


def test_a_name_is_read_back_plain_and_cold() -> None:
    """[SESSION-NAME-2]"""
    assert names.parse_name(NAME.file_name) == NAME
    assert names.parse_name(NAME.file_name + ".zst") == NAME


def test_a_later_segment_has_an_id_of_its_own() -> None:
    """[SESSION-NAME-2]"""
    segment = RolloutName("2026-07-01T23-59-58", THREAD, SEGMENT)

    assert segment.file_name == f"rollout-2026-07-01T23-59-58-{THREAD}_{SEGMENT}.jsonl"
    assert names.parse_name(segment.file_name) == segment


def test_ids_are_read_in_any_case_and_without_hyphens() -> None:
    """[SESSION-NAME-2]"""
    digits = THREAD.replace("-", "").upper()

    assert names.parse_name(f"rollout-2026-07-01T23-59-58-{digits}.jsonl") == NAME


def test_names_of_no_thread() -> None:
    """[SESSION-NAME-2]"""
    assert names.parse_name(f"rollout-2026-13-01T23-59-58-{THREAD}.jsonl") is None
    assert names.parse_name(f"rollout-2026-02-30T23-59-58-{THREAD}.jsonl") is None
    assert names.parse_name(f"rollout-2026-07-01T24-00-00-{THREAD}.jsonl") is None
    assert names.parse_name(f"rollout-2026-7-1T23-59-58-{THREAD}.jsonl") is None
    assert names.parse_name(f"rollout-2026-07-01T23:59:58-{THREAD}.jsonl") is None
    assert names.parse_name(f"rollout-2026-07-01T23-59-58-{THREAD[:-1]}.jsonl") is None
    assert names.parse_name(f"rollout-2026-07-01T23-59-58-{THREAD}0.jsonl") is None
    assert names.parse_name(f"rollout-2026-07-01T23-59-58-{THREAD.replace('-', '', 1)}.jsonl") is None
    assert names.parse_name(f"rollout-2026-07-01T23-59-58-{THREAD}_.jsonl") is None
    assert names.parse_name(f"rollout-2026-07-01T23-59-58-{THREAD}.json") is None
    assert names.parse_name(f"rollout-2026-07-01T23-59-58-{THREAD}.jsonl.zst.zst") is None
    assert names.parse_name(f"Rollout-2026-07-01T23-59-58-{THREAD}.jsonl") is None
    assert names.parse_name(f"rollout-２026-07-01T23-59-58-{THREAD}.jsonl") is None  # noqa: RUF001


def test_the_cold_form_is_named_after_the_plain_one() -> None:
    """[SESSION-NAME-4]"""
    plain = Path("sessions", NAME.file_name)
    cold = Path("sessions", NAME.file_name + ".zst")

    assert names.cold_path(plain) == names.cold_path(cold) == cold
    assert names.logical_path(plain) == names.logical_path(cold) == plain
    assert names.is_cold(cold)
    assert not names.is_cold(plain)


def test_files_without_time_and_id_count_as_rollouts() -> None:
    """[SESSION-NAME-5]"""
    assert names.is_rollout_name("rollout-notes.jsonl")
    assert names.is_rollout_name("rollout-notes.jsonl.zst")
    assert not names.is_rollout_name("rollout-notes.json")
    assert not names.is_rollout_name("notes.jsonl")
    assert not names.is_rollout_name("rollout-notes.jsonl.tmp")
