"""The formats of the Codex CLI session record: a minimal, readable reference."""

__version__ = "0.1.0"
