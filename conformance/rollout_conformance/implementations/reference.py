"""The built-in reference, in process."""

from pathlib import Path

from rollout_conformance.answers import Accepted, Answer, Identity, Refused, Unsupported
from rollout_reference import __version__
from rollout_reference.errors import Rejected
from rollout_reference.trace import reduce


class Reference:
    """`rollout_reference` without a pipe."""

    identity = Identity("reference", __version__, "python", profiles=("trace-reader",))
    parallel = 1

    def perform(self, op: str, input_dir: Path, budget_ms: int) -> Answer:
        """Perform one operation; the budget is not enforced in process."""
        if op != "trace.reduce":
            return Unsupported(op)
        try:
            return Accepted({"state.json": reduce(input_dir).to_json()})
        except Rejected as rejection:
            place = rejection.place
            at = {"file": place.file, "line": place.line, "seq": place.seq} if place else None
            return Refused(rejection.code, str(rejection), at)

    def close(self) -> None:
        """Do nothing: there is nothing to let go of."""
