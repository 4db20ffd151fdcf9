"""The catalogue of rejections: each has a name of its own, a requirement, and something to say."""

import re
import string
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from rollout_reference.errors import Place, Rejected, TraceRejected

SPEC = Path(__file__).parents[2] / "spec" / "trace"


def leaves(base: type[Rejected]) -> Iterator[type[Rejected]]:
    """Yield the classes that are raised: those with no class below them."""
    below = base.__subclasses__()
    for child in below:
        yield from leaves(child)
    if not below:
        yield base


REJECTIONS = sorted(leaves(TraceRejected), key=lambda rejection: rejection.__name__)


@pytest.fixture(scope="module")
def spec() -> str:
    """Return the text of the trace specification."""
    return "\n".join(path.read_text() for path in sorted(SPEC.glob("*.md")))


def test_codes_are_unique() -> None:
    """A code stands for one reason."""
    counts = Counter(rejection.code for rejection in REJECTIONS)

    assert [code for code, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("rejection", REJECTIONS, ids=lambda rejection: rejection.code)
def test_rejection_is_complete(rejection: type[Rejected]) -> None:
    """A class says its code, its requirement, its text and what to do."""
    assert re.fullmatch(r"trace\.[a-z0-9_]+", rejection.code)
    assert re.fullmatch(r"TRACE-[A-Z]+-[0-9]+", rejection.requirement)
    assert rejection.text
    assert rejection.hint


@pytest.mark.parametrize("rejection", REJECTIONS, ids=lambda rejection: rejection.code)
def test_text_speaks_of_the_values_held(rejection: type[Rejected]) -> None:
    """A text names only fields of its class."""
    named = {name for _, name, _, _ in string.Formatter().parse(rejection.text) if name}

    assert named <= {field.name for field in fields(rejection.__new__(rejection))}


@pytest.mark.parametrize("rejection", REJECTIONS, ids=lambda rejection: rejection.code)
def test_code_stands_in_the_specification(rejection: type[Rejected], spec: str) -> None:
    """Who meets a code finds the rule in the text."""
    assert f"`{rejection.code}`" in spec


@pytest.mark.parametrize("rejection", REJECTIONS, ids=lambda rejection: rejection.code)
def test_requirement_stands_in_the_specification(rejection: type[Rejected], spec: str) -> None:
    """The deciding requirement is one of the text."""
    assert f"[{rejection.requirement}@" in spec


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place("manifest.json"), "manifest.json"),
        (Place("trace.jsonl", 12), "trace.jsonl line 12"),
        (Place("trace.jsonl", 12, 9), "trace.jsonl line 12 (seq 9)"),
    ],
)
def test_place(place: Place, text: str) -> None:
    """A place is as exact as it is known."""
    assert str(place) == text
