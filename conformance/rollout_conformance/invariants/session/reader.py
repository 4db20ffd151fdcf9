"""A reader of sessions as laws ask it: any implementation, about rollouts and homes in memory."""

import shutil
from pathlib import Path
from typing import Any

from rollout_conformance.answers import Accepted, Refused
from rollout_conformance.implementations import Implementation
from rollout_conformance.tasks import Task
from rollout_reference import jsontext

Json = Any
Context = dict[str, Json]
Turns = list[dict[str, Json]]
Files = dict[str, bytes]

ROLLOUT = "rollout.jsonl"
DATED = "sessions/2026/01/02/rollout-2026-01-02T03-04-05-{}.jsonl"
"""Where a rollout lies in the home that it is given."""

ATTRIBUTES = "files.json"

_BUDGET_MS = 60_000
_REMEMBERED = 24
"""Answers that are remembered: many laws compare with the rollout as it is."""


class Reader:
    """Asks an implementation, each question once; it finds nothing but the files of the question."""

    def __init__(self, implementation: Implementation, folder: Path) -> None:
        """Read with an implementation; `folder` is where it finds what it is asked about."""
        self._implementation = implementation
        self._folder = folder
        self._last = folder
        self._placed: dict[str, Files] = {}
        self._answers: dict[tuple[Json, ...], bytes] = {}

    def context(self, data: bytes, options: dict[str, Json] | None = None) -> Context:
        """Return the model context of a rollout."""
        context: Context = self._ask("session.context", {ROLLOUT: data}, options)
        return context

    def history(self, data: bytes, view: str = "stored") -> Turns:
        """Return the turns of a rollout."""
        turns: Turns = self._ask("session.history", {ROLLOUT: data}, {"view": view})["turns"]
        return turns

    def transcript(self, data: bytes) -> Turns:
        """Return what was said in a rollout."""
        messages: Turns = self._ask("session.transcript", {ROLLOUT: data})["messages"]
        return messages

    def thread(self, data: bytes, thread_id: str) -> dict[str, Json]:
        """Return what a rollout says about its thread."""
        return self.threads({DATED.format(thread_id): data}, thread=thread_id)[0]

    def threads(self, home: Files, **options: Json) -> Turns:
        """Return the threads of a home; `files.json` is what `spec/conformance/storage.md` says of it."""
        given = {path if path == ATTRIBUTES else f"home/{path}": data for path, data in home.items()}
        rows: Turns = self._ask("session.threads", given, options)["data"]
        return rows

    def views(self, files: Files) -> tuple[Json, ...]:
        """Return all that is rebuilt from one rollout, in whichever forms it is given."""
        operations = ("session.context", "session.history", "session.transcript")
        return tuple(self._ask(op, files) for op in operations)

    def again(self, data: bytes) -> tuple[Json, ...]:
        """Return what `views` does of a rollout, asked anew."""
        self._answers.clear()
        return self.views({ROLLOUT: data})

    def refusal(self, op: str, files: Files, options: dict[str, Json] | None = None) -> str | None:
        """Return the code with which an operation rejects its input, None if it does not."""
        answer = self._answer(op, files, options)
        return answer.code or "" if isinstance(answer, Refused) else None

    def place(self, files: Files) -> Path:
        """Put files, and no others, where the implementation finds them, and return the folder."""
        kind = "home" if any(name.startswith("home/") for name in files) else "alone"
        folder, placed = self._folder / kind, self._placed.get(kind, {})
        if kind == "home" and placed.keys() != files.keys():
            shutil.rmtree(folder, ignore_errors=True)
            placed = {}
        for name in placed.keys() - files.keys():
            (folder / name).unlink()
        for name, data in files.items():
            if placed.get(name) != data:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        self._placed[kind] = dict(files)
        self._last = folder
        return folder

    def left(self) -> Files:
        """Return the files that lie where the last question was asked, others than were given too."""
        found = (path for path in self._last.rglob("*") if path.is_file())
        return {path.relative_to(self._last).as_posix(): path.read_bytes() for path in found}

    def _ask(self, op: str, files: Files, options: dict[str, Json] | None = None) -> Json:
        question = (op, tuple(files.items()), jsontext.compact(options or {}))
        if question not in self._answers:
            answer = self._answer(op, files, options)
            assert isinstance(answer, Accepted), answer
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[question] = next(iter(answer.outputs.values()))
        return jsontext.parse(self._answers[question])

    def _answer(self, op: str, files: Files, options: dict[str, Json] | None) -> Json:
        return self._implementation.perform(Task(op, self.place(files), _BUDGET_MS, options or {}))
