"""The scrub is deterministic and keeps what the reducer looks at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.record.scrub import FIRST_MOMENT_MS, scrub_bundle

STARTED = 1_795_244_167_223
THREAD = "01a1fce4-1035-7973-aa41-a3d75ac05455"
CALL = "2ed82092-121f-466e-b05d-519b92425bb5"
OWN = ("Our question.", "Our instructions.")


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Return a small bundle with everything the scrub replaces."""
    bundle = tmp_path / "raw"
    (bundle / "payloads").mkdir(parents=True)
    manifest = {
        "schema_version": 1,
        "trace_id": "cad82a58-e723-45af-aaf5-27528e11b0ac",
        "rollout_id": THREAD,
        "root_thread_id": THREAD,
        "started_at_unix_ms": STARTED,
        "raw_event_log": "trace.jsonl",
        "payloads_dir": "payloads",
    }
    request = {
        "instructions": "Long text of somebody else.",
        "input": [
            _message("developer", "<permissions instructions>\nDo not ask.\n</permissions instructions>"),
            _message("user", "Our question."),
            _message("user", "Foreign words."),
            _message("assistant", "An answer about /mnt/project/a.txt and 127.0.0.1:45678."),
            _message("user", "Foreign words."),
        ],
        "tools": [{"type": "function", "name": "shell", "description": "Runs.", "parameters": {"a": 1}}],
        "note": f'{{"turn_started_at_unix_ms":{STARTED + 5},"id":"{CALL}"}}',
    }
    events = [
        {"seq": 1, "wall_time_unix_ms": STARTED + 250, "payload": {"type": "x", "id": CALL, "größe": None}},
        {"seq": 2, "wall_time_unix_ms": STARTED + 900, "payload": {"type": "x", "id": THREAD}},
    ]
    (bundle / "manifest.json").write_text(_pretty(manifest), encoding="utf-8")
    (bundle / "payloads/1.json").write_text(_pretty(request), encoding="utf-8")
    rollout = f"/mnt/codex-home/sessions/2026/11/21/rollout-2026-11-21T06-56-07-{THREAD}.jsonl"
    second = {
        "type": "warning",
        "message": "Take care.",
        "rollout_path": rollout,
        "at": STARTED // 1000,
        "exit_code": 7,
        "stdout": "x" * 10_001,
        "aggregated_output": "x" * 10_001,
        "tools": [{"type": "function", "name": "shell", "description": "Runs.", "parameters": {"a": 1}}],
    }
    (bundle / "payloads/2.json").write_text(_pretty(second), encoding="utf-8")
    lines = (json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n" for event in events)
    (bundle / "trace.jsonl").write_text("".join(lines), encoding="utf-8")
    return bundle


def _message(role: str, text: str) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def _bytes(bundle: Path) -> dict[str, bytes]:
    return {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}


def test_same_raw_bundle_gives_same_bytes(raw: Path, tmp_path: Path) -> None:
    """Nothing but the raw bundle decides the result."""
    scrub_bundle(raw, tmp_path / "one", OWN)
    scrub_bundle(raw, tmp_path / "two", reversed(OWN))
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two")


def test_ids_keep_their_byte_order_and_their_equality(raw: Path, tmp_path: Path) -> None:
    """Ids are ranks, with the version digit of the original."""
    scrub_bundle(raw, tmp_path / "clean", OWN)
    manifest = json.loads((tmp_path / "clean/manifest.json").read_text())
    first, second = ((json.loads(line)) for line in (tmp_path / "clean/trace.jsonl").read_text().splitlines())
    assert manifest["root_thread_id"] == second["payload"]["id"] == "00000001-0000-7000-8000-000000000000"
    assert first["payload"]["id"] == "00000002-0000-4000-8000-000000000000"
    assert manifest["trace_id"] == "00000003-0000-4000-8000-000000000000"


def test_times_move_together(raw: Path, tmp_path: Path) -> None:
    """All forms of a moment move by the same amount; other numbers stay."""
    scrub_bundle(raw, tmp_path / "clean", OWN)
    manifest = json.loads((tmp_path / "clean/manifest.json").read_text())
    events = [json.loads(line) for line in (tmp_path / "clean/trace.jsonl").read_text().splitlines()]
    started = manifest["started_at_unix_ms"]
    assert abs(started - FIRST_MOMENT_MS) < 1000
    assert [event["wall_time_unix_ms"] - started for event in events] == [250, 900]
    second = json.loads((tmp_path / "clean/payloads/2.json").read_text())
    assert second["at"] == started // 1000
    assert second["exit_code"] == 7
    assert second["rollout_path"].startswith(
        "/codex-home/sessions/2025/10/09/rollout-2025-10-09T08-53-19-00000001"
    )


def test_only_foreign_texts_are_marked(raw: Path, tmp_path: Path) -> None:
    """Equal texts get equal marks, our texts and the model's stay."""
    scrub_bundle(raw, tmp_path / "clean", OWN)
    request = json.loads((tmp_path / "clean/payloads/1.json").read_text())
    texts = [item["content"][0]["text"] for item in request["input"]]
    assert texts == [
        "[permissions instructions 2]",
        "Our question.",
        "[text 3]",
        "An answer about /project/a.txt and 127.0.0.1:1.",
        "[text 3]",
    ]
    assert request["instructions"] == "[instructions 1]"
    assert request["tools"] == []
    assert json.loads((tmp_path / "clean/payloads/2.json").read_text())["message"] == "[warning 4]"


def test_what_is_not_read_is_made_short(raw: Path, tmp_path: Path) -> None:
    """Tools lose their descriptions, a repeated long output its second copy."""
    scrub_bundle(raw, tmp_path / "clean", OWN)
    second = json.loads((tmp_path / "clean/payloads/2.json").read_text())
    assert second["tools"] == [{"type": "function", "name": "shell"}]
    assert second["stdout"] == "x" * 10_001
    assert second["aggregated_output"] == "[as stdout]"


def test_layout_of_the_writer_is_kept(raw: Path, tmp_path: Path) -> None:
    """Compact lines with a line end, indented files without one, text beyond ASCII as it is."""
    scrub_bundle(raw, tmp_path / "clean", OWN)
    log = (tmp_path / "clean/trace.jsonl").read_text(encoding="utf-8")
    assert log.endswith("\n")
    assert ', "' not in log
    assert "größe" in log
    assert not (tmp_path / "clean/manifest.json").read_text().endswith("\n")
