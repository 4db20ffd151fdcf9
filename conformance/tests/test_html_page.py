"""The HTML page in a real browser: it loads, it shows every failure, and it fits on a phone."""

import html
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rollout_conformance.answers import Identity
from rollout_conformance.compare import Difference
from rollout_conformance.library import Library
from rollout_conformance.reports import html as page_of
from rollout_conformance.reports.document import Report
from rollout_conformance.results import OUTCOMES, Header, Result
from rollout_conformance.summary import summarise

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER = next((found for name in BROWSERS if (found := shutil.which(name))), None)

pytestmark = pytest.mark.skipif(BROWSER is None, reason=f"none of {', '.join(BROWSERS)} is installed")

LONG = "x" * 400
"""A word that no line can hold."""

PHONE, DESKTOP = 390, 1200

MEASURE = """\
<!doctype html>
<body>
<iframe style="border:0;width:{width}px;height:900px" srcdoc="{page}"></iframe>
<script>
document.querySelector("iframe").addEventListener("load", event => {{
  const inner = event.target.contentDocument;
  inner.querySelectorAll("details").forEach(each => each.open = true);
  const told = {{
    scroll: inner.documentElement.scrollWidth,
    cards: inner.querySelectorAll("details.card").length,
    seen: [...inner.querySelectorAll("details.card")].filter(each => each.offsetHeight > 40).length,
    ground: inner.defaultView.getComputedStyle(inner.body).backgroundColor,
  }};
  document.body.dataset.told = Object.entries(told).map(each => each.join("=")).join(";");
}});
</script>
"""
"""A page that shows another one in a frame of a phone's width and says how wide that one became."""


@pytest.fixture(scope="module")
def report() -> Report:
    """Return a report with every outcome, long words and real cases among its failures."""
    library = Library()
    header = Header(
        suite="0.1.0",
        protocol=1,
        corpus=library.root,
        implementation=Identity("acme", "1", profiles=("trace-reader",)),
        command=f"./acme {LONG}",
        profile="trace-reader",
        mode="full",
        python="3.11.0",
        platform="Linux",
    )
    results = [
        Result(
            case=case,
            title=f"case {number}",
            requirements=["TRACE-CONVERSATION-3@1", "TRACE-THREAD-2@1"],
            level="MUST",
            op="trace.reduce",
            outcome=OUTCOMES[number % len(OUTCOMES)],
            detail=f"it told {LONG}",
            difference=Difference(f"/threads/{LONG}", LONG, "<b>"),
            branch="accepted" if number % 2 else None,
        )
        for number, case in enumerate(list(library.entries)[: 2 * len(OUTCOMES)])
    ]
    return Report(header, results, summarise(header, results))


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    """Return the page of the report."""
    return page_of.render(report, Library(), Path("report.jsonl"))


def dom_of(path: Path, profile: Path, *flags: str) -> str:
    """Return the document that the browser made of a file."""
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"]
    command += ["--hide-scrollbars", "--virtual-time-budget=5000", *flags, "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    return done.stdout.decode()


def measured(page: str, width: int, folder: Path, *flags: str) -> dict[str, str]:
    """Return what the browser measured of a page in a frame of a width."""
    outer = folder / "measure.html"
    outer.write_text(MEASURE.format(width=width, page=html.escape(page)), "utf-8")
    told = re.search(r'data-told="([^"]*)"', dom_of(outer, folder / "profile", *flags))
    assert told, "the page did not load in its frame"
    return dict(pair.split("=") for pair in told[1].split(";"))


def test_page_shows_every_failure_without_scripts(page: str, report: Report, tmp_path: Path) -> None:
    """The browser shows each case that did not pass; the page has no script."""
    path = tmp_path / "report.html"
    path.write_text(page, "utf-8")

    shown = dom_of(path, tmp_path / "profile")

    assert "<script" not in shown
    assert "Not conformant" in shown
    for result in report.results:
        if result.outcome != "pass":
            assert result.case in shown


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_page_fits_its_window(width: int, page: str, report: Report, tmp_path: Path) -> None:
    """With everything unfolded nothing is wider than the window, whatever long words there are."""
    told = measured(page, width, tmp_path)

    failures = {"fail", "silent-zero", "fail-after", "error", "crash", "timeout", "protocol-error"}
    assert int(told["scroll"]) == width
    assert told["cards"] == told["seen"] == str(sum(each.outcome in failures for each in report.results))


def test_page_follows_the_colour_scheme(page: str, tmp_path: Path) -> None:
    """Dark and light are the reader's choice."""
    dark = measured(page, PHONE, tmp_path, "--blink-settings=preferredColorScheme=0")
    light = measured(page, PHONE, tmp_path, "--blink-settings=preferredColorScheme=1")

    assert (dark["ground"], light["ground"]) == ("rgb(14, 17, 22)", "rgb(246, 247, 249)")
