"""Replay a bundle into its graph: one fold over the events, one handler per event type."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from rollout_reference.errors import Place, Rejected, UnsupportedSchema
from rollout_reference.trace.bundle import EVENT_LOG, MANIFEST, Bundle, Manifest, check_line
from rollout_reference.trace.events import SCHEMA_1, RawEvent
from rollout_reference.trace.reduce import (  # noqa: F401  (each registers its handlers)
    code_cells,
    compaction,
    inference,
    rollout,
    threads,
    tools,
    turns,
)
from rollout_reference.trace.reduce.agents import fall_back_to_threads
from rollout_reference.trace.reduce.reduction import HANDLERS_1, Dialect, Reduction
from rollout_reference.trace.state import RolloutTrace
from rollout_reference.trace.vocabulary import PayloadRef

DIALECTS = {1: Dialect(1, SCHEMA_1, MappingProxyType(HANDLERS_1))}
"""The schema versions that this reducer implements."""


def reduce(bundle_path: Path | str) -> RolloutTrace:
    """Replay the bundle directory into its reduced state.

    Raises a subclass of `errors.Rejected` that says where and by which requirement.
    [TRACE-REPLAY-1, TRACE-BUNDLE-4]
    """
    bundle = Bundle(Path(bundle_path))
    try:
        manifest = bundle.manifest()
        dialect = _dialect_of(manifest)
    except Rejected as error:
        error.place = Place(MANIFEST)
        raise
    trace = Reduction(bundle, _initial_state(manifest, dialect))
    with _no_search_for_cycles():
        _replay(trace, dialect)
    return trace.state


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Pause the garbage collector: a replay makes no cycles, and many objects to search for them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _dialect_of(manifest: Manifest) -> Dialect:
    dialect = DIALECTS.get(manifest.schema_version)
    if dialect is None:  # TRACE-MANIFEST-4
        raise UnsupportedSchema(manifest.schema_version, " and ".join(map(str, DIALECTS)))
    return dialect


def _initial_state(manifest: Manifest, dialect: Dialect) -> RolloutTrace:
    """Return the empty graph that a manifest describes.  [TRACE-MANIFEST-5, TRACE-STATE-4]"""
    return RolloutTrace(
        schema_version=dialect.schema_version,
        trace_id=manifest.trace_id,
        rollout_id=manifest.rollout_id,
        started_at_unix_ms=manifest.started_at_unix_ms,
        root_thread_id=manifest.root_thread_id,
    )


def _replay(trace: Reduction, dialect: Dialect) -> None:
    """Apply the events in file order, until the end or the first rejection.  [TRACE-REPLAY-1]"""
    place = Place(EVENT_LOG)
    try:
        for place.line, line in trace.bundle.lines():
            place.seq = None
            check_line(line)
            event = dialect.events.decode(line)
            place.seq = event.seq
            for ref in _references(event.payload):
                trace.state.raw_payloads[ref.raw_payload_id] = ref  # TRACE-REPLAY-2
            dialect.handlers[type(event.payload)](trace, event)
        place.line = place.seq = None
        fall_back_to_threads(trace)  # TRACE-AGENT-15
    except Rejected as error:
        error.place = place
        raise


def _references(event: RawEvent) -> Iterator[PayloadRef]:
    """Yield the payload references that an event carries, in field order."""
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, PayloadRef):
            yield value
