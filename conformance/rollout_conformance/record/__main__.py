"""``python -m rollout_conformance.record --codex PATH --out DIR [SCENARIO...]``: record cases."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from rollout_conformance.record.drive import DriveError, RawRun, record
from rollout_conformance.record.scenarios import ALL, BY_NAME
from rollout_conformance.record.store import StoreError, store


@click.command()
@click.option("--codex", type=click.Path(exists=True, path_type=Path), required=True, help="The real binary.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder for the case folders.")
@click.option("--raw", type=click.Path(path_type=Path), help="Keep raw runs here (default: thrown away).")
@click.option("--again", is_flag=True, help="Scrub and store the raw runs that --raw already holds.")
@click.argument("names", metavar="[SCENARIO]...", nargs=-1, type=click.Choice(sorted(BY_NAME)))
def main(codex: Path, out: Path, raw: Path | None, again: bool, names: tuple[str, ...]) -> None:
    """Drive the real CLI through scenarios (all by default) and store what it traced."""
    troubles = 0
    with tempfile.TemporaryDirectory() as scratch:
        for scenario in [BY_NAME[name] for name in names] or list(ALL):
            place = (raw or Path(scratch)) / scenario.name
            try:
                run = RawRun.read(place) if again else record(scenario, codex, place)
                if run.surprises:
                    raise DriveError(f"{scenario.name}: {'; '.join(run.surprises)}")
                for folder in store(scenario, run, codex, out):
                    click.echo(f"stored   {folder.name}")
            except (DriveError, StoreError) as trouble:
                troubles += 1
                click.echo(f"trouble  {trouble}", err=True)
    raise SystemExit(1 if troubles else 0)


if __name__ == "__main__":
    main()
