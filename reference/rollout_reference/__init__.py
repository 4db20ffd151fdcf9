"""The formats of the Codex CLI session record: a minimal, readable reference."""
