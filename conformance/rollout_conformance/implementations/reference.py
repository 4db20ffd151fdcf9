"""The built-in reference, in process."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from rollout_conformance.answers import Accepted, Answer, Broken, Identity, Refused, Unsupported
from rollout_conformance.script_error import ScriptError
from rollout_conformance.tasks import Task
from rollout_reference import __version__
from rollout_reference.errors import Rejected

Outputs = dict[str, bytes]


class Reference:
    """`rollout_reference` without a pipe."""

    identity = Identity(
        "reference",
        __version__,
        "python",
        profiles=(
            "trace-reader",
            "trace-writer",
            "session-reader",
            "session-writer",
            "session-storage",
            "context-reader",
            "threads-reader",
            "history-reader",
            "transcript-reader",
            "usage-reader",
        ),
        capabilities=("session.zst", "session.paginated"),
    )
    parallel = 1

    def perform(self, task: Task) -> Answer:
        """Perform one operation; the budget is not enforced in process."""
        operation = OPERATIONS.get(task.op)
        if operation is None:
            return Unsupported(task.op)
        try:
            return Accepted(operation(task))
        except Rejected as rejection:
            place = rejection.place
            at = {"file": place.file, "line": place.line, "seq": place.seq} if place else None
            return Refused(rejection.code, str(rejection), at)
        except ScriptError as error:
            return Broken("error", str(error))

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


# The formats are imported by the first operation that needs them: the command line starts without them.


def _trace_reduce(task: Task) -> Outputs:
    from rollout_reference.trace import reduce  # noqa: PLC0415

    return {"state.json": reduce(task.input).to_json()}


def _trace_write(task: Task) -> Outputs:
    from rollout_conformance.writer_script import play, read_script  # noqa: PLC0415

    script = read_script(task.input)
    return _left_behind(lambda out: play(script, out, now_ms=task.env.now_ms, id_seed=task.env.id_seed))


def _session_parse(task: Task) -> Outputs:
    from rollout_conformance.implementations.session_ops import parse_to  # noqa: PLC0415

    return parse_to(task.input)


def _session_upgrade(task: Task) -> Outputs:
    from rollout_conformance.implementations.session_ops import upgrade_to  # noqa: PLC0415

    return upgrade_to(task.input)


def _session_write(task: Task) -> Outputs:
    from rollout_conformance.session_script import play  # noqa: PLC0415

    return _left_behind(lambda out: play(task.input, out, now_ms=task.env.now_ms, id_seed=task.env.id_seed))


def _session_freeze(task: Task) -> Outputs:
    from rollout_conformance.implementations.storage_ops import freeze_outputs  # noqa: PLC0415

    return freeze_outputs(task.input, task.env.now_ms)


def _session_thaw(task: Task) -> Outputs:
    from rollout_conformance.implementations.storage_ops import thaw_outputs  # noqa: PLC0415

    return thaw_outputs(task.input, task.env.now_ms, task.options.get("path", ""))


def _session_context(task: Task) -> Outputs:
    from rollout_conformance.implementations.reduction_ops import context_to  # noqa: PLC0415

    return context_to(task.input, task.options)


def _session_history(task: Task) -> Outputs:
    from rollout_conformance.implementations.reduction_ops import history_to  # noqa: PLC0415

    return history_to(task.input, task.options)


def _session_usage(task: Task) -> Outputs:
    from rollout_conformance.implementations.usage_ops import usage_to  # noqa: PLC0415

    return usage_to(task.input, task.options)


def _session_transcript(task: Task) -> Outputs:
    from rollout_conformance.implementations.reduction_ops import transcript_to  # noqa: PLC0415

    return transcript_to(task.input, task.options)


def _session_threads(task: Task) -> Outputs:
    from rollout_conformance.implementations.threads_ops import threads_to  # noqa: PLC0415

    return threads_to(task.input, task.options, task.env.now_ms)


def _left_behind(write: Callable[[Path], object]) -> Outputs:
    """Return the files that are in a fresh folder when something has written there."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as name:
        out = Path(name)
        write(out)
        files = sorted(path for path in out.rglob("*") if path.is_file())
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


OPERATIONS: dict[str, Callable[[Task], Outputs]] = {
    "trace.reduce": _trace_reduce,
    "trace.write": _trace_write,
    "session.parse": _session_parse,
    "session.upgrade": _session_upgrade,
    "session.write": _session_write,
    "session.context": _session_context,
    "session.history": _session_history,
    "session.transcript": _session_transcript,
    "session.usage": _session_usage,
    "session.threads": _session_threads,
    "session.freeze": _session_freeze,
    "session.thaw": _session_thaw,
}
"""What the reference performs, by operation."""
