"""Hosts that record threads over their whole life: two state machines over the rollouts of a home.

`files` plays the life of a file, `contexts` that of a conversation; both have processes that come
and go, torn lines, cold files and writers of other ages.
"""
