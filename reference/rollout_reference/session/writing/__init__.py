"""From a host to its file."""
