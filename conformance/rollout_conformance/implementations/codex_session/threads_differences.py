"""In what an answer about threads differs from another, and how much of that a deviation explains.

Which deviation holds for which case and version, the cases say in `[upstream]`; what releases do instead,
`spec/session/90-deviations.md`.  Here stands how far each may go, so that it hides nothing else.
"""

from typing import Any

Tree = dict[str, Any]

THREADS, ORDER, CURSOR, SNIPPET = "threads", "order", "cursor", "snippet"
"""Other threads, the same ones in another order, another next page, another snippet."""

_HEADER = {"cwd", "modelProvider", "cliVersion", "gitInfo"}
_SPAWN = {"forkedFromId", "threadSource", "agentNickname", "agentRole", "parentThreadId"}
_SPEAKS = {"path", "preview", "createdAt", "updatedAt", "recencyAt"}
_SAID = {"metadata/title", "metadata/firstUserMessage", "metadata/model", "metadata/tokensUsed"}

TOUCHED: dict[str, frozenset[str]] = {
    "DEV-90": frozenset({CURSOR, THREADS}),
    "DEV-91": frozenset({ORDER}),
    "DEV-92": frozenset({THREADS} | _SPEAKS),
    "DEV-93": frozenset({THREADS, "name"}),
    "DEV-94": frozenset({"createdAt", "updatedAt"}),
    "DEV-95": frozenset(_HEADER | _SPAWN),
    "DEV-96": frozenset({THREADS, CURSOR}),
    "DEV-97": frozenset({THREADS}),
    "DEV-98": frozenset({THREADS}),
    "DEV-99": frozenset({THREADS}),
    "DEV-121": frozenset({"metadata/model", "metadata/reasoningEffort"}),
    "DEV-123": frozenset({THREADS}),
    "DEV-124": frozenset({ORDER}),
    "DEV-125": frozenset({"name"}),
    "DEV-126": frozenset({CURSOR}),
    "DEV-127": frozenset({"name"}),
    "DEV-128": frozenset(_SPEAKS),
    "DEV-129": frozenset(_SPEAKS | _SAID),
    "DEV-132": frozenset({THREADS} | _SPEAKS),
    "DEV-144": frozenset({THREADS}),
}
"""By deviation: what it may change of an answer that is accepted."""


def differences(expected: Tree, answered: Tree) -> set[str]:
    """Return in what two answers differ: keys of threads they share, as pointers, and the words above."""
    wanted, found = _threads(expected), _threads(answered)
    ids, told = [each["id"] for each in wanted], [each["id"] for each in found]
    differing: set[str] = set()
    if sorted(ids) != sorted(told):
        differing.add(THREADS)
    elif ids != told:
        differing.add(ORDER)
    if expected["nextCursor"] != answered["nextCursor"]:
        differing.add(CURSOR)
    by_id = {each["id"]: each for each in wanted}
    for each in found:
        if each["id"] in by_id:
            differing |= _keys(by_id[each["id"]], each)
    snippets = [each.get(SNIPPET) for each in expected["data"]]
    if ids == told and snippets != [each.get(SNIPPET) for each in answered["data"]]:
        differing.add(SNIPPET)
    return differing


def explained(deviations: list[str]) -> set[str]:
    """Return all that some deviations may change.  Raises `KeyError` for one that is none of threads."""
    return {touched for each in deviations for touched in TOUCHED[each]}


def _threads(answer: Tree) -> list[Tree]:
    return [each.get("thread", each) for each in answer["data"]]


def _keys(wanted: Tree, found: Tree, within: str = "") -> set[str]:
    """Return the keys of two objects whose values differ, those of `metadata` one by one."""
    differing = {key for key in wanted.keys() | found.keys() if wanted.get(key, ...) != found.get(key, ...)}
    if "metadata" in differing and wanted.get("metadata") and found.get("metadata"):
        differing.remove("metadata")
        return differing | _keys(wanted["metadata"], found["metadata"], "metadata/")
    return {within + key for key in differing}
