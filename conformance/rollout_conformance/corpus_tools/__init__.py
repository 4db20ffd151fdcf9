"""What `rolloutspec corpus` does: make cases, change expectations, compare corpora, check them."""


class ToolError(Exception):
    """Something that a tool will not do; the message says why and what to do."""
