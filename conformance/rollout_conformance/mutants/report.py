"""The kill matrix for a terminal, as JSON, and as Markdown."""

from collections import Counter
from collections.abc import Iterator

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from rollout_conformance.mutants.matrix import Matrix, Row

STYLE = {"killed": "", "crash": "yellow", "survived": "bold red"}


def with_progress(rows: Iterator[Row], total: int) -> Iterator[Row]:
    """Pass rows on while a bar shows how far they are; silent when nobody looks."""
    console = Console(stderr=True)
    columns = (TextColumn("killing"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield from progress.track(rows, total=total)


def show(matrix: Matrix) -> None:
    """Print a line for each mutant, the survivors, the rules without a mutant, and the sums."""
    console = Console(highlight=False)
    for row in matrix.rows:
        line = f"{row.verdict:8} {row.requirement:22} {row.mutant:35} {_killers(row)}"
        console.print(line.rstrip(), style=STYLE[row.verdict], markup=False, soft_wrap=True)
    for row in matrix.survivors:
        console.print(f"SURVIVED {row.requirement} {row.mutant}: {escape(row.wrong)}", style="bold red")
        console.print(
            f"  none of {row.asked} cases tells it from the reference; add a case for {row.requirement}"
        )
    for rule in matrix.unbroken:
        console.print(
            f"NO MUTANT {rule}: no mutant breaks this rule, and no test is named for it", style="bold red"
        )
    console.print(summary(matrix), style="bold green" if matrix.complete else "bold red", soft_wrap=True)


def summary(matrix: Matrix) -> str:
    """Return the sums in one line."""
    ends = Counter(row.verdict for row in matrix.rows)
    rules = {row.requirement for row in matrix.rows}
    strays = sum(row.decisive is not None and not row.decisive.cites for row in matrix.rows)
    return (
        f"{len(matrix.rows)} mutants of {len(rules)} rules, {matrix.cases} cases: "
        f"{ends['killed']} killed, {ends['crash']} crashed, {ends['survived']} survived; "
        f"{strays} killed only by a case that cites another rule; "
        f"{len(matrix.by_test)} rules left to tests, {len(matrix.unbroken)} without a mutant"
    )


def json_document(matrix: Matrix) -> bytes:
    """Return the matrix as JSON."""
    document = {
        "summary": summary(matrix),
        "complete": matrix.complete,
        "cases": matrix.cases,
        "mutants": [{**msgspec.to_builtins(row), "verdict": row.verdict} for row in matrix.rows],
        "by_test": matrix.by_test,
        "without_mutant": matrix.unbroken,
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def markdown(matrix: Matrix) -> str:
    """Return the matrix as a Markdown document, a line for each mutant."""
    lines = [
        "# Kill matrix",
        "",
        summary(matrix),
        "",
        "| Requirement | Mutant | What it does wrong | Ends | Case |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in matrix.rows:
        cells = (row.requirement, row.mutant, row.wrong, row.verdict, _killers(row))
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    lines += ["", "| Requirement | Test |", "| --- | --- |"]
    lines += [f"| {rule} | {test} |" for rule, test in matrix.by_test.items()]
    if matrix.unbroken:
        lines += ["", "Without a mutant: " + ", ".join(matrix.unbroken)]
    return "\n".join(lines) + "\n"


def _killers(row: Row) -> str:
    if row.decisive is None:
        return ""
    more = len(row.kills) - 1
    stray = "" if row.decisive.cites else " (cites another rule)"
    return row.decisive.case + stray + (f" and {more} more" if more else "")
