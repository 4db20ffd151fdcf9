"""Read the requirements out of the normative text, and find what is wrong with that text.

A requirement is a paragraph that begins `**[TRACE-THREAD-2@1] MUST.**`; its id stands in the
whole text exactly once like that and is cited as `[TRACE-THREAD-2]` everywhere else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Level(StrEnum):
    """What a requirement demands of those who claim the format."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


@dataclass(frozen=True)
class Requirement:
    """One obligation of the specification."""

    id: str
    revision: int
    level: Level
    quirk: bool
    sentence: str
    area: str
    file: str
    line: int

    @property
    def citation(self) -> str:
        """The id with its revision, as a case cites it."""
        return f"{self.id}@{self.revision}"

    @property
    def codes(self) -> tuple[str, ...]:
        """The rejection codes that the sentence names, in its order."""
        return tuple(dict.fromkeys(_CODE.findall(self.sentence)))


@dataclass(frozen=True)
class Problem:
    """Something wrong at one place of the text."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class SpecError(Exception):
    """The text cannot be read as a set of requirements."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Paragraph:
    """Adjacent lines of prose, joined, with the number of the first."""

    file: str
    line: int
    text: str


_AREA = r"[A-Z]+(?:-[A-Z]+)*"
_MARK = re.compile(r"\*\*\[")
_HEAD = re.compile(
    rf"\*\*\[(?P<area>{_AREA})-(?P<number>[1-9][0-9]*)@(?P<revision>[1-9][0-9]*)\] "
    r"(?P<level>MUST|SHOULD|MAY)(?P<quirk> \(quirk\))?\.\*\*"
)
_CITATION = re.compile(rf"\[(?P<id>{_AREA}-[0-9]+)(?:@(?P<revision>[0-9]+))?\](?!\()")
_NORMATIVE = re.compile(r"\b(?:MUST|SHOULD|MAY|SHALL|REQUIRED|RECOMMENDED|OPTIONAL)\b")
_CODE = re.compile(r"`((?:trace|session)\.(?!jsonl`)[a-z0-9_]+)`")
_INLINE_CODE = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def load_requirements(spec_dir: Path) -> dict[str, Requirement]:
    """Return every requirement by its id, in the order of the text; raise `SpecError` at the first fault."""
    found: dict[str, Requirement] = {}
    for paragraph in paragraphs(spec_dir):
        if not _MARK.match(paragraph.text):
            continue
        requirement = _read(paragraph)
        earlier = found.get(requirement.id)
        if earlier is not None:
            raise SpecError(
                _problem(paragraph, f"{requirement.id} stands already at {earlier.file}:{earlier.line}")
            )
        found[requirement.id] = requirement
    return found


def lint(spec_dir: Path) -> list[Problem]:
    """Return what is wrong with the text; an empty list means that it is clean."""
    try:
        requirements = load_requirements(spec_dir)
    except SpecError as error:
        return [error.problem]
    return [
        *_stray_normative_words(spec_dir),
        *_unfinished_sentences(requirements),
        *_quirks_without_cost(spec_dir),
        *_bad_citations(spec_dir, requirements),
    ]


def paragraphs(spec_dir: Path) -> Iterator[Paragraph]:
    """Yield the prose of all files in order of their paths; fenced blocks are left out."""
    for path in markdown_files(spec_dir):
        file = path.relative_to(spec_dir).as_posix()
        held: list[str] = []
        first = 0
        for number, text in prose_lines(path):
            if text.strip() and not held:
                first = number
            if text.strip():
                held.append(text.strip())
            elif held:
                yield Paragraph(file, first, " ".join(held))
                held = []
        if held:
            yield Paragraph(file, first, " ".join(held))


def markdown_files(spec_dir: Path) -> list[Path]:
    """Return the files of the text in a fixed order."""
    return sorted(spec_dir.rglob("*.md"), key=lambda path: path.relative_to(spec_dir).as_posix())


def prose_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield numbered lines, those of fenced blocks as empty ones."""
    fence = ""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        opened = _FENCE.match(text)
        if fence:
            if opened and opened[1].startswith(fence) and text.strip() == opened[1]:
                fence = ""
            yield number, ""
        elif opened:
            fence = opened[1]
            yield number, ""
        else:
            yield number, text


def _read(paragraph: Paragraph) -> Requirement:
    head = _HEAD.match(paragraph.text)
    if head is None:
        raise SpecError(
            _problem(paragraph, "malformed requirement, expected `**[AREA-n@revision] LEVEL.** sentence`")
        )
    sentence = paragraph.text[head.end() :].strip()
    if not sentence:
        raise SpecError(_problem(paragraph, f"{head['area']}-{head['number']} has no sentence"))
    return Requirement(
        id=f"{head['area']}-{head['number']}",
        revision=int(head["revision"]),
        level=Level(head["level"]),
        quirk=head["quirk"] is not None,
        sentence=sentence,
        area=head["area"],
        file=paragraph.file,
        line=paragraph.line,
    )


def _stray_normative_words(spec_dir: Path) -> Iterator[Problem]:
    for paragraph in paragraphs(spec_dir):
        if _MARK.match(paragraph.text):
            continue
        for word in _NORMATIVE.findall(_without_code(paragraph.text)):
            yield _problem(paragraph, f"{word} outside a requirement")


def _unfinished_sentences(requirements: dict[str, Requirement]) -> Iterator[Problem]:
    for requirement in requirements.values():
        if not requirement.sentence.endswith("."):
            yield Problem(
                requirement.file,
                requirement.line,
                f"the sentence of {requirement.id} does not end with a full stop",
            )
        if ". " in _without_code(requirement.sentence):
            yield Problem(requirement.file, requirement.line, f"{requirement.id} has more than one sentence")


def _quirks_without_cost(spec_dir: Path) -> Iterator[Problem]:
    waiting: tuple[Paragraph, str] | None = None
    for paragraph in paragraphs(spec_dir):
        head = _HEAD.match(paragraph.text)
        if waiting and (head or paragraph.file != waiting[0].file):
            yield _problem(waiting[0], f"{waiting[1]} is a quirk without *Cost.*")
            waiting = None
        if head and head["quirk"]:
            waiting = (paragraph, f"{head['area']}-{head['number']}")
        elif paragraph.text.startswith("*Cost.* "):
            if waiting is None:
                yield _problem(paragraph, "*Cost.* without a quirk")
            waiting = None
    if waiting:
        yield _problem(waiting[0], f"{waiting[1]} is a quirk without *Cost.*")


def _bad_citations(spec_dir: Path, requirements: dict[str, Requirement]) -> Iterator[Problem]:
    for path in markdown_files(spec_dir):
        file = path.relative_to(spec_dir).as_posix()
        for number, text in prose_lines(path):
            for cited in _CITATION.finditer(_without_code(_HEAD.sub("", text))):
                requirement = requirements.get(cited["id"])
                if requirement is None and not cited["id"].startswith("DEV-"):
                    yield Problem(file, number, f"{cited['id']} is cited and does not exist")
                elif requirement and cited["revision"] not in (None, str(requirement.revision)):
                    yield Problem(file, number, f"{cited['id']} has revision {requirement.revision}")


def _without_code(text: str) -> str:
    return _INLINE_CODE.sub("", text)


def _problem(paragraph: Paragraph, message: str) -> Problem:
    return Problem(paragraph.file, paragraph.line, message)
