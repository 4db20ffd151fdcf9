"""What must hold on the disk, whoever was interrupted where.  [SESSION-STORE-1]"""

import io
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from rollout_conformance.machines.storage.disk import Disk, read_name
from rollout_reference.errors import Rejected
from rollout_reference.session.names import is_rollout_name
from rollout_reference.session.reading.frames import decode
from rollout_reference.session.storage.pairs import STALE
from rollout_reference.session.storage.scratch import is_temporary


class Writer(Struct, frozen=True):
    """The lines that one actor writes, in its order, without their ends."""

    actor: int
    lines: tuple[bytes, ...]


class Expectation(Struct, frozen=True):
    """The rollout: its plain and cold name, the lines it begins with, and who appends what."""

    plain: str
    cold: str
    first: tuple[bytes, ...]
    writers: tuple[Writer, ...]

    def fault(self, disk: Disk) -> str | None:
        """Return what is wrong with what every reader sees now; all that was acknowledged is there."""
        names = [name for name, _ in disk.names]
        for name in names:
            if not is_temporary(name) and name not in (self.plain, self.cold) and STALE not in name:
                return f"there is a file {name}"
            if is_temporary(name) and is_rollout_name(name):
                return f"readers take the temporary file {name} for a rollout"
        forms = {name: read_name(disk, name) for name in (self.plain, self.cold)}
        return self._fault_of(forms, [acked for acked, _ in disk.acked])

    def fault_after_power_loss(self, disk: Disk, held: dict[str, bytes]) -> str | None:
        """Return what is wrong with what is left after a loss of power; all that was synced is there."""
        forms = {name: held.get(name) for name in (self.plain, self.cold)}
        return self._fault_of(forms, [safe for _, safe in disk.acked])

    def fault_at_end(self, disk: Disk) -> str | None:
        """Return what is left over when all have ended in order: one form, no temporary file, no lock."""
        names = [name for name, _ in disk.names]
        left = [name for name in names if is_temporary(name)]
        if left:
            return f"{left[0]} is left over"
        if len([name for name in names if name in (self.plain, self.cold)]) != 1:
            return "both forms are left"
        locks = [name for name, _ in disk.locks if not name.startswith(".")]
        return f"the lock {locks[0]} is left over" if locks else None

    def _fault_of(self, forms: dict[str, bytes | None], owed: Sequence[int]) -> str | None:
        plain, cold = forms[self.plain], forms[self.cold]
        if plain is not None:
            return self._fault_of_lines(plain, owed)
        if cold is None:
            return "neither form is there"
        content = _decoded(cold)
        if content is None:
            return "the only form is cold and damaged"
        return self._fault_of_lines(content, owed)

    def _fault_of_lines(self, content: bytes, owed: Sequence[int]) -> str | None:
        lines = content.split(b"\n")
        if tuple(lines[: len(self.first)]) != self.first:
            return f"the first lines are lost, there is {lines[1:]}"
        rest = lines[len(self.first) :]
        for writer in self.writers:
            mine = [line for line in rest if line in writer.lines]
            if tuple(mine) != writer.lines[: len(mine)]:
                return f"lines of one writer are doubled or out of order: {mine}"
            if len(mine) < owed[writer.actor]:
                return f"an acknowledged line is lost: {writer.lines[len(mine)]!r}, there is {rest}"
        known = {line for writer in self.writers for line in writer.lines}
        for line in filter(None, rest):
            if line not in known and not any(each.startswith(line) for each in known):
                return f"there is a line that nobody wrote: {line!r}"
        return None


@lru_cache(maxsize=4096)
def _decoded(cold: bytes) -> bytes | None:
    try:
        return b"".join(decode(io.BytesIO(cold)))
    except Rejected:
        return None
