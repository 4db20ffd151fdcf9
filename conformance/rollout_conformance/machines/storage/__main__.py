"""The search by hand: everybody on every disk that a run may begin with, and the planted mistakes.

python -m rollout_conformance.machines.storage [--lines N] [--kills N] [--faults N] [--every-order]
"""

import click

from rollout_conformance.machines.storage.explore import explore
from rollout_conformance.machines.storage.planted import PLANTED
from rollout_conformance.machines.storage.scenario import beginnings, everybody


@click.command()
@click.option("--lines", default=1, help="Lines that each appender writes.")
@click.option("--kills", default=0, help="How many actors may be killed.")
@click.option("--faults", default=0, help="How many operations may fail.")
@click.option("--every-order", is_flag=True, help="Do not rely on the locks to leave out orders.")
@click.option("--beginning", type=click.Choice(list(beginnings())), multiple=True, help="Only these disks.")
@click.option("--planted", is_flag=True, help="Show how each planted mistake is found.")
def main(
    lines: int, kills: int, faults: int, every_order: bool, beginning: tuple[str, ...], planted: bool
) -> None:
    """Go through every order of a freezer, a thawer and two appenders, with a crash at every step."""
    if planted:
        for mistake in PLANTED:
            click.echo(f"{mistake.name}: {mistake.search()}\n")
        return
    failed = False
    for name, files in beginnings().items():
        if beginning and name not in beginning:
            continue
        found = explore(everybody(files, lines), kills=kills, faults=faults, disciplined=not every_order)
        click.echo(f"{name}: {found}")
        failed = failed or found.broken is not None
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()
