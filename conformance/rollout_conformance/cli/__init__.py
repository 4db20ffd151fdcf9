"""The command `rolloutspec`.  Each subcommand is imported when it is called, not before."""

from importlib import import_module

import click

from rollout_reference import __version__

SUBCOMMANDS = {
    "catalogue": "Look up or make the catalogue of session rollouts.",
    "context": "Rebuild what the model would be given.",
    "corpus": "Make, change, compare and check the cases of the corpus.",
    "history": "Rebuild the turns of a thread and what happened in them.",
    "init": "Begin an adapter in a new folder.",
    "known": "Keep a file of known failures true.",
    "metamorphic": "Say the same in other ways, and see whether answers stay the same.",
    "mutants": "Judge the cases by deliberately wrong implementations.",
    "reduce": "Reduce a trace bundle to its state.",
    "replay": "Judge the failures of a stored report again.",
    "report": "Show, convert, compare and verify stored reports.",
    "requirements": "List the requirements of the specification and what covers each.",
    "run": "Judge an implementation by the cases of the corpus.",
    "scrub": "Copy session rollouts without their content, to share them.",
    "shim": "Make an adapter of a command that takes two folders.",
    "smoke": "Ask an implementation five short questions first.",
    "threads": "List the threads of a home, and search them.",
    "transcript": "List what user and agent said to each other.",
    "usage": "Count the tokens that threads used.",
    "validate": "Check session rollouts, trees of them and whole homes.",
}


class Subcommands(click.Group):
    """A group that knows its commands by name and imports one only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all subcommands."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one subcommand."""
        if cmd_name not in SUBCOMMANDS:
            return None
        module = import_module(f"rollout_conformance.cli.{cmd_name}")
        command = module.command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUBCOMMANDS.items()))


EPILOG = """\b
Examples:
  rolloutspec run                          judge the built-in reference
  rolloutspec run codex=./codex            judge a binary of the real CLI
  rolloutspec run "node my-adapter.js"     judge an adapter in any language
  rolloutspec reduce BUNDLE -o state.json  reduce a trace bundle
  rolloutspec requirements                 the catalogue of rules

\b
Exit codes: 0 as expected, 1 rejected or unexpected outcome, 2 usage, 3 implementation unusable,
4 the suite itself failed.
"""


@click.group(cls=Subcommands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", prog_name="rolloutspec")
def main() -> None:
    """Specification and conformance suite for what the Codex CLI leaves on disk."""
