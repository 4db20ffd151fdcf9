"""What a thread, or a home of threads, used: its counter, its own spend and its recorded spend."""

from rollout_reference.session.usage.answer import HomeUsage, ThreadUsage, Unread
from rollout_reference.session.usage.report import usage_of, usage_of_home

__all__ = ["HomeUsage", "ThreadUsage", "Unread", "usage_of", "usage_of_home"]
