"""Rounds by hand.

python -m rollout_conformance.machines.storage_processes [--rounds N] [--seed N] [--planted NAME]
"""

import tempfile
from pathlib import Path

import click
import msgspec

from rollout_conformance.machines.storage.planted import PLANTED
from rollout_conformance.machines.storage_processes.rounds import play
from rollout_conformance.mutants.patch import Patch, patched

MISTAKES = {mistake.name: mistake for mistake in PLANTED}


def _nothing(_reference: Patch) -> None:
    """Damage nothing."""


@click.command()
@click.option("--rounds", default=300, help="How many rounds.")
@click.option("--seed", default=1, help="What decides who is killed when.")
@click.option("--planted", type=click.Choice(list(MISTAKES)), help="Play with a mistake in the reference.")
def main(rounds: int, seed: int, planted: str | None) -> None:
    """Let two appenders, a freezer and a thawer run on one rollout, killed at random."""
    damage = MISTAKES[planted].damage if planted else _nothing
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as folder, patched(damage):
        *_, count = play(Path(folder), rounds, seed)
    click.echo(msgspec.json.encode(count).decode())
    raise SystemExit(1 if count.faults else 0)


if __name__ == "__main__":
    main()
