"""`rolloutspec requirements`: the catalogue of rules, what covers each, and whether it all fits."""

import click

from rollout_conformance.cli.exits import SUITE_ERROR, UNEXPECTED, fail

EPILOG = """\b
Examples:
  rolloutspec requirements                    every rule with its cases, laws and code
  rolloutspec requirements TRACE-THREAD-*     some of them
  rolloutspec requirements --check            exit 1 if text, cases and code do not fit together
  rolloutspec requirements --write            lock the sentences after a change with a new revision
"""


@click.command(epilog=EPILOG)
@click.argument("pattern", default="*")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--check", is_flag=True, help="Only say what is wrong; exit 1 if anything is.")
@click.option("--write", is_flag=True, help="Lock the sentences and revisions as they stand.")
@click.option(
    "--same-meaning", is_flag=True, help="With --write: sentences changed, but still mean the same."
)
def command(pattern: str, as_json: bool, check: bool, write: bool, same_meaning: bool) -> None:
    """List the requirements whose id matches PATTERN, with the number of things that cite each."""
    from rollout_conformance import (  # noqa: PLC0415
        cases,
        locations,
        requirement_lock,
        requirements,
        traceability,
    )
    from rollout_conformance.reports import catalogue  # noqa: PLC0415

    spec = locations.spec_dir()
    if same_meaning and not write:
        raise click.UsageError("--same-meaning goes with --write")
    try:
        rules = requirements.load_requirements(spec)
        if write:
            changed = requirement_lock.write(spec, rules, same_meaning=same_meaning)
            click.echo(f"{spec / requirement_lock.LOCK_FILE}: {len(rules)} requirements, {changed} changed")
            return
        everything = cases.load_cases(locations.corpus_dir())
        locked = requirement_lock.read(spec) if check else {}
    except (requirements.SpecError, cases.CaseError) as error:
        fail(f"suite: {error}", SUITE_ERROR)
    except requirement_lock.LockError as error:
        fail(str(error), UNEXPECTED)
    coverage = traceability.trace(rules, everything)
    if check:
        problems = [
            *map(str, requirements.lint(spec)),
            *requirement_lock.problems(rules, locked),
            *traceability.problems(coverage, everything, spec),
        ]
        if problems:
            fail("\n".join(problems), UNEXPECTED)
        click.echo(catalogue.summary(coverage))
        return
    chosen = catalogue.matching(coverage, pattern)
    if not chosen:
        raise click.BadParameter(f"no requirement matches {pattern!r}", param_hint="PATTERN")
    catalogue.show(chosen, as_json=as_json)
