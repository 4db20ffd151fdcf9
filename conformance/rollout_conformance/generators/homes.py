"""Homes made from a seed: threads that spawn and fork each other, some archived, with counts of tokens."""

import random
from typing import Any

import zstandard

from rollout_conformance.generators.rollouts import (
    Payload,
    Record,
    event,
    message,
    turn_context,
    user_message,
)
from rollout_reference import jsontext

CWD = "/home/user/project"
_AMOUNTS = (120, 120, 120, 4_000, 4_000, 65_000)
"""What a response may cost; few values, so that equal ones are common."""

Files = dict[str, bytes]


def thread_id(number: int) -> str:
    """Return the id of a thread of a home, by its number."""
    return f"00000000-0000-7000-8000-{number:012x}"


def moment(number: int, second: int = 0) -> str:
    """Return a time on the day of a thread, by its number."""
    return f"2026-01-{1 + number % 28:02}T10:{second // 60 % 60:02}:{second % 60:02}.000Z"


def place(number: int, *, archived: bool = False) -> str:
    """Return where the rollout of a thread lies, from the home."""
    day = 1 + number % 28
    name = f"rollout-2026-01-{day:02}T10-00-00-{thread_id(number)}.jsonl"
    return f"archived_sessions/{name}" if archived else f"sessions/2026/01/{day:02}/{name}"


def header(number: int, **more: Any) -> Payload:
    """Return the header of a thread, by its number."""
    told = {"id": thread_id(number), "timestamp": moment(number), "cwd": CWD, "originator": "rolloutspec"}
    return told | {"cli_version": "0.143.0", "source": "cli", "model_provider": "mock"} | more


def spawned_by(number: int) -> Payload:
    """Return the source of a thread that another one spawned."""
    return {"subagent": {"thread_spawn": {"parent_thread_id": thread_id(number), "depth": 1}}}


def printed(number: int, records: list[Record]) -> bytes:
    """Return the lines of a thread, each a second after the one before."""
    return "".join(
        jsontext.compact({"timestamp": moment(number, second), "type": kind, "payload": payload}) + "\n"
        for second, (kind, payload) in enumerate(records)
    ).encode()


class Homes:
    """Makes one home; a seed gives the same one again."""

    def __init__(self, seed: str) -> None:
        self._chance = random.Random(seed)  # noqa: S311  (made again by anybody who has the seed)
        self._said = 0

    def home(self, most: int = 7) -> Files:
        """Return the files of a home of up to so many threads, by their path in it."""
        files: Files = {}
        written: dict[int, list[Record]] = {}
        for number in range(1, 2 + self._chance.randrange(most)):
            written[number] = self._thread(number, most, written)
            path = place(number, archived=self._chance.random() < 0.25)
            data = printed(number, written[number])
            if self._chance.random() < 0.2:
                path, data = f"{path}.zst", zstandard.compress(data)
            files[path] = data
        return files

    def _thread(self, number: int, most: int, written: dict[int, list[Record]]) -> list[Record]:
        kind = self._chance.choice(("root", "root", "spawned", "spawned", "copied"))
        if kind == "spawned":
            parent = self._chance.randint(1, most + 1)  # another thread, itself, or one that is not there
            told = header(number, source=spawned_by(parent))
            return [("session_meta", told), *self._turns(number, _zero())]
        if kind == "copied" and written:
            of = self._chance.choice(sorted(written))
            told = header(number, forked_from_id=thread_id(of))
            copied = written[of]
            return [("session_meta", told), *copied, *self._turns(number, _total(copied))]
        return [("session_meta", header(number)), *self._turns(number, _zero())]

    def _turns(self, number: int, total: Payload) -> list[Record]:
        records: list[Record] = []
        for turn in range(1 + self._chance.randrange(3)):
            self._said += 1
            turn_id, text = f"turn-{number}-{turn}", f"said {self._said}"
            records += [
                event("task_started", turn_id=turn_id, model_context_window=None),
                turn_context(turn_id, self._chance.choice(("gpt-5.2", "gpt-5.1"))),
                message("user", text),
                user_message(text),
                event("agent_message", message=f"answer {self._said}"),
            ]
            for _ in range(self._chance.randrange(3)):
                last = _usage(self._chance.choice(_AMOUNTS))
                total = {kind: total[kind] + last[kind] for kind in total}
                records += [_count(total, last)] * self._chance.choice((1, 1, 2))
            records.append(event("task_complete", turn_id=turn_id, last_agent_message=None))
        return records


def _usage(amount: int) -> Payload:
    told = {"input_tokens": amount, "cached_input_tokens": amount // 2, "output_tokens": amount // 10}
    return told | {"reasoning_output_tokens": 0, "total_tokens": amount + amount // 10}


def _zero() -> Payload:
    return _usage(0)


def _count(total: Payload, last: Payload) -> Record:
    info = {"total_token_usage": total, "last_token_usage": last, "model_context_window": None}
    return event("token_count", info=info, rate_limits=None)


def _total(records: list[Record]) -> Payload:
    """Return the last total that is counted in some records."""
    counts = [told["info"]["total_token_usage"] for _, told in records if told.get("type") == "token_count"]
    return counts[-1] if counts else _zero()
