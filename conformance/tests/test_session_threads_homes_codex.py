"""The real CLI lists the same threads of homes that are made, page by page, and says the same of each."""

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from rollout_conformance.generators.thread_homes import Options, ThreadHome
from rollout_conformance.implementations.codex_session.threads import ADDED, CONFIG, memory, tree_of
from rollout_conformance.implementations.threads_ops import options_of, threads_tree
from rollout_conformance.record.app_server import AppServer, RequestRefused
from rollout_reference.errors import Rejected
from rollout_reference.session.threads.entries import Heads, scan_heads

pytestmark = pytest.mark.codex

SEEDS = range(int(os.environ.get("ROLLOUTSPEC_HOMES_SEEDS", "50")))
"""Homes that are made for each version; every other one has equal times."""
FORMER, NEWER = "0.143.0", "0.169.0"
BINARIES = {FORMER: "ROLLOUTSPEC_CODEX", NEWER: "ROLLOUTSPEC_CODEX_169"}
"""By version: the variable that names the binary."""

UNLISTED = {"forkedFromId", "threadSource", "agentNickname", "agentRole"}
"""What a listing does not tell.  [DEV-95]"""
FAMILY = {"parent", "ancestor"}
"""Options with which a listing tells the parent.  [DEV-95]"""
TIED_ELSEWISE = {FORMER: {"created_at", "updated_at", "recency_at"}, NEWER: {"updated_at", "recency_at"}}
"""In which orders threads of one time come in another order.  [DEV-91, DEV-124]"""
TIMES_ALONE = {FORMER: {"created_at", "updated_at"}, NEWER: set[str]()}
"""In which orders a cursor is a time alone, so that threads of one time are lost.  [DEV-90]"""
NAMELESS = {FORMER: set[str](), NEWER: {"paginated"}}
"""In which history modes no thread has the name of the side file.  [DEV-125]"""
PAGINATED = {FORMER: False, NEWER: True}
"""Whether there are paginated threads; an item of one is no message to 0.143.0.  [DEV-96]"""

SHOWN_TIME = {"created_at": "createdAt", "updated_at": "updatedAt", "recency_at": "recencyAt"}

Tree = dict[str, Any]
Ask = Callable[[Options], Tree]


def pages(ask: Ask, options: Options) -> list[Tree]:
    """Return the pages of a listing, from cursor to cursor; one without data says that it is refused."""
    try:
        found = [ask(options)]
    except (Rejected, RequestRefused):
        return [{"data": None, "nextCursor": None}]
    while found[-1]["nextCursor"] is not None:
        found.append(ask(options | {"cursor": found[-1]["nextCursor"]}))
    if len(found) > 1 and not found[-1]["data"]:  # DEV-126
        found[-2:] = [found[-2] | {"nextCursor": None}]
    return found


def comparable(version: str, options: Options, found: list[Tree], *, ties: bool) -> Any:
    """Return pages without what the deviations of a version explain."""
    key = options.get("sort_key", "created_at")
    hidden = {*ADDED, *unlisted(options)}
    rows = [[shown(version, row, hidden) for row in page["data"] or ()] for page in found]
    if ties and key in TIED_ELSEWISE[version]:
        return sorted(chain.from_iterable(rows), key=lambda row: place(row, key, options))
    cut = len("YYYY-MM-DDThh:mm:ssZ") if key in TIMES_ALONE[version] else None
    return (
        rows,
        [page["data"] is None for page in found],
        [(page["nextCursor"] or "")[:cut] for page in found],
    )


def unlisted(options: Options) -> set[str]:
    """Return the keys that an answer to some options does not tell, or not rightly."""
    if "thread" in options:
        return {"updatedAt", "name"}  # DEV-94, DEV-127
    return UNLISTED if options.keys() & FAMILY else UNLISTED | {"parentThreadId"}


def shown(version: str, row: Tree, hidden: set[str]) -> Tree:
    """Return a thread without some keys."""
    if "thread" in row:
        return row | {"thread": shown(version, row["thread"], hidden)}
    more = {"name"} if row["historyMode"] in NAMELESS[version] else set()
    return {key: value for key, value in row.items() if key not in hidden | more}


def place(row: Tree, key: str, options: Options) -> tuple[int, str]:
    """Return where a thread stands in an order, by its id among those of one time."""
    thread = row.get("thread", row)
    time: int = thread[SHOWN_TIME[key]]
    return (time if options.get("sort_direction") == "asc" else -time, thread["id"])


def questions(version: str, home: ThreadHome) -> list[Options]:
    """Return what a home is asked for; what a version loses between pages is asked for on one page."""
    asked = [*home.listings(), *home.filters(), *home.families(), *home.searches(), *home.lookups()]
    lost = TIMES_ALONE[version] if home.ties else ()
    return [each | {"limit": 100} if each.get("sort_key", "created_at") in lost else each for each in asked]


def remembered() -> Heads:
    """Return a scan of rollouts that looks at each only once."""
    seen: dict[str, Any] = {}

    def heads(found: Any) -> list[Any]:
        new = [each for each in found if each.plain not in seen]
        seen.update(zip((each.plain for each in new), scan_heads(new), strict=True))
        return [seen[each.plain] for each in found]

    return heads


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder for a home, in memory where there is such a place."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-", dir=memory()) as name:
        yield Path(name, "home")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("version", BINARIES)
def test_made_homes(version: str, seed: int, folder: Path) -> None:
    """Whatever a home holds, both list the same on the same pages, find the same, and refuse the same."""
    home = ThreadHome(f"home-{seed}", ties=seed % 2 == 1, paginated=PAGINATED[version])
    home.write(folder)
    asked = questions(version, home)

    with AppServer(Path(os.environ[BINARIES[version]]), folder, config=CONFIG) as server:
        answered = [pages(lambda told: tree_of(server, told), each) for each in asked]

    heads = remembered()
    expected = [pages(lambda told: threads_tree(folder, options_of(told), heads), each) for each in asked]
    both = zip(asked, answered, expected, strict=True)
    differing = [
        each
        for each, real, ours in both
        if comparable(version, each, real, ties=home.ties) != comparable(version, each, ours, ties=home.ties)
    ]
    assert not differing
