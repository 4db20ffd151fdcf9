"""What counts when a home that was frozen or thawed is judged."""

import io

import pytest
import zstandard

from rollout_conformance import storage_judge
from rollout_conformance.cases import Case, load_cases
from rollout_conformance.implementations.storage_ops import freeze_outputs
from rollout_conformance.locations import corpus_dir

COLD = ".jsonl.zst"


@pytest.fixture(scope="module")
def case() -> Case:
    """Return a case in which two files are frozen and one is not."""
    cases = load_cases(corpus_dir() / "session" / "storage" / "freeze" / "cold-ones")
    return cases[0]


@pytest.fixture
def outputs(case: Case) -> dict[str, bytes]:
    """Return what the reference leaves."""
    return dict(freeze_outputs(case.input, case.task.env.now_ms))


def fault(case: Case, outputs: dict[str, bytes]) -> str | None:
    """Return what the judge says."""
    found = storage_judge.fault_of(case, "expect", outputs)
    return found.detail if found else None


def name_of(outputs: dict[str, bytes], ending: str) -> str:
    """Return the first output with an ending."""
    return next(name for name in sorted(outputs) if name.endswith(ending))


def test_reference_passes(case: Case, outputs: dict[str, bytes]) -> None:
    """What the reference leaves is what the case expects."""
    assert fault(case, outputs) is None


def test_compression_is_free(case: Case, outputs: dict[str, bytes]) -> None:
    """Other frames of the same bytes are as good."""
    name = name_of(outputs, COLD)
    content = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(outputs[name])).read()
    frame = zstandard.ZstdCompressor(level=19, write_checksum=True).compress
    outputs[name] = frame(content[:100]) + frame(content[100:])

    assert fault(case, outputs) is None


def test_other_content_is_not(case: Case, outputs: dict[str, bytes]) -> None:
    """A cold form of other bytes is a fault."""
    outputs[name_of(outputs, COLD)] = zstandard.ZstdCompressor().compress(b"other")

    assert "does not decode to what it should" in str(fault(case, outputs))


def test_other_plain_bytes_are_not(case: Case, outputs: dict[str, bytes]) -> None:
    """A plain file is compared byte by byte."""
    outputs[name_of(outputs, ".jsonl")] += b" "

    assert "differs" in str(fault(case, outputs))


def test_file_that_is_left_over(case: Case, outputs: dict[str, bytes]) -> None:
    """A file that the expectation does not have is a fault, a lock file is not."""
    outputs["home/thread-writer-locks/x.lock"] = b""
    assert fault(case, outputs) is None

    outputs["home/sessions/x.tmp"] = b""

    assert "home/sessions/x.tmp is there" in str(fault(case, outputs))


def test_mode_and_age_count(case: Case, outputs: dict[str, bytes]) -> None:
    """Attributes are compared with those that the implementation tells."""
    outputs["files.json"] = outputs["files.json"].replace(b'"0600"', b'"0644"')

    assert "with mode 0644" in str(fault(case, outputs))


def test_counters_count(case: Case, outputs: dict[str, bytes]) -> None:
    """A counter of another value is a fault; sums of durations are free."""
    report = outputs["report.json"]
    outputs["report.json"] = report.replace(b'"sum": 0', b'"sum": 17')
    assert fault(case, outputs) is None

    outputs["report.json"] = report.replace(b'"value": 3', b'"value": 4')

    assert "report.json: counters" in str(fault(case, outputs))


@pytest.mark.parametrize("missing", ["files.json", "report.json"])
def test_missing_documents(case: Case, outputs: dict[str, bytes], missing: str) -> None:
    """Without attributes or report there is nothing to believe."""
    del outputs[missing]

    assert missing in str(fault(case, outputs))
