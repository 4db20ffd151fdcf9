"""Several workers at one list of cases, their results in the order of the list.

Worker number k of n has the cases k, k + n, k + 2n ...: which process is asked for what depends on
nothing but n, so that what one case does to the next can be seen again.
"""

import contextlib
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle

from rollout_conformance.results import Result

AHEAD = 8
"""Results that a worker may have ready: enough to keep it busy, few enough to forget."""


class _Worker:
    """A stream that is taken from on a thread of its own, a bounded number of results ahead."""

    def __init__(self, stream: Iterator[Result]) -> None:
        self._stream = stream
        self._thread = ThreadPoolExecutor(1)
        self._waiting: deque[Future[Result | None]] = deque(self._ask() for _ in range(AHEAD))

    def take(self) -> Result | None:
        """Return the next result, None after the last one; raises what the stream raised."""
        result = self._waiting.popleft().result()
        self._waiting.append(self._ask())
        return result

    def close(self) -> None:
        """End the thread as soon as the case that it is at is over."""
        self._thread.shutdown(cancel_futures=True)

    def _ask(self) -> "Future[Result | None]":
        return self._thread.submit(next, self._stream, None)


def in_turns(streams: Sequence[Iterator[Result]]) -> Generator[Result]:
    """Yield the first result of each stream, then the second of each, until the first one that has none."""
    with contextlib.ExitStack() as stack:
        workers = [stack.enter_context(contextlib.closing(_Worker(stream))) for stream in streams]
        for worker in cycle(workers):
            result = worker.take()
            if result is None:
                return
            yield result
