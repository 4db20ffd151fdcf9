"""The threads of a home, listed from the files alone; `lookup`, `search` and `removal` stand beside it."""

from rollout_reference.session.threads.listing import Page, list_threads
from rollout_reference.session.threads.query import Query

__all__ = ["Page", "Query", "list_threads"]
