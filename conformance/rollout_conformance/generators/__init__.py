"""Makers of rollouts for tests that need many: the same seed makes the same bytes everywhere."""
