"""How the subcommands take the argument IMPL."""

import shlex

import click


def one_implementation(context: click.Context, parameter: click.Parameter, words: tuple[str, ...]) -> str:
    """Return the one argument that names the implementation; `reference` if there is none.

    Several words are a command whose quotes were forgotten.
    """
    if len(words) > 1:
        raise click.BadParameter(
            f'IMPL is one argument; put the command in quotes: "{shlex.join(words)}"', context, parameter
        )
    return words[0] if words else "reference"
