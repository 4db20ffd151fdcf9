"""Reading requirements out of text, and finding what is wrong with it."""

from pathlib import Path

import pytest

from rollout_conformance.locations import corpus_dir, spec_dir
from rollout_conformance.requirements import Level, SpecError, lint, load_requirements

GOOD = """# Threads

**[TRACE-THREAD-1@2] MUST.** A thread starts, and is rejected
as `trace.never` otherwise ([TRACE-THREAD-2]).

*Why.* Because.

**[TRACE-THREAD-2@1] MAY (quirk).** It may end in `MUST`.

*Cost.* Little.
"""


def spec_of(folder: Path, text: str) -> Path:
    """Write a specification of one file."""
    (folder / "part").mkdir()
    (folder / "part" / "10-threads.md").write_text(text, encoding="utf-8")
    return folder


def problems_of(folder: Path, text: str) -> list[str]:
    """Write a specification of one file and lint it."""
    return [str(problem) for problem in lint(spec_of(folder, text))]


def test_requirement_is_read_with_all_its_parts(tmp_path: Path) -> None:
    """Id, revision, level, area, place and the joined sentence."""
    requirement = load_requirements(spec_of(tmp_path, GOOD))["TRACE-THREAD-1"]

    assert (requirement.id, requirement.revision, requirement.level) == ("TRACE-THREAD-1", 2, Level.MUST)
    assert (requirement.area, requirement.file, requirement.line) == ("TRACE-THREAD", "part/10-threads.md", 3)
    assert requirement.sentence.startswith("A thread starts, and is rejected as")
    assert requirement.citation == "TRACE-THREAD-1@2"
    assert not requirement.quirk


def test_codes_of_a_sentence_are_found(tmp_path: Path) -> None:
    """A rejection code is named in the sentence."""
    assert load_requirements(spec_of(tmp_path, GOOD))["TRACE-THREAD-1"].codes == ("trace.never",)


def test_quirk_is_marked(tmp_path: Path) -> None:
    """A quirk stands after the level."""
    requirement = load_requirements(spec_of(tmp_path, GOOD))["TRACE-THREAD-2"]

    assert requirement.quirk
    assert requirement.level is Level.MAY


def test_good_text_is_clean(tmp_path: Path) -> None:
    """Normative words in code and in requirements are no fault."""
    assert problems_of(tmp_path, GOOD) == []


def test_second_definition_is_refused(tmp_path: Path) -> None:
    """An id stands once, in whatever file."""
    spec = spec_of(tmp_path, GOOD)
    (spec / "part" / "20-more.md").write_text("\n**[TRACE-THREAD-1@1] MUST.** Again.\n", encoding="utf-8")

    with pytest.raises(SpecError, match=r"part/20-more\.md:2: TRACE-THREAD-1 stands already at part/10-t"):
        load_requirements(spec)


@pytest.mark.parametrize(
    "head",
    [
        "**[TRACE-THREAD-2] MUST.** No revision.",
        "**[TRACE-THREAD-02@1] MUST.** Leading zero.",
        "**[TRACE-THREAD-2@0] MUST.** Revision zero.",
        "**[trace-thread-2@1] MUST.** Lower case.",
        "**[TRACE-THREAD-2@1] MUST NOT.** Unknown level.",
        "**[TRACE-THREAD-2@1] MUST**. Stop outside.",
        "**[TRACE-THREAD-2@1] MUST (odd).** Unknown mark.",
        "**[TRACE-THREAD-2@1] MUST.**",
    ],
)
def test_malformed_requirement_is_refused(tmp_path: Path, head: str) -> None:
    """What looks like a requirement and is none stops the reading."""
    with pytest.raises(SpecError, match=r"part/10-threads\.md:1: "):
        load_requirements(spec_of(tmp_path, head + "\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A reader MUST hurry.", "MUST outside a requirement"),
        ("It is REQUIRED.", "REQUIRED outside a requirement"),
        ("See [DEMO-THREAD-9].", "DEMO-THREAD-9 is cited and does not exist"),
        ("**[DEMO-X-1@2] MUST.** One.\n\nSee [DEMO-X-1@1].", "DEMO-X-1 has revision 2"),
        ("**[DEMO-X-1@1] MUST.** No stop", "the sentence of DEMO-X-1 does not end with a full stop"),
        ("**[DEMO-X-1@1] MUST.** One. Two.", "DEMO-X-1 has more than one sentence"),
        ("**[DEMO-X-1@1] MUST (quirk).** Odd.\n\n*Why.* So.", "DEMO-X-1 is a quirk without *Cost.*"),
        (
            "**[DEMO-X-1@1] MUST (quirk).** Odd.\n\n**[DEMO-X-2@1] MUST.** Fine.\n\n*Cost.* Late.",
            "DEMO-X-1 is a quirk without *Cost.*",
        ),
        ("*Cost.* Of nothing.", "*Cost.* without a quirk"),
        ("**[DEMO-X-1@1] MUST.**", "DEMO-X-1 has no sentence"),
    ],
)
def test_lint_finds_the_fault(tmp_path: Path, text: str, message: str) -> None:
    """Each kind of fault has its message."""
    assert message in problems_of(tmp_path, text + "\n")[0]


def test_fenced_blocks_are_no_text(tmp_path: Path) -> None:
    """Examples may hold any words."""
    assert problems_of(tmp_path, "```text\nMUST [DEMO-X-1]\n\n**[DEMO-X-1] MUST**\n```\n") == []


def test_the_specification_is_clean() -> None:
    """The real text has no fault."""
    assert [str(problem) for problem in lint(spec_dir())] == []


def test_every_area_is_in_the_index() -> None:
    """README lists each area with its file."""
    readme = (spec_dir() / "README.md").read_text(encoding="utf-8")
    requirements = load_requirements(spec_dir()).values()

    assert [r.id for r in requirements if not area_row(readme, r.area).endswith(f"| {r.file} |")] == []


def test_table_of_rejections_agrees_with_the_sentences() -> None:
    """Every code stands in the table with exactly the requirements that name it."""
    assert codes_in_table() == codes_in_sentences()


def test_checkout_is_where_the_text_lies() -> None:
    """In a checkout both folders are the top-level ones."""
    assert (spec_dir() / "README.md").is_file()
    assert corpus_dir().parent == spec_dir().parent


def area_row(readme: str, area: str) -> str:
    """Return the row of the index of areas."""
    return next((line for line in readme.splitlines() if line.startswith(f"| {area} |")), "")


def codes_in_table() -> dict[str, list[str]]:
    """Read the two tables of rejections."""
    bundles = (spec_dir() / "trace" / "30-reduction.md").read_text(encoding="utf-8").split("## Rejections")[1]
    rollouts = (spec_dir() / "README.md").read_text(encoding="utf-8").split("## Rejections of rollouts")[1]
    rows = [
        line
        for line in [*bundles.splitlines(), *rollouts.split("## Words")[0].splitlines()]
        if line.startswith(("| `trace.", "| `session."))
    ]
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    return {row[1].strip("`"): sorted(row[2].replace("[", "").replace("]", "").split(", ")) for row in cells}


def codes_in_sentences() -> dict[str, list[str]]:
    """Collect the codes that requirements name."""
    requirements = load_requirements(spec_dir()).values()
    pairs = [(code, requirement.id) for requirement in requirements for code in requirement.codes]
    return {code: sorted(i for c, i in pairs if c == code) for code, _ in pairs}
