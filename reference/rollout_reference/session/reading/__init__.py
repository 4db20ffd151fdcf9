"""From a file to its lines."""
