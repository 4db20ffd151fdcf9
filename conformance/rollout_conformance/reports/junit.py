"""JUnit XML, as CI servers read it: a suite per area, a test per case."""

from xml.etree import ElementTree

from rollout_conformance.reports.document import Report
from rollout_conformance.reports.wording import area_of, count_by_area, printable
from rollout_conformance.results import EXPECTED, Header, Outcome, Result

FAILURES: frozenset[Outcome] = frozenset({"fail", "silent-zero"})
"""Wrong answers; everything else that is not expected gave no answer at all, which JUnit calls an error."""


def render(report: Report) -> bytes:
    """Return the whole document.

    `unsupported`, `deviation`, `known` and `flaky` are skipped tests with the reason.
    """
    header = report.header
    root = ElementTree.Element("testsuites", name=header.profile)
    suites = {
        area: ElementTree.SubElement(root, "testsuite", name=area) for area in count_by_area(report.results)
    }
    for suite in suites.values():
        _properties(suite, _about(header))
    for result in report.results:
        suites[area_of(result)].append(_test(result))
    for element in (*suites.values(), root):
        _count(element)
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _about(header: Header) -> list[tuple[str, str]]:
    return [
        ("implementation", f"{header.implementation.name} {header.implementation.version}"),
        ("command", header.command),
        ("suite", header.suite),
        ("corpus", header.corpus),
        ("mode", header.mode),
    ]


def _test(result: Result) -> ElementTree.Element:
    test = ElementTree.Element(
        "testcase", classname=area_of(result), name=result.case, time=f"{result.ms / 1000:.6f}"
    )
    properties = [("title", result.title), ("level", result.level), ("op", result.op)]
    properties += [("requirement", cited) for cited in result.requirements]
    if result.branch is not None:
        properties.append(("branch", result.branch))
    _properties(test, properties)
    if result.outcome == "pass":
        return test
    message = printable(result.reason or result.detail)
    if result.outcome in EXPECTED:
        ElementTree.SubElement(test, "skipped", message=f"{result.outcome}: {message}")
        return test
    tag = "failure" if result.outcome in FAILURES else "error"
    fault = ElementTree.SubElement(test, tag, type=result.outcome, message=message)
    fault.text = printable(str(result.difference)) if result.difference else message
    return test


def _properties(element: ElementTree.Element, properties: list[tuple[str, str]]) -> None:
    parent = ElementTree.SubElement(element, "properties")
    for name, value in properties:
        ElementTree.SubElement(parent, "property", name=name, value=printable(value))


def _count(element: ElementTree.Element) -> None:
    """Write the sums of the tests below an element into its attributes."""
    tests = list(element.iter("testcase"))
    counts = {"tests": tests} | {
        f"{tag}s" if tag != "skipped" else tag: [test for test in tests if test.find(tag) is not None]
        for tag in ("failure", "error", "skipped")
    }
    for name, found in counts.items():
        element.set(name, str(len(found)))
    element.set("time", f"{sum(float(test.get('time', 0)) for test in tests):.6f}")
