"""What becomes of an expected answer when the input is transformed, where it does not stay the same.

A function is given the input before and after, and the expected files; it returns the files that are
expected afterwards.  What is not told apart by what went in is a pattern of the comparison.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from rollout_conformance.metamorphic import amounts, places, times
from rollout_conformance.metamorphic.given import COLD, Given
from rollout_reference import jsontext

Tree = Any
Outputs = dict[str, bytes]
Answer = Callable[[Given, Given, Outputs], Outputs]

_HOME = "home/"
_DAY = 86_400


def same(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect the same."""
    del before, after
    return outputs


def parsed(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect the items with the values that stand in the lines now, and the form and length of the file.

    An item keeps what a reader made of it where that is not what stood in the line.
    """
    return _parsed(before, after, outputs, 1)


def parsed_apart(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect the items in lines with twice their numbers."""
    return _parsed(before, after, outputs, 2)


def _parsed(before: Given, after: Given, outputs: Outputs, step: int) -> Outputs:
    old, new = _lines(before), _lines(after)
    items = [jsontext.parse(line) for line in outputs["lines.jsonl"].splitlines() if line]
    for item in items:
        number = item["line"]
        item["line"] = number * step
        _retell(item, jsontext.parse(old[number - 1]), jsontext.parse(new[number * step - 1]))
    found = jsontext.parse(outputs["diagnostics.json"])
    path = _read_form(after)
    found["form"] = "cold" if path.endswith(COLD) else "plain"
    found["bytes"] = len(after.plain(path) or b"")
    found["blank"] += found["lines"] * (step - 1)
    found["lines"] *= step
    for problem in found["problems"]:
        problem["line"] *= step
    lines = "".join(jsontext.compact(item) + "\n" for item in items).encode()
    return {"lines.jsonl": lines, "diagnostics.json": jsontext.pretty(found)}


def _retell(item: Tree, old: Tree, new: Tree) -> None:
    """Tell an item by the line that it is in now, as far as it was told by the line that it was in."""
    for key in ("timestamp", "payload"):
        if key in old and _is_same(old[key], item[key]):
            item[key] = new[key]
    if _is_same(item["payload"], old):
        item["payload"] = new
    elif "payload" not in old:
        item["payload"] = {
            key: new[key] if key in old and _is_same(old[key], value) else value
            for key, value in item["payload"].items()
        }


def _is_same(one: Tree, other: Tree) -> bool:
    """Tell whether two values are equal, with their keys in the same order."""
    return one == other and jsontext.compact(one) == jsontext.compact(other)


def _lines(given: Given) -> list[bytes]:
    return (given.plain(_read_form(given)) or b"").split(b"\n")


def _read_form(given: Given) -> str:
    """Return the path of the form that a reader reads: the plain one if it is there."""
    return min(given.rollouts, key=len)


def shifted_days(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect the days of usage later."""
    del before, after
    usage = jsontext.parse(outputs["usage.json"])
    for each in (usage, *usage["threads"]):
        for part in each["by_day"]:
            part["day"] = part["day"] and str(date.fromisoformat(part["day"]) + timedelta(days=times.DAYS))
    return {"usage.json": jsontext.pretty(usage)}


def other_days(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect some days or other."""
    del before, after
    usage = jsontext.parse(outputs["usage.json"])
    for each in (usage, *usage["threads"]):
        each["by_day"] = {"$any": "array"}
    return {"usage.json": jsontext.pretty(usage)}


def proofs_apart(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect the lines that prove an amount to have twice their numbers."""
    del before, after
    usage = jsontext.parse(outputs["usage.json"])
    for thread in usage["threads"]:
        for number in ("counter", "inherited", "own", "recorded"):
            for proof in thread[number]["proof"]:
                proof["lines"] = [line * 2 for line in proof["lines"]]
    return {"usage.json": jsontext.pretty(usage)}


def threefold(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect all amounts threefold."""
    del before, after
    return {"usage.json": jsontext.pretty(_times(jsontext.parse(outputs["usage.json"])))}


def _times(value: Tree) -> Tree:
    if isinstance(value, dict) and "total_tokens" in value:
        return amounts.of_kinds(value, amounts.times)
    if isinstance(value, dict):
        return {key: _times(each) for key, each in value.items()}
    return [_times(each) for each in value] if isinstance(value, list) else value


def made_distinct(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect the totals that are told, sums of them, and the same lines as proofs.

    What a thread grew by is not a function of what it grew by before, unless it is its whole counter.
    """
    del before, after
    usage = jsontext.parse(outputs["usage.json"])
    told = [thread["counter"]["tokens"] for thread in usage["threads"]]
    for thread in usage["threads"]:
        own, counter = thread["own"], thread["counter"]["tokens"]
        whole = own["tokens"] == counter
        for number in ("counter", "inherited"):
            thread[number]["tokens"] = amounts.of_kinds(thread[number]["tokens"], amounts.stretched)
        own["tokens"] = thread["counter"]["tokens"] if whole else _some(own["tokens"])
        thread["recorded"]["tokens"] = _some(thread["recorded"]["tokens"])
        _some_parts(thread)
    usage["counters"] = {
        kind: sum(amounts.stretched(each[kind]) for each in told) for kind in usage["counters"]
    }
    for number in ("own", "recorded"):
        usage[number]["tokens"] = _some(usage[number]["tokens"])
    _some_parts(usage)
    return {"usage.json": jsontext.pretty(usage)}


def _some(tokens: Tree) -> Tree:
    """Return a pattern: some of each kind of which there was some."""
    return amounts.of_kinds(tokens, lambda amount: amount and {"$any": "int"})


def _some_parts(usage: Tree) -> None:
    for part in (*usage["by_model"], *usage["by_day"]):
        part["tokens"] = _some(part["tokens"])


def shifted_threads(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect threads made later, and cursors by the time when they were made."""
    del after
    answer = jsontext.parse(outputs["threads.json"])
    for each in answer["data"]:
        each.get("thread", each)["createdAt"] += times.DAYS * _DAY
    if before.options.get("sort_key", "created_at") == "created_at":
        answer["nextCursor"] = times.shifted_cursor(answer["nextCursor"])
    return {"threads.json": jsontext.pretty(answer)}


def archived_threads(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect other paths, and threads that are archived."""
    del after
    moved = _moved_from_home(before)
    answer = jsontext.parse(outputs["threads.json"])
    for each in answer["data"]:
        row = each.get("thread", each)
        row["path"] = moved(row["path"])
        if "metadata" in row:
            row["metadata"]["archived"] = True
    return {"threads.json": jsontext.pretty(answer)}


def archived_usage(before: Given, after: Given, outputs: Outputs) -> Outputs:
    """Expect other names of files."""
    del after
    moved = _moved_from_home(before)

    def renamed(value: Tree) -> Tree:
        if isinstance(value, dict):
            return {key: moved(each) if key == "file" else renamed(each) for key, each in value.items()}
        return [renamed(each) for each in value] if isinstance(value, list) else value

    return {"usage.json": jsontext.pretty(renamed(jsontext.parse(outputs["usage.json"])))}


def _moved_from_home(before: Given) -> Callable[[Any], Any]:
    """Return what tells where a plain path of the home went."""
    went = {
        path.removeprefix(_HOME).removesuffix(COLD): target.removeprefix(_HOME).removesuffix(COLD)
        for path, target in places.archive_places(before).items()
    }
    return lambda path: went.get(path, path)
