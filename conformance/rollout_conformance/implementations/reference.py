"""The built-in reference, in process."""

import tempfile
from pathlib import Path

from rollout_conformance.answers import Accepted, Answer, Broken, Identity, Refused, Unsupported
from rollout_conformance.protocol.messages import ENVIRONMENT
from rollout_conformance.writer_script import ScriptError, play, read_script
from rollout_reference import __version__
from rollout_reference.errors import Rejected
from rollout_reference.trace import reduce


class Reference:
    """`rollout_reference` without a pipe."""

    identity = Identity("reference", __version__, "python", profiles=("trace-reader", "trace-writer"))
    parallel = 1

    def perform(self, op: str, input_dir: Path, budget_ms: int) -> Answer:
        """Perform one operation; the budget is not enforced in process."""
        match op:
            case "trace.reduce":
                return _reduce(input_dir)
            case "trace.write":
                return _write(input_dir)
            case _:
                return Unsupported(op)

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def _reduce(bundle: Path) -> Answer:
    try:
        return Accepted({"state.json": reduce(bundle).to_json()})
    except Rejected as rejection:
        place = rejection.place
        at = {"file": place.file, "line": place.line, "seq": place.seq} if place else None
        return Refused(rejection.code, str(rejection), at)


def _write(folder: Path) -> Answer:
    """Play a script with the time and the ids that every run has."""
    with tempfile.TemporaryDirectory(prefix="rolloutspec-") as name:
        out = Path(name)
        try:
            play(read_script(folder), out, now_ms=ENVIRONMENT.now_ms, id_seed=ENVIRONMENT.id_seed)
        except ScriptError as error:
            return Broken("error", str(error))
        files = sorted(path for path in out.rglob("*") if path.is_file())
        return Accepted({path.relative_to(out).as_posix(): path.read_bytes() for path in files})
