"""Freezing, thawing and appending by real processes on a real folder, killed at random.

- `parts` is what one process does, as a program of its own;
- `rounds` starts them, kills them at seeded moments, and counts what was lost or doubled.
"""
