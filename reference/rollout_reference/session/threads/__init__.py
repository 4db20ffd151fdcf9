"""The threads of a home: listed, searched, found by id.  From the files alone; `removal` puts them away."""

from rollout_reference.session.threads.listing import Page, list_threads
from rollout_reference.session.threads.lookup import find_thread
from rollout_reference.session.threads.query import Query
from rollout_reference.session.threads.search import search_threads

__all__ = ["Page", "Query", "find_thread", "list_threads", "search_threads"]
