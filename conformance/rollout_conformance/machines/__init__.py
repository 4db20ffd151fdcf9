"""Hosts that play at random, and what they know of what they did."""
