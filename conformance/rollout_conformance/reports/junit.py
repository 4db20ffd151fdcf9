"""JUnit XML, as CI servers read it: a suite per area, a test per case.  Written as it is made."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from rollout_conformance.reports.document import Report
from rollout_conformance.reports.wording import area_of, printable
from rollout_conformance.results import EXPECTED, Header, Outcome, Result

FAILURES: frozenset[Outcome] = frozenset({"fail", "silent-zero"})
"""Wrong answers; everything else that is not expected gave no answer at all, which JUnit calls an error."""

Kind = Literal["tests", "failures", "errors", "skipped"]
KINDS: tuple[Kind, ...] = ("tests", "failures", "errors", "skipped")


def write(report: Report, file: BinaryIO) -> None:
    """Write the whole document; of the results nothing is kept but the place of each.

    `unsupported`, `deviation`, `known` and `flaky` are skipped tests with the reason.
    """
    areas: defaultdict[str, _Area] = defaultdict(_Area)
    for number, result in enumerate(report.results):
        areas[area_of(result)].add(number, result)
    document = _Document(file)
    with document.element("testsuites", name=report.header.profile, **_sums(list(areas.values()))):
        for name in sorted(areas):
            with document.element("testsuite", name=name, **_sums([areas[name]])):
                document.properties(_about(report.header))
                for number in areas[name].numbers:
                    _write_test(document, report.results[number])


class _Area:
    """Which results an area has, and what they add up to."""

    def __init__(self) -> None:
        self.numbers = array("Q")
        self.counts: Counter[Kind] = Counter()
        self.ms = 0.0

    def add(self, number: int, result: Result) -> None:
        self.numbers.append(number)
        self.counts.update({"tests", _kind_of(result.outcome)})
        self.ms += result.ms


class _Document:
    """An XML document that is indented and written piece by piece."""

    def __init__(self, file: BinaryIO) -> None:
        self._xml = XMLGenerator(file, "utf-8", short_empty_elements=True)
        self._depth = 0
        self._xml.startDocument()

    @contextmanager
    def element(self, tag: str, /, **attributes: str) -> Iterator[None]:
        """Write an element around what is written meanwhile."""
        self._indent()
        self._xml.startElement(tag, AttributesImpl(attributes))
        self._end_line()
        self._depth += 1
        yield
        self._depth -= 1
        self._indent()
        self._xml.endElement(tag)
        self._end_line()

    def leaf(self, tag: str, text: str = "", /, **attributes: str) -> None:
        """Write an element that has text in it, or nothing."""
        self._indent()
        self._xml.startElement(tag, AttributesImpl(attributes))
        self._xml.characters(text)
        self._xml.endElement(tag)
        self._end_line()

    def properties(self, properties: list[tuple[str, str]]) -> None:
        """Write names with their values."""
        with self.element("properties"):
            for name, value in properties:
                self.leaf("property", name=name, value=printable(value))

    def _indent(self) -> None:
        self._xml.ignorableWhitespace("  " * self._depth)

    def _end_line(self) -> None:
        self._xml.ignorableWhitespace("\n")


def _sums(areas: list[_Area]) -> dict[str, str]:
    sums = {str(kind): str(sum(area.counts[kind] for area in areas)) for kind in KINDS}
    return sums | {"time": f"{sum(area.ms for area in areas) / 1000:.6f}"}


def _kind_of(outcome: Outcome) -> Kind:
    """Return as what an outcome counts; a test that passed counts as a test only."""
    if outcome == "pass":
        return "tests"
    if outcome in EXPECTED:
        return "skipped"
    return "failures" if outcome in FAILURES else "errors"


def _about(header: Header) -> list[tuple[str, str]]:
    return [
        ("implementation", f"{header.implementation.name} {header.implementation.version}"),
        ("command", header.command),
        ("suite", header.suite),
        ("corpus", header.corpus),
        ("mode", header.mode),
    ]


def _write_test(document: _Document, result: Result) -> None:
    properties = [("title", result.title), ("level", result.level), ("op", result.op)]
    properties += [("requirement", cited) for cited in result.requirements]
    if result.branch is not None:
        properties.append(("branch", result.branch))
    test = {"classname": area_of(result), "name": result.case, "time": f"{result.ms / 1000:.6f}"}
    with document.element("testcase", **test):
        document.properties(properties)
        message = printable(result.reason or result.detail)
        match _kind_of(result.outcome):
            case "skipped":
                document.leaf("skipped", message=f"{result.outcome}: {message}")
            case "failures" | "errors" as kind:
                shown = printable(str(result.difference)) if result.difference else message
                document.leaf(kind.removesuffix("s"), shown, type=result.outcome, message=message)
