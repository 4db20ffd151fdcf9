"""The payloads of lines, one module a kind."""
