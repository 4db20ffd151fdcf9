"""Why a request cannot be done as it was given."""


class ScriptError(Exception):
    """A script that cannot be played, or options that are not understood; the message says where and why."""
