"""What an adapter is given: times, sizes and numbers.  `spec/conformance/protocol.md` has the same table."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """All limits of a run; the defaults are those of the protocol."""

    hello_ms: int = 10_000
    """From the start of a process to its welcome."""
    first_operation_factor: int = 4
    """How many budgets the first operation of a process may take: it may still be loading."""
    terminate_ms: int = 1_000
    """From the polite signal to the one that cannot be ignored."""
    exit_ms: int = 2_000
    """From the end of its input to the exit of an adapter."""
    settle_ms: int = 50
    """How long an adapter is watched after the last operation of a run."""
    line_bytes: int = 1 << 20
    """The longest line, its newline not counted."""
    stderr_bytes: int = 64 << 10
    """How much of the end of the error stream is kept for an operation."""
    memory_bytes: int = 4 << 30
    """Resident memory of an adapter's process, where the system tells it."""
    file_bytes: int = 1 << 30
    """The longest file that an adapter can write, where the system enforces it."""
    restarts: int = 10
    """How often an adapter that broke is started again in one run."""
    reruns: int = 20
    """How many failing cases of one run are asked again, alone in a fresh process."""


LIMITS = Limits()
"""The limits of the protocol."""
