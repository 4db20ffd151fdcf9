"""The exit codes of `rolloutspec`."""

from typing import NoReturn

import click

UNEXPECTED = 1
"""A bundle was rejected, or an outcome was not the expected one."""

UNUSABLE = 3
"""The implementation under test cannot be used at all."""

SUITE_ERROR = 4
"""The suite itself failed: a broken case or specification."""

INTERRUPTED = 130
"""Somebody ended the run before its end, as shells tell it."""


def fail(message: str, code: int) -> NoReturn:
    """Say what is wrong on the error stream and exit."""
    click.echo(message, err=True)
    raise SystemExit(code)
