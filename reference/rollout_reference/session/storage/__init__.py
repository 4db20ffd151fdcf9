"""The cold storage of rollouts: freezing what has not changed for days, thawing before an append."""

from rollout_reference.session.storage.appending import Appender, open_for_append
from rollout_reference.session.storage.locks import ThreadLock, hold_thread, home_of
from rollout_reference.session.storage.metrics import Report
from rollout_reference.session.storage.thawing import thaw
from rollout_reference.session.storage.worker import freeze

__all__ = [
    "Appender",
    "Report",
    "ThreadLock",
    "freeze",
    "hold_thread",
    "home_of",
    "open_for_append",
    "thaw",
]
