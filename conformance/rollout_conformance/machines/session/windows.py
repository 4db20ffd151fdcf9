"""The context windows of a thread, as a host counts them."""

from collections.abc import Sequence

from msgspec import Struct


class Window(Struct, frozen=True):
    """One context window; an id that nobody gave is None."""

    number: int
    first_window_id: str | None = None
    previous_window_id: str | None = None
    window_id: str | None = None

    def after_compaction(self, fresh: Sequence[str]) -> "Window":
        """Return the next window; `fresh` are the ids that were made for it, its own the last."""
        present = self.window_id or fresh[0]
        return Window(self.number + 1, self.first_window_id or present, present, fresh[-1])


def initial(window_id: str) -> Window:
    """Return the window that a thread begins in."""
    return Window(0, window_id, None, window_id)
