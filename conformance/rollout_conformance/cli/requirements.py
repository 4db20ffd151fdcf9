"""`rolloutspec requirements`: the catalogue of rules, and what covers each."""

import click

from rollout_conformance.cli.exits import SUITE_ERROR, UNEXPECTED, fail

EPILOG = """\b
Examples:
  rolloutspec requirements                    every rule with its cases, laws and code
  rolloutspec requirements TRACE-THREAD-*     some of them
  rolloutspec requirements --check            exit 1 if text, cases and code do not fit together
"""


@click.command(epilog=EPILOG)
@click.argument("pattern", default="*")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--check", is_flag=True, help="Only say what is wrong; exit 1 if anything is.")
def command(pattern: str, as_json: bool, check: bool) -> None:
    """List the requirements whose id matches PATTERN, with the number of things that cite each."""
    from rollout_conformance import cases, locations, requirements, traceability  # noqa: PLC0415
    from rollout_conformance.reports import catalogue  # noqa: PLC0415

    try:
        rules = requirements.load_requirements(locations.spec_dir())
        coverage = traceability.trace(rules, cases.load_cases(locations.corpus_dir()))
    except (requirements.SpecError, cases.CaseError) as error:
        fail(str(error), SUITE_ERROR)
    if check:
        problems = [*map(str, requirements.lint(locations.spec_dir())), *traceability.problems(coverage)]
        if problems:
            fail("\n".join(problems), UNEXPECTED)
        click.echo(catalogue.summary(coverage))
        return
    chosen = catalogue.matching(coverage, pattern)
    if not chosen:
        raise click.BadParameter(f"no requirement matches {pattern!r}", param_hint="PATTERN")
    catalogue.show(chosen, as_json=as_json)
