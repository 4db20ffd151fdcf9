"""How long somebody waits for the first page of the threads of a home: whole processes, from start to answer.

Elapsed time, because both use several threads and wait for disks; whole processes, because nobody has one
that runs already.  Processor time is told beside it, which depends less on what else the machine does.
"""

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from rollout_conformance.implementations.codex_session.threads import CONFIG
from rollout_conformance.record.app_server import AppServer
from rollout_reference.session.threads import Query, list_threads
from rollout_reference.session.threads.cache import HeadCache

PATIENCE = 900.0
"""Seconds after which there is no answer."""
COMMAND = [sys.executable, "-c", "from rollout_conformance.cli import main; main()", "threads"]


@dataclass(order=True)
class Listing:
    """The seconds that passed, those of processors, the ids of the threads of the page."""

    seconds: float
    processor: float
    ids: list[str]


def listed_by_reference(home: Path, cache: Path) -> Listing:
    """List with the command and a cache, which need not be there yet."""
    command = [*COMMAND, str(home), "--cache", str(cache), "--json"]
    used, begin = _used(), perf_counter()
    done = subprocess.run(command, capture_output=True, env=dict(os.environ), timeout=PATIENCE, check=False)  # noqa: S603
    seconds = perf_counter() - begin
    if done.returncode != 0:
        raise RuntimeError(f"rolloutspec threads: exit code {done.returncode}: {done.stderr.decode()[-500:]}")
    return Listing(seconds, _used() - used, _ids(json.loads(done.stdout)))


def seconds_of_warm(home: Path, cache: Path) -> float:
    """List in this process, with a cache that is there; return the seconds that passed."""
    begin = perf_counter()
    list_threads(home, Query(), HeadCache(cache, click.echo).heads)
    return perf_counter() - begin


def listed_by_real(codex: Path, home: Path) -> tuple[Listing, float]:
    """List with a new server; return also the seconds of a second listing by the same server."""
    used, begin = _used(), perf_counter()
    with AppServer(codex, home, config=CONFIG, seconds=PATIENCE) as server:
        first = server.request("thread/list", {"modelProviders": []})
        seconds = perf_counter() - begin
        begin = perf_counter()
        server.request("thread/list", {"modelProviders": []})
        again = perf_counter() - begin
    return Listing(seconds, _used() - used, _ids(first)), again


def _used() -> float:
    """Return the processor seconds of the processes that ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _ids(answer: Any) -> list[str]:
    return [thread["id"] for thread in answer["data"]]
