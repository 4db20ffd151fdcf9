"""`rolloutspec mutants`: judge the cases by deliberately wrong implementations."""

from pathlib import Path

import click

from rollout_conformance.cli.exits import SUITE_ERROR, UNEXPECTED, fail

EPILOG = """\b
Examples:
  rolloutspec mutants                        does every mutant die?
  rolloutspec mutants "TRACE-THREAD-*"       the mutants of some rules
  rolloutspec mutants last_start_wins --all  every case that kills this one
  rolloutspec mutants --matrix matrix.md     the matrix as Markdown
"""


@click.command(epilog=EPILOG)
@click.argument("pattern", default="*")
@click.option(
    "--all", "every_case", is_flag=True, help="Ask every mutant every case, not only until it dies."
)
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the matrix to FILE as JSON."
)
@click.option(
    "--matrix", type=click.Path(dir_okay=False, path_type=Path), help="Write the matrix to FILE as Markdown."
)
@click.option("--corpus", type=click.Path(file_okay=False, path_type=Path), help="Another folder of cases.")
def command(
    pattern: str, every_case: bool, report: Path | None, matrix: Path | None, corpus: Path | None
) -> None:
    """Ask the mutants whose rule or name matches PATTERN the cases of the corpus.

    Exits with 1 when a mutant survives, or when a rule of level MUST has no mutant.
    """
    from fnmatch import fnmatchcase  # noqa: PLC0415

    from rollout_conformance import locations  # noqa: PLC0415
    from rollout_conformance.cases import CaseError, load_cases  # noqa: PLC0415
    from rollout_conformance.mutants import load_mutants  # noqa: PLC0415
    from rollout_conformance.mutants import matrix as matrices  # noqa: PLC0415
    from rollout_conformance.mutants import report as reports  # noqa: PLC0415
    from rollout_conformance.mutants.patch import StaleMutant  # noqa: PLC0415
    from rollout_conformance.requirements import SpecError, load_requirements  # noqa: PLC0415

    mutants = [
        each
        for each in load_mutants()
        if fnmatchcase(each.requirement, pattern) or fnmatchcase(each.name, pattern)
    ]
    if not mutants:
        raise click.BadParameter(f"no mutant and no rule of one matches {pattern!r}", param_hint="PATTERN")
    try:
        rules = load_requirements(locations.spec_dir()) if pattern == "*" else {}
        judge = matrices.Judge(load_cases(corpus or locations.corpus_dir()))
        built = matrices.build(
            mutants,
            rules,
            judge,
            every_case=every_case,
            watch=lambda rows: reports.with_progress(rows, len(mutants)),
        )
        if report:
            report.write_bytes(reports.json_document(built))
        if matrix:
            matrix.write_text(reports.markdown(built), "utf-8")
    except (CaseError, SpecError, StaleMutant) as error:
        fail(f"suite: {error}", SUITE_ERROR)
    except OSError as error:
        raise click.FileError(str(error.filename), error.strerror) from None
    reports.show(built)
    if not built.complete:
        raise SystemExit(UNEXPECTED)
